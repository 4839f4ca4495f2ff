"""A screen that paints at once what a key changed; Textual's own waits for its next tick of 60 a second."""

from __future__ import annotations

from time import monotonic

from textual.events import Idle
from textual.screen import Screen

BETWEEN_FRAMES_S = 1 / 60


class PromptScreen(Screen[None]):
    """The first frame after a rest comes as soon as nothing is left to do, those after it by the tick."""

    _painted_at = 0.0

    async def _on_idle(self, event: Idle) -> None:
        await super()._on_idle(event)
        waits = (
            self._dirty_widgets or self._layout_required or self._repaint_required or self._scroll_required
        )
        if waits and monotonic() - self._painted_at >= BETWEEN_FRAMES_S:
            self._on_timer_update()

    def _on_timer_update(self) -> None:
        super()._on_timer_update()
        self._painted_at = monotonic()

"""A screen that paints at once what a key changed; Textual's own waits for its next tick of 60 a second."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from textual._compositor import LayoutUpdate
from textual.events import Idle
from textual.geometry import Region
from textual.reactive import Reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from leadqueue.tui.widgets.plain_lines import blank_lines

BETWEEN_FRAMES_S = 1 / 500


class PromptScreen(Screen[None]):
    """A frame comes as soon as nothing is left to do; what follows too closely waits for the tick."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's own, which paints the whole screen when the keys go elsewhere; what looks different then
    is drawn anew by itself."""

    _painted_at = 0.0

    @property
    def _waits(self) -> bool:
        return bool(
            self._dirty_widgets or self._layout_required or self._repaint_required or self._scroll_required
        )

    async def _on_idle(self, event: Idle) -> None:
        await super()._on_idle(event)
        if self._waits and monotonic() - self._painted_at >= BETWEEN_FRAMES_S:
            self._on_timer_update()

    def _on_timer_update(self) -> None:
        paints = self._waits
        super()._on_timer_update()
        if paints:
            self._painted_at = monotonic()

    def show_ahead(self, lines: Sequence[Strip], place: Region) -> None:
        """Bring what a widget will look like to the terminal, before the frame in which it stands there. That
        frame has to draw all of the place anew."""
        if self.is_current:
            self.app._display(self, LayoutUpdate([[line] for line in lines], place))

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)

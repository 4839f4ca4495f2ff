"""A scrollbar that is drawn anew only where it looks different."""

from __future__ import annotations

from math import ceil

from rich.console import RenderableType
from rich.segment import Segment
from textual.reactive import Reactive
from textual.scrollbar import ScrollBar


class SteadyScrollBar(ScrollBar):
    """As Textual's own, which is drawn with each step: in a long list a page moves it by less than an eighth
    of a cell."""

    position: Reactive[float] = Reactive(0, repaint=False)

    _drawn: list[Segment] | None = None

    def watch_position(self) -> None:
        if self._cells() != self._drawn:
            self.refresh()

    def render(self) -> RenderableType:
        self._drawn = self._cells()
        return super().render()

    def _cells(self) -> list[Segment]:
        """What stands in each cell, in any two colours."""
        scrolls = self.window_size < self.window_virtual_size
        return self.renderer.render_bar(
            size=self.size.height,
            virtual_size=ceil(self.window_virtual_size),
            window_size=ceil(self.window_size) if scrolls else 0,
            position=self.position,
        ).segments

"""Widgets that are drawn edge to edge.

Textual puts border, padding, tint and opacity around each line and keeps it once more; that costs as much as
the drawing. A style sheet may give none of these to what is drawn here.
"""

from __future__ import annotations

from collections.abc import Callable

from rich.style import Style
from textual.containers import Container
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip
from textual.widget import Widget

from leadqueue.tui.widgets.steady_scroll_bar import SteadyScrollBar


class PlainLines(ScrollView):
    """Lines that fill the view and are kept by whoever draws them."""

    def render_lines(self, crop: Region) -> list[Strip]:
        finish = finishing(self)
        first, last = crop.column_span
        whole = (first, last) == (0, self.size.width)
        lines: list[Strip] = []
        for y in crop.line_range:
            line = finish(self.render_line(y))
            lines.append(line if whole else line.crop(first, last))
        return lines

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        if self._vertical_scrollbar is None:
            self._vertical_scrollbar = bar = SteadyScrollBar(
                name="vertical", thickness=self.scrollbar_size_vertical
            )
            bar.display = False
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar

    def stretch_to(self, size: Size) -> None:
        """Take another virtual size. Only the scrollbar follows it, so the screen is not laid out anew, and
        the bar is drawn in one frame with the lines."""
        if size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """As Textual's own, which draws the scrollbar again, in a frame of its own, with every layout of the
        screen: only where the size is another one."""
        if size == self.outer_size:
            return self.container_size != container_size
        return super()._size_updated(size, virtual_size, container_size, layout)


class Ground(Container):
    """A container that shows its background and nothing else."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return blank_lines(self, crop)


class Striped(Widget):
    """Every line of it looks the same: a background, and borders at its sides only.

    It stands last among the bases: Textual takes the style sheet of the first one alone.
    """

    def render_lines(self, crop: Region) -> list[Strip]:
        borders = self.styles.gutter
        if borders.top or borders.bottom or not crop.height:
            return super().render_lines(crop)
        return super().render_lines(Region(crop.x, 0, crop.width, 1)) * crop.height


def blank_lines(widget: Widget, crop: Region) -> list[Strip]:
    """The widget's background, the same line again and again."""
    background = widget.background_colors[1]
    return [finishing(widget)(Strip.blank(crop.width, Style(bgcolor=background.rich_color)))] * crop.height


def finishing(widget: Widget) -> Callable[[Strip], Strip]:
    """What makes of a widget's line the one that comes to the screen; of the same line the same one."""
    filters, background = widget.get_line_filters(), widget.background_colors[1]

    def finish(line: Strip) -> Strip:
        for each in filters:
            line = line.apply_filter(each, background)
        return line

    return finish

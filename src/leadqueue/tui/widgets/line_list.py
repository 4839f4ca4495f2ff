"""A long list of single lines under a cursor: only the lines in sight are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions

from leadqueue.tui.actions import moves
from leadqueue.tui.widgets.cursor_bar import bar_of

Write = Callable[[int, int], Content]
"""Writes the line of an index for a width in cells."""


class LineList(ScrollView, can_focus=True):
    """Lines that somebody else writes, behind the bar of the cursor. It knows their number and its place."""

    BINDINGS: ClassVar[list[BindingType]] = [*moves()]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line-list--cursor"}
    DEFAULT_CSS = """
    LineList {
        width: 1fr;
        height: 1fr;
        background: $surface;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;

        & > .line-list--cursor {
            color: $foreground;
            background: $primary 22%;
            text-style: bold;
        }
    }
    """

    class Moved(Message):
        """The cursor stands on another line. Of several, the last one counts."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LineList.Moved)

    class Chosen(Message):
        """The rep took the line under the cursor."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0
        self._write: Write | None = None

    def show(self, count: int, write: Write, cursor: int = 0) -> None:
        """Show `count` lines with the cursor on one of them."""
        self.count, self._write = count, write
        self.virtual_size = Size(self.size.width, count)
        self._put_cursor(cursor)
        self.refresh()

    def line(self, index: int) -> str:
        """What a line says."""
        return (
            self._write(index, self.size.width - 1).plain if self._write and 0 <= index < self.count else ""
        )

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        width = self.scrollable_content_region.width
        if self._write is None or not 0 <= index < self.count or width <= 0:
            return Strip.blank(self.size.width, self.rich_style)
        style = self.visual_style
        if index == self.cursor:
            style += Style.from_styles(self.get_component_styles("line-list--cursor"))
        bar = Content.styled(bar_of(self), "bold $text-accent") if index == self.cursor else Content(" ")
        content = (bar + self._write(index, width - 1)).truncate(width, ellipsis=True, pad=True)
        strips = content.render_strips(
            width, 1, style, RenderOptions(self._get_style, self.styles.get_rules())
        )
        return strips[0].adjust_cell_length(self.size.width, style.rich_style)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, self.count)
        self._in_sight()

    def _put_cursor(self, index: int) -> None:
        self.cursor = max(0, min(index, self.count - 1))
        self._in_sight()
        self.refresh()
        self.post_message(self.Moved())

    def _in_sight(self) -> None:
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if height > 0 and not top <= self.cursor < top + height:
            target = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=target, animate=False, immediate=True)

    def action_cursor_move(self, step: int) -> None:
        self._put_cursor(self.cursor + step)

    def action_cursor_page(self, direction: int) -> None:
        self._put_cursor(self.cursor + direction * max(1, self.scrollable_content_region.height - 1))

    def action_cursor_end(self, direction: int) -> None:
        self._put_cursor(0 if direction < 0 else self.count - 1)

    def on_click(self, event: Click) -> None:
        index = self.scroll_offset.y + event.get_content_offset_capture(self).y
        if 0 <= index < self.count:
            self._put_cursor(index)
            if event.chain == 2:
                self.post_message(self.Chosen(index))

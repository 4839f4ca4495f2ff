"""A list of options through which the same keys move as through the queue, with its bar at the cursor."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.strip import Strip
from textual.widgets import OptionList

from leadqueue.tui.actions import moves
from leadqueue.tui.widgets.cursor_bar import bar_of

_GUTTER = 2
"""Cells of the bar and a blank, left of every option."""


class MovedOptions(OptionList):
    """Textual's list, with the keys of the keymap in use. Its cursor stops at both ends."""

    BINDINGS: ClassVar[list[BindingType]] = [*moves()]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"moved-options--bar"}
    DEFAULT_CSS = """
    MovedOptions > .moved-options--bar {
        color: $text-accent;
        text-style: bold;
    }
    """

    def _get_left_gutter_width(self) -> int:
        """Textual's own place for what stands before an option."""
        return _GUTTER

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        number = self.scroll_offset.y + y
        if not 0 <= number < len(self._lines):
            return line
        option = self._lines[number][0]
        ground = next(iter(line)).style or self.rich_style
        if option == self.highlighted:
            bar = ground + self.get_component_rich_style("moved-options--bar", partial=True)
            before = [Segment(bar_of(self), bar), Segment(" ", ground)]
        else:
            before = [Segment(" " * _GUTTER, ground)]
        return Strip([*Strip(before).apply_meta({"option": option}), *line])

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_cursor_move(self, step: int) -> None:
        here = self.highlighted
        if here is None or 0 <= here + step < self.option_count:
            (self.action_cursor_down if step > 0 else self.action_cursor_up)()

    def action_cursor_page(self, direction: int) -> None:
        if direction > 0:
            self.action_page_down()  # type: ignore[no-untyped-call]  # Textual's
        else:
            self.action_page_up()  # type: ignore[no-untyped-call]  # Textual's

    def action_cursor_end(self, direction: int) -> None:
        (self.action_last if direction > 0 else self.action_first)()

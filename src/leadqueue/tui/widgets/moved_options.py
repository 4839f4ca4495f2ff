"""A list of options through which the same keys move as through the queue."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.widgets import OptionList

from leadqueue.tui.actions import moves


class MovedOptions(OptionList):
    """Textual's list, with the keys of the keymap in use. Its cursor stops at both ends."""

    BINDINGS: ClassVar[list[BindingType]] = [*moves()]

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

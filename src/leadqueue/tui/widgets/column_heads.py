"""The headings over the queue; a click on one sorts by it."""

from __future__ import annotations

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget


class ColumnHeads(Widget):
    """One line that follows the columns of the list below it."""

    class Chosen(Message):
        """The rep clicked at the cell `x` of the line."""

        def __init__(self, x: int) -> None:
            super().__init__()
            self.x = x

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._line = ""

    def show(self, line: str) -> None:
        if line != self._line:
            self._line = line
            self.refresh()

    def render(self) -> Content:
        return Content(self._line)

    def on_click(self, event: Click) -> None:
        self.post_message(self.Chosen(event.x))

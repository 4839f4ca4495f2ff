"""The headings over the queue; a click on one sorts by it."""

from __future__ import annotations

from collections.abc import Callable

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
        self._write: Callable[[], str] = str

    def show(self, write: Callable[[], str]) -> None:
        """Show the line of `write`, asked again when it is drawn: by then the columns have their widths."""
        self._write = write
        if write() != self._line:
            self.refresh()

    def render(self) -> Content:
        self._line = self._write()
        return Content(self._line)

    def on_click(self, event: Click) -> None:
        self.post_message(self.Chosen(event.x))

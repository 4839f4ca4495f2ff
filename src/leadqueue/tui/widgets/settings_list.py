"""The settings as lines: name, value, what it does; one of them under the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.settings.model import Setting, shown
from leadqueue.tui.settings.values import Value

LABEL = 17
VALUE = 20
ROOM = 34
"""Cells from which on what a setting does stands beside it; it is told below in any case."""


@dataclass(frozen=True, slots=True)
class Line:
    """A setting with its present value."""

    setting: Setting
    value: Value

    @property
    def own(self) -> bool:
        """Whether it is another value than the program would choose."""
        return self.value != self.setting.default


class SettingsList(Widget):
    """Draws the lines; the screen moves the cursor and changes the values."""

    class Pressed(Message):
        """The user clicked on a line; `step` is 1 or -1 on an arrow beside the value, else 0."""

        def __init__(self, index: int, step: int) -> None:
            super().__init__()
            self.index = index
            self.step = step

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._lines: tuple[Line, ...] = ()
        self._cursor = 0

    def show(self, lines: tuple[Line, ...], cursor: int) -> None:
        self._lines, self._cursor = lines, cursor
        self.refresh(layout=True)

    def render(self) -> Content:
        if not self._lines:
            return Content.styled("  No setting is called so.", "$text-muted")
        return Content("\n").join(
            self._line(line, at_cursor=index == self._cursor) for index, line in enumerate(self._lines)
        )

    def _line(self, line: Line, *, at_cursor: bool) -> Content:
        value = set_cell_size(one_line(shown(line.setting, line.value), VALUE), VALUE)
        room = max(0, self.size.width - 2 - LABEL - VALUE - 4)
        about = one_line(line.setting.about, 200) if room >= ROOM else ""
        if cell_len(about) > room:
            about = set_cell_size(about, max(0, room - 1)) + self._glyphs.cut if room else ""
        style = "bold" if at_cursor else ""
        return Content.assemble(
            (f"{self._glyphs.cursor if at_cursor else ' '} ", "bold $text-accent"),
            (f"{line.setting.label:<{LABEL}}", style),
            ("< " if at_cursor else "  ", "bold $text-accent"),
            (value, "bold $text-accent" if at_cursor else "bold" if line.own else ""),
            ("> " if at_cursor else "  ", "bold $text-accent"),
            (about, "$text-muted"),
        )

    def on_click(self, event: Click) -> None:
        if not 0 <= event.y < len(self._lines):
            return
        step = 0
        if event.y == self._cursor and event.x >= 2 + LABEL:
            step = -1 if event.x < 2 + LABEL + 2 else 1
        self.post_message(self.Pressed(event.y, step))

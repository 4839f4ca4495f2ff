"""The saved views as one line of tabs with their counts; there only where a view is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs


class ViewTabs(Widget):
    """`▸ Hot 12  Webinars 40 …`, around the open one where they do not all fit."""

    class Chosen(Message):
        """The rep clicked on a view."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._names: tuple[str, ...] = ()
        self._open = ""
        self._changed = False
        self._counts: dict[str, int | None] = {}

    def show(self, names: Sequence[str], opened: str, *, changed: bool) -> None:
        """Show the views, `opened` as the one that is open; `changed` where it is not what it was."""
        self.set_class(bool(names), "-some")
        if (tuple(names), opened, changed) != (self._names, self._open, self._changed):
            self._names, self._open, self._changed = tuple(names), opened, changed
            self.refresh()

    def count(self, counts: Mapping[str, int | None]) -> None:
        """How many leads views hold; None where nobody can tell. Those of other views stay."""
        if any(self._counts.get(name) != count for name, count in counts.items()):
            self._counts |= counts
            self.refresh()

    def fitting(self, width: int) -> list[tuple[str, str]]:
        """Names with their texts, as many as fit, the open one always among them."""
        tabs = [(name, self._text(name)) for name in self._names]
        while tabs and sum(cell_len(text) for _, text in tabs) > width:
            first_is_open = tabs[0][0] == self._open
            tabs.pop(-1 if first_is_open or self._open not in [name for name, _ in tabs[:-1]][1:] else 0)
            if len(tabs) == 1:
                break
        return tabs

    def _text(self, name: str) -> str:
        count = self._counts.get(name)
        changed = "*" if name == self._open and self._changed else ""
        return f" {one_line(name, 24)}{changed}{'' if count is None else f' {count:,}'} "

    def render(self) -> Content:
        parts = [
            (text, "bold reverse" if name == self._open else "") for name, text in self.fitting(self._room)
        ]
        return Content.assemble((" Views", "$text-muted"), (f" {self._glyphs.bar}", "$text-muted"), *parts)

    @property
    def _room(self) -> int:
        return max(0, self.size.width - _HEAD)

    def starts(self) -> list[tuple[str, int]]:
        """The names in sight, each with the first cell of its tab."""
        tabs = self.fitting(self._room)
        return [
            (name, _HEAD + sum(cell_len(text) for _, text in tabs[:place]))
            for place, (name, _) in enumerate(tabs)
        ]

    def on_click(self, event: Click) -> None:
        start = _HEAD
        for name, text in self.fitting(self._room):
            if start <= event.x < start + cell_len(text):
                self.post_message(self.Chosen(name))
                return
            start += cell_len(text)


_HEAD = 8

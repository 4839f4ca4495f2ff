"""The sections of the queue as one line of tabs with their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs

if TYPE_CHECKING:
    from leadqueue.cache.views import SectionCount

_LEAST = 4


class SectionTabs(Widget):
    """`0 All 40  1 Awaiting review 12 …`; labels are cut alike until all of them fit."""

    class Chosen(Message):
        """The rep clicked on a section; 0 is all of them."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._labels: list[tuple[str, int]] = []
        self._active = 0

    def show(self, sections: list[SectionCount], active: int) -> None:
        """Show the sections, number `active` as the chosen one."""
        total = sum(section.count for section in sections)
        labels = [("All", total), *((one_line(section.label, 60), section.count) for section in sections)]
        if (labels, active) != (self._labels, self._active):
            self._labels, self._active = labels, active
            self.refresh()

    def texts(self, width: int) -> list[str]:
        """The tabs' texts; the chosen one keeps its whole label the longest."""
        longest = max((len(label) for label, _ in self._labels), default=0)
        texts: list[str] = []
        for most in range(longest, _LEAST - 1, -1):
            texts = [
                f" {number} {self._cut(label, most if number != self._active else most + 8)} {count:,} "
                for number, (label, count) in enumerate(self._labels)
            ]
            if sum(map(cell_len, texts)) <= width:
                return texts
        bare = [f" {number}:{count:,} " for number, (_, count) in enumerate(self._labels)]
        return texts if sum(map(cell_len, bare)) > width else bare

    def _cut(self, label: str, most: int) -> str:
        return label if len(label) <= most else label[: most - 1].rstrip() + self._glyphs.cut

    def render(self) -> Content:
        parts: list[tuple[str, str]] = []
        for number, (text, (_, count)) in enumerate(
            zip(self.texts(self.size.width), self._labels, strict=True)
        ):
            chosen = number == self._active
            parts.append((text, "bold reverse" if chosen else "" if count else "$text-muted"))
        return Content.assemble(*parts)

    def on_click(self, event: Click) -> None:
        start = 0
        for number, text in enumerate(self.texts(self.size.width)):
            start += cell_len(text)
            if event.x < start:
                self.post_message(self.Chosen(number))
                return

"""The sections of the queue as one line of tabs with their counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import SectionCount


_NEVER_LAST = frozenset({"a", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"})


class SectionTabs(Widget):
    """`0 All 40  1 Awaiting review 12 …`; labels lose words until all of them fit."""

    class Chosen(Message):
        """The rep clicked on a section; 0 is all of them."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._labels: list[tuple[str, int]] = []
        self._active = 0

    def show(self, sections: list[SectionCount], active: int) -> None:
        """Show the sections, number `active` as the chosen one."""
        total = sum(section.count for section in sections)
        labels = [("All", total), *((one_line(section.label, 60), section.count) for section in sections)]
        if (labels, active) != (self._labels, self._active):
            self._labels, self._active = labels, active
            self.refresh()

    @property
    def total(self) -> int:
        """How many leads the queue has."""
        return self._labels[0][1] if self._labels else 0

    def texts(self, width: int) -> list[str]:
        """The tabs' texts: the longest labels lose words first, that of the chosen tab last."""
        words = [label.split() for label, _ in self._labels]
        while True:
            texts = [
                f" {number} {' '.join(kept)} {count:,} "
                for number, (kept, (_, count)) in enumerate(zip(words, self._labels, strict=True))
            ]
            if sum(map(cell_len, texts)) <= width:
                return texts
            can = [number for number, kept in enumerate(words) if len(kept) > 1 and number != self._active]
            can = can or [number for number, kept in enumerate(words) if len(kept) > 1]
            if not can:
                return [f" {number}:{count:,} " for number, (_, count) in enumerate(self._labels)]
            longest = words[max(can, key=lambda number: len(" ".join(words[number])))]
            longest.pop()
            while len(longest) > 1 and longest[-1] in _NEVER_LAST:
                longest.pop()

    def render(self) -> Content:
        parts: list[tuple[str, str]] = []
        for number, (text, (_, count)) in enumerate(
            zip(self.texts(self.size.width), self._labels, strict=True)
        ):
            chosen = number == self._active
            parts.append((text, "bold reverse" if chosen else "" if count else "$text-muted"))
        return Content.assemble(*parts)

    def starts(self) -> list[int]:
        """The first cell of each tab."""
        texts = self.texts(self.size.width)
        return [sum(map(cell_len, texts[:number])) for number in range(len(texts))]

    def on_click(self, event: Click) -> None:
        start = 0
        for number, text in enumerate(self.texts(self.size.width)):
            start += cell_len(text)
            if event.x < start:
                self.post_message(self.Chosen(number))
                return

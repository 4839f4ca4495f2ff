"""A lead's sections set in one column or two, line by line. Pure: no widget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.selection import Selection

from leadqueue.tui.widgets.sheet import Section

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines of columns of `width` cells each. The right one is empty where there is only one."""

    width: int
    left: Sequence[Content]
    right: Sequence[Content] = ()

    @classmethod
    def of(cls, sections: list[Section], width: int, *, two: bool, compact: bool) -> Page:
        """`sections` in their order; without empty lines between them where the room is `compact`."""
        left, right = _halves(sections) if two else (sections, [])
        return cls(width, list(_lines(left, compact)), list(_lines(right, compact)))

    @property
    def height(self) -> int:
        return max(len(self.left), len(self.right))

    @property
    def text(self) -> str:
        """What the columns say, one after the other."""
        return "\n".join(line.plain for line in (*self.left, *self.right))

    def line(self, index: int) -> Content:
        """A line over both columns; empty beyond the last one."""
        left, right = _at(self.left, index), _at(self.right, index)
        return self._set(left) + right if right else left

    def span(self, index: int, selection: Selection) -> tuple[int, int] | None:
        """The characters of a line that are selected: those of the column in which the selection begins."""
        span = selection.get_span(index)
        if span is None:
            return None
        start, end = span
        whole, edge = len(self.line(index)), len(self._set(_at(self.left, index)))
        end = whole if end == -1 else end
        if selection.start is None or not self.right:
            return start, end
        if self._in_right(selection.start.y, selection.start.x):
            return max(start, edge), end
        return start, min(end, len(_at(self.left, index)))

    def selected(self, selection: Selection) -> str:
        """What is selected, as it is copied."""
        if selection.start is None and selection.end is None:
            return self.text
        spans = ((index, self.span(index, selection)) for index in range(self.height))
        return "\n".join(self.line(index).plain[span[0] : span[1]].rstrip() for index, span in spans if span)

    def _in_right(self, index: int, character: int) -> bool:
        return character >= len(self._set(_at(self.left, index)))

    def _set(self, left: Content) -> Content:
        """The left column's line, as wide as the column and the gap."""
        return left.pad_right(max(self.width + GAP - left.cell_length, 0))


def _at(lines: Sequence[Content], index: int) -> Content:
    return lines[index] if 0 <= index < len(lines) else Content.empty()


def _lines(sections: list[Section], compact: bool) -> Iterator[Content]:
    for number, section in enumerate(sections):
        if number and not compact:
            yield Content.empty()
        if section.title:
            yield Content.styled(section.title, "bold $text-primary")
        yield from section.lines


def _halves(sections: list[Section]) -> tuple[list[Section], list[Section]]:
    """The sections in two columns of about the same height, in their order."""
    heights = [len(section.lines) + 2 for section in sections]
    total, so_far, cut = sum(heights), 0, 0
    for index, height in enumerate(heights):
        if so_far + height / 2 > total / 2:
            break
        so_far += height
        cut = index + 1
    return sections[: max(cut, 1)], sections[max(cut, 1) :]

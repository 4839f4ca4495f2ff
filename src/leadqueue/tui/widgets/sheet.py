"""The writing of a lead's sheet: rows, items and long texts, wrapped for a column. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from rich.cells import cell_len
from textual.content import Content

from leadqueue.cache.views import LeadView
from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Lead
from leadqueue.domain.text import harmless, one_line
from leadqueue.domain.values import show_value

_SHORT = 400
WIDE = 56
"""Cells from which on a column has room for longer labels."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, '' for the first section, and its lines, already wrapped."""

    title: str
    lines: list[Content] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SheetLines:
    """Writes about one lead for a column of `width` cells. `full` leaves long texts uncut."""

    view: LeadView
    now: datetime
    definitions: Definitions
    width: int
    zone: tzinfo
    full: bool = False

    @property
    def lead(self) -> Lead:
        return self.view.lead

    def wrapped(self, content: Content, indent: int = 0) -> list[Content]:
        """`content` in lines, every line but the first set in by `indent`."""
        room = max(self.width - indent, 12)
        if content.cell_length <= room and "\n" not in content.plain:
            return [content]
        first, *rest = content.wrap(room) or [Content()]
        return [first, *(Content(" " * indent) + line for line in rest)]

    def row(self, label: str, value: Content | str) -> list[Content]:
        text = value if isinstance(value, Content) else Content(value)
        wide = 19 if self.width >= WIDE else 15
        whole = one_line(label)
        if cell_len(whole) >= wide and cell_len(whole) + 1 + text.cell_length <= self.width:
            wide = cell_len(whole) + 1  # a short value leaves room for a long label
        name = Content.styled(f"{one_line(label, wide - 1):<{wide}}", "$text-muted")
        first, *rest = self.wrapped(text, wide)
        return [name + first, *rest]

    def rows(self, rows: Iterable[tuple[str, Content | str]]) -> list[Content]:
        return [line for label, value in rows for line in self.row(label, value)]

    def item(self, content: Content) -> list[Content]:
        return self.wrapped(content, 2)

    def flow(self, pieces: Iterable[Content]) -> list[Content]:
        """`pieces` side by side with dots between; one is broken only where it is longer than a line."""
        lines: list[Content] = []
        for piece in pieces:
            if lines and lines[-1].cell_length + piece.cell_length + 3 <= self.width:
                lines[-1] = Content.assemble(lines[-1], (" · ", "$text-muted"), piece)
            else:
                lines += self.wrapped(piece, 2)
        return lines

    def long(self, text: str) -> str:
        raw = text.strip()
        if self.full or len(raw) <= _SHORT:
            return harmless(raw, lines=True)
        cut = harmless(raw[:_SHORT], lines=True).rstrip()
        return f"{cut}… ({len(raw) - _SHORT:,} more characters, Enter shows them)"

    def shown(self, key: str) -> str:
        value = self.lead.fields.get(key)
        if value is None:
            return ""
        text = show_value(key, value, self.definitions, self.lead.fields, self.view.directory)
        return one_line(text, 500)

"""A line of the queue as cells: which columns fit, what stands in them, always exactly as wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size

from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import Glyphs
from leadqueue.tui.words import Urgency, brief, countdown_text, urgency, urgency_sign

if TYPE_CHECKING:
    from leadqueue.cache.glance import Words
    from leadqueue.cache.queue_views import QueueRow, SortKey

MARKS = 2
"""Cells in front of the countdown: cursor and selection."""
COUNTDOWN = 10
"""Cells of the countdown, its sign and its approximation mark included."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `grow` is its share of the room left over, `sort` what its heading sorts by."""

    key: str
    title: str
    width: int
    grow: int = 0
    right: bool = False
    sort: SortKey | None = None


_COUNTDOWN = Column("countdown", "Due", COUNTDOWN, right=True, sort="urgency")
_SECTION = Column("section", "§", 1)
_FLAGS = Column("flags", "", 3)
_SCORE = Column("score", "Score", 6, right=True, sort="score")
_PERSON = Column("person", "Person", 14, grow=3, sort="name")
_COMPANY = Column("company", "Company", 14, grow=3, sort="company")
_TITLE = Column("title", "Title", 14, grow=3)
_SOURCE = Column("source", "Source", 12, grow=1, sort="source")
_STAGE = Column("stage", "Stage", 6)
_COUNTRY = Column("country", "Country", 7)
_TOUCHES = Column("touches", "Touches", 7, right=True)
_AGE = Column("age", "Age", 4, right=True, sort="age")

_BY_ROOM: tuple[tuple[int, tuple[Column, ...]], ...] = (
    (140, (_COUNTDOWN, _SECTION, _FLAGS, _SCORE, _PERSON, _COMPANY, _TITLE, _SOURCE, _STAGE, _COUNTRY,
           _TOUCHES, _AGE)),
    (92, (_COUNTDOWN, _SECTION, _FLAGS, _SCORE, _PERSON, _COMPANY, _TITLE, _SOURCE, _AGE)),
    (69, (_COUNTDOWN, _SECTION, _FLAGS, _SCORE, _PERSON, _COMPANY, _SOURCE)),
    (56, (_COUNTDOWN, _SECTION, _FLAGS, _SCORE, _PERSON, _COMPANY)),
    (0, (_COUNTDOWN, _SECTION, _FLAGS, _PERSON, _COMPANY)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a width, each with its first cell and its cells."""

    width: int
    columns: tuple[tuple[Column, int, int], ...]

    def at(self, x: int) -> Column | None:
        """The column at a cell."""
        return next((column for column, start, width in self.columns if start <= x <= start + width), None)


def layout_for(width: int) -> Layout:
    """The columns that fit `width` cells; what is left over goes to the texts."""
    chosen = next(columns for least, columns in _BY_ROOM if width >= least)
    fixed = MARKS + sum(column.width for column in chosen) + len(chosen)
    spare = max(0, width - fixed)
    shares = sum(column.grow for column in chosen)
    placed: list[tuple[Column, int, int]] = []
    start, given, seen = MARKS, 0, 0
    for column in chosen:
        seen += column.grow
        extra = spare * seen // shares - given if column.grow else 0
        given += extra
        placed.append((column, start, column.width + extra))
        start += column.width + extra + 1
    return Layout(width, tuple(placed))


def fit(text: str, width: int, cut: str, *, right: bool = False) -> str:
    """`text` in exactly `width` cells: cut with `cut`, or filled up."""
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + cut if width > 0 else ""
    filler = " " * (width - length)
    return filler + text if right else text + filler


@dataclass(frozen=True, slots=True)
class RowWords:
    """What the cells of a row need to know besides the row."""

    glyphs: Glyphs
    sections: dict[str, int]
    sources: Mapping[str, str]
    stages: Mapping[str, str]
    approximate: bool = False

    @classmethod
    def of(cls, words: Words, glyphs: Glyphs, *, approximate: bool) -> RowWords:
        return cls(
            glyphs,
            {key: number for number, key in enumerate(words.sections, 1)},
            words.sources,
            words.stages,
            approximate,
        )


def countdown_cell(row: QueueRow, now: datetime, words: RowWords, width: int) -> tuple[str, Urgency]:
    """Sign, approximation mark and countdown, right-aligned but for the sign."""
    state, left = urgency(row, now)
    sign = urgency_sign(state, words.glyphs)
    if left is None:
        return fit(sign, width, words.glyphs.cut), state
    text = f"{words.glyphs.about if words.approximate else ''}{countdown_text(left)}"
    return sign + fit(text, width - 1, words.glyphs.cut, right=True), state


def cells(row: QueueRow, now: datetime, layout: Layout, words: RowWords) -> Iterable[tuple[str, str]]:
    """The cells after the countdown: column key and text, each filled to its width and one cell more."""
    cut = words.glyphs.cut
    for column, _, width in layout.columns:
        if column.key != "countdown":
            yield column.key, fit(_text(column.key, row, now, words), width, cut, right=column.right) + " "


def _text(key: str, row: QueueRow, now: datetime, words: RowWords) -> str:
    text = _TEXTS.get(key)
    return text(row, now, words) if text else ""


def _flags(row: QueueRow, _: datetime, words: RowWords) -> str:
    glyphs = words.glyphs
    return (
        (glyphs.unsent if row.unsent else " ")
        + (glyphs.attention if row.attention else " ")
        + (glyphs.returned if row.returned else " ")
    )


def _age(row: QueueRow, now: datetime, _: RowWords) -> str:
    return brief(now - row.created_at)


_TEXTS: dict[str, Callable[[QueueRow, datetime, RowWords], str]] = {
    "section": lambda row, _, words: str(words.sections.get(row.section, ""))[:1],
    "flags": _flags,
    "score": lambda row, _, __: "" if row.score is None else str(row.score),
    "person": lambda row, _, __: one_line(row.person),
    "company": lambda row, _, __: one_line(row.company),
    "title": lambda row, _, __: one_line(row.title),
    "source": lambda row, _, words: one_line(words.sources.get(row.source, row.source)),
    "stage": lambda row, _, words: words.stages.get(row.stage) or one_line(row.stage),
    "country": lambda row, _, __: one_line(row.country),
    "touches": lambda row, _, __: str(row.touches or ""),
    "age": _age,
}


def heading(layout: Layout, words: RowWords, sort: str, *, falls: bool) -> str:
    """The line of headings; the sorted column carries an arrow."""
    arrow = words.glyphs.down if falls else words.glyphs.up
    line = " " * MARKS
    for column, _, width in layout.columns:
        title = f"{column.title}{arrow}" if column.sort == sort else column.title
        line += fit(title, width, words.glyphs.cut, right=column.right) + " "
    return fit(line, layout.width, " ")

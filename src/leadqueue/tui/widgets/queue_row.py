"""A line of the queue as cells: which columns fit, what stands in them, always exactly as wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, set_cell_size

from leadqueue.domain.countdown import Urgency, brief, countdown_text, urgency
from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import Glyphs
from leadqueue.tui.words import urgency_sign

if TYPE_CHECKING:
    from leadqueue.cache.glance import Words
    from leadqueue.cache.own_columns import ColumnChoice
    from leadqueue.cache.queue_views import QueueRow, SortKey

MARKS = 2
"""Cells in front of the countdown: cursor and selection."""
COUNTDOWN = 10
"""Cells of the countdown, its sign and its approximation mark included."""


class Column(NamedTuple):
    """A column. `grow` is its share of the room left over, `sort` what its heading sorts by."""

    key: str
    title: str
    width: int
    grow: int = 0
    right: bool = False
    sort: SortKey | None = None


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column("countdown", "Due", COUNTDOWN, right=True, sort="urgency"),
        Column("section", "§", 1, sort="section"),
        Column("flags", "", 3),
        Column("score", "Score", 6, right=True, sort="score"),
        Column("person", "Person", 14, grow=3, sort="name"),
        Column("company", "Company", 14, grow=3, sort="company"),
        Column("title", "Title", 14, grow=3, sort="title"),
        Column("source", "Source", 12, grow=1, sort="source"),
        Column("campaign", "Campaign", 12, grow=2, sort="campaign"),
        Column("stage", "Stage", 6, sort="stage"),
        Column("country", "Country", 7, sort="country"),
        Column("owner", "Owner", 10, grow=1, sort="owner"),
        Column("touches", "Touches", 7, right=True, sort="touches"),
        Column("age", "Age", 4, right=True, sort="age"),
    )
}
"""Every column there is. The countdown always comes first."""
NAMES = {"countdown": "Due", "section": "Section", "flags": "Marks"}
"""What a column is called where its heading is too short to tell."""
LEAST = 3
"""Cells below which no column is made."""

_BY_ROOM: tuple[tuple[int, tuple[str, ...]], ...] = (
    (140, ("countdown", "section", "flags", "score", "person", "company", "title", "source", "stage",
           "country", "touches", "age")),
    (92, ("countdown", "section", "flags", "score", "person", "company", "title", "source", "age")),
    (69, ("countdown", "section", "flags", "score", "person", "company", "source")),
    (56, ("countdown", "section", "flags", "score", "person", "company")),
    (0, ("countdown", "section", "flags", "person", "company")),
)  # fmt: skip
_BY_ROOM_WITH_OWNERS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (140, ("countdown", "section", "flags", "score", "person", "company", "owner", "title", "source", "stage",
           "country", "touches", "age")),
    (103, ("countdown", "section", "flags", "score", "person", "company", "owner", "title", "source", "age")),
    (92, ("countdown", "section", "flags", "score", "person", "company", "owner", "title", "age")),
    (80, ("countdown", "section", "flags", "score", "person", "company", "owner", "source")),
    (69, ("countdown", "section", "flags", "score", "person", "company", "owner")),
    *_BY_ROOM[-2:],
)  # fmt: skip


class Layout(NamedTuple):
    """The columns of a width, each with its first cell and its cells."""

    width: int
    columns: tuple[tuple[Column, int, int], ...]

    def at(self, x: int) -> Column | None:
        """The column at a cell."""
        return next((column for column, start, width in self.columns if start <= x <= start + width), None)

    def sort_after(self, sort: SortKey) -> SortKey:
        """What the next column to the right sorts by, or the first one's; a single cell cannot show it."""
        sorts = [column.sort for column, _, width in self.columns if column.sort is not None and width > 1]
        return sorts[(sorts.index(sort) + 1) % len(sorts)] if sort in sorts else sorts[0]


def usual(width: int, *, owners: bool = False) -> tuple[str, ...]:
    """The columns that are shown where none were chosen; `owners` where the leads are of several people."""
    return next(keys for least, keys in (_BY_ROOM_WITH_OWNERS if owners else _BY_ROOM) if width >= least)


def layout_for(width: int, wanted: Sequence[ColumnChoice] = (), *, owners: bool = False) -> Layout:
    """The columns that fit `width` cells, the wanted ones in their order; the texts get what is left over.

    Of wanted columns those that do not fit are left out from the end on. One with a width of its own keeps
    it, where that is possible.
    """
    if not wanted:
        return _placed(width, [COLUMNS[key] for key in usual(width, owners=owners)])
    chosen = [COLUMNS["countdown"]]
    for choice in wanted:
        column = COLUMNS.get(choice.key)
        if column is None or column in chosen or choice.key == "countdown":
            continue
        if choice.width:
            column = column._replace(width=max(LEAST, choice.width) if choice.key != "section" else 1, grow=0)
        chosen.append(column)
    while len(chosen) > 1 and _least(chosen) > width:
        chosen.pop()
    return _placed(width, chosen)


def _least(columns: Sequence[Column]) -> int:
    return MARKS + sum(column.width for column in columns) + len(columns)


def _placed(width: int, columns: Sequence[Column]) -> Layout:
    spare = max(0, width - _least(columns))
    shares = sum(column.grow for column in columns)
    placed: list[tuple[Column, int, int]] = []
    start, given, seen = MARKS, 0, 0
    for column in columns:
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
    labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, words: Words, glyphs: Glyphs, *, approximate: bool) -> RowWords:
        return cls(
            glyphs,
            {key: number for number, key in enumerate(words.sections, 1)},
            words.sources,
            words.stages,
            approximate,
            words.sections,
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
    "campaign": lambda row, _, __: one_line(row.campaign),
    "owner": lambda row, _, __: one_line(row.owner_name),
    "touches": lambda row, _, __: str(row.touches or ""),
    "age": _age,
}


def second_line(row: QueueRow, layout: Layout, words: RowWords) -> str:
    """What a roomy row says below: title, company, source and why the lead is here, unless a column does."""
    shown = {column.key for column, _, _ in layout.columns}
    section = words.labels.get(row.section, "")
    lane = row.lane.replace("_", " ").capitalize()
    why = lane or ("" if row.campaign and "campaign" not in shown else section)
    parts = (
        "" if "title" in shown else row.title,
        "" if "company" in shown else row.company,
        "" if "source" in shown else words.sources.get(row.source, row.source),
        "" if "campaign" in shown else row.campaign,
        why,
    )
    start = layout.columns[1][1] if len(layout.columns) > 1 else MARKS
    text = f" {words.glyphs.dot} ".join(each for each in (one_line(part, 80) for part in parts) if each)
    return " " * (start - 1) + fit(text, max(0, layout.width - start), words.glyphs.cut)


def heading(layout: Layout, words: RowWords, sort: str, *, falls: bool) -> str:
    """The line of headings; the sorted column carries an arrow."""
    arrow = arrow_of(words.glyphs, falls=falls)
    line = " " * MARKS
    for column, _, width in layout.columns:
        title = column.title
        if column.sort == sort:  # a title that is too long for its cells leaves room for the arrow
            room = width - cell_len(arrow)
            title = fit(title, min(cell_len(title), room), words.glyphs.cut) + arrow
        line += fit(title, width, words.glyphs.cut, right=column.right) + " "
    return fit(line, layout.width, " ")


def arrow_of(glyphs: Glyphs, *, falls: bool) -> str:
    """Which way an order goes."""
    return glyphs.down if falls else glyphs.up


def order_unseen(layout: Layout, sort: str, glyphs: Glyphs, *, falls: bool) -> str:
    """What the rows are sorted by, in words, where no heading can say it; '' where one does."""
    if any(column.sort == sort for column, _, _ in layout.columns):
        return ""
    name = next(NAMES.get(column.key, column.title) for column in COLUMNS.values() if column.sort == sort)
    return f"Sorted by {name} {arrow_of(glyphs, falls=falls)}, which is not shown"

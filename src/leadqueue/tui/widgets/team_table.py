"""The team's table: which columns fit, what stands in them, in what order. The figures are the domain's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from leadqueue.domain.countdown import brief
from leadqueue.domain.shown import UNKNOWN, minutes_text, percent
from leadqueue.domain.text import folded, one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.widgets.item_list import MARKS, ItemList, Part
from leadqueue.tui.widgets.queue_row import fit

if TYPE_CHECKING:
    from leadqueue.domain.team import RepLine

Comparable = str | float


@dataclass(frozen=True, slots=True)
class Moment:
    """What a cell needs to know besides its line: the time, the signs, and the tallest day of the reps."""

    now: datetime
    glyphs: Glyphs
    tallest: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `sort` answers None where a line has no such figure; those come last either way.

    A width leaves room for a gap and for the arrow of the sorted column.
    """

    key: str
    title: str
    width: int
    text: Callable[[RepLine, Moment], Part]
    sort: Callable[[RepLine], Comparable | None]
    falls: bool = True
    right: bool = True
    short: str = ""

    def narrow(self) -> Column:
        """The column where room is scarce; it still holds hours with minutes."""
        return replace(self, title=self.short, width=max(len(self.short) + 2, 8)) if self.short else self


def sparkline(days: Sequence[int], tallest: int, glyphs: Glyphs) -> str:
    """One sign a day, as tall as the day beside the tallest of all; nothing at all is a dot."""
    levels = len(glyphs.spark)
    return "".join(
        glyphs.spark[min(levels - 1, (day * levels - 1) // max(tallest, 1))] if day else glyphs.none
        for day in days
    )


def _count(number: int, style: str) -> Part:
    return f"{number:,}", style if number else "dim"


def _since(moment: datetime | None, now: datetime) -> Part:
    return (UNKNOWN, "dim") if moment is None else (brief(now - moment), "row")


def _age(moment: datetime | None) -> float | None:
    return None if moment is None else -moment.timestamp()


def _known(text: str) -> Part:
    return text, "dim" if text == UNKNOWN else "row"


_COLUMNS = (
    Column("name", "Rep", 14, lambda line, _: (one_line(line.name, 60), "row"),
           lambda line: folded(line.name), falls=False, right=False),
    Column("waiting", "Waiting", 9, lambda line, _: _count(line.load.waiting, "row"),
           lambda line: line.load.waiting),
    Column("soon", "Soon", 6, lambda line, _: _count(line.load.soon, "soon"), lambda line: line.load.soon),
    Column("breached", "Breached", 10, lambda line, _: _count(line.load.breached, "breached"),
           lambda line: line.load.breached),
    Column("oldest", "Oldest", 8, lambda line, at: _since(line.load.oldest_since, at.now),
           lambda line: _age(line.load.oldest_since)),
    Column("average", "Average", 9, lambda line, at: _since(line.load.average_since, at.now),
           lambda line: _age(line.load.average_since)),
    Column("response", "Response", 10,
           lambda line, _: _known(minutes_text(line.history.median_minutes if line.history else None)),
           lambda line: line.history.median_minutes if line.history else None, short="Resp."),
    Column("answered", "Answered", 10,
           lambda line, _: _known(f"{line.history.answered:,}" if line.history else UNKNOWN),
           lambda line: line.history.answered if line.history else None),
    Column("sla", "SLA", 5,
           lambda line, _: _known(percent(line.history.compliance if line.history else None)),
           lambda line: line.history.compliance if line.history else None),
    Column("accepted", "Accepted", 10,
           lambda line, _: _known(percent(line.history.acceptance if line.history else None)),
           lambda line: line.history.acceptance if line.history else None, short="Accept"),
    Column("touches", "Touches", 9,
           lambda line, _: _known(f"{line.history.touches:,}" if line.history else UNKNOWN),
           lambda line: line.history.touches if line.history else None),
    Column("days", "14 days", 15,
           lambda line, at: (
               sparkline(line.history.touches_by_day, at.tallest, at.glyphs) if line.history else "", "flag"
           ),
           lambda line: line.history.touches if line.history else None),
)  # fmt: skip
COLUMNS = {column.key: column for column in _COLUMNS}
SORTS = tuple(key for key in COLUMNS if key != "days")
_BASE = ("name", "waiting", "soon", "breached", "oldest", "response", "sla", "accepted", "touches")
_BY_ROOM: tuple[tuple[int, frozenset[str]], ...] = (
    (119, frozenset(COLUMNS)),
    (98, frozenset((*_BASE, "days"))),
    (0, frozenset(_BASE)),
)
"""The columns of a list of so many cells: the terminal's, less one for the scrollbar."""
_LEFT_OUT_FIRST = ("touches", "response", "accepted", "oldest")
"""Columns that go where there is no room for all of their figures: a figure that is cut is a wrong one."""
_LEAST_NAME, _WIDEST_NAME = 8, 40


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a width, each with its cells."""

    columns: tuple[tuple[Column, int], ...]

    def at(self, x: int) -> Column | None:
        """The column at a cell of the heading."""
        start = MARKS
        for column, width in self.columns:
            if start <= x < start + width:
                return column
            start += width
        return None


def layout_for(width: int) -> Layout:
    """The columns that fit; the names get what is left, up to a width at which the eye still follows."""
    chosen = next(keys for least, keys in _BY_ROOM if width >= least)
    columns = [column for column in _COLUMNS if column.key in chosen]
    if "days" not in chosen:
        columns = [column.narrow() for column in columns]
    for key in _LEFT_OUT_FIRST:
        if MARKS + _LEAST_NAME + sum(column.width for column in columns[1:]) > width:
            columns = [column for column in columns if column.key != key]
    spare = width - MARKS - sum(column.width for column in columns)
    name = max(min(columns[0].width + spare, _WIDEST_NAME), _LEAST_NAME)
    gap = max(0, min(3, (width - MARKS - name - sum(each.width for each in columns[1:])) // len(columns)))
    return Layout(((columns[0], name), *((column, column.width + gap) for column in columns[1:])))


def cells(line: RepLine, layout: Layout, at: Moment) -> Iterable[Part]:
    """The cells of a line, each filled to its width."""
    for column, width in layout.columns:
        text, style = column.text(line, at)
        yield fit(text, width, at.glyphs.cut, right=column.right), style


def heading(layout: Layout, sort: str, glyphs: Glyphs, *, falls: bool) -> str:
    """The line of headings; the sorted column carries an arrow."""
    line = " " * MARKS
    for column, width in layout.columns:
        arrow = glyphs.down if falls else glyphs.up
        title = f"{column.title}{arrow}" if column.key == sort else column.title
        line += fit(title, width, glyphs.cut, right=column.right)
    return line


def in_order(lines: Iterable[RepLine], sort: str, *, falls: bool) -> list[RepLine]:
    """The lines by a column, those without its figure last, equal ones by name as before."""
    key = COLUMNS[sort].sort
    with_figure = [(value, line) for line in lines if (value := key(line)) is not None]
    without = [line for line in lines if key(line) is None]
    with_figure.sort(key=lambda pair: pair[0], reverse=falls)
    return [*(line for _, line in with_figure), *without]


class TeamTable(ItemList["RepLine"]):
    """A line for each rep."""

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(glyphs, id=id)
        self.moment: Moment | None = None

    def key_of(self, item: RepLine) -> str:
        return item.owner_id

    def parts(self, item: RepLine, width: int) -> Iterable[Part]:
        return () if self.moment is None else cells(item, layout_for(width + MARKS), self.moment)

    @property
    def layout_now(self) -> Layout:
        return layout_for(self.scrollable_content_region.width)

    def show(self, lines: Sequence[RepLine], moment: Moment) -> None:
        self.moment = moment
        self.put(lines)


class TeamTotal(Widget):
    """The line of all reps together, always in sight under the others."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._parts: tuple[Part, ...] = ()

    def show(self, line: RepLine, layout: Layout, moment: Moment) -> None:
        tallest = max(line.history.touches_by_day, default=1) if line.history else 1
        parts = tuple(cells(line, layout, Moment(moment.now, moment.glyphs, tallest)))
        if parts != self._parts:
            self._parts = parts
            self.refresh()

    def render(self) -> Content:
        colours = {"soon": "$text-warning", "breached": "$text-error", "dim": "$text-muted"}
        return Content.assemble(
            " " * MARKS, *((text, f"bold {colours.get(style, '')}".strip()) for text, style in self._parts)
        )

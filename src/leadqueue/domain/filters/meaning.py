"""What a filter means: whether a row of the queue passes it at a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import clock_state
from leadqueue.domain.countdown import urgency
from leadqueue.domain.filters.filter import Filter
from leadqueue.domain.filters.terms import (
    Begins,
    Either,
    Flag,
    Holds,
    Is,
    Lead,
    Missing,
    Not,
    Number,
    Op,
    Span,
    State,
    Term,
    Together,
    Word,
)
from leadqueue.domain.lead import RunningClock
from leadqueue.domain.text import folded

Amount = TypeVar("Amount", int, timedelta)


class Row(Protocol):
    """What a filter looks at."""

    @property
    def id(self) -> str: ...
    @property
    def section(self) -> str: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def target_at(self) -> datetime | None: ...
    @property
    def soon_at(self) -> datetime | None: ...
    @property
    def clock(self) -> str: ...
    @property
    def lane(self) -> str: ...
    @property
    def person(self) -> str: ...
    @property
    def company(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def score(self) -> int | None: ...
    @property
    def stage(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def campaign(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def owner_id(self) -> str: ...
    @property
    def owner_name(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def touches(self) -> int: ...
    @property
    def returned(self) -> bool: ...
    @property
    def unsent(self) -> int: ...
    @property
    def attention(self) -> int: ...


def matches(wanted: Filter, row: Row, searched: str, now: datetime) -> bool:
    """Whether the row passes; `searched` is the folded text in which words are looked for."""
    return all(_holds(term, row, searched, now) for term in wanted.terms)


def _holds(term: Term, row: Row, searched: str, now: datetime) -> bool:  # noqa: C901 - one branch a term
    match term:
        case Not(inner):
            return not _holds(inner, row, searched, now)
        case Either(terms):
            return any(_holds(each, row, searched, now) for each in terms)
        case Together(terms):
            return all(_holds(each, row, searched, now) for each in terms)
        case Word(text):
            return text in searched
        case Holds(field, text, exactly):
            value = folded(_TEXTS[field](row))
            return text == value if exactly else text in value
        case Begins(field, text):
            return Begins.of_words(text) in Begins.of_words(folded(_TEXTS[field](row)))
        case Lead(lead_id):
            return row.id == lead_id
        case Is(field, wanted):
            return _VALUES[field](row) == wanted
        case Number(field, op, number):
            found = _NUMBERS[field](row)
            return found is not None and _compared(op, found, number)
        case Missing(field):
            return row.due_at is None if field == "due" else _NUMBERS[field](row) is None
        case Span("age", op, span):
            return _compared(op, now - row.created_at, span)
        case Span(_, op, span):
            left = urgency(row, now)[1]
            return left is not None and _compared(op, left, span)
        case Flag(state):
            return _in_state(state, row, now)


def _in_state(state: State, row: Row, now: datetime) -> bool:
    match state:
        case "returned":
            return row.returned
        case "unsent":
            return row.unsent > 0
        case "attention":
            return row.attention > 0
        case "waiting":
            return row.section != ""
        case _:
            if row.due_at is None:
                return False
            clock = RunningClock(row.clock, row.created_at, row.due_at, soon_at=row.soon_at)
            return clock_state(clock, now) is ClockState(state)


def _compared(op: Op, found: Amount, wanted: Amount) -> bool:
    match op:
        case "<":
            return found < wanted
        case "<=":
            return found <= wanted
        case "=":
            return found == wanted
        case ">=":
            return found >= wanted
        case ">":
            return found > wanted


_TEXTS: dict[str, Callable[[Row], str]] = {
    "company": lambda row: row.company,
    "name": lambda row: row.person,
    "title": lambda row: row.title,
    "campaign": lambda row: row.campaign,
    "owner": lambda row: row.owner_name,
}
_VALUES: dict[str, Callable[[Row], str]] = {
    "source": lambda row: row.source,
    "country": lambda row: row.country,
    "stage": lambda row: row.stage,
    "section": lambda row: row.section,
    "clock": lambda row: row.clock,
    "lane": lambda row: row.lane,
    "owner": lambda row: row.owner_id,
    "reason": lambda row: row.reason,
}
_NUMBERS: dict[str, Callable[[Row], int | None]] = {
    "score": lambda row: row.score,
    "touches": lambda row: row.touches,
}

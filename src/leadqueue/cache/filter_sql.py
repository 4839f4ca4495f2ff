"""A filter as a condition over `queue_row`. Nothing of what was typed stands in the text of the query."""

from __future__ import annotations

from datetime import datetime, timedelta

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
from leadqueue.domain.moments import to_micros

Condition = tuple[str, list[object]]

FOLD = "folded"
"""The function that a reading connection must know: `domain.text.folded`."""

_TEXTS = {
    "company": "company_key",
    "name": "name_key",
    "title": f"{FOLD}(title)",
    "campaign": f"{FOLD}(campaign)",
    "owner": f"{FOLD}(owner_name)",
}
_VALUES = {
    "source": "source",
    "country": "country",
    "stage": "stage",
    "section": "section",
    "clock": "clock",
    "lane": "lane",
    "owner": "owner_id",
    "reason": "reason",
}
_NUMBERS = {"score": "score", "touches": "touches"}
_SEARCHED_TOO = frozenset({"company", "name", "title", "campaign"})
"""Fields whose folded text is part of the haystack: a look there first spares folding the field."""
_MIRRORED: dict[Op, Op] = {"<": ">", "<=": ">=", "=": "=", ">=": "<=", ">": "<"}


def condition(wanted: Filter, now: datetime) -> Condition:
    """SQL text and its values; ('1', []) for the filter that lets everything pass."""
    return _joined(" AND ", [_of(term, now) for term in wanted.terms]) if wanted.terms else ("1", [])


def _joined(by: str, parts: list[Condition]) -> Condition:
    return f"({by.join(text for text, _ in parts)})", [value for _, values in parts for value in values]


def _of(term: Term, now: datetime) -> Condition:  # noqa: C901 - one branch a term
    """Each condition is true or false and never NULL, so that NOT is the plain opposite."""
    match term:
        case Not(inner):
            text, values = _of(inner, now)
            return f"NOT {text}", values
        case Either(terms):
            return _joined(" OR ", [_of(each, now) for each in terms])
        case Together(terms):
            return _joined(" AND ", [_of(each, now) for each in terms])
        case Word(text):
            return "(instr(haystack, ?) > 0)", [text]
        case Holds(field, text, True):
            return f"({_TEXTS[field]} = ?)", [text]
        case Holds(field, text, _):
            column = _TEXTS[field]
            if column.startswith(FOLD) and field in _SEARCHED_TOO:
                return f"(instr(haystack, ?) > 0 AND instr({column}, ?) > 0)", [text, text]
            return f"(instr({column}, ?) > 0)", [text]
        case Begins(field, text):
            return f"(instr(' ' || replace({_TEXTS[field]}, '-', ' '), ?) > 0)", [Begins.of_words(text)]
        case Lead(lead_id):
            return "(lead_id = ?)", [lead_id]
        case Is(field, value):
            return f"({_VALUES[field]} = ?)", [value]
        case Number(field, op, number):
            column = _NUMBERS[field]
            return f"({column} IS NOT NULL AND {column} {op} ?)", [number]
        case Missing("due"):
            return "(due_at IS NULL)", []
        case Missing(field):
            return f"({_NUMBERS[field]} IS NULL)", []
        case Span("age", op, span):
            return f"(created_at {_MIRRORED[op]} ?)", [to_micros(now) - _micros_of(span)]
        case Span(_, op, span):
            moment = to_micros(now)
            return f"(due_at IS NOT NULL AND {_COUNTED_TO} {op} ?)", [
                moment,
                moment,
                moment + _micros_of(span),
            ]
        case Flag(state):
            return _state(state, now)


_COUNTED_TO = "CASE WHEN due_at >= ? AND target_at >= ? THEN target_at ELSE due_at END"
"""What `domain.countdown.urgency` counts down to at a moment, given twice."""


def _state(state: State, now: datetime) -> Condition:
    moment = to_micros(now)
    match state:
        case "returned":
            return "(returned = 1)", []
        case "unsent":
            return "(unsent > 0)", []
        case "attention":
            return "(attention > 0)", []
        case "waiting":
            return "(section <> '')", []
        case "breached":
            return "(due_at IS NOT NULL AND due_at < ?)", [moment]
        case "soon":
            return "(due_at IS NOT NULL AND due_at >= ? AND soon_at IS NOT NULL AND soon_at <= ?)", [
                moment
            ] * 2
        case "calm":
            return "(due_at IS NOT NULL AND due_at >= ? AND (soon_at IS NULL OR soon_at > ?))", [moment] * 2


def _micros_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)

"""What a filter says, once it has been read: terms that all hold, and within them others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from leadqueue.domain.filters.filter import Filter
from leadqueue.domain.text import folded

Op = Literal["<", "<=", "=", ">=", ">"]
State = Literal["returned", "unsent", "attention", "breached", "soon", "calm", "waiting"]


@dataclass(frozen=True, slots=True)
class Word:
    """The folded text stands anywhere in what is searched."""

    text: str


@dataclass(frozen=True, slots=True)
class Holds:
    """The field's text holds `text`, or is it, where `exactly`; both folded."""

    field: str
    text: str
    exactly: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """The field has this value of its vocabulary; '' for none."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """The field's number stands so to `value`. A missing number never does."""

    field: str
    op: Op
    value: int


@dataclass(frozen=True, slots=True)
class Missing:
    """The field has no number."""

    field: str


@dataclass(frozen=True, slots=True)
class Span:
    """What is left until a moment (`due`), or has passed since it (`age`), stands so to `span`."""

    field: str
    op: Op
    span: timedelta


@dataclass(frozen=True, slots=True)
class Flag:
    """The lead is in this state."""

    state: State


@dataclass(frozen=True, slots=True)
class Begins:
    """A word of the field's folded text begins so. The program asks it, the language has no words for it."""

    field: str
    text: str
    """Folded; it may go on over the words that follow."""

    @staticmethod
    def of_words(text: str) -> str:
        """Folded text in which every word has a space before it; what a hyphen joins are two."""
        return f" {text.replace('-', ' ')}"


@dataclass(frozen=True, slots=True)
class Lead:
    """It is this lead. The program asks it, as above."""

    id: str


@dataclass(frozen=True, slots=True)
class Either:
    """One of the terms holds."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """All of the terms hold."""

    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Not:
    term: Term


Term = Word | Holds | Begins | Lead | Is | Number | Missing | Span | Flag | Either | Together | Not

_OF_THE_MOMENT: frozenset[State] = frozenset({"breached", "soon", "calm"})


def of_the_moment(term: Term) -> bool:
    """Whether other leads may pass it a minute later, though none of them changed."""
    return any(
        isinstance(each, Span) or (isinstance(each, Flag) and each.state in _OF_THE_MOMENT)
        for each in _parts(term)
    )


def _parts(term: Term) -> Iterator[Term]:
    match term:
        case Not(inner):
            yield from _parts(inner)
        case Either(terms) | Together(terms):
            for each in terms:
                yield from _parts(each)
        case _:
            yield term


def widens(term: Term) -> bool:
    """Whether it looks at leads that are in no section too. Words do, and stages; where one of several is
    enough, each of them has to."""
    match term:
        case Word():
            return True
        case Is(field):
            return field == "stage"
        case Either(terms):
            return all(widens(each) for each in terms)
        case Together(terms):
            return any(widens(each) for each in terms)
        case _:
            return False


def of_words(text: str) -> Filter:
    """The filter that every word of `text` passes, whatever else it would mean in the language."""
    return Filter(text, tuple(Word(word) for word in folded(text).split()))

"""What a new definitions file changes, in words, and which open leads it touches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from leadqueue.definitions.differences import ORDER, Difference, differences
from leadqueue.definitions.model import Definitions
from leadqueue.definitions.reach import reach_of
from leadqueue.definitions.sentences import SENTENCES, generic

_FIRST = (
    "decisions", "reasons", "clocks", "cadence", "stages", "qualification", "frameworks", "fields",
    "vocabularies", "sections", "nurture", "handoff", "calendars", "mql", "score", "lists", "routing",
)  # fmt: skip
"""Areas in the order in which a rep feels them; the others follow in the order of the file."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `area` is the part of the file, `path` the dotted key, `words` the sentence for people.

    `stages`, `fields` and `values` say which leads it touches: those in one of the stages, of them those
    that have one of the fields (where any is named), with one of the values (where any is named).
    Without stages it touches no open lead.
    """

    area: str
    path: str
    words: str
    stages: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class Touchable(Protocol):
    """What `touched` asks of a lead."""

    @property
    def id(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, str | int | bool | None]: ...


@dataclass(frozen=True, slots=True)
class Touched:
    """A change with the ids of the open leads that it touches."""

    change: Change
    leads: tuple[str, ...]


def diff(old: Definitions, new: Definitions) -> tuple[Change, ...]:
    """Every change between two files, what a rep feels first; no difference stays untold."""
    told = [change for difference in differences(old, new) for change in _told(difference)]
    order = {area: place for place, area in enumerate(_FIRST)}
    return tuple(sorted(told, key=lambda change: order.get(change.area, len(_FIRST))))


def _told(difference: Difference) -> Iterator[Change]:
    path, reach = difference.path, reach_of(difference)
    for words in _sentences(difference):
        yield Change(path[0], ".".join(path), words, reach.stages, reach.fields, reach.values)


def _sentences(difference: Difference) -> list[str]:
    """What is said of the difference: by its own speaker, else in general. Never nothing."""
    path = difference.path
    for pattern, speak in SENTENCES:
        if len(pattern) == len(path) and all(map(_fits, pattern, path)):
            return list(speak(difference)) or [generic(difference)]
    return [generic(difference)]


def _fits(wanted: str, step: str) -> bool:
    return wanted == step or (wanted == "*" and step != ORDER)


def touches(change: Change, lead: Touchable) -> bool:
    """Whether the change touches the lead, open or not."""
    if lead.stage not in change.stages:
        return False
    if not change.fields:
        return True
    present = [lead.fields.get(key) for key in change.fields]
    if change.values:
        return any(value in change.values for value in present)
    return any(value not in (None, "") for value in present)


def touched(leads: Iterable[Touchable], old: Definitions, new: Definitions) -> tuple[Touched, ...]:
    """Every change with the open leads that it touches; open under either of the two files."""
    open_stages = {
        key for definitions in (old, new) for key, stage in definitions.stages.items() if stage.open
    }
    waiting = [lead for lead in leads if lead.stage in open_stages]
    return tuple(
        Touched(change, tuple(lead.id for lead in waiting if touches(change, lead)))
        for change in diff(old, new)
    )


__all__ = ["Change", "Touched", "diff", "touched", "touches"]

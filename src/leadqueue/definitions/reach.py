"""Which leads a change of the definitions touches, as a predicate over stages and fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leadqueue.definitions.differences import Difference
from leadqueue.definitions.model import ClockStart, DecisionKind, Definitions, Disposition

_SEEN_ONLY = frozenset({"label", "short", "done", "description", "help", "status", "personal"})
"""Leaves that change what people read, and nothing that a lead must or may do."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Leads in one of `stages`, with one of `fields` filled, with one of `values`; see `diff.Change`."""

    stages: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


NOWHERE = Reach()


def reach_of(difference: Difference) -> Reach:
    """The leads that the difference touches, by what either file says of them."""
    path, both = difference.path, (difference.old, difference.new)
    area, name = path[0], path[1] if len(path) > 1 else ""
    if path[-1] in _SEEN_ONLY:
        return NOWHERE
    if area == "fields":
        return Reach(_open(both), (name,))
    if area == "vocabularies":
        gone = (path[-1],) if len(path) == 4 and difference.now is None else ()
        used = {key for each in both for key, spec in each.fields.items() if spec.vocabulary == name}
        return Reach(_open(both), tuple(sorted(used)), gone) if used else NOWHERE
    if area in ("score", "mql", "lists"):
        return Reach(_open(both))
    if area == "stages" and path[-1] == "requires":
        return _stages(_leading_to(name, each) for each in both)
    find = _BY_AREA.get(area)
    return _stages(find(name, each) for each in both) if find else NOWHERE


def _stages(parts: Iterable[Iterable[str]]) -> Reach:
    return Reach(tuple(dict.fromkeys(stage for part in parts for stage in part)))


def _open(both: Iterable[Definitions]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for each in both for key, stage in each.stages.items() if stage.open))


def _from(kind: str, definitions: Definitions) -> list[str]:
    spec = next((spec for key, spec in definitions.decisions.items() if key.value == kind), None)
    return [stage for move in spec.moves for stage in move.from_] if spec else []


def _asking(reason: str, definitions: Definitions) -> list[str]:
    """Stages from which a decision can be taken that this reason serves."""
    spec = definitions.reasons.get(reason)
    served: tuple[Disposition, ...] = spec.dispositions if spec else ()
    return [
        stage
        for kind, decision in definitions.decisions.items()
        if decision.disposition in served
        for stage in _from(kind.value, definitions)
    ]


def _leading_to(stage: str, definitions: Definitions) -> list[str]:
    """Stages from which a move leads into `stage`."""
    ways = [(move.from_, move.to) for spec in definitions.decisions.values() for move in spec.moves]
    ways += [(move.from_, move.to) for move in definitions.handoff.moves]
    return [start for starts, end in ways if end == stage for start in starts]


def _clocked(key: str, definitions: Definitions) -> tuple[str, ...]:
    clock = definitions.clocks.get(key)
    return clock.stages if clock else ()


def _by_calendar(key: str, definitions: Definitions) -> list[str]:
    return [stage for clock in definitions.clocks.values() if clock.calendar == key for stage in clock.stages]


def _in_cadence(_: str, definitions: Definitions) -> list[str]:
    clocks = [clock for clock in definitions.clocks.values() if clock.starts is ClockStart.TOUCH]
    return [stage for clock in clocks for stage in clock.stages]


def _listed_in(key: str, definitions: Definitions) -> list[str]:
    return [stage for section in definitions.sections if key == section.key for stage in section.stages]


_BY_AREA: dict[str, Callable[[str, Definitions], Iterable[str]]] = {
    "decisions": _from,
    "reasons": _asking,
    "stages": lambda key, _: [key],
    "clocks": _clocked,
    "calendars": _by_calendar,
    "cadence": _in_cadence,
    "sections": _listed_in,
    "qualification": lambda _, definitions: _from(DecisionKind.QUALIFY, definitions),
    "frameworks": lambda _, definitions: _from(DecisionKind.QUALIFY, definitions),
    "handoff": lambda _, definitions: [definitions.handoff.mql_stage],
}

"""The way of a lead through its stages: no dead ends, no way back without an override, forms that suffice."""

from __future__ import annotations

from leadqueue.definitions.findings import Collector
from leadqueue.definitions.lines import Path
from leadqueue.definitions.model import (
    DecisionDef,
    DecisionKind,
    Definitions,
    Disposition,
    FieldScope,
    FieldType,
    Move,
    Role,
    Side,
)
from leadqueue.definitions.references import QUALIFICATION

ASKED_ALWAYS: dict[DecisionKind, tuple[str, ...]] = {
    DecisionKind.TOUCH: ("touch_channel", "touch_outcome"),
    DecisionKind.NOTE: ("note",),
    DecisionKind.REASSIGN: ("assignee",),
}
"""Form fields without which a kind of decision means nothing."""

SET_BY_PROGRAM = frozenset({"sal_date", "assigned_rep", "nurture_track", "lead_score", "icp_fit"})
"""Required fields that the program fills in itself when a lead moves."""


def check_lifecycle(definitions: Definitions, to: Collector) -> None:
    """The moves, and the forms and reasons that they live by. Names must be sound already."""
    for kind, spec in definitions.decisions.items():
        path: Path = ("decisions", kind.value)
        _form(kind, spec, path, definitions, to)
        for number, move in enumerate(spec.moves):
            _move(kind, spec, move, number, (*path, "moves", number), definitions, to)
    for kind in DecisionKind:
        if kind not in definitions.decisions:
            to.warning(("decisions",), f"there is no decision '{kind}': nobody can ever do that")
    _handoff(definitions, to)
    _reach(definitions, to)
    _required(definitions, to)
    _reasons(definitions, to)
    _queue(definitions, to)


def _always(kind: DecisionKind, definitions: Definitions) -> set[str]:
    """Fields that every filled-in form of this kind has."""
    return {entry.field for entry in definitions.form_fields(kind) if entry.required and entry.when is None}


def _form(kind: DecisionKind, spec: DecisionDef, path: Path, definitions: Definitions, to: Collector) -> None:
    always = _always(kind, definitions)
    for name in ASKED_ALWAYS.get(kind, ()):
        if name not in always:
            to.error((*path, "fields"), f"the form of '{kind}' must always require '{name}'")
    if any(move.override for move in spec.moves) and "why" not in always:
        to.error((*path, "fields"), f"'{kind}' overrides the order of stages, so it must require 'why'")
    if (spec.reason is None) != (spec.disposition is None):
        to.error(path, f"'{kind}' needs both reason and disposition, or neither")
    if spec.disposition is not None and not _serving(spec.disposition, definitions):
        to.error((*path, "disposition"), f"no reason serves '{spec.disposition}', so nobody can {kind}")
    _rights(kind, spec, path, definitions, to)
    if spec.edits in (Side.MARKETING, Side.CRM):
        to.error((*path, "edits"), f"fields of {spec.edits} cannot be edited by a rep's decision")
    if kind is DecisionKind.EDIT and spec.edits is None:
        to.error(path, "'edit' does not say whose fields it edits")


def _rights(
    kind: DecisionKind, spec: DecisionDef, path: Path, definitions: Definitions, to: Collector
) -> None:
    """A form asks for nothing that belongs to another side."""
    for number, entry in enumerate(spec.fields):
        known = definitions.fields.get(entry.field)
        if known is not None and known.type is FieldType.REASON and entry.field != spec.reason:
            to.error((*path, "fields", number), f"'{kind}' asks for a reason but names no disposition for it")
        if known is not None and known.owner in (Side.MARKETING, Side.CRM):
            to.error(
                (*path, "fields", number), f"'{entry.field}' belongs to {known.owner}; a rep never sets it"
            )


def _serving(disposition: Disposition, definitions: Definitions) -> list[str]:
    return [key for key, reason in definitions.reasons.items() if disposition in reason.dispositions]


def _move(
    kind: DecisionKind,
    spec: DecisionDef,
    move: Move,
    number: int,
    path: Path,
    definitions: Definitions,
    to: Collector,
) -> None:
    if not move.roles:
        to.error((*path, "roles"), "a move that no role may make")
    if Role.SYSTEM in move.roles:
        to.error((*path, "roles"), "decisions are made by people; the system's moves stand under handoff")
    to.unique((*path, "roles"), move.roles, "role")
    to.unique((*path, "from"), move.from_, "stage")
    if kind in (DecisionKind.REASSIGN, DecisionKind.NOTE, DecisionKind.EDIT) and move.to is not None:
        to.error((*path, "to"), f"'{kind}' leaves a lead in its stage")
    if move.when is not None and move.when.field not in _always(kind, definitions):
        to.error((*path, "when", "field"), f"the form does not always require '{move.when.field}'")
    for place, stage in enumerate(move.from_):
        if move.to == stage:
            to.warning((*path, "from", place), f"this move leads from '{stage}' to itself")
        if move.to is not None and not move.override and _backward(stage, move.to, definitions):
            to.error(
                (*path, "from", place),
                f"'{stage}' to '{move.to}' leads backward (rank {definitions.stages[stage].rank} to "
                f"{definitions.stages[move.to].rank}): say override = true, or leave it out",
            )
        for earlier in spec.moves[:number]:
            same = earlier.when is None or earlier.when == move.when
            if stage in earlier.from_ and same and set(move.roles) <= set(earlier.roles):
                to.error((*path, "from", place), f"never used: an earlier move takes every lead in '{stage}'")
                break


def _backward(start: str, end: str, definitions: Definitions) -> bool:
    return definitions.stages[end].rank < definitions.stages[start].rank


def _handoff(definitions: Definitions, to: Collector) -> None:
    handoff = definitions.handoff
    names = (handoff.entry_stage, handoff.mql_stage, handoff.quarantine_stage)
    if len(set(names)) < len(names):
        to.error(("handoff",), "entry, MQL and quarantine are three different stages")
    moves = [(start, move.to) for move in handoff.moves for start in move.from_]
    for start, end, why in (
        (handoff.entry_stage, handoff.mql_stage, "a lead over the bar could never be handed over"),
        (handoff.entry_stage, handoff.quarantine_stage, "a lead that lacks a field has nowhere to wait"),
        (handoff.quarantine_stage, handoff.mql_stage, "a repaired lead could never go on"),
        (handoff.quarantine_stage, handoff.entry_stage, "a repaired lead below the bar could never go on"),
    ):
        if start != end and (start, end) not in moves:
            to.error(("handoff", "moves"), f"there is no move from '{start}' to '{end}': {why}")
    for number, move in enumerate(handoff.moves):
        path: Path = ("handoff", "moves", number)
        if Role.REP in move.roles:
            to.error((*path, "roles"), "the handoff is never made by a rep")
        if not move.roles:
            to.error((*path, "roles"), "a move that no role may make")
        for place, stage in enumerate(move.from_):
            if definitions.stages[stage].owner is not Side.MARKETING:
                to.error(
                    (*path, "from", place),
                    f"'{stage}' is not marketing's stage; the handoff takes no lead out of sales' hands",
                )
    if definitions.stages[handoff.mql_stage].owner is Side.MARKETING:
        to.error(("stages", handoff.mql_stage, "owner"), "a lead that awaits review belongs to sales")


def _reach(definitions: Definitions, to: Collector) -> None:
    ways = _ways(definitions)
    bar = definitions.stages[definitions.handoff.mql_stage].rank
    reached = {
        key for key, stage in definitions.stages.items() if stage.owner is Side.MARKETING and stage.rank < bar
    }
    fresh = list(reached)
    while fresh:
        further = ways[fresh.pop()] - reached
        reached |= further
        fresh.extend(further)
    for key, stage in definitions.stages.items():
        if key not in reached:
            to.error(("stages", key), f"no move leads to '{key}'")
        if stage.open and not ways[key] - {key}:
            to.error(("stages", key), f"'{key}' is open, but no move leads out of it")


def _ways(definitions: Definitions) -> dict[str, set[str]]:
    """Stage by stage, where a lead can go from there."""
    ways: dict[str, set[str]] = {key: set() for key in definitions.stages}
    for handoff_move in definitions.handoff.moves:
        for start in handoff_move.from_:
            ways[start].add(handoff_move.to)
    for spec in definitions.decisions.values():
        for move in spec.moves:
            for start in move.from_:
                ways[start].add(move.to or start)
    return ways


def _required(definitions: Definitions, to: Collector) -> None:
    """Each required field has a way to be filled: marketing's data, a form, a move, or the program."""
    asked: set[str] = set(SET_BY_PROGRAM)
    edited = {spec.edits for spec in definitions.decisions.values()}
    for kind, spec in definitions.decisions.items():
        asked.update(entry.field for entry in definitions.form_fields(kind))
        for move in spec.moves:
            asked.update(move.sets)
    for reason in definitions.reasons.values():
        asked.update(reason.fields)
    for key, stage in definitions.stages.items():
        for number, name in enumerate(stage.requires):
            framework = definitions.frameworks[definitions.qualification]
            names = framework if name == QUALIFICATION else (name,)
            for each in names:
                spec_of = definitions.fields[each]
                given = spec_of.owner in (Side.MARKETING, Side.CRM) or spec_of.owner in edited
                if not given and each not in asked:
                    to.error(
                        ("stages", key, "requires", number),
                        f"'{each}' is required to enter '{key}', but no form asks for it",
                    )


def _reasons(definitions: Definitions, to: Collector) -> None:
    wanted = {spec.disposition for spec in definitions.decisions.values() if spec.disposition}
    needs_track = any(
        "nurture_track" in definitions.stages[move.to].requires
        for spec in definitions.decisions.values()
        if spec.disposition is Disposition.RECYCLE
        for move in spec.moves
        if move.to is not None
    )
    for key, reason in definitions.reasons.items():
        path: Path = ("reasons", key)
        for number, disposition in enumerate(reason.dispositions):
            if disposition not in wanted:
                to.error((*path, "dispositions", number), f"no decision asks for a reason to {disposition}")
        recycles = Disposition.RECYCLE in reason.dispositions
        if recycles and needs_track and reason.nurture is None:
            to.error(path, f"'{key}' serves recycle but names no nurture track to follow")
        if reason.nurture is not None and not recycles:
            to.error((*path, "nurture"), f"'{key}' does not serve recycle, so no nurture track follows")
        track = definitions.nurture[reason.nurture] if reason.nurture else None
        if track is not None and track.revisit_field and track.revisit_field not in reason.fields:
            to.error(path, f"'{key}' leads to '{reason.nurture}', so it must ask for '{track.revisit_field}'")
        if reason.min_touches > definitions.cadence.touches_max:
            to.error(
                (*path, "min_touches"),
                f"'{key}' needs {reason.min_touches} touches, the cadence has "
                f"{definitions.cadence.touches_max} at most",
            )
        for number, name in enumerate(reason.fields):
            spec = definitions.fields[name]
            if spec.scope is FieldScope.LEAD and spec.owner in (Side.MARKETING, Side.CRM):
                to.error((*path, "fields", number), f"'{name}' belongs to {spec.owner}; a rep never sets it")


def _queue(definitions: Definitions, to: Collector) -> None:
    clocked = {stage for clock in definitions.clocks.values() for stage in clock.stages}
    shown = {stage for section in definitions.sections for stage in section.stages}
    if definitions.handoff.mql_stage not in clocked:
        to.error(("clocks",), f"no clock runs in '{definitions.handoff.mql_stage}': review has no limit")
    for key, stage in definitions.stages.items():
        if stage.open and key not in shown:
            to.error(("sections",), f"leads in '{key}' are open but in no section of the queue")

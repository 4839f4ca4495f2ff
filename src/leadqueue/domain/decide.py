"""The rule book: what a decision does to a lead, or why it may not.

`decide` is pure. The cache, which screen and command line decide through, and the server call this one
function, so that a decision which holds on a plane holds on the server; a form asks for `whole_errors` alone.
What marketing brings, imports too, goes through `domain.handoff.receive`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime

from leadqueue.definitions.model import (
    DecisionKind,
    Definitions,
    Disposition,
    FieldScope,
    Move,
    Role,
)
from leadqueue.domain.assigned import because_given, because_taken, since_given
from leadqueue.domain.assigning import ASSIGNEE
from leadqueue.domain.clocks import ClockEvent, run_clocks
from leadqueue.domain.decision import (
    OVERRIDE,
    Alert,
    Applied,
    AuditEntry,
    Decision,
    FieldError,
    Outcome,
    Refused,
)
from leadqueue.domain.form_rules import NOBODY, asked_fields, check_values, chosen_reason, editable_fields
from leadqueue.domain.lead import (
    Actor,
    Directory,
    FieldValue,
    FieldValues,
    Lead,
    Note,
    Owned,
    Rejection,
    Touch,
    provenance_after,
)
from leadqueue.domain.today import day_for
from leadqueue.domain.trail import changes
from leadqueue.domain.values import is_empty, missing


def may_reach(lead: Owned, actor: Actor) -> bool:
    """Whether the lead is in the actor's scope (I5): a rep's own, a manager's team's, all for the rest."""
    if actor.role is Role.REP:
        return lead.owner_id == actor.id
    if actor.role is Role.MANAGER:
        return lead.team_id is not None and lead.team_id == actor.team_id
    return True


def _moves_from(lead: Lead, kind: DecisionKind, definitions: Definitions) -> tuple[Move, ...]:
    spec = definitions.decisions.get(kind)
    return tuple(move for move in spec.moves if lead.stage in move.from_) if spec else ()


def chosen_move(moves: Iterable[Move], values: Mapping[str, FieldValue]) -> Move | None:
    for move in moves:
        if move.when is None or values.get(move.when.field) == move.when.equals:
            return move
    return None


def available(lead: Lead, definitions: Definitions, actor: Actor) -> tuple[DecisionKind, ...]:
    """The kinds of decision that are open to the actor for this lead, in the order of the definitions."""
    if not may_reach(lead, actor):
        return ()
    return tuple(
        kind
        for kind in definitions.decisions
        if any(actor.role in move.roles for move in _moves_from(lead, kind, definitions))
    )


def managers_alone(definitions: Definitions) -> frozenset[DecisionKind]:
    """The kinds of decision that a manager may make and a rep never."""
    return frozenset(
        kind
        for kind, spec in definitions.decisions.items()
        if any(Role.MANAGER in move.roles for move in spec.moves)
        and not any(Role.REP in move.roles for move in spec.moves)
    )


def blocking_errors(
    lead: Lead, kind: DecisionKind, definitions: Definitions, actor: Actor
) -> tuple[FieldError, ...]:
    """Why this kind of decision is not open to the actor at all: scope, stage or role."""
    if not may_reach(lead, actor):
        whose = (
            f"belongs to {lead.owner_name}{since_given(lead)}" if lead.owner_name else "belongs to nobody yet"
        )
        return (FieldError("owner", "owner", f"this lead {whose}; only its owner decides on it"),)
    spec = definitions.decisions.get(kind)
    if spec is None:
        return (FieldError("kind", "not_allowed", f"the definitions have no decision '{kind}'"),)
    moves = _moves_from(lead, kind, definitions)
    if not moves:
        open_in = tuple(dict.fromkeys(stage for move in spec.moves for stage in move.from_))
        labels = ", ".join(definitions.stages[stage].label for stage in open_in)
        here = definitions.stages.get(lead.stage)
        message = (
            f"'{spec.label}' is open in {labels}; this lead stands at {here.label if here else lead.stage}"
        )
        return (FieldError("stage", "stage", message, open_in),)
    if not any(actor.role in move.roles for move in moves):
        roles = tuple(dict.fromkeys(role.value for move in moves for role in move.roles))
        return (FieldError("role", "role", f"'{spec.label}' is for: {', '.join(roles)}", roles),)
    return ()


def whole_errors(
    lead: Lead,
    kind: DecisionKind,
    values: Mapping[str, FieldValue],
    definitions: Definitions,
    actor: Actor,
    today: date,
    directory: Directory = NOBODY,
) -> tuple[FieldError, ...]:
    """Everything that keeps the decision from holding; empty where it holds. `today` is the actor's day."""
    if blocking := blocking_errors(lead, kind, definitions, actor):
        return blocking
    if errors := check_values(lead, kind, values, definitions, actor, today, directory):
        return errors
    moves = [move for move in _moves_from(lead, kind, definitions) if actor.role in move.roles]
    move = chosen_move(moves, values)
    if move is None:
        field = next(move.when.field for move in moves if move.when)
        return (FieldError(field, "not_allowed", f"no move from {lead.stage} fits this value"),)
    if move.to is None or move.to == lead.stage:
        return ()
    fields = _fields_after(lead, kind, move, values, definitions, actor, today)
    return missing_fields(fields, move.to, definitions)


def missing_fields(
    fields: Mapping[str, FieldValue], stage: str, definitions: Definitions
) -> tuple[FieldError, ...]:
    """A `required` error for each field that `stage` asks for and `fields` lack."""
    return tuple(
        missing(key, definitions, f"to enter {definitions.stages[stage].label}")
        for key in definitions.required_to_enter(stage)
        if is_empty(fields.get(key))
    )


def cleared(
    fields: Mapping[str, FieldValue], groups: tuple[str, ...], definitions: Definitions
) -> FieldValues:
    """`fields` without those of the named groups."""
    return {
        key: value
        for key, value in fields.items()
        if key not in definitions.fields or definitions.fields[key].group not in groups
    }


def _fields_after(
    lead: Lead,
    kind: DecisionKind,
    move: Move,
    values: Mapping[str, FieldValue],
    definitions: Definitions,
    actor: Actor,
    today: date,
) -> FieldValues:
    spec = definitions.decisions[kind]
    fields = cleared(lead.fields, move.clears, definitions)
    asked = {entry.field for entry in asked_fields(kind, values, definitions)}
    editable = editable_fields(kind, definitions)
    for key, value in values.items():
        if is_empty(value):
            if key in editable:
                fields.pop(key, None)
        elif key in editable or (key in asked and definitions.fields[key].scope is FieldScope.LEAD):
            fields[key] = value.strip() if isinstance(value, str) else value
    fields.update(move.sets)
    if move.to is not None and move.to != lead.stage:
        required = definitions.required_to_enter(move.to)
        if "sal_date" in required:
            fields["sal_date"] = today.isoformat()
        if "assigned_rep" in required:
            fields["assigned_rep"] = lead.owner_id or actor.id
        reason = chosen_reason(spec, values, definitions)
        if reason and reason.nurture and spec.disposition is Disposition.RECYCLE:
            fields["nurture_track"] = reason.nurture
    return fields


def effective_moment(lead: Lead, decision: Decision, now: datetime) -> datetime:
    """When the decision counts: as decided, but never after `now` nor before the lead entered its stage.

    A rep's offline minutes so do not cost the SLA, and no client's clock can reach beyond the server's.
    """
    return max(min(decision.decided_at, now), lead.stage_since)


def decide(
    lead: Lead,
    decision: Decision,
    definitions: Definitions,
    actor: Actor,
    now: datetime,
    directory: Directory = NOBODY,
) -> Outcome:
    """Apply `decision` to `lead`, or say with named field errors why it may not stand.

    `now` is the present moment (UTC) on the deciding side, `directory` the colleagues it knows.
    """
    at = effective_moment(lead, decision, now)
    today = day_for(actor, lead, at, directory)
    values = decision.values
    errors = whole_errors(lead, decision.kind, values, definitions, actor, today, directory)
    if errors:
        return Refused(errors)
    spec = definitions.decisions[decision.kind]
    moves = [move for move in _moves_from(lead, decision.kind, definitions) if actor.role in move.roles]
    move = chosen_move(moves, values)
    if move is None:  # whole_errors has refused it; kept for the type checker
        return Refused((FieldError("stage", "stage", f"'{spec.label}' is not open here"),))
    stage = move.to or lead.stage
    moved = stage != lead.stage
    after = replace(
        lead,
        stage=stage,
        fields=_fields_after(lead, decision.kind, move, values, definitions, actor, today),
        stage_since=at if moved else lead.stage_since,
        stage_by=actor.name if moved else lead.stage_by,
        status_at=max(lead.status_at, at) if spec.status_update or moved else lead.status_at,
        versions=replace(
            lead.versions, sales=lead.versions.sales + 1, stage=lead.versions.stage + (1 if moved else 0)
        ),
    )
    if move.override:
        after = replace(
            after, rejections=_reopened(after.rejections, at, actor, str(values.get("why") or ""))
        )
    after = _owned(after, decision, actor, directory, at, moved=moved)
    after = replace(after, provenance=provenance_after(lead, after.fields, actor.name))
    after = _recorded(lead, after, decision, definitions, actor, at)
    event = ClockEvent.STAGE if moved else _event(decision.kind)
    after = replace(after, clocks=run_clocks(lead, after, event, definitions, at))
    before_parts, after_parts = changes(lead, after)
    message = f"{spec.done} by {actor.name}"
    audit = AuditEntry(
        lead_id=lead.id,
        at=at,
        recorded_at=now,
        actor=actor,
        event=decision.kind.value,
        definitions_version=definitions.version,
        before=before_parts,
        after=after_parts,
        decision_id=decision.id,
        values=dict(values),
        override=move.override,
        message=message,
    )
    alerts = (_override(lead, after, audit, definitions),) if move.override else ()
    return Applied(after, audit, alerts)


def _override(before: Lead, after: Lead, audit: AuditEntry, definitions: Definitions) -> Alert:
    """What the manager of the lead's team is told of an override (D5): who and why first, for short rows."""
    actor = audit.actor
    what = definitions.decisions[DecisionKind(audit.event)].done
    if before.stage != after.stage:
        what += f", {definitions.stages[before.stage].label} to {definitions.stages[after.stage].label}"
    manages = actor.role is Role.MANAGER and actor.team_id == after.team_id
    return Alert(
        after.id,
        OVERRIDE,
        "manager",
        f"{actor.name}: {audit.values.get('why') or ''} ({what})",
        known_to=actor.id if manages else "",
    )


def _reopened(
    rejections: tuple[Rejection, ...], at: datetime, actor: Actor, why: str
) -> tuple[Rejection, ...]:
    """The last rejection, where it still stood, undone by the override."""
    if not rejections or rejections[-1].returned_at is not None or rejections[-1].undone_at is not None:
        return rejections
    undone = replace(rejections[-1], undone_at=at, undone_by_name=actor.name, undone_because=why)
    return (*rejections[:-1], undone)


def _event(kind: DecisionKind) -> ClockEvent:
    match kind:
        case DecisionKind.TOUCH:
            return ClockEvent.TOUCH
        case DecisionKind.REASSIGN:
            return ClockEvent.OWNER
        case _:
            return ClockEvent.STATUS


def _owned(
    after: Lead, decision: Decision, actor: Actor, directory: Directory, at: datetime, *, moved: bool
) -> Lead:
    """Ownership after the decision: the assignee's, or the actor's where a lead without owner moves on."""
    assignee = decision.values.get(ASSIGNEE)
    if decision.kind is DecisionKind.REASSIGN and isinstance(assignee, str):
        person = directory.get(assignee)
        fields = dict(after.fields)
        if not is_empty(fields.get("assigned_rep")):
            fields["assigned_rep"] = assignee
        return replace(
            after,
            fields=fields,
            owner_id=assignee,
            owner_name=person.name if person else assignee,
            owner_zone=person.zone if person else after.owner_zone,
            team_id=(person.team_id if person else None) or after.team_id,
            assigned_because=because_given(actor.name, str(decision.values.get("why") or "")),
            assigned_at=at,
            assigned_by=actor.name,
        )
    if moved and after.owner_id is None:
        me = directory.get(actor.id)
        return replace(
            after,
            owner_id=actor.id,
            owner_name=actor.name,
            owner_zone=me.zone if me else after.owner_zone,
            team_id=(me.team_id if me else actor.team_id) or after.team_id,
            assigned_because=because_taken(actor.name),
            assigned_at=at,
            assigned_by=actor.name,
        )
    return after


def _recorded(
    before: Lead, after: Lead, decision: Decision, definitions: Definitions, actor: Actor, at: datetime
) -> Lead:
    """The lead's own memory of the decision: its touch, rejection or note."""
    spec = definitions.decisions[decision.kind]
    values = decision.values
    note = str(values.get("note") or "").strip()
    if decision.kind is DecisionKind.TOUCH:
        touch = Touch(
            decision.id,
            at,
            actor.id,
            actor.name,
            str(values["touch_channel"]),
            str(values["touch_outcome"]),
            note,
        )
        return replace(after, touches=(*after.touches, touch))
    reason = chosen_reason(spec, values, definitions)
    if reason and spec.disposition and spec.reason:
        known = definitions.fields
        rejection = Rejection(
            id=decision.id,
            at=at,
            by_id=actor.id,
            by_name=actor.name,
            disposition=spec.disposition,
            reason=str(values[spec.reason]),
            stage=before.stage,
            details={key: values[key] for key in reason.fields if not is_empty(values.get(key))},
            note=note,
            nurture=reason.nurture if spec.disposition is Disposition.RECYCLE else None,
            score=before.score.total if before.score else None,
            fields={
                key: value
                for key, value in before.fields.items()
                if key in known
                and known[key].group not in ("outcome", "sales")
                and known[key].max_length <= 500
            },
            tallies=before.tallies,
        )
        return replace(after, rejections=(*after.rejections, rejection))
    if note:
        return replace(after, notes=(*after.notes, Note(decision.id, at, actor.id, actor.name, note)))
    return after

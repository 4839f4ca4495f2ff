"""The handoff from marketing to sales: a lead received, scored, qualified, quarantined or returned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from leadqueue.definitions.model import Definitions, FieldScope, Role, Side, Sync
from leadqueue.domain.assigned import because_named
from leadqueue.domain.clocks import ClockEvent, run_clocks
from leadqueue.domain.decide import cleared, missing_fields
from leadqueue.domain.decision import Alert, AuditEntry, FieldError
from leadqueue.domain.lead import (
    SYSTEM,
    Actor,
    Colleague,
    FieldValue,
    FieldValues,
    Lead,
    Signal,
    provenance_after,
)
from leadqueue.domain.returning import may_return, waiting_recycling, waits
from leadqueue.domain.scoring import compute_score, icp_fit, mql_verdict, tally
from leadqueue.domain.trail import SIGNALS_KEPT, changes
from leadqueue.domain.values import check_value, is_empty

BRINGERS = frozenset({Role.MARKETING_OPS, Role.ADMIN})
"""Who may bring leads in, and sees which of them wait in quarantine."""

_AHEAD = timedelta(days=1)
"""How far another system's clock may run ahead."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What marketing says about a lead. `signals` are new ones only; the store knows which it has.

    `qualified`: marketing automation vouches for the MQL bar; the required fields are asked all the same.
    """

    source_id: str
    fields: FieldValues
    signals: tuple[Signal, ...] = ()
    qualified: bool = False
    created_at: datetime | None = None


class ReceivedStatus(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Received:
    """What came of it. `audit` is None where nothing changed; `lead` None where a new lead was refused."""

    status: ReceivedStatus
    lead: Lead | None
    audit: AuditEntry | None = None
    missing: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()
    alerts: tuple[Alert, ...] = ()


def receive(
    existing: Lead | None,
    incoming: Incoming,
    definitions: Definitions,
    now: datetime,
    actor: Actor,
    source: str,
    new_id: Callable[[], str],
    owner: Colleague | None = None,
) -> Received:
    """Bring what marketing sent into the CRM.

    Values are checked against the vocabularies, written as field ownership allows, scored as of
    `now`, and the lead goes on to MQL, to quarantine or stays, all in one audit line. A repeat that
    says nothing new changes nothing; that the lead now qualifies is new, with the same fields too.
    """
    errors = refusals(incoming, definitions, now)
    if errors:
        return Received(ReceivedStatus.REFUSED, existing, errors=errors)
    told = f"From {source}"
    return _received(
        existing, incoming, definitions, now, actor, source, told=told, new_id=new_id, owner=owner
    )


def look_again(lead: Lead, definitions: Definitions, now: datetime) -> Received:
    """What comes of a recycled lead at `now` though marketing sends nothing: what an intake of nothing new
    would make of it.

    `returning.next_look` says when to ask. One in quarantine was over the bar already, and waits for repair.
    """
    if waiting_recycling(lead) is None or lead.stage == definitions.handoff.quarantine_stage:
        return Received(ReceivedStatus.UNCHANGED, lead, missing=waiting_for(lead, definitions))
    nothing = Incoming(lead.source_id or "", {})
    told = "What it did since it was recycled is enough"
    return _received(
        lead, nothing, definitions, now, SYSTEM, SYSTEM.name, told=told, new_id=lambda: lead.id, owner=None
    )


def _received(
    existing: Lead | None,
    incoming: Incoming,
    definitions: Definitions,
    now: datetime,
    actor: Actor,
    source: str,
    *,
    told: str,
    new_id: Callable[[], str],
    owner: Colleague | None,
) -> Received:
    """What `incoming` changes; the trail tells it with `told` first."""
    entry = definitions.handoff.entry_stage
    created = incoming.created_at if incoming.created_at and incoming.created_at < now else now
    before = existing or Lead(
        id=new_id(),
        stage=entry,
        created_at=created,
        stage_since=now,
        status_at=now,
        source_id=incoming.source_id,
    )
    fields, ignored = _written(before, incoming.fields, definitions)
    after = replace(
        before,
        fields=fields,
        provenance=provenance_after(before, fields, source),
        signals=tuple(
            sorted(
                (*incoming.signals, *before.signals), key=lambda signal: (signal.at, signal.id), reverse=True
            )
        )[:SIGNALS_KEPT],
        tallies=tally(before.tallies, incoming.signals),
    )
    after = replace(after, score=compute_score(after.fields, after.tallies, definitions, now))
    if owner is not None and after.owner_id is None:
        after = replace(
            after,
            owner_id=owner.id,
            owner_name=owner.name,
            owner_zone=owner.zone,
            team_id=owner.team_id,
            assigned_because=because_named(source),
            assigned_at=now,
            assigned_by=source,
        )
    after, missing = _moved_on(after, incoming, definitions, now)
    if existing is None or after.stage != existing.stage:
        after = replace(after, stage_by=source)
    if existing and replace(after, score=existing.score) == existing:  # a score that only aged is no news
        return Received(ReceivedStatus.UNCHANGED, existing, missing=waiting_for(existing, definitions))
    after = replace(after, versions=replace(after.versions, marketing=after.versions.marketing + 1))
    event = _event(existing, after)
    after = replace(after, clocks=run_clocks(existing, after, event, definitions, now))
    quarantined = after.stage == definitions.handoff.quarantine_stage
    was, became = changes(existing, after)
    audit = AuditEntry(
        lead_id=after.id,
        at=now,
        recorded_at=now,
        actor=actor,
        event="received" if existing is None else "updated",
        definitions_version=definitions.version,
        before=was,
        after=became,
        message=_story(before, after, missing, ignored, told, definitions),
    )
    status = ReceivedStatus.CREATED if existing is None else ReceivedStatus.UPDATED
    alerts: tuple[Alert, ...] = ()
    if quarantined:
        status = ReceivedStatus.QUARANTINED
        if existing is None or existing.stage != after.stage:
            labels = ", ".join(definitions.fields[key].label for key in missing)
            alerts = (Alert(after.id, "quarantined", "marketing_ops", f"Quarantined: lacks {labels}"),)
    return Received(status, after, audit, missing, alerts=alerts)


def _event(existing: Lead | None, after: Lead) -> ClockEvent:
    if existing is None:
        return ClockEvent.CREATED
    if existing.stage != after.stage:
        return ClockEvent.STAGE
    return ClockEvent.SIGNAL


def refusals(incoming: Incoming, definitions: Definitions, now: datetime) -> tuple[FieldError, ...]:
    """Why the handoff takes nothing of `incoming`, as of `now`; none where it takes it."""
    errors: list[FieldError] = []
    for key, value in incoming.fields.items():
        spec = definitions.fields.get(key)
        if spec is not None and (spec.owner is Side.SHARED or spec.scope is FieldScope.DECISION):
            errors.append(
                FieldError(key, "not_editable", f"{spec.label} is set by sales decisions, never by marketing")
            )
            continue
        if key == "lead_score" and not is_empty(value):
            errors.append(FieldError(key, "not_editable", "The score at hand-over is computed, never sent"))
            continue
        error = check_value(key, value, definitions, now.date())
        if error:
            errors.append(error)
    if any(signal.at > now + _AHEAD for signal in incoming.signals):
        errors.append(FieldError("signals", "too_large", "A signal cannot come from the future"))
    kinds = definitions.vocabularies["signal_kind"].values
    for signal in incoming.signals:
        if signal.kind not in kinds:
            errors.append(
                FieldError(
                    "signals", "not_allowed", f"Signal '{signal.kind[:60]}' is not in the list", tuple(kinds)
                )
            )
            break
    return tuple(errors)


def _written(
    before: Lead, incoming: FieldValues, definitions: Definitions
) -> tuple[FieldValues, tuple[str, ...]]:
    """The fields after the write, and those whose value was ignored because another side owns them.

    Marketing's own fields are written; a rep's two-way field is filled while it is empty; the CRM's
    are left alone. An empty value never erases one.
    """
    fields = dict(before.fields)
    ignored: list[str] = []
    for key, value in incoming.items():
        if is_empty(value):
            continue
        clean: FieldValue = value.strip() if isinstance(value, str) else value
        spec = definitions.fields[key]
        may_fill = spec.owner is Side.REP and spec.sync is Sync.BOTH and is_empty(fields.get(key))
        if spec.owner is Side.MARKETING or may_fill:
            fields[key] = clean
        elif fields.get(key) != clean:
            ignored.append(key)
    return fields, tuple(ignored)


def waiting_for(lead: Lead, definitions: Definitions) -> tuple[str, ...]:
    """The fields for want of which a lead stands in quarantine; none for a lead elsewhere."""
    handoff = definitions.handoff
    if lead.stage != handoff.quarantine_stage:
        return ()
    stage = handoff.mql_stage if _on_its_way(lead) else handoff.entry_stage
    return tuple(error.field for error in missing_fields(lead.fields, stage, definitions))


def _on_its_way(lead: Lead) -> bool:
    """Whether the lead was handed over to sales already: it has its score at hand-over."""
    return not is_empty(lead.fields.get("lead_score"))


def _moved_on(
    lead: Lead, incoming: Incoming, definitions: Definitions, now: datetime
) -> tuple[Lead, tuple[str, ...]]:
    """The lead where the handoff takes it, and the fields for want of which it does not go on.

    A recycled lead goes on once it may return; one that then lacked a field was over the bar already, so
    its repair is enough.
    """
    handoff = definitions.handoff
    to_mql = next(
        (move for move in handoff.moves if lead.stage in move.from_ and move.to == handoff.mql_stage), None
    )
    if to_mql is None or lead.score is None:
        return lead, ()
    recycling = waiting_recycling(lead)
    repaired = lead.stage == handoff.quarantine_stage and _on_its_way(lead)
    if recycling and not repaired and not may_return(lead, recycling, definitions, now):
        return lead, ()
    vouched = incoming.qualified and recycling is None  # a recycled lead's own engagement vouches for it
    if not (repaired or vouched or mql_verdict(lead.fields, lead.score, definitions).qualified):
        return _let_in(lead, definitions, now)
    fields = cleared(lead.fields, to_mql.clears, definitions)
    if recycling or "lead_score" not in fields:
        fields["lead_score"] = lead.score.total
    if is_empty(fields.get("icp_fit")):
        fields["icp_fit"] = icp_fit(fields, definitions)
    missing = tuple(error.field for error in missing_fields(fields, handoff.mql_stage, definitions))
    if missing:
        if not _may_move(lead.stage, handoff.quarantine_stage, definitions):
            return lead, missing
        return _entered(replace(lead, fields=fields), handoff.quarantine_stage, now), missing
    rejections = tuple(replace(past, returned_at=now) if waits(past) else past for past in lead.rejections)
    return _entered(replace(lead, fields=fields, rejections=rejections), handoff.mql_stage, now), ()


def _let_in(lead: Lead, definitions: Definitions, now: datetime) -> tuple[Lead, tuple[str, ...]]:
    """A lead below the bar: in the entry stage with what that asks for, else in quarantine."""
    handoff = definitions.handoff
    if lead.stage not in (handoff.entry_stage, handoff.quarantine_stage):
        return lead, ()
    missing = tuple(error.field for error in missing_fields(lead.fields, handoff.entry_stage, definitions))
    target = handoff.quarantine_stage if missing else handoff.entry_stage
    if target != lead.stage and not _may_move(lead.stage, target, definitions):
        return lead, missing
    return _entered(lead, target, now), missing


def _may_move(stage: str, target: str, definitions: Definitions) -> bool:
    moves = definitions.handoff.moves
    return stage == target or any(stage in move.from_ and move.to == target for move in moves)


def _entered(lead: Lead, stage: str, now: datetime) -> Lead:
    if lead.stage == stage:
        return lead
    versions = replace(lead.versions, stage=lead.versions.stage + 1)
    return replace(lead, stage=stage, stage_since=now, status_at=now, versions=versions)


def _story(
    before: Lead,
    after: Lead,
    missing: tuple[str, ...],
    ignored: tuple[str, ...],
    told: str,
    definitions: Definitions,
) -> str:
    parts = [told]
    if before.stage != after.stage:
        parts.append(f"now {definitions.stages[after.stage].label}")
    if missing:
        parts.append("lacks " + ", ".join(missing))
    if ignored:
        parts.append("left to their owner: " + ", ".join(ignored))
    return "; ".join(parts)

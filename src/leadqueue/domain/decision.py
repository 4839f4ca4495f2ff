"""Decisions and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import Actor, FieldValue, FieldValues, Lead
from leadqueue.domain.utc_field import UtcDatetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about a lead: an immutable fact with a client-made UUIDv7.

    `decided_at` is in server time (the client adds its offset); `clock_error_ms` is the bound of that
    offset's error. `expected_version` is the lead's sales version that the decider saw.

    `seen_stage`, `seen_owner` ('' for nobody) and `seen_fields` are what the decider saw of that which the
    decision changes: the stage where it moves the lead, the owner where it names another, each field that it
    writes over. None and nothing say that it is not known, or not changed.
    """

    id: str
    lead_id: str
    kind: DecisionKind
    values: FieldValues
    expected_version: int
    definitions_version: str
    decided_at: UtcDatetime
    clock_offset_ms: int = 0
    clock_error_ms: int | None = None
    seen_stage: str | None = None
    seen_owner: str | None = None
    seen_fields: FieldValues = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why a value is refused. `field` is a field key, or `stage`, `owner`, `role` for the whole decision.

    `code` is one of: required, type, not_allowed, too_short, too_long, too_small, too_large, not_future,
    unknown_field, not_editable, min_touches, stage, owner, role, unchanged, changed, other_team, ambiguous.
    """

    field: str
    code: str
    message: str
    allowed: tuple[str, ...] = ()


ABOUT_THE_LEAD = frozenset({"owner", "stage", "role"})
"""Codes of the errors that no value in a form can put right; beside one of them the others do not matter."""


FROM_THE_LEAD = frozenset({"min_touches", "unchanged"})
"""Codes of the errors that a value has on this lead and may not have on another."""


def out_of_scope(owner_name: str = "") -> FieldError:
    """The lead was taken out of the decider's reach, by whoever gave it to `owner_name`."""
    now_with = f"; it belongs to {owner_name}" if owner_name else ""
    return FieldError("owner", "owner", f"the lead is out of your reach now{now_with}")


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of a lead's trail: who did what, under which definitions, and what changed.

    `before` and `after` hold the changed top-level parts of the lead in their JSON form; laying the
    `after` of every line over each other in order gives the lead.
    """

    lead_id: str
    at: UtcDatetime
    recorded_at: UtcDatetime
    actor: Actor
    event: str
    definitions_version: str
    before: dict[str, object]
    after: dict[str, object]
    decision_id: str | None = None
    values: FieldValues = field(default_factory=dict)
    override: bool = False
    message: str = ""


OVERRIDE = "override"
"""The kind of alert, and of escalation, that tells of an override."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something a manager or marketing ops must be told. `known_to` is the user of that audience who caused
    it, '' where none did."""

    lead_id: str
    kind: str
    audience: str
    message: str
    known_to: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """The decision holds: the lead as it stands after it, its audit line, and whom to tell."""

    lead: Lead
    audit: AuditEntry
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True)
class Already:
    """Somebody's same decision had the same effect before; nothing changes."""

    lead: Lead


@dataclass(frozen=True, slots=True)
class Refused:
    """The decision breaks the definitions; every error names its field."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else's decision, or another owner, made this one void; the lead as it stands comes along."""

    lead: Lead
    errors: tuple[FieldError, ...]


Outcome = Applied | Refused
Verdict = Applied | Already | Refused | Conflict

__all__ = [
    "OVERRIDE",
    "Actor",
    "Alert",
    "Already",
    "Applied",
    "AuditEntry",
    "Conflict",
    "Decision",
    "FieldError",
    "FieldValue",
    "Outcome",
    "Refused",
    "Verdict",
]

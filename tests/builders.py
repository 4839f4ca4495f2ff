"""Leads, actors and decisions for tests: real ones, made by the rule book itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import DecisionKind, Definitions, Role
from leadqueue.domain.decide import decide
from leadqueue.domain.decision import Applied, Decision, Refused
from leadqueue.domain.handoff import Incoming, Received, receive
from leadqueue.domain.lead import Actor, Colleague, FieldValue, FieldValues, Lead, Signal

DEFINITIONS: Definitions = shipped().definitions

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""

RITA = Colleague("01900000-0000-7000-8000-00000000000a", "Rita Rep", Role.REP, "Europe/Berlin", "team-1")
RAUL = Colleague("01900000-0000-7000-8000-00000000000b", "Raúl Rep", Role.REP, "America/New_York", "team-1")
MAYA = Colleague("01900000-0000-7000-8000-00000000000c", "Maya Manager", Role.MANAGER, "UTC", "team-1")
OTTO = Colleague("01900000-0000-7000-8000-00000000000d", "Otto Elsewhere", Role.REP, "UTC", "team-2")
DIRECTORY = {person.id: person for person in (RITA, RAUL, MAYA, OTTO)}

SYSTEM = Actor("system", "leadqueue", Role.SYSTEM)


def acting(person: Colleague) -> Actor:
    return Actor(person.id, person.name, person.role, person.team_id)


def ids(start: int = 1) -> Iterator[str]:
    """Endless well-formed ids in ascending order."""
    return (f"01930000-0000-7000-8000-{number:012x}" for number in itertools.count(start))


_ids = ids()


def new_id() -> str:
    return next(_ids)


GOOD_FIELDS: FieldValues = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@engines.example",
    "job_title": "Head of Operations",
    "seniority": "director",
    "company_name": "Analytical Engines",
    "company_domain": "engines.example",
    "company_size": 240,
    "industry": "manufacturing",
    "country": "GB",
    "lead_source": "webinar",
    "campaign": "Autumn webinar",
}


def signal(kind: str, at: datetime = NOW - timedelta(days=1), title: str = "") -> Signal:
    return Signal(new_id(), kind, at, title)


def received(
    *,
    fields: FieldValues | None = None,
    signals: tuple[Signal, ...] = (),
    owner: Colleague | None = RITA,
    now: datetime = NOW,
    qualified: bool = True,
    existing: Lead | None = None,
    source_id: str | None = None,
    definitions: Definitions = DEFINITIONS,
) -> Received:
    """What the handoff makes of a lead with `fields`."""
    incoming = Incoming(
        source_id or (existing.source_id if existing else None) or new_id(),
        dict(GOOD_FIELDS if fields is None else fields),
        signals,
        qualified,
    )
    return receive(existing, incoming, definitions, now, SYSTEM, "test", new_id, owner)


def mql(
    *,
    owner: Colleague | None = RITA,
    now: datetime = NOW,
    signals: tuple[Signal, ...] = (),
    **fields: FieldValue,
) -> Lead:
    """A lead that awaits review since `now`."""
    outcome = received(fields={**GOOD_FIELDS, **fields}, signals=signals, owner=owner, now=now)
    assert outcome.lead is not None, outcome.errors
    assert outcome.lead.stage == "mql", outcome.missing
    return outcome.lead


def decision(
    lead: Lead,
    kind: DecisionKind | str,
    values: FieldValues | None = None,
    *,
    at: datetime = NOW + timedelta(minutes=10),
    expected_version: int | None = None,
) -> Decision:
    return Decision(
        id=new_id(),
        lead_id=lead.id,
        kind=DecisionKind(kind),
        values=values or {},
        expected_version=lead.versions.sales if expected_version is None else expected_version,
        definitions_version=DEFINITIONS.version,
        decided_at=at,
    )


EXAMPLE_VALUES: dict[DecisionKind, FieldValues] = {
    DecisionKind.ACCEPT: {"acceptance_reason": "strong_fit"},
    DecisionKind.REJECT: {"reason": "no_budget"},
    DecisionKind.RECYCLE: {"reason": "bad_timing", "revisit_on": "2027-03-01"},
    DecisionKind.TOUCH: {"touch_channel": "call", "touch_outcome": "no_answer"},
    DecisionKind.QUALIFY: {
        "bant_budget": "50k set aside",
        "bant_authority": "The COO signs",
        "bant_need": "Leads age unseen",
        "bant_timeline": "Before Q2",
        "qualification_notes": "Called twice, wants a demo in March.",
    },
    DecisionKind.OPPORTUNITY: {
        "next_step": "demo",
        "opportunity_stage": "discovery",
        "amount": 1_250_000,
        "currency": "EUR",
        "close_date": "2027-03-31",
    },
    DecisionKind.CLOSE: {"outcome": "won", "win_reason": "best_fit"},
    DecisionKind.NOTE: {"note": "Prefers e-mail."},
    DecisionKind.REOPEN: {"why": "Clicked the wrong key."},
    DecisionKind.REASSIGN: {"assignee": RAUL.id, "why": "Speaks Spanish."},
    DecisionKind.EDIT: {"phone": "+44 20 7946 0000"},
}
"""Values with which each kind of decision holds under the shipped definitions."""


def after(
    lead: Lead,
    kind: DecisionKind | str,
    values: FieldValues | None = None,
    *,
    by: Colleague = RITA,
    at: datetime = NOW + timedelta(minutes=10),
    now: datetime | None = None,
) -> Lead:
    """The lead after a decision that must hold; example values where none are given."""
    kind = DecisionKind(kind)
    outcome = decide(
        lead,
        decision(lead, kind, EXAMPLE_VALUES[kind] if values is None else values, at=at),
        DEFINITIONS,
        acting(by),
        now or at,
        DIRECTORY,
    )
    assert isinstance(outcome, Applied), outcome
    return outcome.lead


def refusal(
    lead: Lead,
    kind: DecisionKind | str,
    values: FieldValues | None = None,
    *,
    by: Colleague = RITA,
    at: datetime = NOW + timedelta(minutes=10),
) -> dict[str, str]:
    """Error codes by field of a decision that must be refused."""
    outcome = decide(lead, decision(lead, kind, values, at=at), DEFINITIONS, acting(by), at, DIRECTORY)
    assert isinstance(outcome, Refused), outcome
    return {error.field: error.code for error in outcome.errors}

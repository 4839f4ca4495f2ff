"""Plays the demo's story into a server's database, through the same handoff and ledger as real leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import Role
from leadqueue.demo import cast
from leadqueue.demo.story import Handover, StoryTeller
from leadqueue.domain.decide import decide
from leadqueue.domain.decision import Decision, Refused
from leadqueue.domain.handoff import Incoming, receive
from leadqueue.domain.lead import SYSTEM, Actor, Colleague, Lead, Signal
from leadqueue.domain.moments import NowFn
from leadqueue.server import escalations, feed, store
from leadqueue.server.admin import Admin, User
from leadqueue.server.database import Database

ORGANISATION = "Example Instruments"
SOURCE = "marketing automation"


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo's company: who signs in, who manages, and their tokens."""

    rep: User
    token: str
    manager: User
    manager_token: str
    organisation_id: str
    marketing_token: str


def set_the_stage(
    database: Database,
    *,
    leads: int,
    reps: int,
    seed: int,
    now: datetime,
    clock: NowFn,
    new_id: Callable[[], str],
) -> Stage:
    """Fill an empty database with the company and the story of its leads, up to `now`."""
    admin = Admin(database, clock, new_id)
    organisation = admin.create_organisation(ORGANISATION, shipped())
    team = admin.create_team(organisation.id, "Inbound")
    crew = [
        admin.create_user(
            organisation.id, f"rep{number + 1}@instruments.example", name, Role.REP, team.id, zone
        )
        for number, (name, zone) in enumerate(_names(reps))
    ]
    manager = admin.create_user(
        organisation.id, "manager@instruments.example", cast.MANAGER_NAME, Role.MANAGER, team.id
    )
    marketing = admin.create_user(
        organisation.id, "marketing@instruments.example", "Marketing operations", Role.MARKETING_OPS
    )
    tokens = [
        admin.create_token(organisation.id, each.id, "demo")[0] for each in (crew[0], manager, marketing)
    ]
    _play(database, organisation.id, crew, leads=leads, seed=seed, now=now, new_id=new_id)
    escalations.sweep(database, store.DefinitionsCache(), now, new_id)
    return Stage(crew[0], tokens[0], manager, tokens[1], organisation.id, tokens[2])


def _names(reps: int) -> list[tuple[str, str]]:
    """A name and zone for each rep; names repeat with a number where there are many."""
    names: list[tuple[str, str]] = []
    for number in range(reps):
        name, zone = cast.REP_NAMES[number % len(cast.REP_NAMES)]
        round_ = number // len(cast.REP_NAMES)
        names.append((f"{name} {round_ + 1}" if round_ else name, zone))
    return names


def _play(
    database: Database,
    organisation_id: str,
    crew: list[User],
    *,
    leads: int,
    seed: int,
    now: datetime,
    new_id: Callable[[], str],
) -> None:
    """Every step of the story at its own moment, in one transaction: the demo stands or it does not."""
    definitions = shipped().definitions
    story = StoryTeller(definitions, now, seed).tell(leads, reps=len(crew))
    owners = [Colleague(user.id, user.name, user.role, user.zone, user.team_id) for user in crew]
    actors = [Actor(user.id, user.name, user.role, user.team_id) for user in crew]
    known: dict[str, Lead] = {}
    changes: list[store.Change] = []
    signals: list[dict[str, str | int]] = []
    for step in story.steps:
        before = known.get(step.source_id)
        if isinstance(step.what, Handover):
            fresh = tuple(
                Signal(each.source_id, each.kind, each.at, each.title, each.url) for each in step.what.signals
            )
            incoming = Incoming(step.source_id, step.what.fields, fresh)
            outcome = receive(
                before, incoming, definitions, step.at, SYSTEM, SOURCE, new_id, owners[step.owner]
            )
            if outcome.lead is None or outcome.audit is None:
                raise ValueError(f"the story's lead {step.source_id} is refused: {outcome.errors}")
            changes.append(store.Change(before, outcome.lead, outcome.audit, outcome.alerts))
            signals += store.signal_rows(organisation_id, outcome.lead.id, fresh)
            known[step.source_id] = outcome.lead
            continue
        if before is None:
            raise ValueError(f"the story decides on {step.source_id} before it exists")
        decision = Decision(
            new_id(),
            before.id,
            step.what.kind,
            step.what.values,
            before.versions.sales,
            definitions.version,
            step.at,
        )
        made = decide(before, decision, definitions, actors[step.owner], step.at)
        if isinstance(made, Refused):
            raise ValueError(f"the story's decision on {step.source_id} is refused: {made.errors}")  # noqa: TRY004
        changes.append(store.Change(before, made.lead, made.audit, made.alerts))
        known[step.source_id] = made.lead
    with database.write() as connection:
        if signals:
            connection.execute(sa.text(store.INSERT_SIGNAL), signals)
        moves = store.save(connection, organisation_id, changes, (new_id() for _ in changes), definitions)
        feed.publish(connection, organisation_id, feed.last_moves(moves), now)

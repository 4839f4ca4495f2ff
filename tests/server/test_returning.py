"""Recycled leads that come back though marketing sends nothing: each once, over each of the databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from tests.server.world import World

from leadqueue.definitions.loader import shipped
from leadqueue.domain.handoff import look_again
from leadqueue.domain.lead import SYSTEM, FieldValues, Lead
from leadqueue.domain.moments import to_micros
from leadqueue.server import app, feed, locks, returning, store
from leadqueue.server.database import Database
from leadqueue.wire.api import AnswerStatus, Upsert

DAY = timedelta(days=1)
REVISIT = datetime.fromisoformat("2027-01-05T00:00:00+01:00")
LATER: FieldValues = {"reason": "bad_timing", "revisit_on": "2027-01-05"}


def sweep(world: World) -> int:
    return returning.sweep(world.database, store.DefinitionsCache(), world.clock, world.new_id)


def sent(world: World, lead: Lead, *kinds: str, at: datetime | None = None) -> None:
    """Marketing sends signals of the lead, once."""
    moment = (at or world.clock.moment).isoformat()
    signals = [
        {"source_id": world.new_id(), "kind": kind, "at": moment, "lead_source_id": lead.source_id}
        for kind in kinds
    ]
    answer = world.client.post("/v1/intake/signals", json={"signals": signals}, headers=world.as_("olga"))
    assert {each["status"] for each in answer.json()["results"]} == {"updated"}, answer.text


def recycled(world: World, values: FieldValues = LATER, *engaged: str) -> Lead:
    """A lead that was recycled, and what it did 20 days later."""
    lead = world.lead()
    [answer] = world.decide("rita", world.body(lead, "recycle", values))
    assert answer.status is AnswerStatus.APPLIED, answer
    began = world.clock.moment
    if engaged:
        world.clock.moment += 20 * DAY
        sent(world, lead, *engaged)
    world.clock.moment = began
    return world.get(lead.id)


def waiting(world: World, values: FieldValues = LATER) -> Lead:
    lead = recycled(world, values, "contact_form", "webinar")
    assert lead.stage == "recycled"
    return lead


def looks(world: World) -> dict[str, int | None]:
    with world.database.read() as connection:
        rows = connection.execute(sa.text("SELECT id, look_at FROM lead")).all()
    return {str(row.id): row.look_at for row in rows}


def trail(world: World, lead: Lead) -> list[str]:
    with world.database.read() as connection:
        return [entry.message for _, entry in store.trail(connection, world.organisation.id, lead.id)]


def test_it_comes_back_on_its_day_and_once(world: World) -> None:
    lead = waiting(world)
    assert looks(world) == {lead.id: to_micros(REVISIT)}
    world.clock.moment = REVISIT - timedelta(seconds=1)
    cursor = world.changes("rita").next
    assert sweep(world) == 0
    assert world.changes("rita", cursor).changes == ()
    world.clock.moment = REVISIT
    assert sweep(world) == 1
    back = world.get(lead.id)
    assert (back.stage, back.returned, back.owner_name) == ("mql", True, "rita")
    assert back.returned_at == back.stage_since >= REVISIT
    told = [each.lead for each in world.changes("rita", cursor).changes if isinstance(each, Upsert)]
    assert told == [back]
    with world.database.read() as connection:
        entry = store.trail(connection, world.organisation.id, lead.id)[-1][1]
        clocks = connection.execute(
            sa.text("SELECT kind, started_at FROM clock WHERE stopped_at IS NULL")
        ).all()
    assert (entry.actor, entry.event, entry.decision_id) == (SYSTEM, "updated", None)
    assert [tuple(row) for row in clocks] == [("review", to_micros(back.stage_since))]
    cursor = world.changes("rita").next
    world.clock.moment += DAY
    assert sweep(world) == 0
    assert looks(world) == {lead.id: None}
    assert world.changes("rita", cursor).changes == ()
    [answer] = world.decide("rita", world.body(back, "accept"))
    assert answer.status is AnswerStatus.APPLIED


def test_what_did_too_little_or_long_ago_is_looked_at_once_and_stays(world: World) -> None:
    idle, little = recycled(world), recycled(world, LATER, "email_click")
    world.clock.moment = REVISIT
    lines = [len(trail(world, lead)) for lead in (idle, little)]
    assert set(looks(world).values()) != {None}
    assert sweep(world) == 0
    assert set(looks(world).values()) == {None}
    assert {world.get(lead.id).stage for lead in (idle, little)} == {"recycled"}
    assert [len(trail(world, lead)) for lead in (idle, little)] == lines
    sent(world, little, "contact_form")
    assert world.get(little.id).stage == "mql"


def test_a_recycling_that_was_long_on_its_way_is_asked_about_once(world: World) -> None:
    """The lead asked for a demo after the rep had recycled it offline, and before that reached the server."""
    lead = world.lead()
    body = world.body(lead, "recycle", {"reason": "no_budget"})
    world.clock.moment += DAY
    sent(world, lead, "demo_request")
    [answer] = world.decide("rita", body)
    assert (answer.status, world.get(lead.id).stage) == (AnswerStatus.APPLIED, "recycled")
    assert sweep(world) == 1
    back = world.get(lead.id)
    assert (back.stage, back.returned) == ("mql", True)
    assert [clock.lane for clock in back.clocks if clock.stopped_at is None] == ["fast_lane"]
    assert world.decide("rita", body)[0] == answer
    assert (sweep(world), world.get(lead.id)) == (0, back)


def test_a_decision_meanwhile_takes_no_look_away(world: World) -> None:
    """A note comes between the recycling and the sweep, and another on the day itself."""
    lead = waiting(world)
    world.clock.moment = REVISIT
    [answer] = world.decide("rita", world.body(lead, "note"))
    assert answer.status is AnswerStatus.APPLIED
    assert sweep(world) == 1
    assert world.get(lead.id).stage == "mql"


def test_an_owner_in_another_zone_has_another_day(world: World) -> None:
    lead = waiting(world)
    ada = world.administrator()
    world.admin.create_user(
        world.organisation.id, "kiri@sales.example", "kiri", world.rita.role, world.rita.team_id, "Etc/GMT-14"
    )
    kiri = next(each for each in world.admin.users(world.organisation.id) if each.name == "kiri")
    world.clock.moment += 21 * DAY
    body = world.body(lead, "reassign", {"assignee": kiri.id, "why": "Another market."})
    assert world.decide(ada, body)[0].status is AnswerStatus.APPLIED
    assert sweep(world) == 0
    assert looks(world) == {lead.id: to_micros(REVISIT - timedelta(hours=13))}


def test_many_are_looked_at_a_few_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returning, "LOOKS_AT_ONCE", 2)
    leads = [waiting(world) if number % 3 else recycled(world) for number in range(7)]
    world.clock.moment = REVISIT
    commits: list[int] = []
    publish = feed.publish

    def counted(*given: object) -> list[int]:
        numbers = publish(*given)  # type: ignore[arg-type]
        commits.append(len(numbers))
        return numbers

    monkeypatch.setattr(feed, "publish", counted)
    assert sweep(world) == 4
    assert max(commits) <= 2
    stages = [world.get(lead.id).stage for lead in leads]
    assert stages == ["mql" if number % 3 else "recycled" for number in range(7)]
    assert set(looks(world).values()) == {None}


def test_several_processes_at_once_bring_each_back_once(
    world: World, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(returning, "LOOKS_AT_ONCE", 2)
    leads = [waiting(world) for _ in range(7)]
    lines = [len(trail(world, lead)) for lead in leads]
    world.clock.moment = REVISIT
    seq = world.changes("maya").seq
    databases = [Database.open(address) for _ in range(3)]
    start = threading.Barrier(len(databases))

    def run(database: Database) -> int:
        start.wait()
        return returning.sweep(database, store.DefinitionsCache(), world.clock, world.new_id)

    with ThreadPoolExecutor(len(databases)) as pool:
        found = list(pool.map(run, databases))
    for database in databases:
        database.close()
    assert sum(found) + sweep(world) == len(leads)
    assert [len(trail(world, lead)) for lead in leads] == [each + 1 for each in lines]
    assert world.changes("maya").seq == seq + len(leads)
    assert {world.get(lead.id).stage for lead in leads} == {"mql"}


def test_an_intake_and_a_sweep_at_once_bring_it_back_once(world: World) -> None:
    for _ in range(3):
        world.clock.moment = REVISIT - 25 * DAY
        lead = waiting(world)
        world.clock.moment = REVISIT + DAY
        lines = len(trail(world, lead))
        start = threading.Barrier(2)

        def run(work: Callable[[], object], start: threading.Barrier = start) -> None:
            start.wait()
            work()

        works: list[Callable[[], object]] = [partial(sweep, world), partial(sent, world, lead, "email_click")]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(run, works))
        sweep(world)
        back = world.get(lead.id)
        assert (back.stage, [past.returned_at is not None for past in back.rejections]) == ("mql", [True])
        assert sum("now Marketing qualified" in line for line in trail(world, lead)[lines:]) == 1


def test_definitions_published_meanwhile_have_it_looked_at_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = waiting(world)
    world.clock.moment = REVISIT
    publish = feed.publish
    seen: list[object] = []

    def late(connection: sa.Connection, organisation_id: str, *rest: object) -> list[int]:
        if not seen:
            connection.execute(sa.text("UPDATE organisation SET definitions_digest = 'others'"))
        seen.append(rest[-1])
        return publish(connection, organisation_id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(feed, "publish", late)
    lines = len(trail(world, lead))
    assert sweep(world) == 1
    assert seen == [shipped().digest] * 2
    assert (world.get(lead.id).stage, len(trail(world, lead))) == ("mql", lines + 1)


def test_a_lead_with_a_fault_keeps_no_other_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(returning, "LOOKS_AT_ONCE", 1)
    first, second = waiting(world), waiting(world)
    world.clock.moment = REVISIT

    def faulty(lead: Lead, *rest: object) -> object:
        if lead.id == first.id:
            raise ZeroDivisionError
        return look_again(lead, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr("leadqueue.server.returning.look_again", faulty)
        assert sweep(world) == 1
    assert [world.get(lead.id).stage for lead in (first, second)] == ["recycled", "mql"]
    assert sweep(world) == 1
    assert world.get(first.id).stage == "mql"


def test_a_lead_that_somebody_changes_right_now_is_looked_at_the_next_time(world: World) -> None:
    with world.database.read() as connection:
        if not locks.on_postgres(connection):
            pytest.skip("on SQLite one transaction writes at a time")
    held, free = waiting(world), waiting(world)
    world.clock.moment = REVISIT
    with world.database.write() as connection:
        store.lead(connection, world.organisation.id, held.id, lock=True)
        assert sweep(world) == 1
    assert [world.get(lead.id).stage for lead in (held, free)] == ["recycled", "mql"]
    assert sweep(world) == 1


def test_each_organisation_has_its_own(world: World) -> None:
    lead = waiting(world)
    other = world.admin.create_organisation("Other Ltd", shipped())
    world.clock.moment = REVISIT
    with world.database.read() as connection:
        before = feed.head(connection, other.id)
    assert sweep(world) == 1
    assert world.get(lead.id).stage == "mql"
    with world.database.read() as connection:
        assert feed.head(connection, other.id) == before


def test_a_running_server_looks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = waiting(world)
    world.clock.moment = REVISIT
    done = threading.Event()
    look = returning.sweep

    def noted(*given: object) -> int:
        changed = look(*given)  # type: ignore[arg-type]
        done.set()
        return changed

    monkeypatch.setattr(returning, "sweep", noted)
    with TestClient(app.create_app(world.database, world.clock, world.new_id)):
        assert done.wait(60)
    assert world.get(lead.id).stage == "mql"


def test_the_due_ones_are_found_by_their_index(world: World) -> None:
    waiting(world)
    values = {"org": world.organisation.id, "due": 1, "look_at": -1, "id": "", "limit": 100}
    with world.database.write() as connection:
        postgres = locks.on_postgres(connection)
        if postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
        explain = "EXPLAIN" if postgres else "EXPLAIN QUERY PLAN"
        plans = [
            " ".join(
                str(row[0 if postgres else 3])
                for row in connection.execute(sa.text(f"{explain} {q}"), values)
            )
            for q in (returning.DUE, returning.ORGANISATIONS)
        ]
    assert all("ix_lead_look" in plan for plan in plans), plans
    assert not any("Sort" in plan or "TEMP B-TREE" in plan for plan in plans[:1]), plans


def test_an_older_database_has_its_recycled_leads_looked_at_once(world: World) -> None:
    missed, returned, open_one = waiting(world), recycled(world), world.lead()
    sent(world, returned, "demo_request")
    assert world.get(returned.id).stage == "mql"
    step = import_module("leadqueue.server.migrations.versions.0007_recycled_leads_are_looked_at_again")
    with world.database.write() as connection:
        connection.execute(sa.text("UPDATE lead SET look_at = NULL"))
        step._fill(connection)
    assert looks(world) == {missed.id: 0, returned.id: None, open_one.id: None}
    assert sweep(world) == 0
    assert looks(world) == {missed.id: to_micros(REVISIT), returned.id: None, open_one.id: None}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", False),
        ('{"rejections": null}', False),
        ('{"rejections": [{"disposition": "reject"}]}', False),
        ('{"rejections": [{"disposition": "recycle"}]}', True),
        ('{"rejections": [{"disposition": "recycle", "returned_at": "2027-01-05T00:00:00Z"}]}', False),
        ('{"rejections": [{"disposition": "recycle", "undone_at": "2027-01-05T00:00:00Z"}]}', False),
    ],
)
def test_an_older_body_tells_whether_it_waits(text: str, told: bool) -> None:
    step = import_module("leadqueue.server.migrations.versions.0007_recycled_leads_are_looked_at_again")
    assert step._waits(text) is told

"""Writers side by side, and a database that is slow, locked or away: what each of them is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url
from tests import postgres
from tests.builders import GOOD_FIELDS
from tests.server.world import World

from leadqueue.definitions.loader import parse, shipped
from leadqueue.domain.lead import Lead
from leadqueue.server import escalations, feed
from leadqueue.server.app import create_app
from leadqueue.server.database import Database, Limits
from leadqueue.server.store import DefinitionsCache
from leadqueue.wire.api import Answer, AnswerStatus

T = TypeVar("T")


@pytest.fixture
def shared() -> Iterator[World]:
    """The world on PostgreSQL, where a statement waits no longer than a second for a lock."""
    with postgres.fresh_database() as address:
        made = World(Database.open(address, limits=Limits(pool=10, wait=1, lock=1)))
        yield made
        made.client.close()
        made.database.close()


def together(*work: Callable[[], T]) -> list[T]:
    """All of it at the same time, each in a thread of its own."""
    start = threading.Barrier(len(work))

    def run(each: Callable[[], T]) -> T:
        start.wait()
        return each()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def test_the_same_decision_sent_twice_at_once_is_decided_once(world: World) -> None:
    for _ in range(3):
        lead = world.lead()
        body = world.body(lead, "accept")
        answers = together(*[partial(_decided, world, "rita", body)] * 4)
        assert {(answer.status, answer.seq) for answer in answers} == {(AnswerStatus.APPLIED, answers[0].seq)}
        assert _count(world, "decision", lead) == 1


def test_of_two_reps_decisions_on_one_lead_one_holds(world: World) -> None:
    for _ in range(3):
        lead = world.lead()
        answers = together(
            partial(_decided, world, "rita", world.body(lead, "recycle")),
            partial(_decided, world, "maya", world.body(lead, "reject")),
        )
        assert sorted(answer.status for answer in answers) == ["applied", "conflict"]
        assert _numbers(world, lead) == list(range(1, _count(world, "audit", lead) + 1))


def test_the_same_new_lead_pushed_twice_at_once_is_one_lead(world: World) -> None:
    def push(signal: str) -> dict[str, object]:
        at = world.clock.moment.isoformat()
        signals = [{"source_id": each, "kind": "pricing_page", "at": at} for each in (signal, "seen")]
        lead = {"source_id": "twice", "fields": GOOD_FIELDS, "qualified": True, "signals": signals}
        answer = world.client.post("/v1/intake/leads", json={"leads": [lead]}, headers=world.as_("olga"))
        assert answer.status_code == 200, answer.text
        result: dict[str, object] = answer.json()["results"][0]
        return result

    results = together(*[partial(push, signal) for signal in ("a", "b", "c", "d")])
    assert [each["status"] for each in results].count("created") == 1
    assert len({each["lead_id"] for each in results}) == 1


def _decided(world: World, name: str, body: dict[str, object]) -> Answer:
    return world.decide(name, body)[0]


def _count(world: World, table: str, lead: Lead) -> int:
    query = sa.text(f"SELECT COUNT(*) FROM {table} WHERE lead_id = :id")  # noqa: S608 - one of our tables
    with world.database.read() as connection:
        return int(connection.execute(query, {"id": lead.id}).scalar_one())


def _numbers(world: World, lead: Lead) -> list[int]:
    query = sa.text("SELECT seq FROM audit WHERE lead_id = :id ORDER BY seq")
    with world.database.read() as connection:
        return list(connection.execute(query, {"id": lead.id}).scalars())


def test_definitions_published_in_between_hold_for_what_commits_after(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a lead could enter a stage that the publisher has just found empty and taken away."""
    lead = shared.lead()
    published = parse(shipped().text + "\n# reviewed\n")
    publish = feed.publish
    seen: list[str | None] = []

    def late(connection: Connection, organisation_id: str, *rest: object) -> list[int]:
        digest = rest[-1]
        if not seen:
            shared.admin.publish_definitions(shared.organisation.id, published)
        seen.append(digest if isinstance(digest, str) else None)
        return publish(connection, organisation_id, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(feed, "publish", late)
    [answer] = shared.decide("rita", shared.body(lead, "accept"))
    assert answer.status is AnswerStatus.APPLIED
    assert seen == [shipped().digest, published.digest]


def test_several_sweeps_at_once_escalate_each_breach_once(
    shared: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escalations, "SWEEP_AT_ONCE", 2)
    leads = [shared.lead() for _ in range(7)]
    later = max(clock.due_at for lead in leads for clock in lead.clocks).replace(year=2027)

    def sweep() -> int:
        return escalations.sweep(shared.database, DefinitionsCache(), later, shared.new_id)

    found = together(*[sweep] * 4)
    with shared.database.read() as connection:
        clocks = connection.exec_driver_sql("SELECT COUNT(*) FROM clock WHERE breached_at > 0").scalar_one()
        told = connection.exec_driver_sql("SELECT COUNT(*) FROM escalation").scalar_one()
        due = connection.exec_driver_sql("SELECT COUNT(*) FROM clock WHERE breached_at IS NULL").scalar_one()
    assert sum(found) == clocks >= 7
    assert (told, due) == (clocks, 0)
    assert sweep() == 0


class TestTrouble:
    def test_a_lead_that_is_locked_for_long_delays_only_its_own_decision(self, shared: World) -> None:
        locked, free = shared.lead(), shared.lead()
        bodies = [shared.body(lead, "accept") for lead in (locked, free)]
        with shared.database.write() as connection:
            row = sa.text("SELECT 1 FROM lead WHERE id = :id FOR UPDATE")
            connection.execute(row, {"id": locked.id})
            answers = shared.decide("rita", *bodies)
        assert [answer.status for answer in answers] == [AnswerStatus.RETRY, AnswerStatus.APPLIED]
        assert [answer.status for answer in shared.decide("rita", *bodies)] == [AnswerStatus.APPLIED] * 2

    def test_a_table_that_is_locked_is_no_fault(self, shared: World) -> None:
        with shared.database.write() as connection:
            connection.exec_driver_sql("LOCK TABLE lead IN ACCESS EXCLUSIVE MODE")
            answer = shared.client.get("/v1/digest", headers=shared.as_("rita"))
        _asked_to_come_again(answer.status_code, answer.headers, answer.json())

    def test_a_database_that_is_away_comes_back_by_itself(self, shared: World) -> None:
        lead = shared.lead()
        body = shared.body(lead, "accept")
        with _away(shared):
            for path in ("/readyz", "/v1/changes", "/v1/session"):
                answer = shared.client.get(path, headers=shared.as_("rita"))
                _asked_to_come_again(answer.status_code, answer.headers, answer.json())
            sent = {"json": {"decisions": [body]}, "headers": shared.as_("rita")}
            assert shared.client.post("/v1/decisions", **sent).status_code == 503
            assert shared.client.get("/healthz").status_code == 200
        assert shared.client.get("/readyz").status_code == 200
        [answer] = shared.decide("rita", body)
        assert answer.status is AnswerStatus.APPLIED

    def test_a_session_that_is_ended_between_two_requests_is_not_noticed(self, shared: World) -> None:
        assert shared.client.get("/readyz").status_code == 200
        _end_sessions(shared)
        assert shared.client.get("/readyz").status_code == 200

    def test_a_process_may_start_while_the_database_is_away(self, shared: World) -> None:
        address = shared.database.engine.url.render_as_string(hide_password=False)
        with _away(shared):
            database = Database.attach(address)
            create_app(database, shared.clock, shared.new_id, sweeps=False)
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
        database.close()


def _asked_to_come_again(status: int, headers: object, problem: dict[str, object]) -> None:
    assert status == 503, problem
    assert dict(headers)["retry-after"] == "1"  # type: ignore[call-overload]
    assert str(problem["type"]).endswith("unavailable")


def _end_sessions(world: World) -> None:
    name = make_url(str(world.database.engine.url)).database
    postgres.administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 - our own name


@contextmanager
def _away(world: World) -> Iterator[None]:
    name = make_url(str(world.database.engine.url)).database
    postgres.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    try:
        _end_sessions(world)
        yield
    finally:
        postgres.administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

"""The manager's side of the files: what waits is counted as everywhere, what was acknowledged is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, MAYA, NOW, OTTO, RAUL, RITA, after, mql, new_id, signal
from tests.cache.shelf import ACCOUNT, Shelf, make_old

from leadqueue.cache import team
from leadqueue.cache.filter_sql import FOLD
from leadqueue.cache.queue import QueueReader, order
from leadqueue.cache.queue_views import SORTS, QueueView, SortKey
from leadqueue.cache.team import TeamSide, read_backlog
from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import Lead
from leadqueue.domain.queue import urgent_clock
from leadqueue.domain.team import Backlog, History, Load, waiting_of
from leadqueue.wire.api import Escalation, Escalations, Session, TeamLine, TeamQueue


def told(team_id: str = "team-1") -> TeamQueue:
    history = History(4, 3, 5, 2, 90, (0,) * 13 + (6,))
    return TeamQueue(
        team_id=team_id,
        team_name="First",
        at=NOW,
        zone="UTC",
        since=NOW,
        first_day=NOW.date(),
        definitions_version="1",
        reps=(TeamLine(owner_id=RITA.id, name=RITA.name, load=Load(), history=history),),
        total=TeamLine(owner_id="", name="Team", load=Load(), history=history),
    )


def breach(lead: Lead) -> Escalation:
    return Escalation(
        id=new_id(), lead_id=lead.id, clock="review", level=1, due_at=NOW, breached_at=NOW,
        owner_id=RITA.id, owner_name=RITA.name,
    )  # fmt: skip


def leads() -> list[Lead]:
    """In every section, of several owners, begun at all hours of two weeks."""
    made: list[Lead] = []
    for number in range(40):
        began = NOW - timedelta(hours=9 * number, minutes=7 * number)
        owner = (RITA, RAUL, None, OTTO)[number % 4]
        lead = mql(
            owner=owner, now=began, signals=(signal("demo_request", began),) if number % 5 == 0 else ()
        )
        if owner is RITA and number % 8 == 0:
            lead = after(lead, "accept", at=began + timedelta(minutes=20))
        if owner is RAUL and number % 8 == 5:
            lead = after(lead, "reject", by=RAUL, at=began + timedelta(minutes=20))
        made.append(lead)
    return made


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    made = Shelf(tmp_path_factory.mktemp("team"))
    made.pull(*leads())
    yield made
    made.close()


Opened = tuple[Backlog, Backlog, QueueReader, Path]


@pytest.fixture(scope="module")
def opened(shelf: Shelf) -> Opened:
    """What waits as the cache has it, and as the leads say one by one."""
    with closing(shelf.store()) as store:
        known = list(store.cache.leads())
    said = Backlog.of_leads(
        waiting_of(lead.owner_id, clock) for lead in known if (clock := urgent_clock(lead, DEFINITIONS))
    )
    desk = shelf.desk()
    return desk.team.backlog(), said, desk.queue, shelf.home.cache_file(ACCOUNT)


@given(st.integers(-60 * 24 * 20, 60 * 24 * 5))
def test_the_header_the_table_and_the_leads_say_the_same(opened: Opened, minutes: int) -> None:
    here, said, queue, _ = opened
    now = NOW + timedelta(minutes=minutes)
    assert here.owners == said.owners
    for owner in here.owners:
        assert here.of(owner, now) == said.of(owner, now)
    total = here.total(now)
    assert total == said.total(now)
    counts = queue.urgency_counts(now)
    assert (counts.breached, counts.soon) == (total.breached, total.soon)


def test_a_reps_queue_is_what_their_line_counts(opened: Opened) -> None:
    here, _, queue, _ = opened
    for owner in here.owners:
        view = QueueView(owner=owner)
        waits = here.of(owner, NOW).waiting
        assert queue.count(view) == waits == len(queue.ids(view))
        assert {row.owner_id for row in queue.window(view, 0, 100)} == {owner}
    assert queue.count(QueueView(owner="nobody at all")) == 0


@pytest.mark.parametrize("sort", SORTS)
def test_an_owners_queue_is_found_by_the_owner_in_any_order(opened: Opened, sort: SortKey) -> None:
    view = QueueView(owner=RITA.id, sort=sort)
    with closing(sqlite3.connect(opened[3])) as connection:
        connection.create_function(FOLD, 1, str, deterministic=True)
        condition, values = opened[2].where(view)
        ask = f"SELECT person FROM queue_row WHERE {condition} ORDER BY {order(view)} LIMIT 9"  # noqa: S608 - fixed texts
        query = f"EXPLAIN QUERY PLAN {ask}"
        plan = " ".join(str(row[3]) for row in connection.execute(query, values))
    assert "ix_queue_row_owner (in_queue=? AND owner_id=?)" in plan
    assert ("TEMP B-TREE" in plan) is (sort != "urgency")


def test_an_owners_queue_is_read_from_its_index(opened: Opened) -> None:
    path = opened[3]
    with closing(sqlite3.connect(path)) as connection:
        for query, values in (
            ("SELECT COUNT(*) FROM queue_row WHERE in_queue = 1 AND owner_id = ?", [RITA.id]),
            (team._WAITING, []),
        ):
            plan = " ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {query}", values))
            assert "COVERING INDEX ix_queue_row_owner" in plan


class TestFacts:
    @pytest.fixture
    def own(self, tmp_path: Path) -> Iterator[Shelf]:
        made = Shelf(tmp_path)
        made.pull(mql(), mql(owner=RAUL))
        yield made
        made.close()

    def test_before_the_server_said_anything_the_load_is_known_and_the_past_is_not(self, own: Shelf) -> None:
        side = own.desk().team
        facts = side.facts()
        assert facts.said is None
        table = facts.table(side.backlog(), NOW)
        assert table.total.load.waiting == 2
        assert table.total.history is None
        assert {line.history for line in table.lines} == {None}

    def test_what_the_server_said_is_kept(self, own: Shelf) -> None:
        store = own.store()
        store.cache.save_team(told(), Escalations(escalations=(breach(mql()),)))
        store.cache.save_session(_session())
        side = own.desk().team
        facts = side.facts()
        assert facts.said == told()
        assert len(facts.breaches) == 1
        lines = {line.name: line for line in facts.table(side.backlog(), NOW).lines}
        assert set(lines) == {RITA.name, RAUL.name}
        assert lines[RITA.name].history == told().reps[0].history
        assert lines[RAUL.name].history == History()

    def test_those_that_are_too_many_are_counted(self, own: Shelf) -> None:
        kept = Escalations(escalations=(breach(mql()), breach(mql())), waiting=7)
        own.store().cache.save_team(told("team-1"), kept)
        assert own.desk().team.facts().beyond == 5

    def test_another_team_is_not_shown_as_this_one(self, own: Shelf) -> None:
        own.store().cache.save_team(told("team-2"), Escalations(escalations=(breach(mql()),)))
        facts = own.desk().team.facts()
        assert (facts.said, facts.breaches) == (None, ())

    def test_what_was_acknowledged_is_kept_until_the_server_has_it(self, own: Shelf) -> None:
        desk = own.desk()
        desk.team.acknowledge(["b-2"])
        own.clock.at += timedelta(seconds=1)
        desk.team.acknowledge(["b-1", "b-2"])
        own.close()
        store = own.store()
        assert store.outbox.acknowledged() == ["b-2", "b-1"]
        assert own.desk().team.facts().seen == {"b-1", "b-2"}
        store.outbox.acknowledged_there(["b-2"])
        assert store.outbox.acknowledged() == ["b-1"]
        assert store.outbox.epoch is None

    def test_what_kept_the_sync_from_it_is_kept_until_it_is_over(self, own: Shelf) -> None:
        desk = own.desk()
        assert desk.team.facts().trouble == ""
        for trouble in ("Acknowledgements are not sent: no.", ""):
            own.store().outbox.save_team_trouble(trouble)
            assert desk.team.facts().trouble == trouble
        assert desk.team.facts().seen == frozenset()

    def test_what_was_acknowledged_counts_as_unsent_and_is_no_decision(self, own: Shelf) -> None:
        desk = own.desk()
        assert (desk.status().to_send, desk.status().oldest_unsent_at) == (0, None)
        began = own.clock.at
        desk.team.acknowledge(["b-1", "b-2"])
        own.clock.at += timedelta(hours=1)
        [lead] = desk.queue.ids(QueueView(owner=RITA.id))
        desk.decide(lead, DecisionKind.NOTE, {"note": "Called."})
        status = desk.status()
        assert (status.unsent, status.acknowledged, status.to_send) == (1, 2, 3)
        assert status.oldest_unsent_at == began
        own.store().outbox.acknowledged_there(["b-1", "b-2"])
        assert desk.status().oldest_unsent_at == own.clock.at

    def test_the_last_act_of_acknowledging_is_taken_back_and_then_the_one_before(self, own: Shelf) -> None:
        side, outbox = own.desk().team, own.store().outbox
        side.acknowledge(["b-1", "b-2"])
        side.acknowledge(["b-3", "b-1"])  # in the same moment, and one that was already
        assert side.take_back() == ["b-3"]
        assert outbox.acknowledged() == ["b-1", "b-2"]
        assert side.take_back() == ["b-1", "b-2"]
        assert side.take_back() == outbox.acknowledged() == []

    def test_what_a_sending_has_touched_is_not_taken_back(self, own: Shelf) -> None:
        side, outbox = own.desk().team, own.store().outbox
        side.acknowledge(["b-1"])
        assert outbox.acknowledged_to_send(own.clock()) == ["b-1"]
        side.acknowledge(["b-2"])
        assert side.take_back() == ["b-2"]
        assert side.take_back() == []
        assert outbox.acknowledged_to_send(own.clock()) == outbox.acknowledged() == ["b-1"], (
            "it is sent again"
        )

    def test_it_stays_here_for_as_long_as_it_can_be_undone(self, own: Shelf) -> None:
        store = own.store()
        TeamSide(store, own.clock, timedelta(seconds=4)).acknowledge(["b-1"])
        outbox, now = store.outbox, own.clock()
        for late, due in (
            (0, False),
            (3, False),
            (4, True),
            (-60, True),
        ):  # the last: a clock that was set back
            assert outbox.acknowledged_due(now + timedelta(seconds=late)) is due, late
        assert outbox.acknowledged_to_send(now) == []
        assert outbox.acknowledged_to_send(None) == ["b-1"], "asked for by the user"
        assert not outbox.acknowledged_due(now + timedelta(seconds=9)), "tried, and no reason to hurry"

    def test_what_an_older_program_noted_is_sent(self, own: Shelf) -> None:
        store = own.store()
        with closing(sqlite3.connect(store.outbox.path)) as connection, connection:
            connection.execute("INSERT INTO fact VALUES ('acknowledged:b-9', '1764234000000000')")
        assert store.outbox.acknowledged_to_send(NOW) == ["b-9"]
        assert own.desk().team.take_back() == []

    def test_an_older_cache_learns_how_long_its_countdowns_have_run(self, own: Shelf) -> None:
        own.store().cache.save_definitions(shipped(), "etag")
        before = own.desk().team.backlog().total(NOW)
        own.close()
        path = own.home.cache_file(ACCOUNT)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DROP INDEX ix_queue_row_owner")
            connection.execute("ALTER TABLE queue_row DROP COLUMN waiting_since")
            connection.execute("ALTER TABLE queue_row DROP COLUMN campaign")
            connection.execute("ALTER TABLE queue_row DROP COLUMN reason")
            connection.execute("CREATE TABLE saved_view (name TEXT)")
            make_old(connection, "0001")
        assert own.desk().team.backlog().total(NOW) == before
        assert before.oldest_since is not None


def test_a_cache_without_rows_has_nothing_waiting(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.store()
    assert read_backlog(shelf.home.cache_file(ACCOUNT)).total(NOW) == Load()
    shelf.close()


def _session() -> Session:
    at: datetime = NOW
    return Session(
        user_id=MAYA.id, name=MAYA.name, email="maya@sales.example", role=MAYA.role, zone="UTC",
        team_id="team-1", team_name="First", organisation_id="org-1", organisation_name="Example Ltd",
        audience="team:team-1", members=(RITA, RAUL, MAYA, OTTO), protocol=1, server_version="1",
        definitions_version="1", definitions_digest="d", server_time=at, epoch="e",
    )  # fmt: skip

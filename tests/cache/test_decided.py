"""What was decided since a moment, and what has become of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import NOW, decision, mql
from tests.cache.shelf import ACCOUNT, Shelf, make_old_outbox

from leadqueue.cache.decided import decided_since
from leadqueue.cache.desk import Desk
from leadqueue.cache.opening import open_file
from leadqueue.cache.outbox import Draft, Outbox
from leadqueue.cache.queue_views import QueueView
from leadqueue.cache.today import whom
from leadqueue.cache.views import Fate, Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decision import Decision
from leadqueue.domain.moments import day_start
from leadqueue.wire.api import Answer, AnswerStatus, DecisionBody

DAY = timedelta(days=1)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.pull(*(mql(now=NOW, email=f"lead{number}@example.com") for number in range(6)))
    yield made
    made.close()


def noted(desk: Desk, shelf: Shelf, text: str) -> Decision:
    """A note on one of the leads, a minute after the one before."""
    shelf.clock.at += timedelta(minutes=1)
    lead_id = desk.queue.ids(QueueView())[0]
    stored = desk.decide(lead_id, DecisionKind.NOTE, {"note": text})
    assert isinstance(stored, Stored)
    return stored.item.decision


def test_each_decision_is_told_once_with_its_state_newest_first(shelf: Shelf) -> None:
    desk = shelf.desk()
    made = {name: noted(desk, shelf, name) for name in ("answered", "held", "refused", "sending", "waiting")}
    outbox = shelf.store().outbox
    outbox.mark_sending([made[name].id for name in ("answered", "held", "refused", "sending")])
    outbox.answer(Answer(id=made["answered"].id, status=AnswerStatus.APPLIED, seq=9), shelf.clock.at)
    outbox.answer(Answer(id=made["refused"].id, status=AnswerStatus.REFUSED, message="no"), shelf.clock.at)
    outbox.hold([made["held"].id], "the token was refused")
    items = desk.decided_since(NOW, 100)
    assert [(item.decision.values["note"], item.fate) for item in items] == [
        ("waiting", Fate.WAITING),
        ("sending", Fate.SENDING),
        ("refused", Fate.INBOX),
        ("held", Fate.HELD),
        ("answered", Fate.ANSWERED),
    ]
    told = {item.fate: item for item in items}
    assert told[Fate.HELD].trouble == "the token was refused"
    assert told[Fate.INBOX].trouble == "no"
    assert told[Fate.ANSWERED].settled_at == shelf.clock.at
    assert told[Fate.WAITING].settled_at is None


def test_a_lead_that_went_elsewhere_is_remembered_by_what_was_decided(shelf: Shelf) -> None:
    kept, refused = mql(), mql()
    shelf.pull(kept, refused)
    desk = shelf.desk()
    for lead in (kept, refused):
        assert isinstance(desk.decide(lead.id, DecisionKind.NOTE, {"note": "rang"}), Stored)
    outbox = shelf.store().outbox
    [answered] = [item.decision.id for item in outbox.unsent() if item.decision.lead_id == refused.id]
    outbox.mark_sending([answered])
    outbox.answer(Answer(id=answered, status=AnswerStatus.REFUSED, message="no"), shelf.clock.at)
    shelf.pull(leave=[kept.id, refused.id])
    for lead in (kept, refused):
        assert desk.lead(lead.id) is None
        told = desk.remembered(lead.id)
        assert told is not None
        assert (told.person, told.company) == (lead.person, lead.company)
        assert whom(None, told) == "Ada Byron, Analytical Engines"
    assert desk.remembered("nobody") is None


def test_only_what_was_decided_since_and_never_more_than_asked_for(shelf: Shelf) -> None:
    desk = shelf.desk()
    for number in range(3):
        noted(desk, shelf, f"yesterday {number}")
    shelf.clock.at += DAY
    today = shelf.clock.at
    assert desk.decided_since(today, 100) == []
    for number in range(5):
        noted(desk, shelf, f"today {number}")
    told = [item.decision.values["note"] for item in desk.decided_since(today, 100)]
    assert told == [f"today {number}" for number in reversed(range(5))]
    assert [item.decision.values["note"] for item in desk.decided_since(today, 2)] == ["today 4", "today 3"]


def test_a_clock_that_steps_back_over_midnight_takes_nothing_out_of_the_day(shelf: Shelf) -> None:
    desk = shelf.desk()
    midnight = day_start(NOW + DAY, ZoneInfo("UTC"))
    for minutes, text in ((5, "first"), (6, "second"), (-2, "before midnight, by the clock set back")):
        shelf.clock.at = midnight + timedelta(minutes=minutes - 1)
        noted(desk, shelf, text)

    def told() -> list[object]:
        return [item.decision.values["note"] for item in desk.decided_since(midnight, 100)]

    assert told() == ["second", "first"]
    shelf.clock.at = midnight + timedelta(hours=1)
    noted(desk, shelf, "third")
    assert told() == ["third", "second", "first"]


MADE = st.lists(st.tuples(st.integers(-3, 3), st.sampled_from(Fate)), max_size=12)
"""Decisions in the order in which they are made: the minute that the clock showed, and each one's fate."""


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=MADE, since=st.integers(-4, 4), limit=st.integers(1, 13))
def test_each_decision_is_judged_by_its_own_moment(
    shelf: Shelf, made: list[tuple[int, Fate]], since: int, limit: int
) -> None:
    connection, _ = open_file(shelf.home.outbox_file(ACCOUNT), "outbox", shelf.clock)
    for table in ("decision", "attention"):
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a fixed text
    outbox, lead = Outbox(shelf.home.outbox_file(ACCOUNT), connection), mql()
    expected: list[tuple[int, int, str, Fate]] = []
    for number, (minute, fate) in enumerate(made):
        one = decision(lead, DecisionKind.NOTE, {"note": "x"}, at=NOW + timedelta(minutes=minute))
        outbox.add([Draft(DecisionBody.of(one), lead)], NOW, batch=one.id)
        if fate is Fate.HELD:
            outbox.hold([one.id], "no")
        elif fate is not Fate.WAITING:
            outbox.mark_sending([one.id])
        if fate in (Fate.ANSWERED, Fate.INBOX):
            status = AnswerStatus.APPLIED if fate is Fate.ANSWERED else AnswerStatus.REFUSED
            outbox.answer(Answer(id=one.id, status=status, seq=1), NOW)
        if minute >= since:  # the inbox does not keep the order in which its decisions were made
            expected.append((minute, -1 if fate is Fate.INBOX else number, one.id, fate))
    found = outbox.decided_since(NOW + timedelta(minutes=since), limit)
    outbox.close()
    assert len(found) == min(limit, len(expected))
    told = [(item.decision.id, item.fate) for item in found]
    assert len(set(told)) == len(told)
    assert set(told) <= {(identifier, fate) for _, _, identifier, fate in expected}
    minutes = sorted((minute for minute, *_ in expected), reverse=True)[:limit]
    assert [item.decision.decided_at for item in found] == [NOW + timedelta(minutes=each) for each in minutes]
    sent = [each for each in sorted(expected, reverse=True) if each[3] is not Fate.INBOX]
    if limit >= len(expected):
        assert [each for each in told if each[1] is not Fate.INBOX] == [each[2:] for each in sent]


def test_what_was_undone_is_no_deed_of_the_day(shelf: Shelf) -> None:
    desk = shelf.desk()
    noted(desk, shelf, "x")
    desk.undo_last()
    assert desk.decided_since(NOW, 10) == []


def test_a_decision_sent_again_stands_for_the_one_in_the_inbox(shelf: Shelf) -> None:
    desk = shelf.desk()
    first = noted(desk, shelf, "first")
    outbox = shelf.store().outbox
    outbox.mark_sending([first.id])
    outbox.answer(Answer(id=first.id, status=AnswerStatus.CONFLICT, message="late"), shelf.clock.at)
    assert [item.fate for item in desk.decided_since(NOW, 10)] == [Fate.INBOX]
    again = desk.resend(first.id, {"note": "second"})
    assert isinstance(again, Stored)
    [item] = desk.decided_since(NOW, 10)
    assert (item.decision.id, item.fate, item.replaces) == (again.item.decision.id, Fate.WAITING, first.id)


def test_the_look_back_reads_no_more_than_the_day_had(shelf: Shelf) -> None:
    desk = shelf.desk()
    for number in range(40):
        noted(desk, shelf, str(number))
    shelf.clock.at += DAY
    since = shelf.clock.at
    noted(desk, shelf, "today")
    connection = shelf.store().outbox._connection
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection.set_progress_handler(count, 10)
    found = decided_since(lambda query, *values: connection.execute(query, values).fetchall(), since, 100)
    connection.set_progress_handler(None, 0)
    assert len(found) == 1
    assert steps < 12


def test_an_outbox_of_before_the_index_is_read_on(shelf: Shelf) -> None:
    made = noted(shelf.desk(), shelf, "kept")
    shelf.close()
    with sqlite3.connect(shelf.home.outbox_file(ACCOUNT)) as connection:
        make_old_outbox(connection, "0001")
    connection.close()
    [item] = shelf.desk().decided_since(NOW, 10)
    assert item.decision == made
    steps = shelf.store().outbox._rows(
        "EXPLAIN QUERY PLAN SELECT seq FROM decision WHERE decided_at >= 1 ORDER BY decided_at DESC, seq DESC"
    )
    assert [str(step["detail"]) for step in steps] == [
        "SEARCH decision USING COVERING INDEX ix_decision_decided_at (decided_at>?)"
    ]


def test_the_day_begins_where_the_rep_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = day_start(NOW, berlin)
    assert start.isoformat() == "2026-11-22T23:00:00+00:00"
    assert day_start(start, berlin) == start
    assert day_start(start - timedelta(seconds=1), berlin) == start - DAY

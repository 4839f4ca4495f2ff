"""What was decided since a moment, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.builders import NOW, mql
from tests.cache.shelf import Shelf

from leadqueue.cache.desk import Desk
from leadqueue.cache.views import Fate, Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decision import Decision
from leadqueue.domain.moments import day_start
from leadqueue.wire.api import Answer, AnswerStatus

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
    from leadqueue.cache.queue_views import QueueView

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
    from leadqueue.cache.decided import decided_since

    found = decided_since(lambda query, *values: connection.execute(query, values).fetchall(), since, 100)
    connection.set_progress_handler(None, 0)
    assert len(found) == 1
    assert steps < 12


def test_the_day_begins_where_the_rep_is() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = day_start(NOW, berlin)
    assert start.isoformat() == "2026-11-22T23:00:00+00:00"
    assert day_start(start, berlin) == start
    assert day_start(start - timedelta(seconds=1), berlin) == start - DAY

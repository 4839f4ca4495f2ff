"""What was tried before stays with what was sent in its stead: one open matter, with its history."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import NOW, after, mql
from tests.cache.shelf import ACCOUNT, Shelf, make_old_outbox

from leadqueue.cache.desk import Desk
from leadqueue.cache.erasing import erase_unsent, waiting_in
from leadqueue.cache.errors import NotInTheInbox
from leadqueue.cache.outbox import Draft
from leadqueue.cache.views import AttentionStatus, Fate, Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decision import FieldError
from leadqueue.wire.api import Answer, AnswerStatus

NOTE = DecisionKind.NOTE
APPLIED, REFUSED, CONFLICT = AnswerStatus.APPLIED, AnswerStatus.REFUSED, AnswerStatus.CONFLICT
LONG_AGO = NOW - timedelta(days=9)


def told(outcome: object) -> str:
    """The id of what was stored."""
    assert isinstance(outcome, Stored)
    return outcome.item.decision.id


def answered(shelf: Shelf, desk: Desk, identifier: str, status: AnswerStatus, message: str = "no") -> None:
    outbox = shelf.store().outbox
    outbox.mark_sending([identifier])
    errors = () if status is APPLIED else (FieldError("note", "note", message),)
    outbox.answer(Answer(id=identifier, status=status, seq=9, message=message, errors=errors), shelf.clock())
    desk.changed()


def refused_twice(shelf: Shelf) -> tuple[Desk, list[str]]:
    """A note that was refused, and written anew and refused again."""
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    ids = [told(desk.decide(lead.id, NOTE, {"note": "first words"}))]
    answered(shelf, desk, ids[0], REFUSED, "too short")
    shelf.clock.at += timedelta(minutes=5)
    ids.append(told(desk.resend(ids[0], {"note": "second words"})))
    answered(shelf, desk, ids[1], CONFLICT, "somebody was first")
    return desk, ids


def counted(shelf: Shelf, desk: Desk) -> set[int]:
    """The size of the inbox, as each part of the program tells it."""
    outbox = desk._store.outbox
    marked = desk._store.cache._rows("SELECT SUM(attention) FROM queue_row")
    return {
        desk.status().attention,
        len(desk.attention()),
        sum(outbox.attention_counts().values()),
        sum(asks for _, asks in outbox.marks().values()),
        sum(item.fate is Fate.INBOX for item in desk.decided_since(LONG_AGO, 500)),
        int(str(marked[0][0] or 0)),
        (waiting_in(shelf.home.folder(ACCOUNT), shelf.clock) or 0) - len(desk.unsent()),
    }


def rows(desk: Desk) -> int:
    return int(desk._store.outbox._rows("SELECT COUNT(*) FROM attention")[0][0])


def test_what_is_refused_again_tells_what_was_tried_before_and_why_that_did_not_hold(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    [item] = desk.attention()
    assert (item.id, item.decision.values) == (ids[1], {"note": "second words"})
    [first] = item.earlier
    assert (first.decision.id, first.decision.values) == (ids[0], {"note": "first words"})
    assert (first.status, first.message) == (AttentionStatus.REFUSED, "too short")
    assert first.errors == (FieldError("note", "note", "too short"),)
    assert first.at == shelf.clock.at - timedelta(minutes=5)
    assert counted(shelf, desk) == {1}
    third = told(desk.resend(ids[1], {"note": "third words"}))
    assert counted(shelf, desk) == {0}
    answered(shelf, desk, third, REFUSED)
    [item] = desk.attention()
    assert [each.decision.values["note"] for each in item.earlier] == ["second words", "first words"]
    assert counted(shelf, desk) == {1}


def test_one_that_the_replay_finds_void_keeps_its_earlier_tries(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    first = told(desk.decide(lead.id, DecisionKind.ACCEPT, {"acceptance_reason": "strong_fit"}))
    answered(shelf, desk, first, REFUSED)
    second = told(desk.resend(first))
    shelf.pull(after(lead, "reject"))
    desk.changed()
    [item] = desk.attention()
    assert (item.id, item.status) == (second, AttentionStatus.OVERTAKEN)
    assert [each.decision.id for each in item.earlier] == [first]


def test_undoing_the_third_try_brings_the_second_back_with_the_first(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    desk.resend(ids[1])
    assert counted(shelf, desk) == {0}
    desk.undo_last()
    [item] = desk.attention()
    assert item.id == ids[1]
    assert item.lead_then is not None
    assert [each.decision.id for each in item.earlier] == [ids[0]]
    assert counted(shelf, desk) == {1}


def test_what_is_accepted_in_the_end_keeps_its_earlier_tries_as_long_as_it_is_kept_itself(
    shelf: Shelf,
) -> None:
    desk, ids = refused_twice(shelf)
    third = told(desk.resend(ids[1], {"note": "third words"}))

    def tries() -> list[object]:
        [item] = desk.decided_since(LONG_AGO, 10)
        assert item.decision.id == third
        return [each.decision.values["note"] for each in item.earlier]

    assert tries() == ["second words", "first words"]
    answered(shelf, desk, third, APPLIED)
    assert tries() == ["second words", "first words"]
    assert counted(shelf, desk) == {0}
    assert shelf.store().outbox.concerned(passed=99) == set(), "history has no say in the queue"
    copies = desk._store.outbox._rows(
        "SELECT 1 FROM attention WHERE COALESCE(lead_then, lead_now) IS NOT NULL"
    )
    assert not copies, "what is over keeps no copies of the lead"
    outbox = shelf.store().outbox
    outbox.settle(99)
    outbox.forget_answered(shelf.clock.at + timedelta(days=30))
    assert rows(desk) == 0
    assert desk.decided_since(LONG_AGO, 10) == []


def test_dropping_gives_the_earlier_tries_up_too(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    other = told(desk.decide(desk.attention()[0].decision.lead_id, NOTE, {"note": "of its own"}))
    answered(shelf, desk, other, REFUSED)
    desk.drop(ids[1])
    assert [item.id for item in desk.attention()] == [other]
    assert rows(desk) == 1
    assert counted(shelf, desk) == {1}


def test_an_item_is_sent_again_once_and_not_dropped_after_that(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    elsewhere = shelf.desk()
    third = told(elsewhere.resend(ids[1]))
    for gone in ids:
        with pytest.raises(NotInTheInbox, match="sent again or dropped elsewhere"):
            desk.resend(gone)
        with pytest.raises(NotInTheInbox):
            desk.drop(gone)
    assert [item.decision.id for item in desk.unsent()] == [third]
    assert rows(desk) == 2


def test_two_who_send_the_same_item_again_at_once_make_one_decision(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    item = desk.attention()[0]
    draft = desk._draft(mql(), NOTE, item.decision.values, desk._store.cache.eyes(), ids[1])
    assert isinstance(draft, Draft)
    told(shelf.desk().resend(ids[1]))  # between the other's look and its writing
    with pytest.raises(NotInTheInbox):
        desk._store.outbox.add([draft], NOW, batch="b")
    assert len(desk.unsent()) == 1


def test_erasing_what_is_unsent_erases_the_earlier_tries(shelf: Shelf) -> None:
    refused_twice(shelf)
    shelf.close()
    erase_unsent(shelf.home.folder(ACCOUNT))
    left = [path for path in shelf.home.account_dir(ACCOUNT).iterdir() if path.is_file()]
    assert not [path.name for path in left if b"first words" in path.read_bytes()]


def test_an_outbox_of_before_the_history_is_read_on(shelf: Shelf) -> None:
    """An older program deleted what was tried before; the name of it stayed."""
    desk, ids = refused_twice(shelf)
    shelf.close()
    with sqlite3.connect(shelf.home.outbox_file(ACCOUNT)) as connection:
        connection.execute("DELETE FROM attention WHERE id = ?", (ids[0],))
        make_old_outbox(connection, "0002")
    connection.close()
    desk = shelf.desk()
    [item] = desk.attention()
    assert (item.id, item.earlier) == (ids[1], ())
    assert counted(shelf, desk) == {1}


@dataclass
class Matter:
    """What one wants done: its tries, the oldest first, and where the last of them is."""

    tries: list[str]
    place: str = "waiting"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["decide", "resend", "resend", "undo", "send", "applied", "refused", "refused", "drop", "forget"]
        ),
        st.integers(0, 5),
    ),
    max_size=40,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_matter_is_in_one_place_with_all_that_was_tried(  # noqa: C901 - one arm a step
    shelf: Shelf, steps: list[tuple[str, int]]
) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    outbox = desk._store.outbox
    matters: list[Matter] = []
    for step, number in steps:
        shelf.clock.at += timedelta(seconds=1)
        if step == "decide":
            matters.append(Matter([told(desk.decide(lead.id, NOTE, {"note": "x"}))]))
        matter = matters[number % len(matters)] if matters else Matter([], "nowhere")
        match step, matter.place:
            case "resend", "inbox":
                matter.tries.append(told(desk.resend(matter.tries[-1])))
                matter.place = "waiting"
            case "undo", "waiting":
                assert desk.undo(matter.tries.pop())
                matter.place = "inbox"
                if not matter.tries:
                    matters.remove(matter)
            case "send", "waiting":
                outbox.mark_sending([matter.tries[-1]])
                matter.place = "sending"
            case "applied", "sending":
                outbox.answer(Answer(id=matter.tries[-1], status=APPLIED, seq=1), shelf.clock())
                matter.place = "answered"
            case "refused", "sending":
                outbox.answer(Answer(id=matter.tries[-1], status=REFUSED), shelf.clock())
                matter.place = "inbox"
            case "drop", "inbox":
                desk.drop(matter.tries[-1])
                matters.remove(matter)
            case "forget", _:
                outbox.settle(1)
                outbox.forget_answered(shelf.clock() + timedelta(days=1))
                matters = [each for each in matters if each.place != "answered"]
        if step in ("applied", "refused", "forget"):
            desk._refresh([lead.id])
        listed = {
            item.decision.id: [each.decision.id for each in item.earlier]
            for item in desk.decided_since(LONG_AGO, 500)
        }
        assert listed == {each.tries[-1]: each.tries[-2::-1] for each in matters}
        inbox = {item.id: [each.decision.id for each in item.earlier] for item in desk.attention()}
        assert inbox == {each.tries[-1]: each.tries[-2::-1] for each in matters if each.place == "inbox"}
        assert rows(desk) == sum(len(each.tries) - (each.place != "inbox") for each in matters)
        assert counted(shelf, desk) == {len(inbox)}
    shelf.close()
    for path in shelf.home.account_dir(ACCOUNT).glob("*.db*"):
        path.unlink()


def damaged(shelf: Shelf, *statements: str) -> None:
    """The outbox as a damaged one that was set aside, after `statements` were done to it."""
    shelf.close()
    path = shelf.home.outbox_file(ACCOUNT)
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    path.rename(path.with_name(f"{path.name}.damaged-20260101T000000Z"))


def test_no_salvage_brings_back_what_was_sent_again_and_applied(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    third = told(desk.resend(ids[1], {"note": "third words"}))
    answered(shelf, desk, third, APPLIED)
    assert desk.attention() == []
    damaged(shelf, f"UPDATE decision SET payload = payload || ' ' WHERE id = '{third}'")  # noqa: S608
    desk = shelf.desk()
    assert "1 could not be read" in desk.notice
    assert desk.attention() == []
    assert counted(shelf, desk) == {0}


def test_a_salvage_keeps_what_stands_for_a_lost_decision_that_nobody_answered(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    third = told(desk.resend(ids[1], {"note": "third words"}))
    assert desk.attention() == []
    damaged(shelf, f"UPDATE decision SET payload = payload || ' ' WHERE id = '{third}'")  # noqa: S608
    [item] = shelf.desk().attention()
    assert item.id == ids[1]
    assert [each.decision.id for each in item.earlier] == [ids[0]]


def test_a_salvage_reads_an_outbox_of_an_earlier_format(shelf: Shelf) -> None:
    _, ids = refused_twice(shelf)
    damaged(shelf, "ALTER TABLE attention DROP COLUMN superseded")
    [item] = shelf.desk().attention()
    assert item.id == ids[1]
    assert [each.decision.id for each in item.earlier] == [ids[0]]


def test_tries_that_were_answered_before_this_format_know_it(shelf: Shelf) -> None:
    desk, ids = refused_twice(shelf)
    third = told(desk.resend(ids[1], {"note": "third words"}))
    answered(shelf, desk, third, APPLIED)
    other = mql()
    shelf.pull(other)
    waits = told(desk.decide(other.id, NOTE, {"note": "x"}))
    answered(shelf, desk, waits, REFUSED)
    shelf.close()
    with sqlite3.connect(shelf.home.outbox_file(ACCOUNT)) as connection:
        make_old_outbox(connection, "0003")
    connection.close()
    rows = shelf.store().outbox._rows("SELECT id, superseded FROM attention")
    assert {row["id"]: row["superseded"] for row in rows} == {ids[0]: 1, ids[1]: 1, waits: 0}

"""The outbox as the sync sees it: order, timers, holding back, and nothing twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builders import EXAMPLE_VALUES, mql
from tests.cache.shelf import ACCOUNT, Shelf

from leadqueue.cache.outbox import Outbox
from leadqueue.cache.views import OutboxState, Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.wire.api import Answer, AnswerStatus

ACCEPT, NOTE = DecisionKind.ACCEPT, DecisionKind.NOTE


def filled(shelf: Shelf, leads: int = 2, each: int = 2) -> tuple[Outbox, list[str]]:
    """Notes on some leads, in turn; the outbox as the sync opens it, and the ids in order."""
    made = [mql() for _ in range(leads)]
    shelf.pull(*made)
    desk = shelf.desk()
    ids: list[str] = []
    for number in range(each):
        for lead in made:
            stored = desk.decide(lead.id, NOTE, {"note": f"note {number}"})
            assert isinstance(stored, Stored)
            ids.append(stored.item.decision.id)
    return shelf.store().outbox, ids


def due(outbox: Outbox, shelf: Shelf) -> list[str]:
    return [item.decision.id for item in outbox.due(shelf.clock(), 100)]


def test_oldest_first(shelf: Shelf) -> None:
    outbox, ids = filled(shelf)
    assert due(outbox, shelf) == ids


def test_one_leads_wait_does_not_hold_anothers_back(shelf: Shelf) -> None:
    outbox, ids = filled(shelf)
    outbox.postpone([ids[0]], shelf.clock() + timedelta(minutes=1), "the server is busy")
    assert due(outbox, shelf) == [ids[1], ids[3]]
    shelf.clock.at += timedelta(minutes=2)
    assert due(outbox, shelf) == ids


def test_held_ones_wait_visibly_until_they_are_released(shelf: Shelf) -> None:
    outbox, ids = filled(shelf)
    outbox.hold([ids[1]], "the token was refused")
    assert due(outbox, shelf) == [ids[0], ids[2]]
    status = shelf.desk().status()
    assert (status.unsent, status.held, status.trouble) == (4, 1, "the token was refused")
    outbox.release_held()
    assert due(outbox, shelf) == ids


def test_the_timer_survives_a_restart(shelf: Shelf) -> None:
    outbox, ids = filled(shelf, leads=1, each=1)
    at = shelf.clock() + timedelta(minutes=3)
    outbox.postpone(ids, at, "busy")
    shelf.close()
    desk = shelf.desk()
    assert desk.status().next_try_at == at
    assert shelf.store().outbox.due(at - timedelta(seconds=1), 10) == []
    assert [item.decision.id for item in shelf.store().outbox.due(at, 10)] == ids


def test_what_was_being_sent_is_known_after_a_crash(shelf: Shelf) -> None:
    outbox, ids = filled(shelf)
    outbox.mark_sending(ids[:2])
    shelf.close()
    outbox = shelf.store().outbox
    assert [item.decision.id for item in outbox.unknown()] == ids[:2]
    assert due(outbox, shelf) == ids


def test_the_same_bytes_each_time(shelf: Shelf) -> None:
    outbox, ids = filled(shelf)
    before = [outbox.payload(identifier) for identifier in ids]
    outbox.mark_sending(ids)
    outbox.postpone(ids, shelf.clock(), "lost")
    shelf.close()
    outbox = shelf.store().outbox
    assert [outbox.payload(identifier) for identifier in ids] == before


def test_an_answer_twice_or_out_of_order_changes_nothing_more(shelf: Shelf) -> None:
    outbox, ids = filled(shelf, leads=1, each=1)
    outbox.mark_sending(ids)
    outbox.answer(Answer(id=ids[0], status=AnswerStatus.APPLIED, seq=7), shelf.clock())
    outbox.answer(Answer(id=ids[0], status=AnswerStatus.REFUSED), shelf.clock())
    outbox.answer(Answer(id="unknown", status=AnswerStatus.REFUSED), shelf.clock())
    assert outbox.attention() == []
    item = outbox.get(ids[0])
    assert item is not None
    assert item.state is OutboxState.ANSWERED


def test_answers_taken_together_stand_together(shelf: Shelf) -> None:
    outbox, ids = filled(shelf, leads=2, each=2)
    outbox.mark_sending(ids)

    def take(*answers: Answer) -> None:
        with outbox.together():
            for answer in answers:
                outbox.answer(answer, shelf.clock())

    applied = [Answer(id=each, status=AnswerStatus.APPLIED, seq=3) for each in ids]
    with pytest.raises(ValueError, match="no final answer"):
        take(*applied[:2], Answer(id=ids[2], status=AnswerStatus.RETRY))
    assert {item.state for item in outbox.unsent()} == {OutboxState.SENDING}
    assert len(outbox.unsent()) == 4
    commits: list[str] = []
    outbox._connection.set_trace_callback(lambda text: commits.append(text) if text == "COMMIT" else None)
    take(*applied)
    outbox._connection.set_trace_callback(None)
    assert commits == ["COMMIT"]
    assert outbox.unsent() == []


def test_answered_ones_can_be_offered_again_until_they_are_forgotten(shelf: Shelf) -> None:
    outbox, ids = filled(shelf, leads=1, each=2)
    outbox.mark_sending(ids)
    for identifier in ids:
        outbox.answer(Answer(id=identifier, status=AnswerStatus.APPLIED, seq=1), shelf.clock())
    outbox.settle(5)
    assert due(outbox, shelf) == []
    again = [item.decision.id for item in outbox.answered()]
    assert again == ids
    outbox.offer_again(again)
    assert due(outbox, shelf) == ids
    for identifier in ids:
        outbox.answer(Answer(id=identifier, status=AnswerStatus.ALREADY, seq=1), shelf.clock())
    outbox.settle(5)
    outbox.forget_answered(shelf.clock() + timedelta(days=1))
    assert outbox.answered() == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["decide", "undo", "send", "postpone", "hold", "release", "applied", "refused", "drop"]
        ),
        st.integers(0, 7),
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_every_decision_is_always_in_just_one_place(  # noqa: C901 - one arm a step
    shelf: Shelf, steps: list[tuple[str, int]]
) -> None:
    """I1 at the client: outbox, answered, inbox, or given up by the rep; never nowhere, never twice."""
    lead = mql()
    shelf.pull(lead)
    desk, store = shelf.desk(), shelf.store()
    outbox = store.outbox
    alive: list[str] = []
    for step, number in steps:
        target = alive[number % len(alive)] if alive else "none"
        match step:
            case "decide":
                stored = desk.decide(lead.id, NOTE, EXAMPLE_VALUES[NOTE])
                assert isinstance(stored, Stored)
                alive.append(stored.item.decision.id)
            case "undo":
                if desk.undo(target):
                    alive.remove(target)
            case "send":
                outbox.mark_sending([target])
            case "postpone":
                outbox.postpone([target], shelf.clock(), "later")
            case "hold":
                outbox.hold([target], "held")
            case "release":
                outbox.release_held()
            case "applied":
                outbox.answer(Answer(id=target, status=AnswerStatus.APPLIED, seq=1), shelf.clock())
            case "refused":
                outbox.answer(Answer(id=target, status=AnswerStatus.REFUSED), shelf.clock())
            case _:
                if any(item.id == target for item in desk.attention()):
                    desk.drop(target)
                    alive.remove(target)
        everywhere = [item.decision.id for item in desk.unsent()]
        everywhere += [item.decision.id for item in outbox.answered()]
        everywhere += [item.id for item in desk.attention()]
        assert sorted(everywhere) == sorted(alive)
    shelf.close()
    for path in shelf.home.account_dir(ACCOUNT).glob("*.db*"):
        path.unlink()

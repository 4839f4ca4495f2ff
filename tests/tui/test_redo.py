"""Undo step by step, and redo: decided anew on the lead as it stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builders import NOW, RAUL, mql
from tests.cache.shelf import Shelf
from tests.tui.doubles import ToldSync, app_over, busy_desk, full_disk
from tests.tui.test_home import SIZE, has_form, send, settled

from leadqueue.cache.views import Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import SyncControl
from leadqueue.tui.redoing import RedoStack
from leadqueue.wire.api import Answer, AnswerStatus


async def test_undo_goes_back_step_by_step_and_redo_comes_forward_in_the_same_order() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "reject", reason="no_budget")
        await send(pilot, home, "note", note="Call again.")
        told = [(item.decision.lead_id, item.decision.kind, item.decision.values) for item in desk.outbox]
        old_ids = {item.decision.id for item in desk.outbox}
        await pilot.press("u", "u")
        assert desk.outbox == []
        assert home.rows.cursor_id == told[0][0]
        await pilot.press("U")
        await pilot.pause()
        assert [item.decision.lead_id for item in desk.outbox] == [told[0][0]]
        await pilot.press("U")
        await pilot.pause()
        assert [(i.decision.lead_id, i.decision.kind, i.decision.values) for i in desk.outbox] == told
        assert not old_ids & {item.decision.id for item in desk.outbox}
        assert "Done again" in home.status.message
        assert home.situation().redo == 0


async def test_a_bulk_form_is_one_step_back_and_one_step_forward() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("space", "space", "space")
        await send(pilot, home, "note", note="Same for all.")
        assert len(desk.outbox) == 3
        await pilot.press("u")
        assert desk.outbox == []
        assert "note of 3 leads" in home.status.message
        await pilot.press("U")
        await pilot.pause()
        assert len(desk.outbox) == 3
        assert len({item.batch for item in desk.outbox}) == 1


async def test_a_new_decision_ends_what_can_be_done_again() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "note", note="One.")
        await pilot.press("u")
        assert home.situation().redo == 1
        await send(pilot, home, "note", note="Two.")
        assert home.situation().redo == 0
        await pilot.press("U")
        await pilot.pause()
        assert [item.decision.values for item in desk.outbox] == [{"note": "Two."}]


async def test_what_does_not_hold_any_more_says_why_and_opens_with_what_was_filled_in() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        lead_id = home.rows.cursor_id
        assert lead_id is not None
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.press("u")
        other = desk.server[lead_id]
        from dataclasses import replace

        desk.server[lead_id] = replace(other, owner_id=RAUL.id, owner_name=RAUL.name)
        await pilot.press("U")
        await pilot.pause()
        assert desk.outbox == []
        assert "does not hold any more" in home.status.message
        assert has_form(home)
        assert home.form is not None
        assert home.form.values == {"reason": "no_budget"}


async def test_trouble_with_the_file_keeps_the_step_to_be_tried_again() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "note", note="One.")
        await pilot.press("u")
        desk.broken = full_disk()
        await pilot.press("U")
        await pilot.pause()
        assert "disk is full" in home.status.message
        desk.broken = None
        await pilot.press("U")
        await pilot.pause()
        assert len(desk.outbox) == 1


def test_an_empty_undo_is_no_step() -> None:
    stack = RedoStack()
    stack.push(())
    assert len(stack) == 0
    assert stack.pop() is None


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.pull(*(mql(now=NOW, email=f"lead{number}@example.com") for number in range(3)))
    yield made
    made.close()


async def test_on_the_disk_an_undone_decision_is_gone_before_its_successor_comes(shelf: Shelf) -> None:
    told: SyncControl = ToldSync()
    app = LeadQueueApp(shelf.desk, lambda: told, shelf.clock)
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.desk is not None
        lead_id = home.rows.cursor_id
        assert lead_id is not None
        first = home.desk.decide(lead_id, DecisionKind.NOTE, {"note": "x"})
        await pilot.press("u")
        assert home.desk.unsent() == []
        await pilot.press("U")
        await pilot.pause()
        [item] = home.desk.unsent()
        assert item.decision.values == {"note": "x"}
        assert item.decision.id != first.item.decision.id  # type: ignore[union-attr]


async def test_a_sending_again_whose_item_was_dropped_elsewhere_opens_as_a_form(shelf: Shelf) -> None:
    app = LeadQueueApp(shelf.desk, ToldSync, shelf.clock)
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.desk is not None
        lead_id = home.rows.cursor_id
        assert lead_id is not None
        first = home.desk.decide(lead_id, DecisionKind.NOTE, {"note": "one"})
        assert isinstance(first, Stored)
        refused(shelf, first.item.decision.id)
        home.desk.changed()
        again = home.desk.resend(first.item.decision.id, {"note": "two"})
        assert isinstance(again, Stored)
        await pilot.press("u")
        shelf.desk().drop(first.item.decision.id)
        await pilot.press("U")
        await pilot.pause()
        assert (
            home.status.message == "This is no longer in the inbox: it was sent again or dropped elsewhere."
        )
        assert home.form is not None
        assert home.form.values == {"note": "two"}
        assert home.situation().redo == 0
        assert home.desk.unsent() == []


def refused(shelf: Shelf, identifier: str) -> None:
    outbox = shelf.store().outbox
    outbox.mark_sending([identifier])
    answer = Answer(id=identifier, status=AnswerStatus.REFUSED, seq=9, message="no", errors=())
    outbox.answer(answer, shelf.clock())

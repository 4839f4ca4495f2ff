"""A login that was ended: erasing is offered, nothing unsent goes without a question of its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.builders import NOW
from tests.tui.doubles import Clock, MemoryDesk, ToldSync, busy_desk
from tests.tui.test_home import SIZE, send, settled, top
from textual.pilot import Pilot

from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens.confirm import ConfirmScreen

ENDED = SyncState(Phase.REVOKED, "The server's administrator has ended this login.", NOW)


OTHERS = "The copy of the leads of Raul stays on this machine."


class Eraser:
    """Notes what it is told to erase, and whether the files were closed by then."""

    def __init__(self, desk: MemoryDesk) -> None:
        self.desk = desk
        self.calls: list[tuple[bool, bool]] = []

    def __call__(self, unsent: bool) -> str:
        self.calls.append((unsent, self.desk.closed))
        return OTHERS


def made() -> tuple[LeadQueueApp, MemoryDesk, ToldSync, Eraser]:
    desk, sync = busy_desk(), ToldSync()
    desk.inbox.clear()
    eraser = Eraser(desk)
    app = LeadQueueApp(lambda: desk, lambda: sync, Clock(), erase=eraser)
    return app, desk, sync, eraser


async def end(pilot: Pilot[None], sync: ToldSync) -> None:
    sync.become(ENDED)
    while not isinstance(top(pilot), ConfirmScreen):
        await pilot.pause()


def asked(pilot: Pilot[None]) -> str:
    screen = top(pilot)
    assert isinstance(screen, ConfirmScreen)
    return screen._question


async def test_with_nothing_unsent_one_question_is_enough() -> None:
    app, _desk, sync, eraser = made()
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await end(pilot, sync)
        assert "ended the login of this machine" in asked(pilot)
        assert "never sent" not in asked(pilot)
        await pilot.press("y")
        await pilot.pause()
    assert eraser.calls == [(True, True)]
    assert "is erased" in app.farewell
    assert app.farewell.endswith(OTHERS)
    assert "stop" in sync.calls


@pytest.mark.parametrize("too", [False, True])
async def test_what_is_unsent_is_asked_for_by_itself(*, too: bool) -> None:
    app, desk, sync, eraser = made()
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "note", note="Prefers mornings")
        assert desk.status().unsent == 1
        await end(pilot, sync)
        assert "1 decision of yours was never sent, or waits in the inbox;" in asked(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert eraser.calls == []
        assert "gone for good" in asked(pilot)
        await pilot.press("y" if too else "escape")
        await pilot.pause()
    assert eraser.calls == [(too, True)]
    assert ("kept until the next login" in app.farewell) is not too


async def test_the_answer_at_hand_is_no_and_it_is_asked_once() -> None:
    app, _, sync, eraser = made()
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await end(pilot, sync)
        await pilot.press("enter")
        await pilot.pause()
        assert top(pilot) is home
        sync.become(SyncState(Phase.REVOKED, "Still ended.", NOW + timedelta(seconds=30)))
        await pilot.pause()
        assert top(pilot) is home
    assert eraser.calls == []


async def test_a_token_that_ran_out_is_no_reason_to_erase() -> None:
    app, _, sync, _ = made()
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        sync.become(SyncState(Phase.UNAUTHORISED, "Log in again.", NOW))
        await pilot.pause()
        assert top(pilot) is home


async def test_what_cannot_be_erased_is_said() -> None:
    desk, sync = busy_desk(), ToldSync()
    desk.inbox.clear()

    def broken(_unsent: bool) -> str:
        raise OSError(13, "Permission denied")

    app = LeadQueueApp(lambda: desk, lambda: sync, Clock(), erase=broken)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await end(pilot, sync)
        await pilot.press("y")
        await pilot.pause()
    assert "Permission denied" in app.farewell

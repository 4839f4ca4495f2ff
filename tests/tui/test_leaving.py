"""Leaving: what is unsent goes out first where the server is within reach, and nobody is kept for long."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.builders import NOW
from tests.tui.doubles import MemoryDesk, ToldSync, app_over, attention_item, busy_desk
from tests.tui.rest import at_rest
from tests.tui.test_home import SIZE, seen, send, settled, top
from textual.pilot import Pilot

from leadqueue.cache.views import DeskStatus
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.outcomes import returned_words, sending_words
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.screens.leaving import WITHIN_S, LeavingScreen

WITHIN_REACH = (Phase.LIVE, Phase.POLLING, Phase.SYNCING)
UNSENT = "1 decision is not sent yet. It is safe on this computer"


async def decided(pilot: Pilot[None]) -> None:
    await send(pilot, await settled(pilot), "reject", reason="no_budget")


async def leaving(pilot: Pilot[None], key: str = "q") -> LeavingScreen:
    """The screen that waits, after the key that leaves."""
    await pilot.press(key)
    await pilot.pause()
    screen = top(pilot)
    assert isinstance(screen, LeavingScreen)
    return screen


def told(phase: Phase) -> ToldSync:
    return ToldSync(SyncState(phase, last_success_at=NOW))


async def ended(pilot: Pilot[None], app: LeadQueueApp) -> bool:
    await pilot.pause()
    return not app.is_running


@pytest.mark.parametrize("phase", WITHIN_REACH)
async def test_what_is_unsent_goes_out_before_the_end(phase: Phase) -> None:
    desk, sync = busy_desk(), told(phase)
    app = app_over(desk, sync)
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        screen = await leaving(pilot)
        assert sync.calls[-1] == "try_now", "the time to undo is given up"
        assert "Sending 1 decision …" in seen(top(pilot))
        assert "q leaves at once" in seen(top(pilot))
        screen.look()
        await pilot.pause()
        assert app.is_running, "no answer has come yet"
        desk.outbox.clear()
        screen.look()
        assert await ended(pilot, app)
    assert app.farewell == ""
    assert sync.calls[-1] == "stop"


@pytest.mark.parametrize("phase", sorted(set(Phase) - set(WITHIN_REACH)))
async def test_out_of_reach_nobody_waits(phase: Phase) -> None:
    desk, sync = busy_desk(), told(phase)
    app = app_over(desk, sync)
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        await pilot.press("q")
        assert await ended(pilot, app)
    assert app.farewell.startswith(UNSENT)
    assert "try_now" not in sync.calls


async def test_with_nothing_unsent_nobody_waits() -> None:
    sync = told(Phase.LIVE)
    app = app_over(busy_desk(), sync)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        assert await ended(pilot, app)
    assert app.farewell == ""
    assert "try_now" not in sync.calls


async def test_for_what_is_held_back_nobody_waits() -> None:
    desk = busy_desk()
    desk.status = lambda: DeskStatus(1, 1, NOW, 0, NOW, None)  # type: ignore[method-assign]
    app = app_over(desk, told(Phase.LIVE))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("q")
        assert await ended(pilot, app)
    assert app.farewell.startswith(UNSENT)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_asked_once_more_it_leaves_at_once(key: str) -> None:
    desk = busy_desk()
    app = app_over(desk, told(Phase.LIVE))
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        await leaving(pilot)
        await pilot.press(key)
        assert await ended(pilot, app)
    assert app.farewell.startswith(UNSENT)
    assert len(desk.outbox) == 1


async def test_ones_own_key_leaves_at_once_too() -> None:
    app = app_over(busy_desk(), told(Phase.LIVE), keymap={"quit": "ctrl+x"})
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        await leaving(pilot, "ctrl+x")
        assert "^x leaves at once" in seen(top(pilot))
        await pilot.press("ctrl+x")
        assert await ended(pilot, app)


async def test_it_waits_no_longer_than_is_said() -> None:
    app = app_over(busy_desk(), told(Phase.LIVE))
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        await leaving(pilot)
        await at_rest(WITHIN_S - 0.5, WITHIN_S)
        assert app.is_running
        await at_rest(1.0, 2.0)
        assert await ended(pilot, app)
    assert app.farewell.startswith(UNSENT)


@pytest.mark.parametrize("phase", [Phase.OFFLINE, Phase.HELD, Phase.UNAUTHORISED, Phase.ELSEWHERE])
async def test_it_waits_no_longer_once_the_server_is_out_of_reach(phase: Phase) -> None:
    sync = told(Phase.LIVE)
    app = app_over(busy_desk(), sync)
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        screen = await leaving(pilot)
        sync.become(SyncState(phase))
        screen.look()
        assert await ended(pilot, app)
    assert app.farewell.startswith(UNSENT)


async def test_what_did_not_hold_meanwhile_is_told() -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    app = app_over(desk, told(Phase.LIVE))
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        screen = await leaving(pilot)
        desk.outbox.clear()
        desk.inbox.append(replace(desk.inbox[0], id="a-2"))
        screen.look()
        assert await ended(pilot, app)
    assert app.farewell == "1 decision did not hold and waits in your inbox."


async def test_meanwhile_nothing_is_undone_or_decided() -> None:
    desk = busy_desk()
    async with app_over(desk, told(Phase.LIVE)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await decided(pilot)
        screen = await leaving(pilot)
        await pilot.press("u", "a", "escape")
        await pilot.pause()
        assert top(pilot) is screen
        assert len(desk.outbox) == 1
        assert home.form is None


async def test_a_form_that_was_given_up_is_asked_about_once() -> None:
    app = app_over(busy_desk(), told(Phase.LIVE))
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"hello", "ctrl+q")
        await pilot.pause()
        assert isinstance(top(pilot), ConfirmScreen)
        await leaving(pilot, "y")
        await pilot.press("ctrl+q")
        assert await ended(pilot, app)
    assert app.farewell.startswith(UNSENT)


async def test_it_is_told_in_the_least_terminal_and_beyond() -> None:
    app = app_over(MemoryDesk(busy_desk().server.values()), told(Phase.LIVE))
    async with app.run_test(size=SIZE) as pilot:
        await decided(pilot)
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        await leaving(pilot)
        assert "Sending 1 decision …" in seen(top(pilot))
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        await pilot.press("q")
        assert await ended(pilot, app)


def test_the_words() -> None:
    assert sending_words(2) == "Sending 2 decisions …"
    assert sending_words(1, 3) == "Sending 1 decision and 3 acknowledgements …"
    assert returned_words(0) == ""
    assert returned_words(-1) == ""
    assert returned_words(2) == "2 decisions did not hold and wait in your inbox."

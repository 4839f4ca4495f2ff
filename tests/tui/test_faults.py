"""A fault in work beside the screen: told and logged, and what failed begins anew with the next reason."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

import pytest
from tests.domain.test_log_lines import HOSTILE
from tests.tui.doubles import MemoryQueue, ViewShelf, app_over, busy_desk
from tests.tui.team_doubles import team_desk
from tests.tui.test_home import settled, top
from tests.tui.test_team import SIZE, counted, opened
from textual.pilot import Pilot
from textual.widgets import Static
from textual.worker import WorkerFailed

from leadqueue.cache.saved_views import SavedView
from leadqueue.tui.faults import OWN_FAULT
from leadqueue.tui.screens import browse
from leadqueue.tui.screens.team import TeamScreen
from leadqueue.tui.welcome import Trouble, Way, WelcomeApp
from leadqueue.tui.widgets.picture import Picture


def broken(*_: object) -> Trouble | None:
    raise ZeroDivisionError(HOSTILE)


async def rested(pilot: Pilot[None]) -> None:
    with suppress(WorkerFailed):
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def logged(caplog: pytest.LogCaptureFixture) -> list[type[BaseException]]:
    return [
        each.exc_info[0]
        for each in caplog.records
        if each.name == "leadqueue.tui.faults" and each.levelno == logging.ERROR
        if each.exc_info and each.exc_info[0]
    ]


class TestTeam:
    async def test_the_first_count_that_fails_says_so_and_can_be_tried_again(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await settled(pilot)
            with monkeypatch.context() as patch:
                patch.setattr(desk.memory_team, "backlog", broken)
                await pilot.press("m")
                await rested(pilot)
                screen = top(pilot)
                assert isinstance(screen, TeamScreen)
                assert OWN_FAULT in screen.query_one(Picture).said[1]
                assert logged(caplog) == [ZeroDivisionError]
            await pilot.press("ctrl+r")
            await counted(pilot)
            assert len(screen.table.items) == 2
            assert OWN_FAULT not in screen.status.message

    async def test_a_later_one_keeps_the_table_and_the_next_change_counts_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            with monkeypatch.context() as patch:
                patch.setattr(desk.memory_team, "backlog", broken)
                screen.refresh_all()
                await rested(pilot)
                assert len(screen.table.items) == 2
                assert screen.status.message == OWN_FAULT
            desk.wrote_elsewhere = True
            screen.tick()
            await counted(pilot)
            assert "What waits is of now" in screen.status.message


@pytest.mark.parametrize(
    ("method", "keys"),
    [("find", ("slash", *"byron")), ("ids_beside", ("A",))],
)
async def test_a_search_that_fails_is_told(
    method: str, keys: Sequence[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(browse, "LARGE", 5)
    monkeypatch.setattr(MemoryQueue, method, broken)
    async with app_over(busy_desk(12)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press(*keys)
        await rested(pilot)
        assert home.status.message == OWN_FAULT
        assert set(logged(caplog)) == {ZeroDivisionError}


async def test_views_that_cannot_be_counted_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryQueue, "count_beside", broken)
    views = ViewShelf(SavedView("Hot", "score>1"))
    async with app_over(busy_desk(12), views=views).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        home.show_views()
        await rested(pilot)
        assert home.status.message == OWN_FAULT


async def test_a_log_in_that_fails_is_told_and_can_be_tried_again() -> None:
    app = WelcomeApp(broken)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("c", *"https://crm.example", "enter", *"lq_secret", "enter")
        await rested(pilot)
        assert str(app.query_one("#welcome-trouble", Static).render()) == OWN_FAULT
        await pilot.press("escape", "d")
    assert app.way is Way.DEMO

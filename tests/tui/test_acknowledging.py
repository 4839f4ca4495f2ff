"""Acknowledging: counted as unsent wherever that is told, and taken back until it is sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.builders import NOW
from tests.tui.doubles import ToldSync, app_over, full_disk
from tests.tui.team_doubles import team_desk
from tests.tui.test_home import seen, settled, top
from tests.tui.test_team import SIZE, counted, opened, title

from leadqueue.cache.views import DeskStatus
from leadqueue.tui.outcomes import safe_words
from leadqueue.tui.widgets.header import QueueHeader


def unsent_told(header: QueueHeader) -> str:
    """What a header says is unsent, from its sign on."""
    text = str(header.render())
    return text[text.index("↑") :].split("  ", maxsplit=1)[0] if "↑" in text else "all sent"


class TestUnsent:
    async def test_both_headers_count_what_was_acknowledged(self) -> None:
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert unsent_told(screen.query_one(QueueHeader)) == "all sent"
            await pilot.press("A", "a")
            await counted(pilot)
            assert unsent_told(screen.query_one(QueueHeader)) == "↑ 5 unsent"
            await pilot.press("escape")
            home = await settled(pilot)
            assert unsent_told(home.header) == "↑ 5 unsent"
            assert not home.situation().unsent, "no form of it is there to be undone"

    async def test_both_headers_count_its_age_by_the_servers_clock(self) -> None:
        desk = team_desk()
        slow = timedelta(minutes=10)

        def sync_clock() -> tuple[int, int | None]:
            return int(slow.total_seconds() * 1000), 20

        def status() -> DeskStatus:
            return DeskStatus(1, 0, NOW - slow - timedelta(minutes=3), 0, NOW, None)

        desk.sync_clock, desk.status = sync_clock, status  # type: ignore[method-assign]
        async with app_over(desk).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            assert unsent_told(home.header) == "↑ 1 unsent, oldest 3m"
            screen = await opened(pilot)
            assert unsent_told(screen.query_one(QueueHeader)) == "↑ 1 unsent, oldest 3m"

    async def test_leaving_says_what_is_being_sent_and_then_what_is_not(self) -> None:
        app = app_over(team_desk())
        async with app.run_test(size=SIZE) as pilot:
            await opened(pilot)
            await pilot.press("A", "a", "q")
            await pilot.pause()
            assert "Sending 5 acknowledgements …" in seen(top(pilot))
            await pilot.press("q")
            await pilot.pause()
        assert app.farewell.startswith("5 acknowledgements are not sent yet. They are safe")

    @pytest.mark.parametrize(
        ("unsent", "acknowledged", "begins"),
        [
            (0, 0, ""),
            (1, 0, "1 decision is not sent yet. It is safe"),
            (0, 1, "1 acknowledgement is not sent yet. It is safe"),
            (1, 2, "1 decision and 2 acknowledgements are not sent yet. They are safe"),
        ],
    )
    def test_the_words_name_both(self, unsent: int, acknowledged: int, begins: str) -> None:
        said = safe_words(unsent, acknowledged)
        assert said.startswith(begins)
        assert bool(said) is bool(begins)


class TestUndo:
    async def test_the_last_act_is_taken_back_and_then_the_one_before(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            await pilot.press("tab", "a")
            await counted(pilot)
            await pilot.press("A", "a")
            await counted(pilot)
            assert "u takes it back" in screen.status.message
            assert len(desk.memory_team.seen) == 5
            await pilot.press("u")
            await counted(pilot)
            assert screen.status.message == "Not acknowledged any more: 4 escalations."
            assert title(screen).strip().startswith("4 escalations to acknowledge")
            await pilot.press("u")
            await counted(pilot)
            assert screen.status.message == "Not acknowledged any more: 1 escalation."
            assert title(screen).strip() == "5 escalations to acknowledge"
            assert unsent_told(screen.query_one(QueueHeader)) == "all sent"

    @pytest.mark.parametrize(
        ("left", "said"),
        [
            ([], "Nothing to undo: nothing is unsent."),
            (["b-1"], "Nothing to undo: the last of it is on its way."),
        ],
    )
    async def test_where_nothing_can_be_taken_back_it_says_why(self, left: list[str], said: str) -> None:
        desk = team_desk()
        desk.memory_team.seen = left
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            await pilot.press("u")
            assert screen.status.message == said
            assert desk.memory_team.seen == left

    async def test_a_full_disk_takes_nothing_back_and_says_so(self) -> None:
        desk = team_desk()
        async with app_over(desk, ToldSync()).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            await pilot.press("tab", "a")
            await counted(pilot)
            desk.memory_team.broken = full_disk()
            await pilot.press("u")
            assert "The disk is full" in screen.status.message
            assert len(desk.memory_team.seen) == 1


async def test_the_cursor_goes_on_to_the_next_open_escalation_and_stays_in_sight() -> None:
    async with app_over(team_desk(ritas=60, breached=60)).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("tab", "j", "a")
        await counted(pilot)
        breaches = screen.breaches
        assert breaches.current is not None
        assert not breaches.current.seen
        assert breaches.cursor == 1
        await pilot.press("a", "G", "a")
        await counted(pilot)
        assert sum(bool(each.seen) for each in breaches.items) == 2, "the last one was acknowledged before"
        assert 0 <= breaches.cursor - breaches.scroll_offset.y < breaches.size.height

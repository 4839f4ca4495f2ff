"""A large queue that others changed is counted beside the screen; a rep's own change is shown at once."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.builders import NOW, mql
from tests.cache.shelf import Shelf
from tests.tui.doubles import MemoryDesk, MemoryQueue, ToldSync, app_over, busy_desk
from tests.tui.test_home import SIZE, send, settled
from textual.pilot import Pilot

from leadqueue.cache.errors import StorageUnusable
from leadqueue.cache.queue_views import QueueCounts, QueueView
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens import browse
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.section_tabs import SectionTabs


@pytest.fixture(autouse=True)
def _ten_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browse, "LARGE", 10)


async def counted(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def total(home: TriageScreen) -> int:
    return home.query_one(SectionTabs).total


async def test_what_the_sync_brought_is_counted_and_shown(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    leads = [mql(now=NOW - timedelta(hours=number + 1), email=f"l{number}@x.example") for number in range(40)]
    shelf.pull(*leads)
    async with LeadQueueApp(shelf.desk, ToldSync, shelf.clock).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("j", "j", "j")
        here, place = home.rows.cursor_id, home.rows.cursor
        shelf.pull(mql(now=NOW - timedelta(days=3), email="older@x.example"))
        home.tick()
        await counted(pilot)
        assert (home.rows.count, total(home)) == (41, 41)
        assert (home.rows.cursor_id, home.rows.cursor) == (here, place + 1)
        assert home.desk is not None
        assert home._urgent == home.desk.queue.urgency_counts(home.now())
    shelf.close()


class Slow(MemoryQueue):
    """Answers what is asked beside the screen when it is let go."""

    def __init__(self, desk: MemoryDesk) -> None:
        super().__init__(desk)
        self.asked = threading.Semaphore(0)
        self.go = threading.Event()

    async def is_asked(self) -> None:
        assert await asyncio.to_thread(self.asked.acquire, timeout=10)

    def counts_beside(self, view: QueueView, now: datetime, lead_id: str | None) -> QueueCounts:
        counts = super().counts_beside(view, now, lead_id)
        self.asked.release()
        self.go.wait(10)
        return counts


async def test_what_was_counted_before_a_decision_is_not_shown_after_it() -> None:
    desk = busy_desk(24)
    desk.memory = slow = Slow(desk)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        before = home.rows.count
        home.reload_beside()
        await slow.is_asked()
        await send(pilot, home, "reject", reason="no_budget")
        assert home.rows.count == before - 1
        slow.go.set()
        await counted(pilot)
        assert (home.rows.count, total(home)) == (before - 1, before - 1)


async def test_what_cannot_be_counted_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with app_over(busy_desk(24)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)

        def broken(*_args: object) -> QueueCounts:
            raise StorageUnusable(Path("/data/cache.db"), "disk I/O error")

        monkeypatch.setattr(MemoryQueue, "counts_beside", broken)
        home.reload_beside()
        await counted(pilot)
        assert "disk I/O error" in home.status.message
        assert home.rows.count == 24


async def test_the_cursor_stays_on_its_lead_whatever_is_written_while_it_is_counted() -> None:
    desk = busy_desk(24)
    desk.memory = slow = Slow(desk)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("j", "j", "j")
        here, place = home.rows.cursor_id, home.rows.cursor
        home.reload_beside()
        await slow.is_asked()
        urgent = mql(now=NOW - timedelta(days=9), email="urgent@x.example")
        desk.server[urgent.id] = urgent
        slow.go.set()
        await counted(pilot)
        assert (home.rows.cursor_id, home.rows.cursor) == (here, place + 1)


async def test_what_a_key_has_overtaken_is_counted_again() -> None:
    desk = busy_desk(24)
    desk.memory = slow = Slow(desk)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        more = mql(now=NOW - timedelta(days=9), email="more@x.example")
        desk.server[more.id] = more
        home.reload_beside()
        await slow.is_asked()
        await pilot.press("1")
        slow.go.set()
        await counted(pilot)
        await counted(pilot)  # what is asked again
        assert total(home) == 25


async def test_over_a_filter_only_what_is_written_beside_the_rows_is_counted() -> None:
    desk = busy_desk(24)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"rossi", "enter")
        await counted(pilot)
        filtered = home.rows.count
        assert 0 < filtered < 24
        more = mql(now=NOW - timedelta(days=9), email="more@x.example", last_name="Rossi")
        desk.server[more.id] = more
        home.reload_beside()
        await counted(pilot)
        await counted(pilot)
        assert (home.rows.count, total(home)) == (filtered + 1, 25)

"""What a key costs in frames: where no widget moves, the screen is not laid out anew."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from unittest.mock import patch

import pytest
from tests.tui.doubles import Clock, MemoryQueue, app_over, busy_desk
from tests.tui.test_home import settled
from textual._compositor import Compositor, LayoutUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from leadqueue.cache.queue_views import QueueRow, QueueView
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets import queue_lines, queue_row
from leadqueue.tui.widgets.queue_lines import DRAWN_AT_ONCE, PAGE
from leadqueue.tui.widgets.queue_row import Layout, RowWords, cells

LOW = (120, 20)
"""So low that the queue has a scrollbar."""


@contextmanager
def layouts_of(home: TriageScreen) -> Iterator[list[Screen[object]]]:
    """Each time the screen is laid out."""
    seen: list[Screen[object]] = []
    home.screen_layout_refresh_signal.subscribe(home, seen.append, immediate=True)
    try:
        yield seen
    finally:
        home.screen_layout_refresh_signal.unsubscribe(home)


def bar_of(widget: Widget) -> Region | None:
    """Where the widget's vertical scrollbar stands; None where it has none."""
    bar = widget.vertical_scrollbar
    return bar.region if bar.display and bar.region.width else None


@contextmanager
def lines_written() -> Iterator[Counter[str]]:
    """How often each row of the queue is put into words."""
    written: Counter[str] = Counter()

    def counting(row: QueueRow, now: datetime, layout: Layout, words: RowWords) -> Iterable[tuple[str, str]]:
        written[row.id] += 1
        return cells(row, now, layout, words)

    with patch.object(queue_row, "cells", counting):
        yield written


def line_of(home: TriageScreen, index: int) -> str:
    rows = home.rows
    return rows.render_line(index - rows.scroll_offset.y).text


async def drawn_ahead(home: TriageScreen) -> None:
    """Wait until nothing more is drawn ahead."""
    for _ in range(500):
        await asyncio.sleep(0)
        if not home.rows._drawing_ahead:
            return
    raise AssertionError("it is drawn ahead without end")


@contextmanager
def whole_paintings() -> Iterator[list[Compositor]]:
    """Each time that all of the screen is painted."""
    seen: list[Compositor] = []
    kept = Compositor.render_full_update

    def noted(compositor: Compositor, simplify: bool = False) -> LayoutUpdate:
        seen.append(compositor)
        return kept(compositor, simplify)

    with patch.object(Compositor, "render_full_update", noted):
        yield seen


async def test_a_longer_or_shorter_section_is_shown_without_another_layout() -> None:
    async with app_over(busy_desk(60)).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        with layouts_of(home) as layouts:
            before = home.rows.count
            await pilot.press("1")
            await pilot.pause()
            assert home.rows.count < before
            assert home.rows.virtual_size.height == home.rows.count
            assert home.rows.vertical_scrollbar.window_virtual_size == home.rows.count
        assert not layouts


async def test_the_pages_around_are_drawn_before_a_key_asks_for_them() -> None:
    async with app_over(busy_desk(60)).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        rows = home.rows
        await pilot.press("pagedown")  # to the end of what is in sight
        await pilot.pause()
        behind, further = rows.row(rows.in_page + 2), rows.row(2 * rows.in_page + 2)
        assert behind is not None
        assert further is not None
        await drawn_ahead(home)
        with lines_written() as written:
            await pilot.press("pagedown")
            await pilot.pause()
            await drawn_ahead(home)
        assert rows.scroll_offset.y > 2
        assert written[behind.id] == 0
        assert written[further.id] == 1
        with lines_written() as written:
            await pilot.press("pageup")
            await pilot.pause()
        assert written[behind.id] == written[further.id] == 0


async def test_keys_are_heard_between_the_lines_that_are_drawn_ahead() -> None:
    async with app_over(busy_desk(120)).run_test(size=(120, 50)) as pilot:
        home = await settled(pilot)
        await drawn_ahead(home)
        home.rows._drawn.clear()
        turns: list[int] = []
        home.rows.draw_ahead()
        while home.rows._drawing_ahead:
            turns.append(len(home.rows._drawn))
            await asyncio.sleep(0)
        steps = sorted(set(turns))
        assert len(steps) > 5
        assert all(after - before <= DRAWN_AT_ONCE for before, after in pairwise(steps))


@pytest.mark.parametrize("missing", [12, 60])
async def test_a_queue_that_is_shorter_than_was_counted_ends_the_drawing(
    monkeypatch: pytest.MonkeyPatch, missing: int
) -> None:
    desk = busy_desk(150)
    async with app_over(desk).run_test(size=(120, 24)) as pilot:
        home = await settled(pilot)
        for _ in range(5):
            await pilot.press("pagedown")
            await pilot.pause()
        window = MemoryQueue.window

        def shorter(queue: MemoryQueue, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
            return window(queue, view, offset, min(limit, 150 - missing - offset))

        monkeypatch.setattr(MemoryQueue, "window", shorter)
        await pilot.press("pagedown")
        await pilot.press("pagedown")
        await drawn_ahead(home)
        assert home.rows.cursor > 100


async def test_the_end_of_a_long_queue_is_read_from_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_lines, "FAR", 100)
    asked: list[int] = []
    window = MemoryQueue.window

    def noted(queue: MemoryQueue, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        asked.append(offset)
        return window(queue, view, offset, limit)

    monkeypatch.setattr(MemoryQueue, "window", noted)
    desk = busy_desk(300)
    async with app_over(desk).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        await drawn_ahead(home)
        asked.clear()
        await pilot.press("G")
        await pilot.pause()
        await drawn_ahead(home)
        ids = desk.queue.ids(QueueView())
        rows = home.rows
        assert rows.cursor_id == ids[-1]
        assert {rows._near[0] // PAGE * PAGE - len(ids), len(ids) // PAGE * PAGE - len(ids)} <= {*asked}
        assert max(asked) < 0
        seen = [row.id for index in rows._near if (row := rows.row(index)) is not None]
        assert seen == ids[rows._near[0] :]


async def test_every_row_of_a_long_queue_is_in_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_lines, "FAR", 100)
    desk = busy_desk(300)
    async with app_over(desk).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        rows = [home.rows.row(index) for index in range(300)]
        assert [row.id for row in rows if row is not None] == desk.queue.ids(QueueView())


async def test_where_the_end_is_not_as_it_was_counted_it_is_read_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_lines, "FAR", 100)
    desk = busy_desk(300)
    window = MemoryQueue.window

    def shorter(queue: MemoryQueue, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        return [] if offset < 0 else window(queue, view, offset, limit)

    monkeypatch.setattr(MemoryQueue, "window", shorter)
    async with app_over(desk).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        await pilot.press("G")
        await pilot.pause()
        assert home.rows.cursor_id == desk.queue.ids(QueueView())[-1]


async def test_a_line_that_is_kept_is_that_of_its_lead() -> None:
    async with app_over(busy_desk(60)).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        await drawn_ahead(home)
        rows = home.rows
        behind = rows.in_page + 3
        row = rows.row(behind)
        assert row is not None
        page = rows._pages[0]
        page[behind] = row._replace(person="Somebody Else")  # read anew, and another one
        assert "Somebody Else" in line_of(home, behind)


async def test_a_line_drawn_ahead_says_what_holds_when_it_is_seen() -> None:
    clock = Clock()
    async with app_over(busy_desk(60, clock)).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        behind = home.rows.in_page + 2
        before = line_of(home, behind)
        clock.forward(hours=3)
        home.tick()
        await pilot.press("pagedown")
        await pilot.pause()
        assert line_of(home, behind) != before


async def test_the_keys_go_elsewhere_without_the_whole_screen_being_painted() -> None:
    async with app_over(busy_desk(60)).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        with whole_paintings() as paintings:
            await pilot.press("tab")
            await pilot.pause()
            assert home.focused is home.context
        assert not paintings


async def test_the_contexts_scrollbar_goes_with_its_need_and_comes_back() -> None:
    desk = busy_desk(60)
    async with app_over(desk).run_test(size=LOW) as pilot:
        home = await settled(pilot)
        context = home.context
        assert context is not None
        assert context.page.height > context.size.height
        assert bar_of(context) is not None
        context.show(None, desk.now(), desk.definitions)
        await pilot.pause()
        assert context.page.height == 1
        assert bar_of(context) is None
        context.show(desk.lead(home.rows.cursor_id or ""), desk.now(), desk.definitions)
        await pilot.pause()
        assert bar_of(context) is not None
        assert context.vertical_scrollbar.window_virtual_size == context.page.height

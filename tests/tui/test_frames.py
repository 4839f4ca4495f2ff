"""What a key costs in frames: where no widget moves, the screen is not laid out anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from tests.tui.doubles import Clock, app_over, busy_desk
from tests.tui.test_home import settled
from textual._compositor import Compositor, LayoutUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from leadqueue.cache.queue_views import QueueRow
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets import queue_row
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
        with lines_written() as written:
            await pilot.press("pagedown")
            await pilot.pause()
        assert rows.scroll_offset.y > 2
        assert written[behind.id] == 0
        assert written[further.id] == 1
        with lines_written() as written:
            await pilot.press("pageup")
            await pilot.pause()
        assert written[behind.id] == written[further.id] == 0


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

"""What a key costs in frames: where no widget moves, the screen is not laid out anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import settled
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from leadqueue.tui.screens.triage import TriageScreen

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

"""Jump mode: every part in sight has a letter, and the letter goes there."""

from __future__ import annotations

import pytest
from tests.builders import DEFINITIONS
from tests.tui.doubles import app_over, attention_item, busy_desk
from textual.pilot import Pilot

from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens.attention import AttentionScreen
from leadqueue.tui.screens.jump import LETTERS, JumpScreen, Spot, spots
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.section_tabs import SectionTabs


async def jumping(pilot: Pilot[None], *keys: str) -> list[Spot]:
    """Begin the jump after some keys; the places that can be gone to."""
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.press(*keys)
    await pilot.pause()
    found = spots(app.home)
    await pilot.press("ctrl+o")
    await pilot.pause()
    assert isinstance(app.screen, JumpScreen)
    return found


def focused_id(app: LeadQueueApp) -> str | None:
    return app.focused.id if app.focused else None


def letter_at(found: list[Spot], x: int, y: int) -> str:
    return next(letter for letter, spot in zip(LETTERS, found, strict=False) if (spot.x, spot.y) == (x, y))


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_sections_header_queue_and_context_have_letters(size: tuple[int, int]) -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    app = app_over(desk)
    async with app.run_test(size=size) as pilot:
        found = await jumping(pilot)
        assert len(list(app.screen.query(".jump-letter"))) == len(found)
        tabs = app.home.query_one(SectionTabs)
        await pilot.press(letter_at(found, tabs.starts()[2], tabs.region.y))
        await pilot.pause()
        assert app.home.queue_view is not None
        assert app.home.queue_view.section == DEFINITIONS.sections[1].key
        found = await jumping(pilot, "0")
        context = app.home.context
        assert context is not None
        await pilot.press(letter_at(found, *context.region.offset))
        await pilot.pause()
        assert focused_id(app) == "context"
        found = await jumping(pilot)
        await pilot.press(letter_at(found, *app.home.rows.region.offset))
        assert focused_id(app) == "queue"
        found = await jumping(pilot)
        start = app.home.header.start_of("attention")
        assert start is not None
        await pilot.press(letter_at(found, start, 0))
        await pilot.pause()
        await pilot.pause()
        assert isinstance(app.screen, AttentionScreen)


async def test_the_fields_of_a_form_have_letters_also_while_one_types() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(160, 50)) as pilot:
        found = await jumping(pilot, "x")
        form = app.home.form
        assert form is not None
        inside = [spot for spot in found if form.region.contains(spot.x, spot.y)]
        assert len(inside) >= 3
        target, _ = app.home.get_widget_at(inside[1].x, inside[1].y)
        await pilot.press(letter_at(found, inside[1].x, inside[1].y))
        assert app.focused is not None
        assert target in (app.focused, *app.focused.walk_children())


@pytest.mark.parametrize("key", ["escape", "ctrl+o", "1"])
async def test_any_other_key_changes_nothing(key: str) -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await jumping(pilot)
        await pilot.press(key)
        assert app.screen is app.home
        assert app.focused is app.home.rows
        assert app.home.form is None

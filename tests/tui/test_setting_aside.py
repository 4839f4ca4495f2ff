"""Going to a lead that is not shown: what was shown is kept, told, and brought back by one key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.tui.doubles import ViewShelf, app_over, busy_desk
from tests.tui.test_home import SIZE, settled
from tests.tui.test_today import worked_desk
from tests.tui.test_views import HOT, REVIEW, tabs
from textual.widgets import Static

from leadqueue.cache.own_columns import ColumnChoice
from leadqueue.cache.queue_views import QueueView
from leadqueue.tui.screens.today import TodayScreen
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.screens.views import ViewsScreen
from leadqueue.tui.widgets.key_footer import KeyFooter


def shown(home: TriageScreen) -> tuple[QueueView, str, str, tuple[ColumnChoice, ...], str | None]:
    """All that makes up what the rep sees, but for the moment at which it was read."""
    assert home.queue_view is not None
    view = replace(home.queue_view, at=QueueView().at)
    return view, home.filter_box.input.value, home.view_name, home.rows.columns, home.rows.cursor_id


def beyond(home: TriageScreen) -> list[str]:
    """The leads that are in the queue and not among those shown."""
    assert home.desk is not None
    assert home.queue_view is not None
    inside = set(home.desk.queue.ids(home.queue_view))
    return [each for each in home.desk.queue.ids(QueueView()) if each not in inside]


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (("1",), "The section Awaiting review is set aside"),
        (("slash", *"score>60", "enter"), "The filter score>60 is set aside"),
        (("1", "slash", *"score>60", "enter", "s", "S", "j"), "Awaiting review with the filter score>60"),
        (("]",), "The view Hot is set aside"),
        (("]", "S", "j"), "The view Hot is set aside"),
        (("]", "]", "s"), "The view Review is set aside"),
        (("slash", *"score>60 nonsense:", "enter", "enter"), "The filter score>60 nonsense: is set"),
    ],
)
async def test_what_was_shown_comes_back_as_it_was(keys: tuple[str, ...], told: str) -> None:
    async with app_over(busy_desk(), views=ViewShelf(HOT, REVIEW)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        before, bar, wrong = shown(home), tabs(pilot), home.filter_box.has_class("-wrong")
        lead_id = beyond(home)[-1]
        home.go_to_lead(lead_id)
        await pilot.pause()
        assert home.rows.cursor_id == lead_id
        assert home.rows.count == 24
        assert home.status.message.startswith(told)
        assert home.status.message.endswith("Esc brings it back")
        assert home.view_name == ""
        assert "*" not in tabs(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert shown(home) == before
        assert tabs(pilot) == bar
        assert home.filter_box.has_class("-wrong") is wrong
        assert home.status.message == ""
        assert home.focused is home.rows


async def test_from_today_and_told_for_as_long_as_it_waits() -> None:
    async with app_over(worked_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("2", "j")
        before = shown(home)
        await pilot.press("l")
        await pilot.pause()
        assert isinstance(pilot.app.screen, TodayScreen)
        chosen = pilot.app.screen.chosen
        assert chosen is not None
        assert chosen.decision.lead_id in beyond(home)
        await pilot.press("enter")
        await pilot.pause()
        assert home.rows.cursor_id == chosen.decision.lead_id
        for _ in range(40):
            home.tick()
        assert "is set aside for this lead: Esc brings it back" in home.status.message
        assert "Back" in str(home.query_one(KeyFooter).render())
        await pilot.press("escape")
        await pilot.pause()
        assert shown(home) == before


async def test_another_lead_keeps_what_was_shown_first() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score>60", "enter", "j")
        before = shown(home)
        first, second = beyond(home)[:2]
        home.go_to_lead(first)
        home.go_to_lead(second)
        await pilot.pause()
        assert home.rows.cursor_id == second
        await pilot.press("escape")
        assert shown(home) == before


@pytest.mark.parametrize("choice", [("2",), ("0",), ("]",), ("slash", "e", "enter")])
async def test_what_the_rep_chooses_then_is_what_is_meant(choice: tuple[str, ...]) -> None:
    async with app_over(busy_desk(), views=ViewShelf(HOT)).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("1")
        home.go_to_lead(beyond(home)[0])
        await pilot.press(*choice)
        await pilot.pause()
        assert home.aside is None
        assert "set aside" not in home.status.message
        await pilot.press("escape")
        await pilot.pause()
        assert home.queue_view is not None
        assert home.queue_view.section != "review"


async def test_another_order_is_looked_at_and_the_first_one_comes_back() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("1", "s")
        before = shown(home)
        home.go_to_lead(beyond(home)[0])
        await pilot.press("s", "S", "escape")
        assert shown(home) == before


async def test_a_selection_is_dropped_first_and_the_key_is_that_of_the_keymap() -> None:
    async with app_over(busy_desk(), keymap={"clear": "f7"}).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("1")
        before = shown(home)
        home.go_to_lead(beyond(home)[0])
        await pilot.pause()
        assert home.status.message.endswith("F7 brings it back")
        await pilot.press("space", "f7")
        assert not home.rows.selected
        assert home.aside is not None
        await pilot.press("f7")
        assert shown(home) == before


async def test_a_view_that_waits_is_not_overwritten_and_may_be_renamed_or_deleted() -> None:
    shelf = ViewShelf(HOT, REVIEW)
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("]", "S")
        home.go_to_lead(beyond(home)[0])
        await pilot.press("v", "u")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ViewsScreen)
        said = str(pilot.app.screen.query_one("#views-trouble", Static).content)
        assert said.startswith("Hot is set aside for a lead: Esc in the queue brings it back")
        assert shelf.views.views == (HOT, REVIEW)
        await pilot.press("r", *"Hotter", "enter", "escape")
        await pilot.pause()
        assert "The view Hotter is set aside" in home.status.message
        home.go_to_lead(beyond(home)[0] if beyond(home) else home.rows.cursor_id or "")
        await pilot.press("escape")
        await pilot.pause()
        assert home.view_name == "Hotter"
        assert "Hotter*" in tabs(pilot)
        home.go_to_lead(beyond(home)[0])
        await pilot.press("v", "d", "y", "escape", "escape")
        await pilot.pause()
        assert home.view_name == ""
        assert home.filter_box.input.value == HOT.filter


async def test_what_is_saved_meanwhile_is_what_is_shown_from_then_on() -> None:
    shelf = ViewShelf(HOT)
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("1")
        home.go_to_lead(beyond(home)[0])
        await pilot.press("v", "s", *"All", "enter", "escape")
        await pilot.pause()
        assert (home.view_name, home.aside) == ("All", None)
        assert "set aside" not in home.status.message

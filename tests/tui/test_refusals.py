"""A key that is known and does nothing here says why, in one place for all of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.builders import DEFINITIONS
from tests.tui.doubles import MemoryDesk, app_over, attention_item, busy_desk
from tests.tui.team_doubles import team_desk
from tests.tui.test_home import SIZE, send, settled
from tests.tui.test_team import counted, drilled, opened
from textual.pilot import Pilot
from textual.widgets import Static

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decide import available, blocking_errors
from leadqueue.tui.actions import BY_ID, Group, Place, Situation
from leadqueue.tui.refusals import in_queue, meant, place_of
from leadqueue.tui.screens.help import HelpScreen

ROWS = Situation(opened=True, rows=True, sections=5)


@pytest.mark.parametrize("kind", ["close", "qualify"])
async def test_a_decision_that_is_not_open_is_told_in_the_rule_books_words(kind: str) -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        lead = desk.server[home.rows.cursor_id or ""]
        assert kind not in available(lead, DEFINITIONS, desk.actor)
        await pilot.press(BY_ID[kind].keys)
        ruled = blocking_errors(lead, DecisionKind(kind), DEFINITIONS, desk.actor)
        assert home.status.message == ruled[0].message
        assert "Marketing" in home.status.message


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("u", "Nothing to undo: nothing is unsent"),
        ("U", "Nothing to do again"),
        ("i", "There is nothing in the inbox"),
        ("m", "The team screen is for managers"),
        ("right_square_bracket", "No view is saved yet"),
        ("9", f"There are {len(DEFINITIONS.sections)} sections"),
    ],
)
async def test_what_is_lacking_is_told(key: str, told: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press(key)
        assert told in home.status.message


async def test_what_is_told_of_a_lead_is_over_once_it_is_left() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("O")
        assert home.status.message
        await pilot.press("j")
        await pilot.pause()
        assert home.status.message == ""
        await pilot.press("O")
        assert home.status.message
        await pilot.press("n")
        await pilot.pause()
        assert home.status.message == ""


async def test_that_nothing_passes_is_over_once_something_does() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"zzzz", "enter")
        await pilot.pause()
        assert home.status.message.startswith("No lead passes this filter.")
        await pilot.press("escape")
        await pilot.pause()
        assert home.status.message == ""


@pytest.mark.parametrize("key", ["escape", "f9", "f7", "ctrl+k", "j", "question_mark"])
async def test_a_key_that_works_or_is_nobodys_says_nothing(key: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press(key)
        assert home.status.message == ""


async def test_moving_where_one_types_says_nothing() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        for keys in (["slash", "pagedown"], ["escape", "apostrophe", "up"], ["escape", "n", "ctrl+b"]):
            await pilot.press(*keys)
            assert home.status.message == ""


async def test_without_leads_a_key_says_that_there_is_none() -> None:
    async with app_over(MemoryDesk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        for key in ("a", "y", "s", "full_stop"):
            home.status.say("")
            await pilot.press(key)
            assert home.status.message == "No lead is shown"


async def test_the_users_own_keys_are_meant() -> None:
    async with app_over(busy_desk(), keymap={"inbox": "f7"}).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("i")
        assert home.status.message == ""
        await pilot.press("f7")
        assert home.status.message == "There is nothing in the inbox"


async def test_a_dialog_is_left_alone() -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("i", "u")
        assert home.status.message == ""


async def test_in_a_reps_queue_what_the_rep_alone_decides_is_told() -> None:
    async with app_over(team_desk()).run_test(size=SIZE) as pilot:
        await opened(pilot)
        screen = await drilled(pilot, "enter")
        await pilot.press("a")
        assert screen.status.message == "'Accept' is for the rep whose queue this is"
        await pilot.press("O")  # of another stage, which is the lesser reason
        assert screen.status.message == "'Reopen' is for the rep whose queue this is"


async def test_on_the_team_screen_keys_of_the_queue_say_where_they_work() -> None:
    async with app_over(team_desk(ritas=0, rauls=0)).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await counted(pilot)
        await pilot.press("i")
        assert screen.status.message == "Inbox is for the queue: Esc goes back to it"
        await pilot.press("comma")
        assert screen.status.message == "Settings is for the queue: Esc goes back to it"
        await pilot.press("A")
        assert screen.status.message == "There is no escalation to acknowledge"


@pytest.mark.parametrize(("seconds", "ticks", "stands"), [(60, 30, True), (2, 2, False)])
async def test_the_undo_hint_stands_for_as_long_as_the_decision_waits(
    seconds: int, ticks: int, stands: bool
) -> None:
    desk = busy_desk()
    desk.undo_for = timedelta(seconds=seconds)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "reject", reason="no_budget")
        for _ in range(ticks):
            home.status.tick()
        assert ("undoes it" in home.status.message) is stands


def test_a_key_of_the_list_says_where_the_list_is() -> None:
    assert in_queue(BY_ID["select"], ROWS, {}) == "Select is for the queue: Tab goes there"
    assert in_queue(BY_ID["accept"], Situation(), {}) == "The queue is not open"
    assert (
        in_queue(BY_ID["theme"], Situation(opened=True, form_open=True), {}) == "Theme: close the form first"
    )


def test_a_key_means_one_thing_at_each_place() -> None:
    assert meant("a", {}, Place.TEAM, Place.SCREEN) is BY_ID["team.acknowledge"]
    assert meant("a", {}, Place.SCREEN, Place.TEAM) is BY_ID["accept"]
    assert meant("question_mark", {"help": "f1,?"}, Place.SCREEN) is BY_ID["help"]
    assert meant("f7", {}, Place.SCREEN) is None


def bottom(pilot: Pilot[None]) -> str:
    """The lower edge of the dialog in front."""
    return next(
        strip.text for strip in reversed(pilot.app.screen._compositor.render_strips()) if "╰" in strip.text
    )


@pytest.mark.parametrize(
    ("opens", "key", "told"),
    [
        ("l", "x", "Reject is for the queue: Esc goes back to it"),
        ("v", "x", "Reject is for the queue: Esc goes back to it"),
        ("w", "e", "Edit is for the queue: Esc goes back to it"),
        ("y", "9", "Nothing here has the key 9"),
    ],
)
async def test_a_key_that_a_dialog_does_not_hear_is_told_at_its_edge(opens: str, key: str, told: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE, tooltips=True, notifications=True) as pilot:
        await settled(pilot)
        await pilot.press(opens, key)
        await pilot.pause()
        assert told in bottom(pilot)
        await pilot.press("j", "f7")
        await pilot.pause()
        assert told not in bottom(pilot)


@pytest.mark.parametrize("opens", ["l", "v", "w", "y"])
@pytest.mark.parametrize("key", ["f1", "question_mark"])
async def test_the_help_opens_over_a_dialog_with_its_keys_first(opens: str, key: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(opens)
        dialog = pilot.app.screen
        await pilot.press(key)
        await pilot.pause()
        screen = pilot.app.screen
        assert isinstance(screen, HelpScreen)
        place = place_of(dialog)
        first = screen.text("").plain.split("\n")[0]
        assert first == (Group[place.name] if place else Group.DECIDE).value
        await pilot.press("f1", "escape")
        await pilot.pause()
        assert pilot.app.screen is dialog


async def test_an_empty_today_offers_no_lead_to_go_to() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("l")
        await pilot.pause()
        foot = pilot.app.screen.query_one("#today-foot", Static)
        assert str(foot.render()) == "i to the inbox   Esc closes"
        await pilot.press("escape")
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.press("l")
        await pilot.pause()
        foot = pilot.app.screen.query_one("#today-foot", Static)
        assert str(foot.render()).startswith("Enter goes to the lead")


async def test_the_list_of_views_offers_only_what_it_can_do() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("v")
        await pilot.pause()
        assert str(pilot.app.screen.query_one("#views-hint", Static).render()) == "s save as new   Esc close"

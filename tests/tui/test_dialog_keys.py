"""The dialogs' keys come from the registry: the keymap moves through them, and one's own keys are heard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.tui.doubles import MemoryDesk, app_over, attention_item, busy_desk
from tests.tui.test_home import SIZE, settled, top
from tests.tui.test_today import worked_desk
from textual.binding import Binding
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList, Static

from leadqueue.tui.actions import ACTIONS, Place
from leadqueue.tui.screens.attention import AttentionScreen
from leadqueue.tui.screens.columns import ColumnsScreen
from leadqueue.tui.screens.settings import SettingsScreen
from leadqueue.tui.screens.today import TodayScreen
from leadqueue.tui.screens.views import ViewsScreen
from leadqueue.tui.settings.keymaps import Conflict, conflicts
from leadqueue.tui.settings.model import SETTINGS
from leadqueue.tui.settings.values import Settings
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.filter_box import FilterInput
from leadqueue.tui.widgets.jump_box import JumpInput
from leadqueue.tui.widgets.line_list import LineList

DIALOGS: dict[Place, type[Widget]] = {
    Place.INBOX: AttentionScreen,
    Place.TODAY: TodayScreen,
    Place.VIEWS: ViewsScreen,
    Place.COLUMNS: ColumnsScreen,
    Place.CONTEXT: ContextPane,
    Place.FILTER: FilterInput,
    Place.JUMP: JumpInput,
}


def two_items() -> MemoryDesk:
    desk = busy_desk()
    first = attention_item(desk)
    desk.inbox = [first, replace(first, id="a-2")]
    return desk


@pytest.mark.parametrize("place", DIALOGS)
def test_a_dialog_binds_what_the_registry_says_and_nothing_beside_it(place: Place) -> None:
    told = {(action.id, action.action) for action in ACTIONS if action.place is place}
    bound = {(each.id, each.action) for each in DIALOGS[place].BINDINGS if isinstance(each, Binding)}
    assert told <= bound
    assert all(id_ for id_, _ in bound)


@pytest.mark.parametrize(
    ("preset", "keys", "place"),
    [
        ("default", ["j", "j", "k"], 1),
        ("default", ["G"], -1),
        ("default", ["G", "g"], 0),
        ("default", ["k"], 0),
        ("emacs", ["ctrl+n", "ctrl+n", "ctrl+p"], 1),
        ("emacs", ["alt+greater_than_sign"], -1),
        ("vim", ["ctrl+d", "ctrl+u"], 0),
    ],
)
async def test_the_keys_of_the_keymap_move_through_a_dialog(preset: str, keys: list[str], place: int) -> None:
    app = app_over(busy_desk(), settings=Settings(keymap=preset))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("w", *keys)
        listed = top(pilot).query_one(OptionList)
        assert listed.highlighted == place % listed.option_count


async def test_emacs_keys_move_through_today_and_the_inbox() -> None:
    app = app_over(worked_desk(), settings=Settings(keymap="emacs"))
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("l", "ctrl+n", "ctrl+n", "ctrl+p")
        assert top(pilot).query_one(LineList).cursor == 1
        await pilot.press("ctrl+g")
        assert top(pilot) is home
    app = app_over(two_items(), settings=Settings(keymap="emacs"))
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("i", "ctrl+n")
        assert top(pilot).query_one(OptionList).highlighted == 1


async def test_emacs_keys_move_through_the_help_and_the_settings() -> None:
    app = app_over(busy_desk(), settings=Settings(keymap="emacs"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark", "ctrl+n", "ctrl+n", "ctrl+p")
        assert top(pilot).query_one("#help-scroll").scroll_offset.y == 1
        await pilot.press("alt+greater_than_sign")
        assert top(pilot).query_one("#help-scroll").scroll_offset.y > 20
        await pilot.press("escape", "comma", "ctrl+n", "ctrl+n", "ctrl+p")
        screen = top(pilot)
        assert isinstance(screen, SettingsScreen)
        assert screen.current is SETTINGS[1]
        await pilot.press("g")
        assert screen.query_one("#settings-search", Input).value == "g"


async def test_the_users_own_keys_are_heard_and_told_in_the_dialogs() -> None:
    own = {"attention.edit": "f6", "today.inbox": "f5", "columns.wider": "f7", "views.save": "f8"}
    desk = worked_desk()
    async with app_over(desk, keymap=own).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("l")
        assert "F5 to the inbox" in str(top(pilot).query_one("#today-foot", Static).content)
        await pilot.press("i")
        assert isinstance(top(pilot), TodayScreen)
        await pilot.press("f5")
        await pilot.pause()
        assert isinstance(top(pilot), AttentionScreen)
        assert str(top(pilot).query_one("#attention-edit", Button).label) == "Edit (F6)"
        await pilot.press("f6")
        await pilot.pause()
        assert top(pilot).query("DecisionForm")
        await pilot.press("escape", "escape")
        await pilot.pause()
        await pilot.press("w")
        assert "F7 - size" in str(top(pilot).query_one("#columns-hint", Static).content)
        await pilot.press("escape", "v")
        assert "F8 save as new" in str(top(pilot).query_one("#views-hint", Static).content)
        assert "F8 keeps" in str(top(pilot).query_one("#views-trouble", Static).content)


def test_keys_of_one_dialog_collide_and_those_of_two_do_not() -> None:
    assert conflicts({"views.save": "d"}) == (Conflict("d", ("views.delete", "views.save")),)
    assert conflicts({"views.save": "j"}) == (Conflict("j", ("down", "views.save")),)
    assert conflicts({"attention.drop": "x"}) == ()
    assert conflicts({"context.full": "a"}) == (Conflict("a", ("accept", "context.full")),)
    assert conflicts({"team.sort": "j"}) == (Conflict("j", ("down", "team.sort")),)


async def test_a_view_may_have_a_key_of_a_dialog() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.key_trouble("h", "Hot") == ""
        assert "Accept" in home.key_trouble("a", "Hot")

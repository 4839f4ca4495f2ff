"""A burst of keys: each is heard by what the one before it has opened, and none is lost."""

from __future__ import annotations

import pytest
from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import SIZE, focus_of, has_form, settled, top
from textual.command import CommandPalette
from textual.events import Event, Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import Keymap
from leadqueue.tui.screens.help import HelpScreen
from leadqueue.tui.settings.values import Settings
from leadqueue.tui.widgets.form_fields.picklist import Picklist


def key_of(name: str) -> Key:
    if len(name) > 1:
        return Key(name, None)
    return Key(name if name.isalnum() else _character_to_key(name), name)


async def burst(pilot: Pilot[None], *typed: str | Event) -> None:
    """What a terminal hands over in one read: all of it before anything of it has had an effect."""
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    for each in typed:
        app.post_message(key_of(each) if isinstance(each, str) else each)
    await pilot.pause()
    while not app.all_heard:
        await pilot.pause()
    await pilot.pause()


async def test_what_is_typed_behind_the_filters_key_reaches_the_box() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, *"/score>60 grace x")
        assert home.filter_box.input.value == "score>60 grace x"
        assert not has_form(home)


async def test_a_filter_its_enter_and_a_move_behind_it() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, *"/grace", "enter", "j", "j")
        assert home.filter_box.input.value == "grace"
        assert focus_of(home) is home.rows
        assert home.rows.cursor == 2


async def test_a_paste_behind_a_key_comes_behind_it() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, "/", Paste("acme"), *" gra")
        assert home.filter_box.input.value == "acme gra"


@pytest.mark.parametrize(("key", "letters"), [("x", "no budget"), ("r", "bad t"), ("n", "I will call again")])
async def test_the_letters_behind_a_forms_key_are_its_first_fields(key: str, letters: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, key, *letters)
        assert has_form(home)
        field = focus_of(home)
        assert isinstance(field, Picklist | TextArea)
        assert (field.typed if isinstance(field, Picklist) else field.text) == letters


async def test_two_leads_are_accepted_by_one_burst() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first, second = home.rows.row(0), home.rows.row(1)
        assert first is not None
        assert second is not None
        await burst(pilot, "a", "1", "ctrl+s", "a", "1", "ctrl+s")
        assert not has_form(home)
        assert [item.decision.lead_id for item in desk.unsent()] == [first.id, second.id]


async def test_the_jump_box_the_palette_and_the_help_take_their_letters() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, *"'chi")
        row = home.rows.current
        assert row is not None
        assert row.person.startswith("Chiara")
        await burst(pilot, "escape", "ctrl+p", *"density")
        assert isinstance(top(pilot), CommandPalette)
        assert top(pilot).query_one(Input).value == "density"
        await burst(pilot, "escape", "?", *"undo")
        assert isinstance(top(pilot), HelpScreen)
        assert top(pilot).query_one(Input).value == "undo"


async def test_keys_behind_a_screen_that_goes_away_are_heard() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, "ctrl+o", "escape", "j", "ctrl+o", "0", "j", "n", "escape", "j")
        assert home.rows.cursor == 3


@pytest.mark.parametrize(("preset", "own"), [("vim", {}), ("default", {"palette": "colon,at,number_sign"})])
async def test_a_sign_that_opens_the_palette_is_a_sign_where_one_types(preset: str, own: Keymap) -> None:
    app = app_over(busy_desk(), settings=Settings(keymap=preset), keymap=own)
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await burst(pilot, *"/source:web")
        assert home.filter_box.input.value == "source:web"
        await burst(pilot, "escape", "n", *"see https://an-example.com @5 #6")
        note = focus_of(home)
        assert isinstance(note, TextArea)
        assert note.text == "see https://an-example.com @5 #6"
        note.text = ""
        await burst(pilot, "escape", "a", *"fit:")
        reason = focus_of(home)
        assert isinstance(reason, Picklist)
        assert reason.typed == "fit:"
        await burst(pilot, "escape", "escape")
        assert not has_form(home)
        await burst(pilot, ":")
        assert isinstance(top(pilot), CommandPalette)

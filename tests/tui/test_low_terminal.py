"""The least terminal: a form has the whole room, and dialogs keep their hints in sight."""

from __future__ import annotations

import pytest
from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import focus_of, seen, settled
from textual.widgets import Button

from leadqueue.tui.screens.parts import LEAST
from leadqueue.tui.widgets.form_fields.picklist import LEAST_ROWS, Picklist

SIZE = (LEAST.width, LEAST.height)


@pytest.mark.parametrize("keys", ["a", "x", "Ax"])
async def test_the_choices_of_a_form_are_in_sight_and_the_queue_comes_back(keys: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        rows = home.rows.size
        await pilot.press(*keys)
        await pilot.pause()
        picklist = home.query(Picklist).first()
        assert picklist.has_focus
        text = seen(pilot.app.screen)
        assert all(label in text for _, label in picklist.found[:LEAST_ROWS])
        assert str(home.query_one("#form-submit", Button).label) in text
        assert not home.query_one("#left").display
        await pilot.press("escape")
        await pilot.pause()
        assert home.rows.size == rows
        assert focus_of(home) is home.rows


async def test_what_one_types_in_a_note_is_in_sight() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("n", *"hello")
        await pilot.pause()
        assert "hello" in seen(pilot.app.screen)


@pytest.mark.parametrize("key", ["w", "comma"])
async def test_what_the_keys_of_a_dialog_do_stays_in_sight(key: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await pilot.pause()
        assert "Esc close" in seen(pilot.app.screen)

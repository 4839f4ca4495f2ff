"""Jump by typing, select like this one, select by a filter; the selection holds its leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import NOW, after, mql
from tests.cache.shelf import Shelf
from tests.tui.doubles import MemoryDesk, ToldSync, app_over, busy_desk
from tests.tui.test_filter_box import found
from tests.tui.test_home import SIZE, focus_of, settled
from textual.widgets import Static

from leadqueue.domain.lead import Lead
from leadqueue.tui.actions import BY_ID
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens import browse
from leadqueue.tui.screens.chooser import ChooserScreen
from leadqueue.tui.screens.help import HelpScreen
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.jump_box import JumpInput
from leadqueue.tui.widgets.key_footer import KeyFooter


def here(home: TriageScreen) -> str:
    row = home.rows.current
    return f"{row.person} {row.company}".casefold() if row else ""


async def test_the_cursor_jumps_as_one_types() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        start = home.rows.cursor_id
        await pilot.press("apostrophe", *"gra")
        await pilot.pause()
        assert here(home).startswith("grace")
        first = home.rows.cursor
        await pilot.press("down")
        await pilot.pause()
        assert here(home).startswith("grace")
        assert home.rows.cursor != first
        await pilot.press("backspace", "backspace", "backspace", *"nord")
        await pilot.pause()
        assert "nordlys" in here(home)
        await pilot.press("enter")
        await pilot.pause()
        assert focus_of(home) is home.rows
        assert "nordlys" in here(home)
        await pilot.press("apostrophe", *"zo", "escape")
        await pilot.pause()
        assert "nordlys" in here(home)
        assert home.rows.cursor_id != start


@pytest.mark.parametrize("typed", ["mul", "mül", "ost"])
async def test_it_jumps_without_regard_to_accents(typed: str) -> None:
    sought = mql(first_name="Mu\u0308ller", last_name="Ada", company_name="Ōsterreich Öl")
    desk = MemoryDesk([mql(), sought, mql()])
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("apostrophe", *typed)
        await pilot.pause()
        assert home.rows.cursor_id == sought.id


@pytest.mark.parametrize("typed", ["wary", "sandra w", "ludensch", "muller-l", "gross"])
async def test_it_jumps_to_any_word_of_a_name_or_company(typed: str) -> None:
    sought = mql(
        first_name="Sandra", last_name="Warych Müller-Lüdenscheidt", company_name="Holz und Großhandel"
    )
    desk = MemoryDesk([mql(), sought, mql()])
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("apostrophe", *typed)
        await pilot.pause()
        assert home.rows.cursor_id == sought.id


async def test_letters_within_a_word_are_no_beginning() -> None:
    desk = MemoryDesk([mql(), mql(first_name="Sandra", last_name="Warych"), mql()])
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        start = home.rows.cursor_id
        await pilot.press("apostrophe", *"arych")
        await pilot.pause()
        assert home.rows.cursor_id == start


async def test_letters_that_nobody_begins_with_move_nothing() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        start = home.rows.cursor_id
        await pilot.press("apostrophe", *"xqx")
        await pilot.pause()
        assert home.rows.cursor_id == start
        assert home.query_one(JumpInput).value == "xqx"


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_what_the_jump_tells_is_there_in_full(size: tuple[int, int]) -> None:
    async with app_over(busy_desk()).run_test(size=size) as pilot:
        home = await settled(pilot)

        def line() -> str:
            rows = [strip.text.rstrip() for strip in home._compositor.render_strips()]
            return next(row for row in rows if row.startswith(" Jump to"))

        await pilot.press("apostrophe")
        await pilot.pause()
        assert line().endswith(" ↓ the next, Enter stays, Esc goes back")
        await pilot.press(*"zzqx")
        await pilot.pause()
        assert line().startswith(" Jump to zzqx ")
        assert line().endswith(" no word of a name or company begins so")


@pytest.mark.parametrize("size", [(80, 24), SIZE])
async def test_the_keys_of_the_jump_are_told_in_the_footer_and_come_first_in_the_help(
    size: tuple[int, int],
) -> None:
    async with app_over(busy_desk()).run_test(size=size) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score>1", "enter", "apostrophe")
        await pilot.pause()
        footer = home.query_one(KeyFooter)
        assert str(footer.render()).startswith(" ↓ Next  Enter Stay  Esc Back ")
        assert "Clear" not in str(footer.render())
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(pilot.app.screen, HelpScreen)
        lines = str(pilot.app.screen.text("")).split("\n")
        assert lines[0] == "While you type to jump"
        assert " ".join(lines[1].split()) == "↓ Tab Next To the next lead that begins so"
        await pilot.press("escape")
        await pilot.pause()
        home.post_message(KeyFooter.Pressed(BY_ID["jump.back"]))
        await pilot.pause()
        assert focus_of(home) is home.rows
        assert "Stay" not in str(footer.render())


async def test_the_keys_of_the_jump_can_be_changed() -> None:
    own = {"jump.next": "ctrl+n", "jump.done": "f6", "jump.back": "f7"}
    async with app_over(busy_desk(), keymap=own).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        start = home.rows.cursor_id
        await pilot.press("apostrophe")
        await pilot.pause()
        assert str(home.query_one("#jump-told", Static).content) == "^n the next, F6 stays, F7 goes back"
        await pilot.press(*"gra")
        first = home.rows.cursor_id
        await pilot.press("down")
        assert home.rows.cursor_id == first
        await pilot.press("ctrl+n")
        await pilot.pause()
        assert home.rows.cursor_id != first
        await pilot.press("f7")
        await pilot.pause()
        assert home.rows.cursor_id == start
        assert focus_of(home) is home.rows
        await pilot.press("apostrophe", *"gra", "f6")
        await pilot.pause()
        assert home.rows.cursor_id == first
        assert focus_of(home) is home.rows


async def test_a_filter_that_no_lead_passes_is_told_as_a_sentence() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("asterisk", *"score > 900", "enter")
        await pilot.pause()
        assert home.status.message == "No lead here passes the filter “score > 900”."


async def test_the_leads_of_the_same_company_are_selected() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        row = home.rows.current
        assert row is not None
        await pilot.press("L", "1")
        await pilot.pause()
        assert set(home.rows.selected) == {each.id for each in desk.rows() if each.company == row.company}
        assert len(home.rows.selected) > 1


async def test_leads_that_were_given_back_for_the_same_reason_are_selected() -> None:
    [past] = after(mql(), "reject").rejections

    def given_back(number: int, *reasons: str) -> Lead:
        rejections = tuple(replace(past, reason=reason) for reason in reasons)
        return replace(mql(email=f"{number}@x.example"), id=f"lead-{number}", rejections=rejections)

    desk = MemoryDesk(
        [
            given_back(1, "no_budget", "bad_timing"),
            given_back(2, "bad_timing"),
            given_back(3, "bad_timing", "no_budget"),
            given_back(4),
        ]
    )
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        home.rows.go_to("lead-1")
        await pilot.press("L")
        await pilot.pause()
        chooser = pilot.app.screen
        assert isinstance(chooser, ChooserScreen)
        [key] = [choice.key for choice in chooser.choices if choice.label == "Reason"]
        await pilot.press(key)
        await pilot.pause()
        assert set(home.rows.selected) == {"lead-1", "lead-2"}
        assert "2 leads selected of the reason Bad timing" in home.status.message


async def test_a_filter_adds_to_the_selection() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("space", "asterisk", *"score>60", "enter")
        await pilot.pause()
        high = {each.id for each in desk.rows() if (each.score or 0) > 60}
        assert high <= set(home.rows.selected)
        assert len(home.rows.selected) in (len(high), len(high) + 1)
        assert home.rows.count == 24


async def test_the_selection_survives_refresh_sort_filter_and_density() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("space", "j", "space")
        chosen = list(home.rows.selected)
        assert len(chosen) == 2
        await pilot.press("s", "s", "S", "z")
        desk.wrote_elsewhere = True
        home.tick()
        await pilot.press("slash", *"grace", "enter")
        await pilot.pause()
        assert list(home.rows.selected) == chosen


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.pull(
        *(
            mql(now=NOW - timedelta(hours=number), email=f"{number}@x.example", first_name=f"Lead{number:03}")
            for number in range(60)
        )
    )
    yield made
    made.close()


async def test_in_a_large_queue_the_answers_come_from_beside(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "LARGE", 10)
    async with LeadQueueApp(shelf.desk, ToldSync, shelf.clock).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("apostrophe", *"lead005")
        await found(pilot)
        assert here(home).startswith("lead005")
        await pilot.press("enter", "A")
        await found(pilot)
        assert len(home.rows.selected) == 60
        await pilot.press("escape", "asterisk", *"lead01", "enter")
        await found(pilot)
        assert len(home.rows.selected) == 10


async def test_what_was_told_of_a_selection_ends_with_it() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("A")
        await pilot.pause()
        assert home.status.message == "24 leads selected"
        await pilot.press("space")
        await pilot.pause()
        assert "23 leads selected" in home.status.message
        await pilot.press("A", "escape")
        await pilot.pause()
        assert "selected" not in home.status.message

"""The filter box: results as one types, completion, and errors under their words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import NOW, mql
from tests.cache.shelf import Shelf
from tests.tui.doubles import Clock, MemoryDesk, ToldSync, app_over, busy_desk
from tests.tui.test_home import SIZE, focus_of, settled
from textual.pilot import Pilot
from textual.widgets import Static

from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.screens import browse
from leadqueue.tui.screens.triage import TriageScreen


def note(home: TriageScreen) -> str:
    return str(home.filter_box.note.render())


async def test_fields_narrow_the_queue_as_one_types() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score>60")
        await pilot.pause()
        shown = [row.score or 0 for index in range(home.rows.count) if (row := home.rows.row(index))]
        assert 0 < len(shown) < 24
        assert min(shown) > 60


async def test_tab_takes_the_chosen_completion() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"sou", "tab")
        assert home.filter_box.input.value == "source:"
        await pilot.press(*"we")
        await pilot.pause()
        assert "webinar" in note(home)
        await pilot.press("tab")
        await pilot.pause()
        assert home.filter_box.input.value == "source:webinar"
        assert home.rows.count > 0
        assert all(home.rows.row(index).source == "webinar" for index in range(home.rows.count))  # type: ignore[union-attr]


async def test_blanks_around_a_sign_narrow_the_queue_and_complete_as_without_them() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score > ")
        await pilot.pause()
        assert home.rows.count == 24  # what is missing may yet be typed
        await pilot.press(*"60")
        await pilot.pause()
        shown = [row.score or 0 for index in range(home.rows.count) if (row := home.rows.row(index))]
        assert 0 < len(shown) < 24
        assert min(shown) > 60
        await pilot.press(*" source : web", "tab")
        await pilot.pause()
        assert home.filter_box.input.value == "score > 60 source : webinar"
        assert home.queue_view is not None
        assert home.queue_view.filter.text == "score > 60 source : webinar"


async def test_the_arrows_go_through_the_completions() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"is:", "down", "tab")
        assert home.filter_box.input.value == "is:unsent"
        assert focus_of(home) is home.filter_box.input


async def test_a_fault_stands_under_its_word_and_enter_stays_with_it() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"sorce:x grace")
        await pilot.pause()
        told = note(home)
        assert told.index("^") == 1
        assert told.count("^") == len("sorce")
        assert "did you mean source?" in told
        assert home.rows.count == 3
        await pilot.press("enter")
        await pilot.pause()
        assert focus_of(home) is home.filter_box.input
        await pilot.press("enter")
        await pilot.pause()
        assert focus_of(home) is home.rows, "pressed again it goes back"
        assert home.filter_box.input.value == "sorce:x grace"
        assert "did you mean source?" in note(home)
        assert home.rows.count == 3


async def test_a_mistake_that_was_changed_is_told_before_one_goes_back() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"sorce:x", "enter", "y", "enter")
        await pilot.pause()
        assert focus_of(home) is home.filter_box.input
        assert "did you mean source?" in note(home)


async def test_what_is_still_being_typed_is_no_fault_until_enter() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"source:we")
        await pilot.pause()
        assert "^" not in note(home)
        assert home.rows.count == 24
        await pilot.press("enter")
        await pilot.pause()
        assert "did you mean webinar?" in note(home)


async def test_one_of_two_fields_is_enough_and_a_missing_side_is_told() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"source:webinar or")
        await pilot.pause()
        webinars = home.rows.count
        told = note(home)
        assert told.index("^") == 1 + len("source:webinar ")
        assert "a term on either side" in told
        await pilot.press(*" source:referral")
        await pilot.pause()
        assert "^" not in note(home)
        shown = {row.source for index in range(home.rows.count) if (row := home.rows.row(index))}
        assert shown == {"webinar", "referral"}
        assert home.rows.count > webinars


async def test_typed_markup_is_shown_as_typed() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"[red]:x")
        await pilot.pause()
        assert home.rows.count == 0
        assert "[red]:x" in str(home.picture.said)


async def test_time_alone_changes_what_passes() -> None:
    clock = Clock()
    desk = busy_desk(clock=clock)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"-is:breached", "enter")
        await pilot.pause()
        before = home.rows.count
        clock.forward(hours=30)
        for _ in range(browse.FILTER_AGAIN):
            home.tick()
        await pilot.pause()
        assert home.rows.count < before


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.pull(
        *(
            mql(
                now=NOW - timedelta(hours=number),
                email=f"lead{number}@example.com",
                first_name=f"Lead{number}",
            )
            for number in range(300)
        )
    )
    yield made
    made.close()


async def found(pilot: Pilot[None]) -> None:
    """Once every search beside the screen has answered."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_a_large_queue_is_looked_through_beside_the_screen(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "LARGE", 10)
    async with LeadQueueApp(shelf.desk, ToldSync, shelf.clock).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"lead29")
        await found(pilot)
        assert home.rows.count == 11
        await pilot.press("enter", "G")
        assert home.rows.cursor == 10
        last = home.rows.cursor_id
        await pilot.press("slash", *" ", "enter")
        await found(pilot)
        assert home.rows.cursor_id == last
        await pilot.press("escape")
        await found(pilot)
        assert home.rows.count == 300
        assert home.rows.cursor_id == last


async def test_a_common_word_shows_its_beginning_and_then_everything(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browse, "LARGE", 10)
    async with LeadQueueApp(shelf.desk, ToldSync, shelf.clock).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.queue_view is not None
        expected = shelf.desk().queue.ids(home.queue_view)
        await pilot.press("slash", *"example", "enter")
        await found(pilot)
        assert home.rows.count == 300
        await pilot.press("G")
        assert home.rows.cursor_id == expected[-1]
        assert [row.id for index in range(300) if (row := home.rows.row(index))] == expected


async def test_the_way_to_a_field_shows_no_leads_that_are_none() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash")
        counts = []
        for key in "score>60":
            await pilot.press(key)
            await pilot.pause()
            counts.append(home.rows.count)
        assert counts[:5] == [24] * 5
        assert 0 < counts[-1] < 24


@pytest.mark.parametrize("leave", ["enter", "space", "click"])
async def test_a_word_that_stays_a_word_is_looked_for(leave: str) -> None:
    """`lan` begins a field and a name: it counts once nothing more is typed."""
    desk = MemoryDesk([mql(first_name=name, email=f"{name}@x.example") for name in ("Lana", "Ada", "Landry")])
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"lan")
        await pilot.pause()
        assert home.rows.count == 3
        if leave == "click":
            await pilot.click("#queue", offset=(20, 2))
        elif leave == "enter":
            await pilot.press("enter")
        else:
            await pilot.press("space")
        await pilot.pause()
        assert home.rows.count == 2
        assert home.queue_view is not None
        assert home.queue_view.filter.text == "lan"


async def test_escape_comes_back_to_the_lead_from_which_the_filter_was_opened() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("j", "j", "j")
        here = home.rows.cursor_id
        await pilot.press("slash", *"grace")
        await pilot.pause()
        assert home.rows.cursor_id != here
        await pilot.press("escape")
        await pilot.pause()
        assert home.rows.cursor_id == here
        assert home.rows.cursor == 3


async def test_the_lead_stays_under_the_cursor_while_it_passes_and_a_find_is_kept() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("j", "j", "j")
        here = home.rows.cursor_id
        name = home.rows.current.person.split()[0].casefold() if home.rows.current else ""
        await pilot.press("slash", *name, *("backspace" for _ in name), *name)
        await pilot.pause()
        assert 0 < home.rows.count < 24
        assert home.rows.cursor_id == here
        await pilot.press(*("backspace" for _ in name), *"grace", "enter")
        await pilot.pause()
        found = home.rows.cursor_id
        assert found != here
        await pilot.press("escape")
        await pilot.pause()
        assert home.rows.count == 24
        assert home.rows.cursor_id == found


async def test_the_empty_place_names_the_section_only_where_one_is_chosen() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score>99 zzz", "enter")
        await pilot.pause()
        assert home.picture.said[1] == "No lead here passes the filter “score>99 zzz”."
        assert home.picture.said[2] == "Esc clears the filter"
        await pilot.press("1")
        await pilot.pause()
        assert home.picture.said[1].startswith("No lead in “Awaiting review” passes the filter")
        assert "0 all sections" in home.picture.said[2]


async def test_one_types_on_behind_a_filter_that_was_chosen_elsewhere() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        home.filter_box.put("")
        home.filter_box.put("score>60")
        await pilot.press("slash", *" ada")
        assert home.filter_box.input.value == "score>60 ada"


async def test_what_does_not_fit_behind_the_carets_stands_below_the_text() -> None:
    async with app_over(busy_desk()).run_test(size=(60, 24)) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score>60 or source:webinar sorce:x", "enter")
        await pilot.pause()
        marks, *told = note(home).split("\n")
        assert marks.strip() == "^" * len("sorce")
        assert told
        assert all(line.startswith(" ") and line[1] != " " and len(line) < 60 for line in told)


async def test_beside_a_filter_stands_how_many_leads_pass(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LeadQueueApp(shelf.desk, ToldSync, shelf.clock).run_test(size=SIZE) as pilot:
        home = await settled(pilot)

        def told() -> str:
            return str(home.filter_box.query_one("#filter-count", Static).render())

        await pilot.press("slash")
        assert told() == ""
        await pilot.press(*"lead29")
        await found(pilot)
        assert told() == "11 leads"
        monkeypatch.setattr(browse, "LARGE", 10)
        await pilot.press("9")
        await found(pilot)
        assert told() == "1 lead"
        await pilot.press("escape", "escape")
        await found(pilot)
        assert told() == ""

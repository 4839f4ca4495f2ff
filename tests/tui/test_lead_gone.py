"""A lead that leaves the reach under an open form: the form says so, and what was typed is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builders import mql
from tests.cache.shelf import Shelf
from tests.tui.test_home import SIZE, top
from tests.tui.test_real_desk import app_over, settled
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from leadqueue.domain.lead import Lead
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.screens.triage import TriageScreen

GONE = "✗ the lead is out of your reach now: what you send comes to your inbox"


@pytest.fixture
def leads() -> list[Lead]:
    return [mql(first_name=f"Lead{number}") for number in range(4)]


@pytest.fixture
def shelf(tmp_path: Path, leads: list[Lead]) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    made.pull(*leads)
    yield made
    made.close()


def trouble(home: TriageScreen) -> str:
    assert home.form is not None
    line = home.form.query_one("#form-trouble", Static)
    return str(line.content) if line.display else ""


async def typing(pilot: Pilot[None], *before: str) -> TriageScreen:
    """A note half typed, on the lead under the cursor, or on those that `before` selects."""
    home = await settled(pilot)
    await pilot.press(*before, "n")
    await pilot.pause()
    await pilot.press(*"half")
    await pilot.pause()
    return home


async def pulled(pilot: Pilot[None], home: TriageScreen, shelf: Shelf, *back: Lead, leave: list[str]) -> None:
    shelf.pull(*back, leave=leave)
    home.tick()
    await pilot.pause()


def over(home: TriageScreen) -> list[str]:
    assert home.form is not None
    return [lead.id for lead in home.form.leads]


async def test_the_form_says_so_at_once_and_keeps_what_was_typed(shelf: Shelf, leads: list[Lead]) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await typing(pilot)
        others = [lead.id for lead in leads if lead.id not in over(home)]
        await pulled(pilot, home, shelf, leave=others[:1])
        assert trouble(home) == "", "another lead than the form's"
        await pulled(pilot, home, shelf, leave=over(home))
        assert trouble(home) == GONE
        await pilot.press(*" a thought")
        await pilot.pause()
        assert trouble(home) == GONE
        assert home.form is not None
        assert home.form.query_one(TextArea).text == "half a thought"


async def test_esc_still_asks(shelf: Shelf) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await typing(pilot)
        await pulled(pilot, home, shelf, leave=over(home))
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(top(pilot), ConfirmScreen)
        await pilot.press("y")
        await pilot.pause()
        assert home.form is None
        assert shelf.desk().unsent() == []


async def test_a_lead_that_comes_back_is_decided_as_any_other(shelf: Shelf, leads: list[Lead]) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await typing(pilot)
        [here] = over(home)
        await pulled(pilot, home, shelf, leave=[here])
        back = next(lead for lead in leads if lead.id == here)
        await pulled(pilot, home, shelf, back, leave=[])
        assert trouble(home) == ""
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "out of your reach" not in home.status.message
        assert [item.decision.values for item in shelf.desk().unsent()] == [{"note": "half"}]


@pytest.mark.parametrize("told", [True, False])
async def test_what_is_sent_all_the_same_is_stored_for_the_inbox(shelf: Shelf, told: bool) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await typing(pilot)
        [here] = over(home)
        shelf.pull(leave=[here])
        if told:
            home.tick()
            await pilot.pause()
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert home.form is None
        assert "is out of your reach now: what you filled in comes to your inbox" in home.status.message
        [item] = shelf.desk().unsent()
        assert (item.decision.lead_id, item.decision.values) == (here, {"note": "half"})


async def test_of_several_leads_it_says_how_many(shelf: Shelf) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await typing(pilot, "space", "space", "space")
        chosen = over(home)
        assert len(chosen) == 3
        await pulled(pilot, home, shelf, leave=chosen[:1])
        assert trouble(home) == "✗ 1 of 3 leads is out of your reach now"
        await pulled(pilot, home, shelf, leave=chosen[1:])
        assert trouble(home).startswith("✗ 3 of 3 leads are out of your reach now: what you send")
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert home.form is None
        assert "3 leads are out of your reach now" in home.status.message
        assert {item.decision.lead_id for item in shelf.desk().unsent()} == set(chosen)
        assert not home.rows.selected


async def test_the_next_form_says_nothing_of_it(shelf: Shelf) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await typing(pilot)
        await pulled(pilot, home, shelf, leave=over(home))
        await pilot.press("escape", "y")
        await pilot.pause()
        await pilot.press("n")
        await pilot.pause()
        assert home.form is not None
        assert trouble(home) == ""

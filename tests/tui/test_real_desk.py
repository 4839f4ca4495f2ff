"""The screens over a real desk with real files: what the rep sees is what is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import NOW, RITA, after, mql, received
from tests.cache.shelf import Shelf
from tests.tui.doubles import ToldSync
from textual.pilot import Pilot

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import FieldValues
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import SyncControl
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.decision_form import DecisionForm

SIZE = (120, 40)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    leads = [
        mql(now=NOW - timedelta(hours=number), email=f"lead{number}@example.com", first_name=f"Lead{number}")
        for number in range(40)
    ]
    leads[3] = after(leads[3], "accept", at=NOW)
    made.pull(*leads)
    yield made
    made.close()


def app_over(shelf: Shelf, sync: ToldSync | None = None) -> LeadQueueApp:
    told: SyncControl = sync or ToldSync()
    return LeadQueueApp(shelf.desk, lambda: told, shelf.clock)


async def settled(pilot: Pilot[None]) -> TriageScreen:
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.pause()
    return app.home


async def test_a_decision_made_on_the_screen_is_on_the_disk_and_undo_takes_it_off(shelf: Shelf) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.rows.count == 40
        first = home.rows.cursor_id
        assert first is not None
        await pilot.press("x")
        await pilot.pause()
        form = home.form
        assert form is not None
        form.post_message(DecisionForm.Submitted(DecisionKind.REJECT, (first,), {"reason": "no_budget"}))
        await pilot.pause()
        other = shelf.desk()
        assert [item.decision.lead_id for item in other.unsent()] == [first]
        assert home.rows.count == 39
        assert home.rows.cursor_id not in (None, first)
        await pilot.press("u")
        await pilot.pause()
        assert other.unsent() == []
        assert home.rows.cursor_id == first


@pytest.mark.parametrize(
    ("fields", "found_by"),
    [
        ({"company_name": "Only Company", "company_domain": "only.example"}, '"Only Company"'),
        ({"company_name": "Two\nLines of it", "company_domain": "two.example"}, '"Lines of it"'),
        ({"first_name": "x" * 200, "last_name": "y" * 50, "company_name": "Long"}, f'"{"x" * 200}"'),
        ({}, ""),
    ],
)
async def test_a_lead_in_no_queue_is_found_by_what_is_known_of_it(
    shelf: Shelf, fields: FieldValues, found_by: str
) -> None:
    """Marketing may hand over a lead without address and name; it waits in quarantine."""
    made = received(fields={**fields, "campaign": "trial"}, owner=RITA, now=NOW)
    assert made.lead is not None
    assert made.lead.stage == "quarantined"
    shelf.pull(made.lead)
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"score>1", "enter")
        await pilot.pause()
        here, shown = home.rows.cursor_id, home.queue_view
        home.go_to_lead(made.lead.id)
        await pilot.pause()
        if found_by == "":
            assert home.rows.cursor_id == here
            assert home.status.message == "This lead is in no queue, and has nothing to find it by."
            assert home.queue_view == shown, "the list goes on showing what the filter says"
        else:
            assert home.rows.cursor_id == made.lead.id
            assert home.filter_box.input.value == found_by


async def test_what_another_process_decides_is_shown_at_the_next_tick(shelf: Shelf) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        held = home.rows.cursor_id
        ids = shelf.desk().queue.ids(home.queue_view) if home.queue_view else []
        shelf.desk().decide(ids[5], DecisionKind.REJECT, {"reason": "no_budget"})
        home.tick()
        await pilot.pause()
        assert home.rows.count == 39
        assert home.rows.cursor_id == held
        assert "1 unsent" in str(home.header.render())


async def test_every_order_agrees_with_its_arrow(shelf: Shelf) -> None:
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.queue_view is not None
        for _ in range(12):  # the order of the columns in sight is their own
            if home.queue_view.sort == "name":
                break
            await pilot.press("s")
        assert home.queue_view.sort == "name"
        names = [row.person for index in range(home.rows.count) if (row := home.rows.row(index))]
        assert names == sorted(names, key=str.casefold)
        await pilot.press("S")
        names = [row.person for index in range(home.rows.count) if (row := home.rows.row(index))]
        assert names == sorted(names, key=str.casefold, reverse=True)

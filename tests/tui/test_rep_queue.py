"""A rep's queue as their manager reads it, over real files: what is asked for is shown, or it is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import MAYA, NOW, OTTO, RAUL, RITA, after, mql, new_id
from tests.cache.shelf import AUDIENCE, Shelf
from tests.tui.doubles import ToldSync
from tests.tui.team_doubles import said
from tests.tui.test_team import drilled, opened
from textual.pilot import Pilot

from leadqueue.domain.lead import Lead
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import SyncControl
from leadqueue.tui.screens.rep_queue import RepQueueScreen
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS, Settings
from leadqueue.wire.api import Escalation, Escalations, Session

SIZE = (120, 40)


def session() -> Session:
    return Session(
        user_id=MAYA.id, name=MAYA.name, email="maya@sales.example", role=MAYA.role, zone="UTC",
        team_id="team-1", team_name="First", organisation_id="org-1", organisation_name="Example Ltd",
        audience=AUDIENCE, members=(RITA, RAUL, MAYA, OTTO), protocol=1, server_version="1",
        definitions_version="1", definitions_digest="d", server_time=NOW, epoch="e",
    )  # fmt: skip


def breach(lead: Lead) -> Escalation:
    return Escalation(
        id=new_id(), lead_id=lead.id, clock="review", level=1, due_at=NOW, breached_at=NOW,
        owner_id=RITA.id, owner_name=RITA.name,
    )  # fmt: skip


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path)
    yield made
    made.close()


def fill(shelf: Shelf, *leads: Lead, breached: Lead) -> None:
    """The manager's files: these leads, and the escalation of one."""
    store = shelf.store()
    store.cache.save_session(session())
    store.cache.save_team(said(), Escalations(escalations=(breach(breached),)))
    shelf.pull(*leads)


def rita_has() -> list[Lead]:
    return [
        mql(now=NOW - timedelta(hours=hour), email=f"lead{hour}@example.com", last_name=f"Lead {hour}")
        for hour in range(4)
    ]


def app_over(shelf: Shelf, settings: Settings = DEFAULTS) -> LeadQueueApp:
    told: SyncControl = ToldSync()
    return LeadQueueApp(shelf.desk, lambda: told, shelf.clock, settings=LiveSettings.fixed(settings))


async def at_the_escalation(pilot: Pilot[None], key: str) -> RepQueueScreen:
    await opened(pilot)
    return await drilled(pilot, "tab", key)


def told_of(screen: RepQueueScreen) -> str:
    """The context beside the queue."""
    assert screen.context is not None
    return screen.context.page.text


def shown(screen: RepQueueScreen) -> list[str]:
    """The leads in the list."""
    return [row.id for index in range(screen.rows.count) if (row := screen.rows.row(index)) is not None]


class TestAnEscalationsLead:
    @pytest.mark.parametrize("key", ["enter", "R"])
    async def test_that_is_in_no_queue_any_more_is_shown_and_no_form_opens_over_another(
        self, shelf: Shelf, key: str
    ) -> None:
        over = after(mql(email="gone@example.com", last_name="Gone"), "reject", at=NOW)
        fill(shelf, *rita_has(), over, breached=over)
        async with app_over(shelf).run_test(size=SIZE) as pilot:
            screen = await at_the_escalation(pilot, key)
            assert screen.form is None
            assert screen.status.message == "This lead is in no queue any more."
            assert screen.rows.cursor_id == over.id
            assert "Gone" in told_of(screen)
            await pilot.press("escape")
            assert screen.rows.count == 4, "the rep's queue stands behind it"

    @pytest.mark.parametrize("key", ["enter", "R"])
    async def test_that_is_out_of_reach_opens_no_form_either(self, shelf: Shelf, key: str) -> None:
        fill(shelf, *rita_has(), breached=mql())
        async with app_over(shelf).run_test(size=SIZE) as pilot:
            screen = await at_the_escalation(pilot, key)
            assert screen.form is None
            assert screen.status.message == "This lead is out of your reach now."

    async def test_that_was_given_away_a_moment_ago_is_found_with_its_new_owner(self, shelf: Shelf) -> None:
        leads = rita_has()
        fill(shelf, *leads, breached=leads[1])
        async with app_over(shelf).run_test(size=SIZE) as pilot:
            await opened(pilot)
            moved = after(leads[1], "reassign", {"assignee": RAUL.id, "why": "On leave."}, by=MAYA, at=NOW)
            shelf.pull(moved)
            screen = await drilled(pilot, "tab", "R")
            assert screen.form is not None
            assert [lead.id for lead in screen.form.leads] == [moved.id]
            assert "Raúl" in screen.whose_queue

    async def test_is_found_whatever_section_the_settings_begin_with(self, shelf: Shelf) -> None:
        leads = rita_has()
        fill(shelf, *leads, breached=leads[0])
        async with app_over(shelf, replace(DEFAULTS, start_section="touch")).run_test(size=SIZE) as pilot:
            screen = await at_the_escalation(pilot, "R")
            assert screen.form is not None
            assert [lead.id for lead in screen.form.leads] == [leads[0].id]


async def test_a_search_finds_what_the_rep_is_done_with_and_nobody_elses(
    shelf: Shelf,
) -> None:
    over = after(mql(email="gone@example.com", last_name="Zeppelin"), "reject", at=NOW)
    other = mql(owner=RAUL, last_name="Zeppelin")
    fill(shelf, *rita_has(), over, other, breached=over)
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        await opened(pilot)
        screen = await drilled(pilot, "G", "enter")
        await pilot.press("slash", *"zeppelin", "enter")
        await pilot.pause()
        assert shown(screen) == [over.id]
        screen.go_to_lead(other.id)
        assert screen.status.message == f"This lead belongs to {RAUL.name}, not to {RITA.name}."
        assert shown(screen) == [over.id]

"""A rep's queue as their manager reads it, over real files: what is asked for is shown, or it is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import MAYA, NOW, OTTO, RAUL, RITA, after, mql, new_id
from tests.cache.shelf import AUDIENCE, Shelf
from tests.tui.doubles import ToldSync, ViewShelf, busy_desk
from tests.tui.doubles import app_over as memory_app
from tests.tui.team_doubles import said, team_desk
from tests.tui.test_home import settled, top
from tests.tui.test_team import drilled, opened
from tests.tui.test_views import HOT
from textual.pilot import Pilot

from leadqueue.cache.saved_views import SavedView, Views, ViewsNotSaved
from leadqueue.domain.lead import Lead
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import SyncControl
from leadqueue.tui.screens.rep_queue import RepQueueScreen
from leadqueue.tui.screens.warning import EVERY
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS, Settings
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.view_tabs import ViewTabs
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
            assert "Raúl" in screen.whose[0]

    async def test_is_found_whatever_section_the_settings_begin_with(self, shelf: Shelf) -> None:
        leads = rita_has()
        fill(shelf, *leads, breached=leads[0])
        async with app_over(shelf, replace(DEFAULTS, start_section="touch")).run_test(size=SIZE) as pilot:
            screen = await at_the_escalation(pilot, "R")
            assert screen.form is not None
            assert [lead.id for lead in screen.form.leads] == [leads[0].id]


async def test_an_empty_one_is_told_as_the_reps_and_offers_what_can_be_done(shelf: Shelf) -> None:
    gone = after(mql(), "reject", at=NOW)
    fill(shelf, gone, breached=gone)
    async with app_over(shelf).run_test(size=SIZE) as pilot:
        await opened(pilot)
        screen = await drilled(pilot, "home", "enter")
        assert screen._scene().title == f"{RAUL.name}'s queue is empty"
        assert "reassigns" not in screen.status.message
        assert "goes back" in screen.status.message


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


class TestAManagersOwn:
    """Views, columns and settings are the manager's, here as on the home screen."""

    async def test_a_view_saved_here_is_kept_and_stands_on_the_home_screen_too(self) -> None:
        kept = ViewShelf()
        async with memory_app(team_desk(), views=kept).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            await opened(pilot)
            await drilled(pilot, "enter")
            await pilot.press("slash", *"score>60", "enter", "v", "s", *"Hot", "enter")
            await pilot.pause()
            assert [(view.name, view.filter) for view in kept.views.views] == [("Hot", "score>60")]
            assert home.views == kept.views
            await pilot.press("escape", "escape", "escape", "escape", "escape")
            assert top(pilot) is home
            await pilot.press("v", "s", *"All", "enter")
            await pilot.pause()
            assert [view.name for view in kept.views.views] == ["Hot", "All"]

    async def test_what_the_file_does_not_take_is_not_shown_as_kept(self) -> None:
        class Full(ViewShelf):
            def save(self, views: Views) -> None:
                raise ViewsNotSaved(f"{len(views.views)} of them: the disk is full")

        async with memory_app(team_desk(), views=Full()).run_test(size=SIZE) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            assert "disk is full" in screen.save_views(Views((HOT,)))
            assert screen.views.views == ()

    async def test_a_views_tab_counts_the_reps_leads_alone(self) -> None:
        every = SavedView("Every")
        async with memory_app(team_desk(), views=ViewShelf(every)).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            for _ in range(3):
                await pilot.app.workers.wait_for_complete()
                await pilot.pause()
            assert "Every 13" in str(home.query_one(ViewTabs).render())
            assert "Every 9" in str(screen.query_one(ViewTabs).render())
            await pilot.press("]")
            assert screen.rows.count == 9

    async def test_neither_the_first_view_nor_its_filter_narrows_it(self) -> None:
        settings = replace(DEFAULTS, start_view="Hot")
        app = memory_app(team_desk(), views=ViewShelf(HOT), settings=settings)
        async with app.run_test(size=SIZE) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            assert (screen.view_name, screen.rows.count) == ("", 9)
            assert screen.filter_box.input.value == ""

    async def test_a_setting_changed_here_holds_here_and_at_home(self) -> None:
        async with memory_app(team_desk()).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            await pilot.press("z")
            assert (screen.rows.lines, home.rows.lines) == (2, 2)

    @pytest.mark.parametrize(("width", "who"), [(70, " Rita, read only "), (160, " Rita Rep: read only ")])
    async def test_that_it_is_to_be_read_stands_in_the_header_of_any_width(
        self, width: int, who: str
    ) -> None:
        async with memory_app(team_desk()).run_test(size=(width, 24)) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            assert who in str(screen.header.render())

    async def test_whose_each_lead_is_stands_in_the_teams_queue_and_not_in_a_reps(self) -> None:
        async with memory_app(team_desk()).run_test(size=(160, 45)) as pilot:
            home = await settled(pilot)
            assert "Owner" in str(home.query_one(ColumnHeads).render())
            assert RAUL.name in "".join(home.rows.render_line(y).text for y in range(13))
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            assert "Owner" not in str(screen.query_one(ColumnHeads).render())

    async def test_a_rep_sees_no_column_of_their_own_name(self) -> None:
        async with memory_app(busy_desk()).run_test(size=(200, 60)) as pilot:
            home = await settled(pilot)
            assert "Owner" not in str(home.query_one(ColumnHeads).render())


async def test_opening_a_reps_queue_is_no_second_warning(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(LeadQueueApp, "bell", lambda _: heard.append("bell"))
    leads = rita_has()
    fill(shelf, *leads, breached=leads[1])
    async with app_over(shelf, Settings(bell=True, warn_minutes=10)).run_test(size=SIZE) as pilot:
        await opened(pilot)
        row = shelf.desk().queue.row(leads[3].id)
        assert row is not None
        assert row.due_at is not None
        shelf.clock.at = row.due_at - timedelta(minutes=5)
        app = pilot.app
        assert isinstance(app, LeadQueueApp)
        screen = await drilled(pilot, "tab", "enter")
        app.home.warn()
        assert heard == ["bell"]
        assert "is due in 5 minutes" in screen.status.message, "told where the manager looks"
        screen.warn()
        for _ in range(EVERY):
            screen.tick()
        assert heard == ["bell"]

"""Files that stop answering while the program runs: it says so, goes on, and loses nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import DEFINITIONS, DIRECTORY, NOW, RITA, acting, mql
from tests.cache.shelf import Shelf
from tests.tui.doubles import Clock, ToldSync, app_over, attention_item
from tests.tui.failing import EVERYTHING, RELOAD, ROWS, SAID, FailingDesk
from tests.tui.team_doubles import team_desk
from tests.tui.test_home import SIZE, has_form, settled, top
from tests.tui.test_team import counted
from tests.tui.test_team import opened as team_opened
from textual.pilot import Pilot
from textual.widgets import Static, TextArea

from leadqueue.cache.errors import StorageUnusable, StoreError
from leadqueue.cache.queue_views import QueueView
from leadqueue.definitions.model import DecisionKind, Definitions
from leadqueue.domain.lead import Actor, Directory
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import RepDesk
from leadqueue.tui.screens.attention import AttentionScreen
from leadqueue.tui.screens.today import TodayScreen
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.steady import SteadyDesk
from leadqueue.tui.widgets.line_list import LineList


async def ticked(pilot: Pilot[None], times: int = 1) -> None:
    """Seconds pass; the home screen draws what they bring."""
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    for _ in range(times):
        app.home.tick()
        await pilot.pause()


async def noting(pilot: Pilot[None], home: TriageScreen, text: str) -> TextArea:
    """The note's form with something typed into it."""
    await pilot.press("n")
    await pilot.pause()
    assert home.form is not None
    area = home.form.query_one(TextArea)
    assert home.focused is area
    await pilot.press(*text)
    return area


@pytest.mark.parametrize(
    "failing",
    [{"changed"}, ROWS, {"sections"}, {"urgency_counts"}, {"status"}, EVERYTHING],
    ids=["changed", "rows", "sections", "urgency", "status", "everything"],
)
async def test_with_a_form_open_nothing_typed_is_lost_and_all_works_on_afterwards(
    failing: frozenset[str],
) -> None:
    desk, sync = FailingDesk(), ToldSync()
    async with app_over(desk, sync).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        lead, rows = home.rows.cursor_id, home.rows.count
        area = await noting(pilot, home, "half")
        desk.wrote_elsewhere = True
        desk.fail(*failing)
        await ticked(pilot, 3)
        sync.become(SyncState(Phase.LIVE, last_success_at=NOW))
        await pilot.pause()
        assert SAID in home.status.message
        assert (home.rows.cursor_id, home.rows.count) == (lead, rows)
        await pilot.press(*"way")
        assert (area.text, home.focused) == ("halfway", area)

        desk.fail()
        await ticked(pilot, 3)
        assert SAID not in home.status.message
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert not has_form(home)
        assert [item.decision.values for item in desk.outbox] == [{"note": "halfway"}]
        assert "1 unsent" in str(home.header.render())


async def test_it_is_said_for_as_long_as_it_lasts_and_tried_with_each_tick() -> None:
    desk = FailingDesk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        desk.fail("sections")  # the file answers whether it changed, and not what is in it
        desk.wrote_elsewhere = True
        for _ in range(4):
            await ticked(pilot)
            assert SAID in home.status.message
        gone = desk.memory.ids(QueueView())[0]
        del desk.server[gone]
        desk.fail()
        await ticked(pilot, 2)
        assert home.rows.count == 23
        assert SAID not in home.status.message


async def test_a_lead_that_cannot_be_read_has_no_context_and_the_keys_go_on() -> None:
    desk = FailingDesk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        desk.fail("lead", "available")
        await pilot.press("down", "down", "x")
        await ticked(pilot)
        assert home.rows.cursor == 2
        assert SAID in home.status.message
        desk.fail()
        await ticked(pilot, 2)
        await pilot.press("x")
        await pilot.pause()
        assert home.form is not None
        assert [lead.id for lead in home.form.leads] == [home.rows.cursor_id]


async def test_a_form_over_leads_that_cannot_all_be_read_does_not_open_over_some() -> None:
    desk = FailingDesk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("A")
        selected = len(home.rows.selected)
        desk.fail("lead")
        await pilot.press("n")
        await pilot.pause()
        assert not has_form(home)
        assert SAID in home.status.message
        desk.fail()
        await pilot.press("n")
        await pilot.pause()
        assert home.form is not None
        assert len(home.form.leads) == selected == 24


async def test_a_form_opens_over_the_lead_in_sight_as_it_was_last_read() -> None:
    desk = FailingDesk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        desk.fail(*EVERYTHING)
        await pilot.press("n")
        await pilot.pause()
        assert home.form is not None
        assert [lead.id for lead in home.form.leads] == [home.rows.cursor_id]


async def test_rows_that_were_not_read_yet_stay_blank_until_they_can_be() -> None:
    desk = FailingDesk(300)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        desk.fail("window")
        await pilot.press("end")
        await pilot.pause()
        assert home.rows.cursor == 299
        assert home.rows.cursor_id is None
        await ticked(pilot)
        assert SAID in home.status.message
        desk.fail()
        await ticked(pilot, 2)
        assert home.rows.cursor == 299
        assert home.rows.cursor_id == desk.memory.ids(QueueView())[-1]


async def test_a_section_that_cannot_be_read_is_not_called_empty() -> None:
    desk = FailingDesk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        desk.fail(*RELOAD)
        await pilot.press("1")
        await pilot.pause()
        assert home.picture.display
        assert home.picture.said[0] == "Your queue cannot be read"
        assert "/data/cache.db" in home.picture.said[1]
        desk.fail()
        await ticked(pilot, 2)
        assert home.rows.count > 0


async def test_an_empty_queue_is_called_empty_again_once_it_is_read() -> None:
    desk = FailingDesk(0)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        before = home.picture.said
        desk.fail("changed")
        await ticked(pilot, 2)
        assert home.picture.said[0] == "Your queue cannot be read"
        desk.fail()
        await ticked(pilot, 2)
        assert home.picture.said == before


async def test_what_cannot_be_asked_changes_no_selection_and_no_place() -> None:
    desk = FailingDesk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("space")
        chosen, here = dict(home.rows.selected), home.rows.cursor_id
        desk.fail(*EVERYTHING)
        await pilot.press("A", "full_stop")
        await pilot.pause()
        assert home.rows.selected == chosen
        assert home.rows.cursor_id == here
        assert SAID in home.status.message


async def test_one_can_leave_while_nothing_can_be_read() -> None:
    desk = FailingDesk()
    app = app_over(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        desk.fail(*EVERYTHING)
        await pilot.press("ctrl+q")
        await pilot.pause()
    assert app.return_code == 0
    assert desk.closed


async def test_files_that_fail_right_after_the_opening_are_closed_and_opened_anew() -> None:
    first, second = FailingDesk(), FailingDesk()
    first.fail(*EVERYTHING)
    desks: list[RepDesk] = [second, first]
    app = LeadQueueApp(desks.pop, None, first.clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "cannot be opened" in app.home.picture.said[0]
        assert first.closed
        await pilot.press("ctrl+r")
        home = await settled(pilot)
        assert home.rows.count == 24


class TestOtherScreens:
    async def test_today_keeps_its_lines_and_says_what_is_wrong(self) -> None:
        desk = FailingDesk()
        desk.decide(next(iter(desk.server)), DecisionKind.NOTE, {"note": "Call again."})
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await settled(pilot)
            await pilot.press("l")
            await pilot.pause()
            screen = top(pilot)
            assert isinstance(screen, TodayScreen)
            desk.fail(*EVERYTHING)
            for _ in range(2):
                screen.tick()
                await ticked(pilot)
            said = screen.query_one("#today-detail", Static)
            assert SAID in str(said.content)
            assert screen.query_one(LineList).count == 1
            desk.fail()
            await ticked(pilot, 2)
            screen.tick()
            assert SAID not in str(said.content)

    async def test_the_inbox_opens_and_tells_that_it_cannot_be_read(self) -> None:
        desk = FailingDesk()
        desk.inbox = [attention_item(desk)]
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await settled(pilot)
            desk.fail("attention")
            await pilot.press("i")
            await pilot.pause()
            screen = top(pilot)
            assert isinstance(screen, AttentionScreen)
            said = screen.query_one("#attention-trouble", Static)
            assert SAID in str(said.content)
            desk.fail()
            await ticked(pilot, 2)
            screen.tick()
            assert screen.chosen == desk.inbox[0]
            assert not said.display

    async def test_a_form_of_the_inbox_keeps_what_is_typed(self) -> None:
        desk = FailingDesk()
        desk.inbox = [attention_item(desk)]
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await settled(pilot)
            await pilot.press("i", "e")
            await pilot.pause()
            area = top(pilot).query_one(TextArea)
            area.focus()
            await pilot.press(*"half")
            desk.fail(*EVERYTHING)
            await ticked(pilot, 3)
            await pilot.press(*"way")
            assert area.text == "halfway"

    async def test_the_team_is_counted_again_by_itself(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await team_opened(pilot)
            desk.memory_team.broken = StorageUnusable(Path("/data/cache.db"), "disk I/O error")
            desk.wrote_elsewhere = True
            screen.tick()
            await counted(pilot)
            assert SAID in screen.status.message
            desk.memory_team.broken = None
            for _ in range(3):
                screen.tick()
                await counted(pilot)
            assert SAID not in screen.status.message


class TestSteadyDesk:
    def test_the_time_goes_on(self) -> None:
        clock, desk = Clock(), FailingDesk()
        steady = SteadyDesk(desk, clock)
        desk.fail("now")
        clock.forward(minutes=3)
        assert steady.now() == NOW + timedelta(minutes=3)
        assert steady.trouble is not None

    def test_every_fact_is_as_it_was_last(self) -> None:
        class Forgetting(FailingDesk):
            @property
            def definitions(self) -> Definitions:  # type: ignore[override]
                return self.disk.read("facts", lambda: DEFINITIONS)

            @property
            def directory(self) -> Directory:  # type: ignore[override]
                return self.disk.read("facts", lambda: DIRECTORY)

            @property
            def actor(self) -> Actor:
                return self.disk.read("facts", lambda: acting(RITA))

        desk = Forgetting()
        steady = SteadyDesk(desk, desk.clock)
        actor = steady.actor
        desk.fail("facts", "status")
        assert steady.definitions is DEFINITIONS
        assert steady.directory is DIRECTORY
        assert steady.actor == actor
        assert steady.status().unsent == 0

    def test_trouble_ends_with_the_first_round_in_which_nothing_failed(self) -> None:
        desk = FailingDesk()
        steady = SteadyDesk(desk, desk.clock)

        def troubled() -> bool:
            return steady.trouble is not None

        assert not steady.changed()
        desk.fail("status")
        steady.status()
        assert troubled()
        assert steady.changed()  # to be read again
        steady.status()
        assert steady.changed()
        desk.fail()
        assert troubled()
        assert steady.changed()  # now it can be read: what was drawn in trouble is drawn anew
        assert not troubled()
        assert not steady.changed()

    def test_what_is_kept_is_little(self) -> None:
        desk = FailingDesk()
        steady = SteadyDesk(desk, desk.clock)
        ids = list(desk.server)
        for lead_id in ids:
            steady.lead(lead_id)
        desk.fail("lead")
        assert steady.lead(ids[0]) is None
        assert steady.lead(ids[-1]) is not None

    def test_what_writes_fails_aloud(self) -> None:
        desk = FailingDesk()
        desk.broken = StorageUnusable(Path("/data/outbox.db"), "disk I/O error")
        steady = SteadyDesk(desk, desk.clock)
        with pytest.raises(StoreError):
            steady.decide(next(iter(desk.server)), DecisionKind.NOTE, {"note": "x"})
        assert steady.trouble is None


def cache_files(folder: Path) -> dict[Path, bytes]:
    """The cache's files, with what is in them."""
    return {path: path.read_bytes() for path in folder.rglob("cache.db*")}


def write(files: dict[Path, bytes]) -> None:
    """In place: the program has them open, and one of them in its memory."""
    for path, content in files.items():
        with path.open("r+b") as file:
            file.write(content)


async def test_real_files_that_are_damaged_under_the_program_and_mended(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.pull(*(mql(now=NOW - timedelta(hours=number)) for number in range(9)))
    app = LeadQueueApp(shelf.desk, None, shelf.clock)
    try:
        async with app.run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            area = await noting(pilot, home, "half")
            whole = cache_files(tmp_path)
            assert whole
            write({path: b"\xa5" * len(content) for path, content in whole.items()})
            await ticked(pilot, 2)
            assert "The file is damaged" in home.status.message
            assert area.text == "half"
            write(whole)
            await ticked(pilot, 3)
            assert "damaged" not in home.status.message
            assert home.rows.count == 9
            assert area.text == "half"
    finally:
        shelf.close()

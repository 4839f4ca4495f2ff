"""The manager's screen: the figures of the rule book, drilled into, given away, acknowledged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders import DEFINITIONS, MAYA, NOW, RAUL, RITA, mql
from tests.tui.doubles import Clock, MemoryDesk, ToldSync, app_over, busy_desk, full_disk
from tests.tui.team_doubles import RITAS, ManagerDesk, said, team_desk
from tests.tui.test_home import settled, top
from textual.pilot import Pilot
from textual.widgets import Static

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decide import managers_alone
from leadqueue.domain.shown import minutes_text, percent
from leadqueue.domain.team import Backlog, Load
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.actions import BY_ID
from leadqueue.tui.glyphs import ASCII, UNICODE
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.screens.help import HelpScreen
from leadqueue.tui.screens.rep_queue import RepQueueScreen
from leadqueue.tui.screens.team import TeamScreen
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.header import QueueHeader
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.picture import Picture
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.widgets.team_table import (
    COLUMNS,
    SORTS,
    TeamTotal,
    layout_for,
    sparkline,
)

SIZES = [(80, 24), (120, 40), (200, 60)]
SIZE = (120, 40)


async def opened(pilot: Pilot[None]) -> TeamScreen:
    await settled(pilot)
    await pilot.press("m")
    return await counted(pilot)


async def counted(pilot: Pilot[None]) -> TeamScreen:
    """The team screen once what waits is counted."""
    screen = top(pilot)
    assert isinstance(screen, TeamScreen)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    return screen


async def drilled(pilot: Pilot[None], *keys: str) -> RepQueueScreen:
    await pilot.press(*keys)
    screen = top(pilot)
    assert isinstance(screen, RepQueueScreen)
    while not screen.query("#context"):
        await pilot.pause()
    await pilot.pause()
    return screen


def lines(screen: TeamScreen) -> list[str]:
    """The table as it is drawn, without its marks."""
    return [_text(screen.table.render_line(y).text) for y in range(len(screen.table.items))]


def breaches(screen: TeamScreen) -> list[str]:
    return [_text(screen.breaches.render_line(y).text) for y in range(len(screen.breaches.items))]


def _text(line: str) -> str:
    return " ".join(line[2:].split())


def title(screen: TeamScreen) -> str:
    return str(screen.query_one("#breach-title", Static).render())


class TestTable:
    async def test_it_shows_what_the_rule_book_counts(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=(130, 40)) as pilot:
            screen = await opened(pilot)
            backlog = desk.memory_team.backlog()
            for line in screen.table.items:
                assert line.load == backlog.of(line.owner_id, NOW)
            rita, raul = lines(screen)
            load = backlog.of(RITA.id, NOW)
            assert rita.startswith(
                f"Rita Rep {load.waiting} {load.soon} {load.breached} 6d 3d 3h 05m 40 75% 75%"
            )
            assert rita.split()[-2] == str(RITAS.touches)
            assert raul.startswith("Raúl Rep 4 0 0 4h 2h 45m 12 100% 75% 2")
            total = " ".join(screen.query_one(TeamTotal).render().plain.split())
            assert total.startswith(f"Team {load.waiting + 4} {load.soon} {load.breached} 6d")

    async def test_header_and_table_and_home_say_the_same_numbers(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            over_the_queue = _counts(home.query_one(QueueHeader))
            screen = await opened(pilot)
            assert _counts(screen.query_one(QueueHeader)) == over_the_queue
            counts = desk.queue.urgency_counts(NOW)
            total = desk.memory_team.backlog().total(NOW)
            assert (counts.breached, counts.soon) == (total.breached, total.soon)
            assert f"{counts.breached} breached" in over_the_queue

    async def test_it_turns_with_the_clock_and_without_reading(self) -> None:
        clock = Clock()
        desk = team_desk(clock)
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            before = screen.table.items[0].load.breached
            clock.forward(hours=40)
            desk.memory_team.broken = full_disk()
            screen.tick()
            assert screen.table.items[0].load.breached > before
            assert "no space" not in screen.status.message

    async def test_what_another_device_did_is_seen_within_a_second(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            fresh = mql(owner=RAUL)
            desk.server[fresh.id] = fresh
            desk.wrote_elsewhere = True
            screen.tick()
            await counted(pilot)
            assert next(each for each in screen.table.items if each.owner_id == RAUL.id).load.waiting == 5

    @pytest.mark.parametrize("size", SIZES)
    async def test_each_line_is_whole_and_as_wide_as_the_screen(self, size: tuple[int, int]) -> None:
        async with app_over(team_desk()).run_test(size=size) as pilot:
            screen = await opened(pilot)
            for y in range(2):
                assert screen.table.render_line(y).cell_length == size[0]
            heads = str(screen.query_one(ColumnHeads).render())
            assert "Waiting" in heads
            assert ("14 days" in heads) is (size[0] >= 100)
            assert screen.table.size.height == 2
            footer = screen.query_one(KeyFooter).fitting(size[0])
            assert [action.id for action, _, _ in footer][:3] == [
                "team.back",
                "team.reassign",
                "team.acknowledge",
            ]

    async def test_every_column_sorts_and_the_cursor_stays_on_its_rep(self) -> None:
        async with app_over(team_desk()).run_test(size=(160, 40)) as pilot:
            screen = await opened(pilot)
            chosen = screen.table.current
            assert chosen is not None
            for _ in range(len(SORTS)):
                await pilot.press("s")
                values = [COLUMNS[screen._sort].sort(line) for line in screen.table.items]
                known = [value for value in values if value is not None]
                assert known == sorted(known, reverse=COLUMNS[screen._sort].falls)
                assert screen.table.current is not None
                assert screen.table.current.owner_id == chosen.owner_id
                first = screen.table.items[0].owner_id
                await pilot.press("S")
                assert first in (screen.table.items[-1].owner_id, screen.table.items[0].owner_id)

    async def test_a_click_on_a_heading_sorts_by_it(self) -> None:
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            at = str(screen.query_one(ColumnHeads).render()).index("Waiting")
            await pilot.click(ColumnHeads, offset=(at + 2, 0))
            assert "Waiting▼" in str(screen.query_one(ColumnHeads).render())
            await pilot.click(ColumnHeads, offset=(at + 2, 0))
            assert "Waiting▲" in str(screen.query_one(ColumnHeads).render())

    async def test_names_are_text(self) -> None:
        desk = team_desk()
        desk.directory = {
            **desk.directory,
            RITA.id: type(RITA)(RITA.id, "[@click=x]y[/]\x1b[2J", RITA.role, team_id="team-1"),
        }
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            drawn = " ".join(lines(screen))
            assert "[@click=x]y[/]" in drawn
            assert "\x1b" not in drawn


def _counts(header: QueueHeader) -> str:
    text = str(header.render())
    return text[text.index("●") :]


class TestPictures:
    async def test_a_rep_has_no_team_screen(self) -> None:
        async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            await pilot.press("m")
            assert top(pilot) is home
            assert not BY_ID["team"].available(home.situation())

    async def test_before_the_first_contact_it_says_so(self) -> None:
        desk = team_desk()
        desk.ready = False
        offline = ToldSync(SyncState(Phase.OFFLINE, "The server cannot be reached."))
        async with app_over(desk, offline).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert screen.query_one(Picture).said[0] == "No leads on this computer yet"
            assert screen.has_class("-empty")

    async def test_a_team_without_reps_is_another_picture(self) -> None:
        desk = ManagerDesk()
        desk.directory = {MAYA.id: MAYA}
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert screen.query_one(Picture).said[0] == "Your team has no reps yet"

    async def test_while_it_counts_it_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(TeamScreen, "_count", lambda _self: None)
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert screen.query_one(Picture).said[0] == "Counting what waits"

    async def test_a_fault_of_the_files_is_told_and_can_be_tried_again(self) -> None:
        desk = team_desk()
        desk.memory_team.broken = full_disk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert "The disk is full" in screen.query_one(Picture).said[1]
            desk.memory_team.broken = None
            await pilot.press("ctrl+r")
            await counted(pilot)
            assert not screen.has_class("-empty")
            assert len(screen.table.items) == 2

    async def test_a_fault_later_blanks_nothing(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            desk.memory_team.broken = full_disk()
            desk.wrote_elsewhere = True
            screen.tick()
            await counted(pilot)
            assert len(screen.table.items) == 2
            assert "The disk is full" in screen.status.message

    async def test_without_a_network_it_works_and_says_how_old_it_is(self) -> None:
        desk = team_desk()
        desk.memory_team.said = said(timedelta(hours=3))
        offline = ToldSync(SyncState(Phase.OFFLINE, "The server cannot be reached."))
        async with app_over(desk, offline).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert len(screen.table.items) == 2
            assert "3h ago" in screen.status.message
            assert "Offline" in str(screen.query_one(QueueHeader).render())

    async def test_unread_weeks_are_not_shown_as_none(self) -> None:
        desk = team_desk()
        desk.memory_team.said = None
        desk.memory_team.breaches = ()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert "have not been read" in screen.status.message
            assert "–" in lines(screen)[0]
            assert "0%" not in lines(screen)[0]
            assert "not read" in title(screen)


class TestDrillingIn:
    async def test_a_reps_queue_is_theirs_and_to_be_read_only(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            assert {desk.server[each].owner_id for each in desk.queue.ids(screen.queue_view)} == {RITA.id}  # type: ignore[arg-type]
            assert screen.rows.count == 9
            assert screen.query_one(SectionTabs).total == 9
            assert "read only" in str(screen.header.render())
            assert screen.situation().kinds <= {"reassign"}
            for key in ("a", "x", "r", "t", "n", "O", "e"):
                await pilot.press(key)
                assert screen.form is None
                assert top(pilot) is screen
            await pilot.press("s", "2", "escape")
            assert isinstance(top(pilot), TeamScreen)

    async def test_whatever_view_is_asked_for_it_stays_the_reps(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "enter")
            screen.change_view(section=None, owner=None)
            assert screen.rows.count == 9

    async def test_escape_goes_one_step_back_at_a_time(self) -> None:
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            team = await opened(pilot)
            screen = await drilled(pilot, "enter")
            await pilot.press("space", "escape")
            assert top(pilot) is screen
            assert not screen.rows.selected
            await pilot.press("escape")
            assert top(pilot) is team
            assert team.focused is team.table
            await pilot.press("tab", "space")
            assert team.in_breaches
            assert len(team.breaches.selected) == 1
            await pilot.press("escape", "escape")
            assert isinstance(top(pilot), TriageScreen)

    def test_only_what_no_rep_may_decide_is_a_managers_alone(self) -> None:
        assert managers_alone(DEFINITIONS) == {"reassign"}


class TestGivingAway:
    async def test_a_reps_whole_queue_with_one_form_and_the_figures_follow(self) -> None:
        desk, sync = team_desk(), ToldSync()
        async with app_over(desk, sync).run_test(size=SIZE) as pilot:
            team = await opened(pilot)
            screen = await drilled(pilot, "j", "R")
            assert len(screen.rows.selected) == 4
            form = screen.form
            assert form is not None
            assert len(form.leads) == 4
            form.post_message(
                type(form).Submitted(
                    DecisionKind.REASSIGN,
                    tuple(lead.id for lead in form.leads),
                    {"assignee": RITA.id, "why": "Raúl is on leave."},
                )
            )
            await pilot.pause()
            await pilot.pause()
            assert screen.rows.count == 0
            assert sync.calls[-1] == "wake"
            await pilot.press("escape")
            await counted(pilot)
            assert top(pilot) is team
            found = {line.owner_id: line.load.waiting for line in team.table.items}
            assert found == {RITA.id: 13, RAUL.id: 0}
            assert "4 unsent" in str(team.query_one(QueueHeader).render())

    async def test_of_very_many_the_most_urgent_are_taken_and_it_is_said(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("leadqueue.tui.screens.rep_queue.MOST_AT_ONCE", 3)
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "R")
            assert len(screen.rows.selected) == 3
            assert screen.form is not None
            assert "9 leads" in screen.status.message

    async def test_a_rep_without_leads_has_nothing_to_give(self) -> None:
        async with app_over(team_desk(rauls=0)).run_test(size=SIZE) as pilot:
            team = await opened(pilot)
            await pilot.press("G", "R")
            assert top(pilot) is team
            assert "no leads" in team.status.message

    async def test_leaving_with_a_filled_form_asks_first(self) -> None:
        app = app_over(team_desk())
        async with app.run_test(size=SIZE) as pilot:
            await opened(pilot)
            screen = await drilled(pilot, "R")
            assert screen.form is not None
            await pilot.press("1", "ctrl+q")
            await pilot.pause()
            assert isinstance(top(pilot), ConfirmScreen)
            await pilot.press("n")
            await pilot.pause()
            assert screen.form.dirty
            assert app.is_running

    async def test_an_escalations_lead_alone(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await opened(pilot)
            await pilot.press("tab")
            breach = desk.memory_team.breaches[0]
            screen = await drilled(pilot, "R")
            assert screen.form is not None
            assert [lead.id for lead in screen.form.leads] == [breach.lead_id]


class TestEscalations:
    async def test_the_oldest_that_nobody_acknowledged_are_on_top(self) -> None:
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert title(screen).strip() == "5 escalations to acknowledge"
            assert breaches(screen)[0].startswith("● 1d ago Review Ada Hopper 1")
            times = [each.breached_at for each in screen.breaches.items]
            assert times == sorted(times)

    @pytest.mark.parametrize("width", [80, 120, 300])
    async def test_the_owner_s_name_is_whole_and_near_the_lead_s(self, width: int) -> None:
        async with app_over(team_desk()).run_test(size=(width, 40)) as pilot:
            screen = await opened(pilot)
            told = [replace(each, owner="Ingrid Solberg-B") for each in screen.breaches.items]
            screen.breaches.show(told, NOW)
            line = screen.breaches.render_line(0).text
            assert "Ingrid Solberg-B " in line
            assert line.index("Ingrid") - line.index("Ada Hopper") <= 80

    async def test_those_that_are_too_many_to_be_kept_here_are_counted(self) -> None:
        desk = team_desk()
        desk.memory_team.beyond = 1995
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert title(screen).strip() == "2,000 escalations to acknowledge, the latest 5 here"

    async def test_one_key_acknowledges_the_one_under_the_cursor(self) -> None:
        desk, sync = team_desk(), ToldSync()
        async with app_over(desk, sync).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            await pilot.press("tab", "a")
            await counted(pilot)
            assert desk.memory_team.seen == [desk.memory_team.breaches[0].id]
            assert "4 escalations to acknowledge" in title(screen)
            assert "1 not sent yet" in title(screen)
            assert "you, not sent yet" in breaches(screen)[-1]
            assert sync.calls[-1] == "wake"

    async def test_all_the_selected_at_once(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            await pilot.press("A", "a")
            await counted(pilot)
            assert len(desk.memory_team.seen) == 5
            assert "Every escalation is acknowledged" in title(screen)
            assert not screen.breaches.selected
            await pilot.press("a")
            assert len(desk.memory_team.seen) == 5

    async def test_from_the_table_nothing_is_acknowledged_by_a_slip(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            await pilot.press("a")
            assert desk.memory_team.seen == []
            assert screen.in_breaches
            assert "Choose" in screen.status.message

    async def test_who_was_it_and_when_is_told(self) -> None:
        desk = team_desk()
        first, *others = desk.memory_team.breaches
        known = first.model_copy(
            update={
                "acknowledged_at": NOW - timedelta(hours=2),
                "acknowledged_by": MAYA.id,
                "acknowledged_by_name": MAYA.name,
            }
        )
        desk.memory_team.breaches = (known, *others)
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert (
                breaches(screen)[-1].endswith(f"{MAYA.name}, 2h ago"[:24].strip())
                or "Maya" in breaches(screen)[-1]
            )

    async def test_what_keeps_it_from_being_sent_stands_at_the_foot(self) -> None:
        desk = team_desk()
        desk.memory_team.trouble = "Acknowledgements are not sent: The token may only read."
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            assert screen.status.message == desk.memory_team.trouble
            await pilot.press("tab", "space")
            assert "1 escalation selected" in screen.status.message
            await pilot.press("escape")
            desk.memory_team.trouble = ""
            screen.refresh_all()
            assert "What waits is of now" in screen.status.message

    async def test_a_full_disk_acknowledges_nothing_and_says_so(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            desk.memory_team.broken = full_disk()
            await pilot.press("tab", "a")
            assert "The disk is full" in screen.status.message
            assert desk.memory_team.seen == []

    async def test_enter_opens_the_owners_queue_at_the_lead(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            await opened(pilot)
            await pilot.press("tab", "j")
            screen = await drilled(pilot, "enter")
            assert screen.rows.cursor_id == desk.memory_team.breaches[1].lead_id

    @pytest.mark.parametrize(("columns", "rows"), SIZES)
    async def test_an_override_is_told_with_who_did_it_and_why(self, columns: int, rows: int) -> None:
        desk = team_desk()
        [*_, lead] = desk.memory_team.breaches
        step = lead.model_copy(
            update={
                "id": "01950000-0000-7000-8000-0000000000ff",
                "kind": "override",
                "clock": "",
                "breached_at": NOW - timedelta(days=3),
                "message": "Rita Rep: [b]Slip\x1b[31m[/b] of a key that was quite near to the one that I "
                "meant (Reopened, Recycled to Marketing qualified)",
            }
        )
        desk.memory_team.breaches += (step,)
        async with app_over(desk).run_test(size=(columns, rows)) as pilot:
            screen = await opened(pilot)
            first = breaches(screen)[0]
            assert first.startswith("↺ 3d ago Override ")
            assert "Rita Rep: [b]Slip" in first
            assert title(screen).strip().startswith("6 escalations to acknowledge")
            assert "Rita Rep" not in screen.status.message
            await pilot.press("tab", "home")
            await pilot.pause()
            said = " ".join(str(screen.status.render()).split())
            assert said.removeprefix("· ") == (
                "Rita Rep: [b]Slip�[31m[/b] of a key that was quite near to the one that I "
                "meant (Reopened, Recycled to Marketing qualified)"
            )
            desk.memory_team.trouble = "The token may only read."
            screen.refresh_all()
            assert screen.status.message == "The token may only read."
            await pilot.press("a")
            await counted(pilot)
            assert desk.memory_team.seen == [step.id]
            assert "✓ 3d ago Override" in " ".join(breaches(screen))


class TestRegistry:
    async def test_help_and_palette_know_the_screen(self) -> None:
        async with app_over(team_desk()).run_test(size=SIZE) as pilot:
            screen = await opened(pilot)
            from leadqueue.tui.palette import QueueCommands

            labels = [label for label, _, _ in QueueCommands(screen)._commands()]
            assert {"Acknowledge", "Reassign", "Back", "Sort"} <= set(labels)
            assert "Accept" not in labels
            await pilot.press("question_mark")
            assert isinstance(top(pilot), HelpScreen)

    async def test_quitting_works_from_here(self) -> None:
        app = app_over(team_desk())
        async with app.run_test(size=SIZE) as pilot:
            await opened(pilot)
            await pilot.press("q")
            await pilot.pause()
        assert app.home.desk is None

    async def test_the_home_screen_rests_meanwhile_and_catches_up(self) -> None:
        desk = team_desk()
        async with app_over(desk).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            await opened(pilot)
            fresh = mql(owner=RAUL)
            desk.server[fresh.id] = fresh
            desk.wrote_elsewhere = True
            home.tick()
            assert desk.wrote_elsewhere, "the news is for the screen in front"
            await pilot.press("escape")
            await pilot.pause()
            assert home.rows.count == 14


class TestWords:
    def test_a_share_is_all_only_where_it_is(self) -> None:
        rates = (None, 0.0, 0.001, 0.29, 0.914, 140 / 153, 0.915, 0.999, 1.0)
        assert [percent(each) for each in rates] == [
            "–", "0%", "1%", "29%", "91%", "92%", "92%", "99%", "100%",
        ]  # fmt: skip

    def test_minutes_have_no_days(self) -> None:
        assert [minutes_text(each) for each in (None, 0, 59, 60, 1_805)] == [
            "–",
            "0m",
            "59m",
            "1h 00m",
            "30h 05m",
        ]

    def test_a_sparkline_is_tallest_where_the_tallest_day_is(self) -> None:
        for glyphs in (UNICODE, ASCII):
            line = sparkline((0, 1, 4, 8), 8, glyphs)
            assert line == glyphs.none + glyphs.spark[0] + glyphs.spark[3] + glyphs.spark[7]
            assert sparkline((1,), 1, glyphs) == glyphs.spark[7]
            assert sparkline((), 0, glyphs) == ""

    @pytest.mark.parametrize("width", range(60, 240))
    def test_columns_fit_any_width_and_are_left_out_whole(self, width: int) -> None:
        layout = layout_for(width)
        used = sum(cells for _, cells in layout.columns) + 2
        assert used <= width
        assert [column.key for column, _ in layout.columns][:4] == ["name", "waiting", "soon", "breached"]
        assert "sla" in {column.key for column, _ in layout.columns}


def test_a_backlog_of_nothing_is_nothing() -> None:
    assert Backlog({}).total(NOW) == Load()
    assert isinstance(team_desk(), MemoryDesk)

"""The home screen as a rep works with it: every key, and nothing lost on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.builders import NOW, RAUL, mql
from tests.tui.doubles import (
    Clock,
    MemoryDesk,
    ToldSync,
    app_over,
    attention_item,
    busy_desk,
    full_disk,
)
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, TextArea

from leadqueue.cache.errors import StoreError
from leadqueue.definitions.model import DecisionKind
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import RepDesk
from leadqueue.tui.screens.attention import AttentionScreen
from leadqueue.tui.screens.confirm import ConfirmScreen
from leadqueue.tui.screens.help import HelpScreen, HelpText
from leadqueue.tui.screens.too_small import TooSmallScreen
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.section_tabs import SectionTabs

SIZE = (120, 40)


async def settled(pilot: Pilot[None]) -> TriageScreen:
    """The home screen once the desk is open and the context is there."""
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.pause()
    return app.home


def has_form(home: TriageScreen) -> bool:
    return home.form is not None


def seen(screen: Screen[object]) -> str:
    return "\n".join(strip.text for strip in screen._compositor.render_strips())


def focus_of(home: TriageScreen) -> Widget | None:
    return home.focused


def top(pilot: Pilot[None]) -> Screen[object]:
    return pilot.app.screen


async def send(pilot: Pilot[None], home: TriageScreen, kind: str, **values: str) -> None:
    """Open the form of `kind` by its key and send it with `values`."""
    from leadqueue.tui.actions import BY_ID

    await pilot.press(BY_ID[kind].keys)
    await pilot.pause()
    form = home.form
    assert form is not None
    ids = tuple(lead.id for lead in form.leads)
    form.post_message(DecisionForm.Submitted(DecisionKind(kind), ids, dict(values)))
    await pilot.pause()


async def test_the_most_urgent_lead_is_under_the_cursor_and_beside_it_its_context() -> None:
    desk = busy_desk()
    app = app_over(desk)
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.queue_view is not None
        first = desk.memory.ids(home.queue_view)[0]
        assert home.rows.cursor_id == first
        assert focus_of(home) is home.rows
        view = desk.lead(first)
        assert view is not None
        shown = home.query_one(ContextPane).page.text
        assert view.lead.person in shown


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        (["j", "j"], 2),
        (["down", "k"], 0),
        (["G"], 23),
        (["end", "g"], 0),
        (["k"], 0),
        (["G", "j"], 23),
    ],
)
async def test_the_cursor_goes_where_it_is_sent(keys: list[str], place: int) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press(*keys)
        assert home.rows.cursor == place


async def test_a_long_queue_reads_only_what_is_in_sight() -> None:
    desk = busy_desk(600)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert desk.memory.windows <= 2
        await pilot.press("G")
        assert home.rows.cursor == 599
        assert desk.memory.windows <= 5
        assert home.rows.scroll_offset.y > 500


async def test_after_a_disposition_the_next_lead_is_shown_and_the_decision_is_kept() -> None:
    desk, sync = busy_desk(), ToldSync()
    async with app_over(desk, sync).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.queue_view is not None
        first, second = desk.memory.ids(home.queue_view)[:2]
        await send(pilot, home, "reject", reason="no_budget")
        assert [item.decision.lead_id for item in desk.outbox] == [first]
        assert home.rows.cursor_id == second
        assert not has_form(home)
        assert focus_of(home) is home.rows
        assert "wake" in sync.calls
        assert "undoes it" in home.status.message


async def test_a_note_stays_on_its_lead() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first = home.rows.cursor_id
        await send(pilot, home, "note", note="Prefers e-mail.")
        assert home.rows.cursor_id == first


async def test_undo_brings_the_lead_back_under_the_cursor() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first = home.rows.cursor_id
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.press("u")
        await pilot.pause()
        assert desk.outbox == []
        assert home.rows.cursor_id == first
        assert "Undone" in home.status.message


async def test_one_form_over_the_selection_and_one_undo() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.queue_view is not None
        ids = desk.memory.ids(home.queue_view)
        await pilot.press("space", "space", "space")
        assert list(home.rows.selected) == ids[:3]
        await send(pilot, home, "reject", reason="no_budget")
        assert {item.decision.lead_id for item in desk.outbox} == set(ids[:3])
        assert not home.rows.selected
        assert home.rows.cursor_id == ids[3]
        await pilot.press("u")
        assert desk.outbox == []


async def test_what_a_bulk_form_cannot_change_stays_selected() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("A")
        count = len(home.rows.selected)
        assert count == 24
        await send(pilot, home, "accept", acceptance_reason="strong_fit")
        assert 0 < len(desk.outbox) < count
        stored = {item.decision.lead_id for item in desk.outbox}
        assert set(home.rows.selected) == set(desk.server) - stored
        assert "stayed selected" in home.status.message


async def test_the_cursor_and_the_selection_hold_their_leads_when_others_come_and_go() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("j", "j", "space")
        held, chosen = home.rows.cursor_id, set(home.rows.selected)
        assert home.queue_view is not None
        gone = desk.memory.ids(home.queue_view)[0]
        del desk.server[gone]
        new = mql(now=NOW - timedelta(days=30), email="new@late.example", company_domain="late.example")
        desk.server[new.id] = new
        desk.wrote_elsewhere = True
        home.tick()
        await pilot.pause()
        assert home.rows.cursor_id == held
        assert set(home.rows.selected) == chosen


async def test_a_full_disk_loses_nothing_of_the_form() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        desk.broken = full_disk()
        await send(pilot, home, "reject", reason="no_budget")
        assert home.form is not None
        assert "disk is full" in home.status.message


async def test_a_refusal_stays_in_the_form() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "reject", reason="not_interested")
        assert home.form is not None
        assert desk.outbox == []


async def test_a_form_that_is_there_before_the_context_opens_and_closes() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await home.query_one(ContextPane).remove()
        await pilot.press("x")
        await pilot.pause()
        assert has_form(home)
        await pilot.press("escape")
        await pilot.pause()
        assert not has_form(home)


async def test_a_form_covers_the_context_and_never_the_queue() -> None:
    for size in ((80, 24), SIZE, (200, 60)):
        async with app_over(busy_desk()).run_test(size=size) as pilot:
            home = await settled(pilot)
            await pilot.press("x")
            await pilot.pause()
            assert home.form is not None
            assert home.form.region.contains_region(home.query_one("#context").region)
            assert "Review: over by" not in seen(pilot.app.screen)
            assert home.rows.region.height >= 3
            assert not home.form.region.overlaps(home.rows.region)
            before = home.rows.cursor_id
            await pilot.click("#queue", offset=(10, 2))
            assert home.rows.cursor_id == before
            await pilot.press("escape")
            await pilot.pause()
            assert not has_form(home)
            assert "Review: over by" in seen(pilot.app.screen)


async def test_sections_by_key_and_by_mouse() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("3")
        await pilot.pause()
        row = home.rows.current
        assert row is not None
        assert row.section == "first_outreach"
        await pilot.click(SectionTabs, offset=(2, 0))
        assert home.rows.count == 24
        await pilot.press("2")
        await pilot.pause()
        assert home.rows.count == 0
        assert home.picture.display
        assert "Returned" in home.picture.said[0]


async def test_the_keys_work_again_after_an_empty_section() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("2")
        await pilot.pause()
        await pilot.press("0")
        await pilot.pause()
        await pilot.press("j")
        assert home.rows.cursor == 1


async def test_search_narrows_as_one_types_and_escape_widens() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("slash", *"grace")
        await pilot.pause()
        assert home.rows.count == 3
        await pilot.press("enter")
        assert focus_of(home) is home.rows
        await pilot.press("escape")
        await pilot.pause()
        assert home.rows.count == 24
        await pilot.press("slash", *"[bold]zz")
        await pilot.pause()
        assert home.picture.said[:2] == ("No lead passes", "No lead here passes the filter “[bold]zz”.")
        await pilot.press("escape")
        await pilot.pause()
        assert home.query_one("#search", Input).value == ""
        assert home.rows.count == 24


async def test_sorting_by_key_and_by_heading() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("s")
        assert home.queue_view is not None
        assert (home.queue_view.sort, home.queue_view.descending) == ("score", False)
        assert "Score▼" in str(home.query_one(ColumnHeads).render())
        await pilot.press("S")
        assert home.queue_view.descending
        assert "Score▲" in str(home.query_one(ColumnHeads).render())
        layout = home.rows.layout_now
        seen = [column.sort for column, _, width in layout.columns if column.sort and width > 1]
        round_again = []
        for _ in seen:
            await pilot.press("s")
            round_again.append(home.queue_view.sort)
        assert round_again == [*seen[2:], *seen[:2]]
        company = next(start for column, start, _ in layout.columns if column.key == "company")
        await pilot.click(ColumnHeads, offset=(company + 1, 0))
        assert home.queue_view.sort == "company"
        await pilot.click(ColumnHeads, offset=(company + 1, 0))
        assert home.queue_view.descending


async def test_the_mouse_chooses_opens_and_selects() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.click("#queue", offset=(12, 4))
        assert home.rows.cursor == 4
        await pilot.click("#queue", offset=(12, 6), times=2)
        await pilot.pause()
        assert focus_of(home) is home.context
        await pilot.click("#queue", offset=(1, 2))
        assert len(home.rows.selected) == 1


async def test_enter_tab_and_escape_go_between_queue_and_context() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert focus_of(home) is home.context
        await pilot.press("escape")
        assert focus_of(home) is home.rows
        await pilot.press("tab")
        assert focus_of(home) is home.context
        await pilot.press("tab")
        assert focus_of(home) is home.rows


async def test_only_countdowns_that_read_differently_are_drawn_again() -> None:
    clock = Clock()
    desk = busy_desk(clock=clock)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        count = home.rows.count
        before = [home.rows.render_line(y) for y in range(count)]
        clock.forward(seconds=1)
        home.tick()
        await pilot.pause()
        after = [home.rows.render_line(y) for y in range(count)]
        differ = {y for y in range(count) if before[y].text != after[y].text}
        assert 0 < len(differ) < count
        assert {y for y in range(count) if before[y] is not after[y]} == differ
        home.tick()
        await pilot.pause()
        assert all(home.rows.render_line(y) is after[y] for y in range(count))


async def test_what_time_leaves_on_the_screen_is_what_would_be_drawn_anew() -> None:
    clock = Clock()
    desk = busy_desk(clock=clock)
    async with app_over(desk).run_test(size=(200, 50)) as pilot:
        home = await settled(pilot)

        def texts() -> list[str]:
            return [home.rows.render_line(y).text for y in range(home.rows.count)]

        for _ in range(130):
            clock.forward(minutes=11)
            home.tick()
            after_the_tick = texts()
            home.show_rows(None)
            assert after_the_tick == texts()


async def test_an_unsure_clock_marks_every_countdown() -> None:
    desk = busy_desk()
    desk.clock_error_ms = 9000
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert "≈" in home.rows.render_line(0).text


async def test_the_sync_tells_from_its_thread_and_the_header_says_it() -> None:
    desk, sync = busy_desk(), ToldSync()
    async with app_over(desk, sync).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        sync.become(SyncState(Phase.OFFLINE, "The server cannot be reached."))
        await pilot.pause()
        assert "Offline" in str(home.header.render())
        assert home.status.message == "^r tries now. The server cannot be reached."
        await pilot.press("ctrl+r")
        assert "try_now" in sync.calls


async def test_never_synced_empty_and_offline_are_different_pictures() -> None:
    told: list[tuple[str, str, str]] = []
    never = MemoryDesk()
    never.ready = False
    cases = [
        (never, SyncState(Phase.SYNCING, progress=1200)),
        (never, SyncState(Phase.OFFLINE, "No network.")),
        (MemoryDesk(), SyncState(Phase.LIVE)),
        (MemoryDesk(), SyncState(Phase.OFFLINE, "No network.")),
    ]
    for desk, state in cases:
        async with app_over(desk, ToldSync(state)).run_test(size=SIZE) as pilot:
            home = await settled(pilot)
            sync_said = home.picture.said
            assert home.picture.display
            told.append(sync_said)
    assert len(set(told)) == len(cases)
    assert "1,200 leads read" in told[0][1]
    assert "No network." in told[1][1]


async def test_over_an_empty_queue_what_is_wrong_is_said_once() -> None:
    sync = ToldSync(SyncState(Phase.OFFLINE, "The server cannot be reached."))
    async with app_over(MemoryDesk(), sync).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.pause()
        assert home.status.message == "^r tries now. The server cannot be reached."
        assert home.picture.display
        assert "New leads may wait on the server." in home.picture.said[1]
        assert "cannot be reached" not in " ".join(home.picture.said)


async def test_files_that_cannot_be_opened_say_so_and_can_be_tried_again() -> None:
    desk = busy_desk()
    faults: list[StoreError] = [full_disk()]

    def open_desk() -> RepDesk:
        if faults:
            raise faults.pop()
        return desk

    app = LeadQueueApp(open_desk, None, desk.clock)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        assert "cannot be opened" in app.home.picture.said[0]
        assert "Free some space." in app.home.picture.said[1]
        await pilot.press("ctrl+r")
        home = await settled(pilot)
        assert home.rows.count == 24


async def test_the_inbox_opens_and_comes_back() -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert "1 to look at" in str(home.header.render())
        await pilot.press("i")
        await pilot.pause()
        assert isinstance(top(pilot), AttentionScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert top(pilot) is home


@pytest.mark.parametrize(
    ("keys", "group"),
    [
        (("question_mark",), "Decide"),
        (("n", "f1"), "In a form"),
        (("slash", "f1"), "While you type a filter"),
        (("enter", "question_mark"), "In the context"),
    ],
)
async def test_help_begins_with_what_has_the_keys_now(keys: tuple[str, ...], group: str) -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        screen = top(pilot)
        assert isinstance(screen, HelpScreen)
        assert str(screen.query_one(HelpText).render()).startswith(group)


async def test_help_lists_and_closes() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(top(pilot), HelpScreen)
        await pilot.press(*"undo", "escape")
        await pilot.pause()
        assert top(pilot) is home


async def test_a_command_of_the_palette_runs() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"Reject")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.pause()
        assert home.form is not None
        assert home.form.kind is DecisionKind.REJECT


async def test_keys_can_be_set_by_the_user() -> None:
    async with app_over(busy_desk(), keymap={"reject": "f5", "palette": "f6"}).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("f6")
        await pilot.pause()
        assert top(pilot) is not home
        await pilot.press("escape")
        await pilot.pause()
        assert "F5 Reject" in str(home.query_one(KeyFooter).render())
        await pilot.press("x")
        await pilot.pause()
        assert not has_form(home)
        await pilot.press("f5")
        await pilot.pause()
        assert home.form is not None


async def test_another_rep_s_lead_cannot_be_decided() -> None:
    desk = MemoryDesk([mql()])
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        lead_id = home.rows.cursor_id
        assert lead_id is not None
        desk.server[lead_id] = mql(owner=RAUL)
        home.reload()
        await pilot.pause()
        assert "a" not in {action.keys for action, _, _ in home.query_one(KeyFooter).fitting(120)}
        await pilot.press("a")
        assert not has_form(home)


async def test_the_demo_s_network_switch_is_there_only_in_a_demo() -> None:
    cut: list[bool] = []

    def switch() -> bool:
        cut.append(not cut or not cut[-1])
        return cut[-1]

    async with app_over(busy_desk(), network=switch).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("f9")
        assert "cut" in home.status.message
        await pilot.press("tilde")
        assert "back" in home.status.message
        assert cut == [True, False]
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("f9")
        assert home.status.message == ""


async def test_leaving_offline_says_that_unsent_decisions_are_safe_and_waits_for_nothing() -> None:
    desk, sync = busy_desk(), ToldSync(SyncState(Phase.OFFLINE))
    app = app_over(desk, sync)
    async with app.run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.press("q")
        await pilot.pause()
    assert not app.is_running
    assert "1 decision is not sent yet" in app.farewell
    assert "safe" in app.farewell
    assert desk.closed
    assert sync.calls[-1] == "stop"


async def test_leaving_with_a_filled_form_asks_first() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"hello", "ctrl+q")
        await pilot.pause()
        assert isinstance(top(pilot), ConfirmScreen)
        await pilot.press("n")
        await pilot.pause()
        assert home.form is not None
        assert home.form.dirty


async def test_leaving_asks_about_the_form_of_the_inbox_too() -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    app = app_over(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("i", "e")
        await pilot.pause()
        form = top(pilot).query_one(DecisionForm)
        note = form.query_one(TextArea)
        note.focus()
        await pilot.press(*"hello", "ctrl+q")
        await pilot.pause()
        assert isinstance(top(pilot), ConfirmScreen)
        assert app.is_running
        await pilot.press("n", *" again", "ctrl+q", "y")
        await pilot.pause()
        assert note.text == "hello again"
        assert not app.is_running


async def test_leaving_asks_about_no_form_that_is_as_it_came() -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk)]
    app = app_over(desk)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("i", "e")
        await pilot.pause()
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert not app.is_running


async def test_too_small_covers_and_uncovers_without_losing_anything() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("n")
        await pilot.pause()
        await pilot.press(*"hello")
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert isinstance(top(pilot), TooSmallScreen)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert top(pilot) is home
        assert home.form is not None
        assert home.form.values == {"note": "hello"}


async def test_a_question_over_too_small_gives_the_room_back_when_it_is_answered() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("n", *"hello")
        await pilot.resize_terminal(40, 10)
        await pilot.press("q")
        await pilot.pause()
        assert isinstance(top(pilot), ConfirmScreen)
        await pilot.resize_terminal(40, 11)
        await pilot.pause()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        await pilot.press("n")
        await pilot.pause()
        assert top(pilot) is home
        assert home.form is not None
        assert home.form.values == {"note": "hello"}


async def test_that_the_next_form_is_for_a_lead_out_of_sight_is_told() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        first = home.rows.current
        assert first is not None
        await pilot.press("space")
        await pilot.pause()
        assert home.status.message == "1 lead selected: the next form is for it"
        await pilot.press("slash", *"grace", "enter")
        await pilot.pause()
        assert home.rows.current is not None
        assert home.rows.current.id != first.id
        told = f"The next form is for {first.person}, selected and out of sight, not for this lead; "
        assert home.status.message.startswith(told)
        assert home.status.message.endswith("clears that")
        await pilot.press("space")
        await pilot.pause()
        assert home.status.message == "2 leads selected: one form serves them all"
        await pilot.press("escape")
        await pilot.pause()
        assert home.status.message == ""


async def test_lead_names_that_look_like_markup_are_shown_as_they_are() -> None:
    desk = MemoryDesk(
        [mql(first_name="[@click=app.quit]x[/]", last_name="[bold]", company_name="[/]\x1b[2J")]
    )
    async with app_over(desk).run_test(size=(200, 60)) as pilot:
        home = await settled(pilot)
        line = home.rows.render_line(0)
        assert "[@click=app.quit]" in line.text
        assert "\x1b" not in line.text
        assert line.cell_length == home.rows.size.width
        await send(pilot, home, "reject", reason="no_budget")
        assert "[@click" in str(home.status.render())


async def test_the_footer_tells_what_works_where_the_focus_is() -> None:
    async with app_over(busy_desk()).run_test(size=(200, 40)) as pilot:
        home = await settled(pilot)

        def footer() -> str:
            return str(home.query_one(KeyFooter).render())

        assert all(told in footer() for told in ("a Accept", "Enter Open", "Space Select", "? Help"))
        await pilot.press("slash")
        await pilot.pause()
        assert not any(told in footer() for told in ("a Accept", "? Help", "Enter", "Space", "q Quit"))
        assert "F1 Help" in footer()
        await pilot.press("escape", "enter")
        await pilot.pause()
        assert "Enter In full" in footer()
        assert not any(told in footer() for told in ("Enter Open", "Space Select"))
        await pilot.press("escape", "n")
        await pilot.pause()
        assert "F1 Help" in footer()
        assert "? Help" not in footer()
        await pilot.press("f1")
        await pilot.pause()
        assert isinstance(top(pilot), HelpScreen)


async def test_a_click_on_the_footer_reaches_the_list() -> None:
    async with app_over(busy_desk()).run_test(size=(200, 40)) as pilot:
        home = await settled(pilot)
        footer = home.query_one(KeyFooter)
        await pilot.click(footer, offset=(str(footer.render()).index("Space Select"), 0))
        await pilot.pause()
        assert len(home.rows.selected) == 1

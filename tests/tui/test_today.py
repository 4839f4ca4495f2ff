"""What the rep did today: every decision with its state, also without a network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.builders import DEFINITIONS, DIRECTORY, NOW, RAUL, decision, mql
from tests.tui.doubles import MemoryDesk, ToldSync, app_over, attention_item, busy_desk
from tests.tui.test_home import SIZE, send, settled
from textual.pilot import Pilot
from textual.widgets import Static

from leadqueue.cache.both_sides import whom
from leadqueue.cache.today import detail, reason, totals
from leadqueue.cache.views import AttentionStatus, DecidedItem, EarlierTry, Fate, OutboxState
from leadqueue.definitions.model import DecisionKind
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.screens.attention import AttentionScreen
from leadqueue.tui.screens.today import TodayScreen
from leadqueue.tui.screens.today_lines import line
from leadqueue.tui.widgets.line_list import LineList

SnapCompare = Callable[..., bool]
UTC = ZoneInfo("UTC")


def worked_desk() -> MemoryDesk:
    """A desk on which five decisions were made today, one of them held and one in the inbox."""
    desk = busy_desk(12)
    ids = list(desk.server)
    desk.decide(ids[0], DecisionKind.REJECT, {"reason": "no_budget"})
    desk.clock.forward(minutes=3)
    desk.decide(ids[2], DecisionKind.RECYCLE, {"reason": "bad_timing", "revisit_on": "2027-03-01"})
    desk.clock.forward(minutes=3)
    desk.decide(ids[1], DecisionKind.TOUCH, {"touch_channel": "call", "touch_outcome": "no_answer"})
    desk.clock.forward(minutes=9)
    desk.decide(ids[3], DecisionKind.NOTE, {"note": "Call again."})
    desk.outbox[0] = replace(desk.outbox[0], state=OutboxState.ANSWERED)
    desk.outbox[1] = replace(desk.outbox[1], state=OutboxState.HELD, trouble="The token was refused.")
    desk.inbox = [attention_item(desk)]
    return desk


async def opened(pilot: Pilot[None]) -> TodayScreen:
    await settled(pilot)
    await pilot.press("l")
    await pilot.pause()
    screen = pilot.app.screen
    assert isinstance(screen, TodayScreen)
    return screen


async def test_every_decision_of_today_is_there_newest_first() -> None:
    async with app_over(worked_desk()).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        lines = screen.query_one(LineList)
        told = [" ".join(lines.line(index).split()) for index in range(lines.count)]
        assert len(told) == 5
        assert told[0].startswith("10:15 ↑ waiting Add note")
        assert "Call again." in told[0]
        assert "! held" in told[2]
        assert "Bad timing · 2027-03-01" in told[2]
        assert any("! inbox" in each for each in told)
        assert "5 decisions, 2 waiting, 1 held, 1 answered, 1 inbox" in str(
            screen.query_one("#today-title", Static).content
        )


async def test_what_was_tried_before_stands_under_the_list() -> None:
    desk = worked_desk()
    first = replace(
        attention_item(desk).decision, values={"acceptance_reason": "strong_fit", "note": "x\x1b"}
    )
    late = EarlierTry(first, AttentionStatus.CONFLICT, "Raúl was first.", (), NOW)
    old = replace(late, decision=replace(first, decided_at=NOW - timedelta(days=1)))
    desk.inbox = [replace(desk.inbox[0], earlier=(late, old))]
    async with app_over(desk).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("end")
        await pilot.pause()
        what, _, *told = str(screen.query_one("#today-detail", Static).content).splitlines()
    assert what.startswith("Accepted at 10:00: ")
    assert "waits in the inbox" in told[0]
    assert told[1].startswith("Earlier try, 10:00: Strong ICP fit · x")
    assert told[1].endswith("; Raúl was first.")
    assert told[2].startswith("Earlier try, 2026-11-22 10:00: Strong ICP fit")
    assert "\x1b" not in told[1]


async def test_the_state_under_the_cursor_is_told_in_words() -> None:
    async with app_over(worked_desk()).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("j", "j")
        await pilot.pause()
        assert "The token was refused." in str(screen.query_one("#today-detail", Static).content)


async def test_enter_goes_to_the_lead_also_where_it_left_the_queue() -> None:
    desk = worked_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await opened(pilot)
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is home
        assert home.rows.cursor_id == desk.outbox[-1].decision.lead_id


async def test_the_list_follows_what_is_sent_meanwhile() -> None:
    desk = worked_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        desk.outbox.pop()
        screen.tick()
        await pilot.pause()
        assert screen.query_one(LineList).count == 4


async def test_from_here_the_inbox_is_one_key_away() -> None:
    async with app_over(worked_desk()).run_test(size=SIZE) as pilot:
        await opened(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert isinstance(pilot.app.screen, AttentionScreen)


async def test_a_day_without_decisions_says_what_will_come_here() -> None:
    desk = busy_desk(3)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        screen = await opened(pilot)
        assert "nothing decided yet" in str(screen.query_one("#today-title", Static).content)
        await pilot.press("enter", "escape")
        await pilot.pause()
        await send(pilot, home, "note", note="x")
        desk.clock.at += timedelta(days=1)
        await opened(pilot)
        assert pilot.app.screen.query_one(LineList).count == 0


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        (Fate.ANSWERED, "The server answered at 09:00"),
        (Fate.INBOX, "waits in the inbox. late"),
        (Fate.HELD, "Held back until that is put right. late"),
        (Fate.SENDING, "being sent"),
        (Fate.WAITING, "goes out in 30s. late"),
    ],
)
def test_each_state_has_words(fate: Fate, words: str) -> None:
    made = decision(mql(), "note", {"note": "x"}, at=NOW)
    settled_at = NOW if fate in (Fate.ANSWERED, Fate.INBOX) else None
    item = DecidedItem(made, fate, "late", NOW + timedelta(seconds=30), settled_at)
    assert words in detail(item, NOW, UTC)


@pytest.mark.parametrize(
    ("own", "tried", "trouble", "words"),
    [
        (2, 40, "", "waits; next try in 40s. No network."),
        (50, 40, "", "waits; next try in 50s. No network."),
        (None, 40, "", "waits; next try in 40s. No network."),
        (2, 40, "Too slow.", "waits; next try in 40s. Too slow."),
        (2, None, "", "waits. No network."),
        (2, -1, "", "waits; next try in 2s. No network."),
    ],
)
def test_what_nothing_sends_now_is_not_said_to_go_out(
    own: int | None, tried: int | None, trouble: str, words: str
) -> None:
    def at(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOW + timedelta(seconds=seconds)

    made = decision(mql(), "note", {"note": "x"}, at=NOW)
    item = DecidedItem(made, Fate.WAITING, trouble, at(own))
    assert detail(item, NOW, UTC, "No network.", at(tried)) == f"It is safe on this computer and {words}"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_the_line_cuts_is_told_in_full_under_the_list(size: tuple[int, int]) -> None:
    desk = MemoryDesk(
        [mql(first_name="Wilhelmina Augusta", last_name="von " * 12 + "End", company_name="Ex " * 60)]
    )
    [lead] = desk.server.values()
    note = " ".join(f"word{number}" for number in range(120))
    desk.decide(
        lead.id, DecisionKind.ACCEPT, {"acceptance_reason": "strong_fit", "note": f"{note}\nand\x1b more"}
    )
    async with app_over(desk).run_test(size=size) as pilot:
        screen = await opened(pilot)
        detail = screen.query_one("#today-detail", Static)
        what, *filled, state = str(detail.content).splitlines()
        assert what == f"Accepted at 10:00: {lead.person}, {lead.company}"
        assert filled == ["Acceptance reason: Strong ICP fit", f"Note: {note} and\ufffd more"]
        assert state.startswith("It is safe on this computer")
        about = screen.query_one("#today-about")
        assert detail.size.width <= about.size.width <= size[0]
        assert screen.query_one(LineList).size.height >= 3
        await pilot.press("tab", "end")
        await pilot.pause()
        assert about.scroll_offset.y == about.max_scroll_y, "the rest is a key away"
        assert (pilot.app.focused is about) is (about.max_scroll_y > 0)


async def test_a_lead_that_went_elsewhere_goes_by_the_name_that_the_inbox_has() -> None:
    desk = worked_desk()
    [item] = desk.inbox
    name = whom(item)
    gone = item.decision.lead_id
    desk.outbox = [each for each in desk.outbox if each.decision.lead_id != gone]
    del desk.server[gone]
    async with app_over(desk).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        await pilot.press("end")
        await pilot.pause()
        assert f": {name}" in str(screen.query_one("#today-detail", Static).content)


async def test_a_network_that_is_known_to_be_away_is_told_at_once() -> None:
    sync = ToldSync()
    desk = worked_desk()
    async with app_over(desk, sync=sync).run_test(size=SIZE) as pilot:
        screen = await opened(pilot)
        told = screen.query_one("#today-detail", Static)
        assert "goes out" in str(told.content)
        sync.become(
            SyncState(
                Phase.OFFLINE,
                "The server cannot be reached. Your decisions are kept.",
                next_try_at=desk.clock() + timedelta(seconds=30),
            )
        )
        await pilot.pause()
        screen.tick()
        [state] = [each for each in str(told.content).splitlines() if each.startswith("It is safe")]
        assert state.startswith("It is safe on this computer and waits; next try in 30s. The server")
        assert "goes out" not in str(told.content)


def test_hostile_text_stays_on_its_line() -> None:
    made = decision(mql(), "note", {"note": "a\n\x1b[31mb [@click=app.quit]x[/]"}, at=NOW)
    item = DecidedItem(made, Fate.WAITING)
    written = line(item, "x\x1b]8;;y\n", DEFINITIONS, DIRECTORY, UTC, 120)
    assert written.plain.isprintable()
    assert "[@click=app.quit]" in written.plain


def test_a_colleague_is_told_by_name_and_a_full_day_says_so() -> None:
    made = decision(mql(), "reassign", {"assignee": RAUL.id, "why": "Speaks Spanish."}, at=NOW)
    assert reason(made, DEFINITIONS, DIRECTORY) == "Raúl Rep · Speaks Spanish."
    items = [DecidedItem(made, Fate.ANSWERED)] * 3
    assert totals(items, 3) == "Today: 3 decisions or more; of the latest 3, 3 answered"
    assert totals(items, 4) == "Today: 3 decisions, 3 answered"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_day_looks_as_agreed(size: tuple[int, int], snap_compare: SnapCompare) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        await opened(pilot)

    assert snap_compare(app_over(worked_desk()), terminal_size=size, run_before=ask)

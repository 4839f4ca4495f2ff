"""Pictures of the home screen: three sizes, two themes, and what stands there when there are no rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.builders import NOW, mql
from tests.tui.doubles import MemoryDesk, ToldSync, app_over, attention_item, busy_desk
from textual.pilot import Pilot
from textual.widgets import Input

from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.glyphs import ASCII
from leadqueue.tui.widgets.context_pane import ContextPane

SnapCompare = Callable[..., bool]


async def opened(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, LeadQueueApp)
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.pause()


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_home(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    desk = busy_desk(64)
    desk.inbox = [attention_item(desk)]
    assert snap_compare(app_over(desk, theme=theme), terminal_size=size, run_before=opened)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_form_and_selection(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    async def select_and_reject(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.press("space", "space", "x")
        await pilot.pause()

    assert snap_compare(app_over(busy_desk()), terminal_size=size, run_before=select_and_reject)


def test_help(snap_compare: SnapCompare) -> None:
    async def ask(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.press("question_mark")
        await pilot.press(*"send")  # a picture that does not change with each new key
        await pilot.pause()
        app = pilot.app
        assert isinstance(app, LeadQueueApp)
        app.screen.set_focus(None)
        await pilot.pause()

    assert snap_compare(app_over(busy_desk()), terminal_size=(80, 24), run_before=ask)


def test_offline_for_days(snap_compare: SnapCompare) -> None:
    desk = busy_desk()
    desk.last_pull_at = NOW - timedelta(days=2)
    desk.clock_error_ms = 30_000
    offline = ToldSync(
        SyncState(Phase.OFFLINE, "The server cannot be reached.", next_try_at=NOW + timedelta(minutes=3))
    )

    async def decide(pilot: Pilot[None]) -> None:
        await opened(pilot)
        app = pilot.app
        assert isinstance(app, LeadQueueApp)
        assert app.home.rows.cursor_id is not None
        from leadqueue.definitions.model import DecisionKind

        desk.decide(app.home.rows.cursor_id, DecisionKind.NOTE, {"note": "Call again."})
        app.home.reload()
        await pilot.pause()

    assert snap_compare(app_over(desk, offline), terminal_size=(120, 40), run_before=decide)


def test_plain_terminal(snap_compare: SnapCompare) -> None:
    assert snap_compare(app_over(busy_desk(), glyphs=ASCII), terminal_size=(80, 24), run_before=opened)


def test_hostile_names(snap_compare: SnapCompare) -> None:
    names = (
        "[bold red]x[/]",
        "\x1b[31mred",
        "\u202egnihsihp",
        "e" + "\u0301" * 40,
        "👩‍👩‍👧 family",
        "営業" * 20,
    )
    desk = MemoryDesk(
        [
            mql(first_name=name, last_name="", company_name=name, email=f"x{number}@example.com")
            for number, name in enumerate(names)
        ]
    )
    assert snap_compare(app_over(desk), terminal_size=(120, 40), run_before=opened)


@pytest.mark.parametrize(
    ("ready", "state"),
    [
        (False, SyncState(Phase.SYNCING, progress=1200)),
        (False, SyncState(Phase.UNAUTHORISED, "The token was refused. Log in again: leadqueue login")),
        (True, SyncState(Phase.LIVE)),
        (True, SyncState(Phase.OFFLINE, "The server cannot be reached.")),
    ],
    ids=["first-reading", "never-synced", "all-done", "empty-offline"],
)
def test_pictures_without_rows(snap_compare: SnapCompare, ready: bool, state: SyncState) -> None:
    desk = MemoryDesk()
    desk.ready = ready
    assert snap_compare(app_over(desk, ToldSync(state)), terminal_size=(80, 24), run_before=opened)


def test_too_small(snap_compare: SnapCompare) -> None:
    assert snap_compare(app_over(busy_desk()), terminal_size=(40, 10))


def test_a_day_that_is_wrong_on_a_small_terminal(snap_compare: SnapCompare) -> None:
    """Here the form has the few rows that the queue leaves to it."""

    async def fill_in(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.press("r", *"tim", "enter", *"2020-01-01", "ctrl+s")
        editor = pilot.app.focused
        assert isinstance(editor, Input)
        editor.cursor_blink = False
        await pilot.pause()

    assert snap_compare(app_over(busy_desk()), terminal_size=(80, 24), run_before=fill_in)

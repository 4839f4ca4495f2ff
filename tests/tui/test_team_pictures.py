"""Pictures of the manager's screen: three sizes, dark and light, without a network, in plain signs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.tui.doubles import ToldSync, app_over
from tests.tui.team_doubles import said, team_desk
from tests.tui.test_team import drilled, opened
from textual.pilot import Pilot

from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.glyphs import ASCII

SnapCompare = Callable[..., bool]


async def team(pilot: Pilot[None]) -> None:
    await opened(pilot)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_team(snap_compare: SnapCompare, size: tuple[int, int], theme: str) -> None:
    assert snap_compare(app_over(team_desk(), theme=theme), terminal_size=size, run_before=team)


def test_without_a_network(snap_compare: SnapCompare) -> None:
    desk = team_desk()
    desk.memory_team.said = said(timedelta(hours=3))
    desk.memory_team.seen = [desk.memory_team.breaches[0].id]
    offline = ToldSync(SyncState(Phase.OFFLINE, "The server cannot be reached."))

    async def select(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.press("tab", "j")
        await pilot.pause()

    assert snap_compare(app_over(desk, offline), terminal_size=(80, 24), run_before=select)


def test_plain_signs(snap_compare: SnapCompare) -> None:
    assert snap_compare(app_over(team_desk(), glyphs=ASCII), terminal_size=(120, 24), run_before=team)


def test_a_reps_queue(snap_compare: SnapCompare) -> None:
    async def drill(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await drilled(pilot, "enter")

    assert snap_compare(app_over(team_desk()), terminal_size=(120, 40), run_before=drill)

"""The line above the keys: all of it can be read, or an ellipsis says that there is more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.builders import NOW
from tests.tui.doubles import ToldSync, app_over, busy_desk
from tests.tui.test_home import settled

from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.status_line import MOST_ROWS, StatusLine

SMALL = (80, 24)
OFFLINE = SyncState(
    Phase.OFFLINE,
    "The server cannot be reached. Your decisions are kept and sent when it is back.",
    next_try_at=NOW + timedelta(minutes=3),
)


def rows_of(line: StatusLine) -> list[str]:
    """Its rows as they are drawn on the screen."""
    strips = line.screen._compositor.render_strips()
    return [strip.text.rstrip() for strip in strips[line.region.y : line.region.bottom]]


async def test_offline_a_small_terminal_tells_all_and_the_key_that_tries_at_once() -> None:
    sync = ToldSync(OFFLINE)
    async with app_over(busy_desk(), sync).run_test(size=SMALL) as pilot:
        home = await settled(pilot)
        await pilot.pause()
        rows = rows_of(home.status)
        assert len(rows) == MOST_ROWS
        assert rows[0].startswith(" ! ^r tries now. The server cannot be reached.")
        assert " ".join(row.strip() for row in rows).endswith("when it is back.")
        footer = home.query_one(KeyFooter)
        assert "sync" in [action.id for action, _, _ in footer.fitting(SMALL[0])][:5]
        sync.become(SyncState(Phase.LIVE))
        await pilot.pause()
        await pilot.pause()
        assert rows_of(home.status) == [""]
        assert "sync" not in [action.id for action, _, _ in footer.fitting(SMALL[0])]


@pytest.mark.parametrize("words", ["word " * 75, "x" * 399], ids=["words", "one-word"])
async def test_what_is_cut_ends_in_an_ellipsis(words: str) -> None:
    async with app_over(busy_desk()).run_test(size=SMALL) as pilot:
        home = await settled(pilot)
        home.status.say(words)
        await pilot.pause()
        rows = rows_of(home.status)
        assert len(rows) == MOST_ROWS
        assert rows[-1].endswith("…")
        home.status.say("Short.")
        await pilot.pause()
        assert rows_of(home.status) == [" · Short."]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(20, 200))
def test_every_row_fits_and_nothing_is_lost_without_a_sign(text: str, width: int) -> None:
    line = StatusLine()
    line.say(text)
    rows = [row.plain for row in line._written(width)]
    assert 1 <= len(rows) <= MOST_ROWS
    assert all(cell_len(row) <= width for row in rows)
    if line.message and not rows[-1].endswith("…"):
        told = "".join("".join(rows).split())
        assert told.endswith("".join(line.message.split()))

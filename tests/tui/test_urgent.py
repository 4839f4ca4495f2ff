"""The way to the most urgent lead that is not dealt with."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.tui.doubles import MemoryDesk, MemoryQueue, app_over, busy_desk
from tests.tui.test_home import SIZE, settled

from leadqueue.cache.queue_views import QueueRow, QueueView
from leadqueue.definitions.model import DecisionKind
from leadqueue.tui.urgent import most_urgent, next_urgent

VIEW = QueueView(sort="score", descending=True)
URGENT = QueueView()


def noted(desk: MemoryDesk, *lead_ids: str) -> MemoryDesk:
    for lead_id in lead_ids:
        desk.decide(lead_id, DecisionKind.NOTE, {"note": "x"})
    return desk


def test_the_most_urgent_one_comes_first_whatever_the_order_on_the_screen() -> None:
    desk = busy_desk()
    ids = desk.memory.ids(URGENT)
    row = next_urgent(desk.memory, VIEW, ids[9], go_on=False)
    assert row is not None
    assert row.id == ids[0]


def test_asked_again_the_next_one_comes_and_from_the_end_the_first() -> None:
    desk = busy_desk()
    ids = desk.memory.ids(URGENT)
    second = next_urgent(desk.memory, VIEW, ids[0], go_on=True)
    around = next_urgent(desk.memory, VIEW, ids[-1], go_on=True)
    assert second is not None
    assert around is not None
    assert (second.id, around.id) == (ids[1], ids[0])


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(0, 5)), st.integers(0, 5), st.booleans())
def test_it_is_never_one_that_is_dealt_with_and_is_missing_only_where_all_are(
    done: set[int], here: int, go_on: bool
) -> None:
    desk = busy_desk(6)
    ids = desk.memory.ids(URGENT)
    noted(desk, *(ids[number] for number in done))
    row = next_urgent(desk.memory, VIEW, ids[here], go_on=go_on)
    open_ones = [lead_id for number, lead_id in enumerate(ids) if number not in done | {here}]
    assert (row is None) is (not open_ones)
    if row is not None:
        assert row.id in open_ones


class WithClosed(MemoryQueue):
    """A queue in which a word filter has also found leads that nobody awaits a decision on."""

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        return [row._replace(due_at=None) for row in super().window(view, offset, limit)]


def test_a_closed_lead_that_a_filter_found_is_never_the_most_urgent() -> None:
    desk = busy_desk(3)
    assert next_urgent(WithClosed(desk), VIEW, None, go_on=False) is None
    assert most_urgent(WithClosed(desk).window(VIEW, 0, 3), None, go_on=False) is None


def test_among_rows_at_hand_the_nearest_limit_counts_whatever_their_order() -> None:
    desk = busy_desk(6)
    ids = desk.memory.ids(URGENT)
    noted(desk, ids[2])
    rows = desk.rows()
    by_due = sorted((row for row in rows if not row.unsent), key=lambda row: (row.due_at, row.id))
    assert most_urgent(rows, None, go_on=False) == by_due[0]
    assert most_urgent(rows[::-1], by_due[0], go_on=False) == by_due[1]
    assert most_urgent(rows, by_due[1], go_on=True) == by_due[2]
    assert most_urgent(rows, by_due[-1], go_on=True) == by_due[0]
    assert most_urgent([], None, go_on=True) is None


def test_an_empty_queue_has_none() -> None:
    assert next_urgent(MemoryDesk().memory, URGENT, None, go_on=False) is None


async def test_the_key_jumps_and_says_when_there_is_nothing_left() -> None:
    desk = busy_desk(3)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        ids = desk.memory.ids(URGENT)
        await pilot.press("G", ".")
        assert home.rows.cursor_id == ids[0]
        await pilot.press(".")
        assert home.rows.cursor_id == ids[1]
        noted(desk, *ids)
        home.reload()
        await pilot.press(".")
        assert "dealt with" in home.status.message

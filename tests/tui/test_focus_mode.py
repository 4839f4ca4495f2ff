"""One lead at a time: its context has the screen, and the queue's keys work as ever."""

from __future__ import annotations

import pytest
from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import SIZE, send, settled

from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.focus_bar import FocusBar
from leadqueue.tui.widgets.key_footer import KeyFooter


@pytest.mark.parametrize("size", [(80, 24), SIZE, (200, 60)])
async def test_the_lead_fills_the_screen_and_says_which_it_is(size: tuple[int, int]) -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=size) as pilot:
        home = await settled(pilot)
        await pilot.press("f")
        await pilot.pause()
        assert home.context is not None
        assert home.context.size.width >= size[0] - 3
        assert home.context.size.height >= size[1] - 6
        assert home.rows.size.height == 1
        assert "1 of 24" in home.query_one(FocusBar).text
        await pilot.press("j", "j")
        await pilot.pause()
        assert "3 of 24" in home.query_one(FocusBar).text
        assert home.rows.scroll_offset.y == home.rows.cursor == 2
        row = home.rows.row(3)
        assert row is not None
        assert f"then {row.person}" in home.query_one(FocusBar).text
        await pilot.press("f")
        await pilot.pause()
        assert home.rows.size.height > 1
        assert not home.query_one(FocusBar).display


async def test_after_a_decision_the_next_lead_is_there() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        following = home.rows.row(1)
        await pilot.press("f")
        await pilot.pause()
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.pause()
        assert following is not None
        assert home.rows.cursor_id == following.id
        assert "1 of 23" in home.query_one(FocusBar).text
        assert following.person in home.query_one(ContextPane).page.text
        assert home.focused is home.rows


async def test_the_selection_waits_until_the_whole_queue_is_back() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("space", "space", "f")
        await pilot.pause()
        here = home.rows.cursor_id
        await send(pilot, home, "note", note="Only this one.")
        assert [item.decision.lead_id for item in desk.outbox] == [here]
        await pilot.press("escape")
        assert len(home.selected_now) == 2


async def test_a_page_reads_on_in_the_context() -> None:
    desk = busy_desk()
    async with app_over(desk).run_test(size=(80, 24)) as pilot:
        home = await settled(pilot)
        await pilot.press("f")
        await pilot.pause()
        before = home.rows.cursor_id
        await pilot.press("pagedown")
        await pilot.pause()
        assert home.context is not None
        assert home.context.scroll_y > 0
        assert home.rows.cursor_id == before


async def test_with_the_last_lead_gone_the_queue_says_so() -> None:
    desk = busy_desk(1)
    async with app_over(desk).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("f")
        await pilot.pause()
        await send(pilot, home, "reject", reason="no_budget")
        await pilot.pause()
        assert not home.in_focus
        assert home.picture.display


async def test_the_footer_says_that_escape_goes_back() -> None:
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("f")
        await pilot.pause()
        footer = home.query_one(KeyFooter)
        assert "Esc Back" in str(footer.render())
        await pilot.press("escape", "space")
        await pilot.pause()
        assert not home.in_focus
        assert "Esc Clear" in str(footer.render())


@pytest.mark.parametrize("size", [(80, 24), SIZE], ids=["narrow", "wide"])
@pytest.mark.parametrize("keys", [["f"], ["f", "f"], ["enter"], ["enter", "escape"], ["x"], ["x", "escape"]])
async def test_no_node_in_sight_but_those_that_were_asked_looks_different(
    size: tuple[int, int], keys: list[str]
) -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=size) as pilot:
        home = await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()
        closed = {form for form in home.query(DecisionForm) if not form.display}
        nodes = [
            node for node in home.walk_children(with_self=True) if closed.isdisjoint(node.ancestors_with_self)
        ]
        before = [node.styles.base.get_rules() for node in nodes]
        app.stylesheet.update(home)
        assert before == [node.styles.base.get_rules() for node in nodes]

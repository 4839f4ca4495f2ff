"""Columns and density: what is chosen fits every width, is seen at once and is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.builders import DEFINITIONS, NOW
from tests.tui.doubles import ToldSync, ViewShelf, app_over, busy_desk
from tests.tui.test_home import SIZE, settled
from tests.tui.test_views import HOT

from leadqueue.cache.glance import Words
from leadqueue.cache.own_columns import ColumnChoice
from leadqueue.cache.queue_views import SORTS
from leadqueue.cache.saved_views import SavedView
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.glyphs import UNICODE
from leadqueue.tui.screens.columns import ColumnsScreen
from leadqueue.tui.settings.values import Settings
from leadqueue.tui.widgets.queue_row import (
    COLUMNS,
    RowWords,
    cells,
    countdown_cell,
    heading,
    layout_for,
    order_unseen,
    second_line,
)

WORDS = RowWords.of(Words.of(DEFINITIONS), UNICODE, approximate=False)
ROW = busy_desk(3).rows()[2]
CHOICES = st.lists(
    st.builds(ColumnChoice, st.sampled_from([*COLUMNS, "gone"]), st.sampled_from([0, 0, 1, 3, 9, 40, 80]))
)


@given(st.integers(50, 300), CHOICES)
def test_every_choice_fits_every_width(width: int, chosen: list[ColumnChoice]) -> None:
    layout = layout_for(width, chosen)
    first, start, wide = layout.columns[0]
    assert first.key == "countdown"
    line = " " * start + countdown_cell(ROW, NOW, WORDS, wide)[0] + " "
    line += "".join(text for _, text in cells(ROW, NOW, layout, WORDS))
    assert cell_len(line) <= width + 1
    assert cell_len(heading(layout, WORDS, "urgency", falls=False)) == width
    assert cell_len(second_line(ROW, layout, WORDS)) <= width
    ends = [start + wide for _, start, wide in layout.columns]
    starts = [start for _, start, _ in layout.columns]
    assert all(begin == end + 1 for begin, end in zip(starts[1:], ends, strict=False))


@given(st.integers(50, 300), CHOICES, st.sampled_from(SORTS), st.booleans())
def test_every_order_is_told_by_a_heading_or_in_words(
    width: int, chosen: list[ColumnChoice], sort: str, falls: bool
) -> None:
    layout = layout_for(width, chosen)
    arrow = UNICODE.down if falls else UNICODE.up
    line = heading(layout, WORDS, sort, falls=falls)
    assert cell_len(line) == width
    words = order_unseen(layout, sort, UNICODE, falls=falls)
    assert line.count(arrow) + words.count(arrow) == 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_an_order_of_a_column_that_is_not_shown_stands_in_the_status_line(
    size: tuple[int, int],
) -> None:
    async with app_over(busy_desk(), ToldSync()).run_test(size=size) as pilot:
        home = await settled(pilot)
        assert "Sorted" not in home.status.message
        await pilot.press("w")
        screen = pilot.app.screen
        assert isinstance(screen, ColumnsScreen)
        place = next(
            place for place, each in enumerate(screen.listed.options) if "Campaign" in str(each.prompt)
        )
        await pilot.press(*["down"] * place, "s", "escape")
        await pilot.pause()
        assert home.queue_view is not None
        assert home.queue_view.sort == "campaign"
        for _ in range(40):
            home.tick()
        assert home.status.message == "Sorted by Campaign ▲, which is not shown"
        await pilot.press("S")
        assert home.status.message == "Sorted by Campaign ▼, which is not shown"
        await pilot.press("space")
        assert home.status.message.startswith("1 lead selected")
        assert home.status.message.endswith("Sorted by Campaign ▼, which is not shown")
        await pilot.press("escape", "w")
        await pilot.press(*["down"] * place, "space", "r", "escape")
        await pilot.pause()
        assert "Sorted" in home.status.message
        await pilot.press("s")
        assert home.status.message == ""


async def test_an_order_is_told_while_the_server_is_out_of_reach_too() -> None:
    sync = ToldSync()
    sync.state = SyncState(phase=Phase.OFFLINE)
    view = SavedView("Oldest", sort="age")
    async with app_over(busy_desk(), sync, views=ViewShelf(view)).run_test(size=(80, 24)) as pilot:
        home = await settled(pilot)
        await pilot.press("]")
        await pilot.pause()
        assert "tries now" in home.status.message
        assert home.status.message.endswith("Sorted by Age ▲, which is not shown")
        assert "Sorted by Age" in str(home.status.render())
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        assert "Sorted" not in home.status.message


def test_chosen_columns_keep_their_order_and_size() -> None:
    layout = layout_for(120, [ColumnChoice("company", 20), ColumnChoice("score"), ColumnChoice("person")])
    assert [column.key for column, _, _ in layout.columns] == ["countdown", "company", "score", "person"]
    widths = {column.key: wide for column, _, wide in layout.columns}
    assert widths["company"] == 20
    assert widths["person"] > COLUMNS["person"].width


def test_what_does_not_fit_is_left_out_from_the_end_on() -> None:
    chosen = [ColumnChoice(key) for key in ("person", "company", "title", "source")]
    assert [column.key for column, _, _ in layout_for(50, chosen).columns] == [
        "countdown",
        "person",
        "company",
    ]


async def test_a_column_is_hidden_moved_sized_and_sorted_by() -> None:
    shelf = ViewShelf()
    async with app_over(busy_desk(), views=shelf).run_test(size=(160, 40)) as pilot:
        home = await settled(pilot)
        usual = [column.key for column, _, _ in home.rows.layout_now.columns][1:]
        await pilot.press("w")
        assert isinstance(pilot.app.screen, ColumnsScreen)
        await pilot.press("space")
        assert [each.key for each in home.rows.columns] == usual[1:]
        await pilot.press("J")
        assert [each.key for each in home.rows.columns][:2] == [usual[2], usual[1]]
        await pilot.press("plus", "plus", "s")
        assert home.rows.columns[1].width > 0
        assert shelf.views.columns == home.rows.columns
        await pilot.press("r")
        assert home.rows.columns == ()
        assert shelf.views.columns == ()
        await pilot.press("escape")


async def test_columns_of_a_view_are_kept_with_it_only_when_it_is_updated() -> None:
    shelf = ViewShelf(HOT)
    async with app_over(busy_desk(), views=shelf).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        await pilot.press("]", "w", "space", "escape")
        assert home.rows.columns
        assert shelf.views.views == (HOT,)
        assert home.has_changed
        await pilot.press("v", "u")
        assert shelf.views.views[0].columns == home.rows.columns
        assert not home.has_changed


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_roomy_lead_has_two_lines_and_the_cursor_stays_in_sight(size: tuple[int, int]) -> None:
    desk = busy_desk(80)
    async with app_over(desk).run_test(size=size) as pilot:
        home = await settled(pilot)
        await pilot.press("z")
        await pilot.pause()
        rows = home.rows
        assert rows.virtual_size.height in (160, 161)
        row = rows.row(0)
        assert row is not None
        assert row.person in rows.render_line(0).text
        second = rows.render_line(1).text
        assert row.title[:8] in second or "title" in {column.key for column, _, _ in rows.layout_now.columns}
        await pilot.press("G")
        height = rows.scrollable_content_region.height
        assert rows.cursor == 79
        assert rows.scroll_offset.y % 2 == 0
        assert 0 <= rows.scroll_offset.y + height - 160 <= 1
        await pilot.press("pageup")
        assert rows.cursor == 79 - max(1, height // 2 - 1)
        await pilot.click("#queue", offset=(10, 1))
        assert rows.cursor == rows.scroll_offset.y // 2
        await pilot.press("z")
        await pilot.pause()
        assert rows.lines == 1
        assert rows.virtual_size.height == 80


async def test_the_density_of_the_settings_holds_from_the_start() -> None:
    async with app_over(busy_desk(), settings=Settings(density="roomy")).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        assert home.rows.lines == 2

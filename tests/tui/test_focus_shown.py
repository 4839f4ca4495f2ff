"""Where the keys go can be seen: by shape, so in every theme, in 16 colours and in none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.style import Style
from tests.tui.doubles import ViewShelf, app_over, attention_item, busy_desk
from tests.tui.team_doubles import team_desk
from tests.tui.test_home import settled
from tests.tui.test_team import opened
from textual.geometry import Region

from leadqueue.cache.saved_views import SavedView
from leadqueue.definitions.model import DecisionKind
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.glyphs import ASCII, UNICODE, Glyphs
from leadqueue.tui.plain import plain
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS
from leadqueue.tui.widgets.line_list import LineList
from leadqueue.tui.widgets.moved_options import MovedOptions
from leadqueue.tui.widgets.queue_list import QueueList

SIZES = [(80, 24), (120, 40)]


def painted(app: LeadQueueApp, x: int, y: int) -> str:
    """The sign at a place of the screen, as a terminal without UTF-8 shows it where the app is for one."""
    line = app.screen._compositor.render_strips()[y].crop(x, x + 1).text
    return plain(line, None) if app.has_class("-ascii") else line


def signs(app: LeadQueueApp) -> tuple[str, str]:
    """The mark of the row under the cursor, and the edge of the context beside or under the queue."""
    home = app.home
    side = home.query_one("#side").region
    return painted(app, home.rows.region.x, home.rows.region.y), painted(app, side.x, side.y)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_the_side_that_has_the_keys_is_marked_by_shape(glyphs: Glyphs, size: tuple[int, int]) -> None:
    app = app_over(busy_desk(), glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        queue = signs(app)
        await pilot.press("enter")
        await pilot.pause()
        context = signs(app)
        assert queue[0] == glyphs.cursor
        assert context[0] == glyphs.resting
        assert queue[1] != context[1]
        await pilot.press("slash")
        await pilot.pause()
        assert signs(app) == (glyphs.resting, queue[1])
        await pilot.press("escape")
        await pilot.pause()
        assert signs(app) == queue


async def test_a_form_marks_itself_and_neither_side() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        queue = signs(app)
        await pilot.press("enter", "x")
        await pilot.pause()
        assert app.home.form is not None
        assert signs(app) == (UNICODE.resting, queue[1])


async def test_the_cursor_s_row_is_drawn_anew_when_the_keys_go_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[Region] = []
    refresh = QueueList.refresh

    def noted(self: QueueList, *regions: Region, repaint: bool = True, layout: bool = False) -> QueueList:
        drawn.extend(regions)
        return refresh(self, *regions, repaint=repaint, layout=layout)

    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        home = await settled(pilot)
        await pilot.press("j")
        await pilot.pause()
        monkeypatch.setattr(QueueList, "refresh", noted)
        await pilot.press("enter")
        await pilot.pause()
        assert Region(0, 1, home.rows.size.width, 1) in drawn


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("key", ["w", "y", "b", "L", "v", "l", "i"])
async def test_every_list_to_choose_from_marks_its_row_by_shape(key: str, glyphs: Glyphs) -> None:
    desk = busy_desk()
    desk.inbox = [attention_item(desk), replace(attention_item(desk), id="a-2")]
    for lead_id in list(desk.server)[:2]:
        desk.decide(lead_id, DecisionKind.NOTE, {"note": "x"})
    views = ViewShelf(SavedView("Hot", "score>60"), SavedView("Review", section="review"))
    app = app_over(desk, glyphs=glyphs, views=views)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press(key)
        await pilot.pause()
        listed = app.focused
        assert isinstance(listed, (MovedOptions, LineList))

        def marked() -> list[int]:
            """The rows of the list that begin with the bar."""
            area = listed.content_region
            signs = [painted(app, area.x, row) for row in range(area.y, area.bottom)]
            assert set(signs) <= {glyphs.cursor, " "}
            return [row for row, sign in enumerate(signs) if sign == glyphs.cursor]

        first = marked()
        assert first
        assert first[0] == 0
        if (listed.option_count if isinstance(listed, MovedOptions) else listed.count) > 1:
            await pilot.press("down")
            await pilot.pause()
            assert marked()
            assert not set(marked()) & set(first)


async def test_the_open_view_has_another_sign_than_the_row_that_has_the_keys() -> None:
    views = ViewShelf(SavedView("Hot", "score>60"), SavedView("Review", section="review"))
    app = app_over(busy_desk(), views=views)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("]", "v", "down")
        await pilot.pause()
        listed = app.screen.query_one(MovedOptions)
        first, second = (listed.render_line(row).text for row in range(2))
        assert first.startswith(f"  {UNICODE.good} Hot")
        assert second.startswith(f"{UNICODE.cursor}   Review")
        await pilot.press("r")
        await pilot.pause()
        assert listed.render_line(1).text.startswith(UNICODE.resting), "the name has the keys"


async def test_one_lead_alone_has_no_edge_to_mark() -> None:
    app = app_over(busy_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        home = await settled(pilot)
        await pilot.press("enter")
        await pilot.press("f")
        await pilot.pause()
        home.query_one("#side").add_class("-lit")
        await pilot.pause()
        assert home.query_one("#side").styles.border_top[0] == ""


async def test_in_16_colours_only_the_row_that_has_the_keys_has_a_ground_of_its_own() -> None:
    desk = busy_desk()
    app = LeadQueueApp(
        lambda: desk, now=desk.clock, settings=LiveSettings.fixed(DEFAULTS), glyphs=UNICODE, sixteen=True
    )

    def ground(row: int) -> Style:
        style = list(app.home.rows.render_line(row))[-1].style
        assert style is not None
        return Style(bgcolor=style.bgcolor)

    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert ground(0) != ground(1)
        await pilot.press("enter")
        await pilot.pause()
        assert ground(0) == ground(1)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_in_16_colours_the_line_between_queue_and_context_is_seen(
    size: tuple[int, int], theme: str
) -> None:
    desk = busy_desk()
    live = LiveSettings.fixed(replace(DEFAULTS, theme=theme))
    app = LeadQueueApp(lambda: desk, now=desk.clock, settings=live, glyphs=UNICODE, sixteen=True)
    async with app.run_test(size=size) as pilot:
        home = await settled(pilot)
        styles = home.query_one("#side").styles
        edges = [colour for kind, colour in (styles.border_left, styles.border_top) if kind]
        assert len(edges) == 1
        assert edges[0] != styles.background
        assert edges[0] != home.styles.background


async def test_of_the_teams_two_lists_the_one_in_use_is_marked() -> None:
    app = app_over(team_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        table, breaches = screen.table, screen.breaches

        def marks() -> list[str]:
            return [each.render_line(each.cursor).text[0] for each in (table, breaches)]

        assert marks() == [UNICODE.cursor, UNICODE.resting]
        await pilot.press("tab")
        await pilot.pause()
        assert marks() == [UNICODE.resting, UNICODE.cursor]

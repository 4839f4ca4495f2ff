"""Where the keys go can be seen: by shape, so in every theme, in 16 colours and in none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.style import Style
from tests.tui.doubles import app_over, busy_desk
from tests.tui.team_doubles import team_desk
from tests.tui.test_home import settled
from tests.tui.test_team import opened
from textual.geometry import Region

from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.glyphs import ASCII, UNICODE, Glyphs
from leadqueue.tui.plain import plain
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS
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

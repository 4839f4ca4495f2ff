"""Every screen at each size: a picture in one theme, and in all others the same text at the same place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.tui.doubles import ViewShelf, app_over, attention_item, busy_desk
from textual.pilot import Pilot
from textual.widgets import Input

from leadqueue.cache.saved_views import SavedView
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.widgets.context_pane import ContextPane

SCREENS = {
    "home": [],
    "form": ["x"],
    "filter-error": ["slash", *"score>70 sorce:web"],
    "views": ["v"],
    "columns": ["w"],
    "roomy": ["z"],
    "one-lead": ["f"],
    "today": ["l"],
    "inbox": ["i"],
    "settings": ["comma"],
    "help": ["question_mark", *"send"],
    "jump": ["ctrl+o"],
    "several": ["space", "space", "space", "x"],
    "who-changes": ["space", "space", "space", "a", "ctrl+t"],
    "select-by": ["asterisk"],
    "select-alike": ["L"],
    "view-tabs": ["]"],
    "by-name": ["apostrophe", *"gr"],
    "palette": ["ctrl+p"],
}
WITH_VIEWS = ("views", "view-tabs")
VIEWS = (SavedView("Hot", "score>60", sort="score", key="f6"), SavedView("Review", section="review"))
LOOKS = [((80, 24), "colour-blind-dark"), ((120, 40), "textual-light"), ((200, 60), "colour-blind-light")]


THEMES = ("textual-dark", "textual-light", "colour-blind-dark", "colour-blind-light")


def lines(app: LeadQueueApp) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def says_the_same_in_each_theme(pilot: Pilot[None], app: LeadQueueApp) -> None:
    own, said = app.theme, lines(app)
    for theme in (*THEMES, own):
        app.theme = theme
        await pilot.pause()
        assert lines(app) == said, theme


@pytest.mark.parametrize(("size", "theme"), LOOKS, ids=["80x24", "120x40", "200x60"])
@pytest.mark.parametrize("screen", SCREENS)
def test_looks_as_agreed(
    snap_compare: Callable[..., bool], screen: str, size: tuple[int, int], theme: str
) -> None:
    desk = busy_desk(64)
    desk.inbox = [attention_item(desk)]
    views = ViewShelf(*VIEWS) if screen in WITH_VIEWS else None

    async def go_there(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, LeadQueueApp)
        while not app.home.query(ContextPane):
            await pilot.pause()
        await pilot.press(*SCREENS[screen])
        await pilot.pause()
        if isinstance(app.focused, Input):
            app.focused.cursor_blink = False  # another picture each time
        await pilot.pause()
        await says_the_same_in_each_theme(pilot, app)

    assert snap_compare(app_over(desk, theme=theme, views=views), terminal_size=size, run_before=go_there)

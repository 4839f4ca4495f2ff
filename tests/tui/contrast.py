"""The colour pairs that are really drawn, scene by scene and theme by theme, with their contrast.

`python -m tests.tui.contrast` reports every theme, Textual's own among them.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from rich.style import Style
from tests.builders import EXAMPLE_VALUES
from tests.tui.doubles import app_over, attention_item, busy_desk
from tests.tui.team_doubles import team_desk
from textual.app import App
from textual.color import Color
from textual.geometry import Region
from textual.pilot import Pilot

from leadqueue.definitions.model import DecisionKind
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.glyphs import UNICODE
from leadqueue.tui.legible import GLYPH, TEXT, contrast
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS
from leadqueue.tui.themes import theme_names
from leadqueue.tui.welcome import Trouble, WelcomeApp
from leadqueue.tui.widgets.context_pane import ContextPane

SIGNS = frozenset(UNICODE)
SHAPES = frozenset({"▌", "│", "·", "▏", "▎", "▊", "▋", "▐", "▔", "▁", "─", "╭", "╮", "╰", "╯"})
"""Marks beside a text or lines between parts: what they say is said by the text too."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two colours that stand on each other, where they were seen first, and what is asked of them."""

    theme: str
    scene: str
    said: str
    front: str
    ground: str
    ratio: float
    least: float

    @property
    def holds(self) -> bool:
        return self.ratio >= self.least

    def __str__(self) -> str:
        return (
            f"{self.theme}: {self.scene}: '{self.said}' {self.front} on {self.ground} is "
            f"{self.ratio:.2f}:1, {self.least}:1 is wanted"
        )


def _weight(text: str) -> float:
    """The contrast that a text needs; 0 for one that tells nothing by itself."""
    letters = any(unicodedata.category(char)[0] in "LNP" for char in text if char not in SIGNS)
    if letters:
        return TEXT
    return GLYPH if any(char in SIGNS - SHAPES for char in text) else 0.0


def drawn(app: App[None], region: Region) -> Iterator[tuple[str, Style]]:
    """The pieces of text of a part of the screen, as they go to the terminal."""
    compositor = app.screen._compositor
    for y, strip in enumerate(compositor.render_strips()):
        if region.y <= y < region.bottom:
            for text, style, control in strip.crop(region.x, region.right):
                if style is not None and not control and text.strip():
                    yield text.strip(), style


def pairs(app: App[None], theme: str, scene: str, region: Region) -> Iterator[Pair]:
    for text, style in drawn(app, region):
        least = _weight(text)
        if not least or style.dim or style.color is None or style.bgcolor is None:
            continue  # what is dim cannot be done just now: WCAG leaves such parts out
        front, ground = (Color.from_rich_color(each) for each in (style.color, style.bgcolor))
        if style.reverse:
            front, ground = ground, front
        ratio = contrast(front, ground)
        yield Pair(theme, scene, text[:24], front.hex, ground.hex, ratio, least)


AppT = TypeVar("AppT", LeadQueueApp, WelcomeApp)


async def scenes(pilot: Pilot[None], app: LeadQueueApp) -> AsyncIterator[tuple[str, Region]]:
    """The main screens, one after the other, each with the part of it that is to be looked at."""

    def part(selector: str = "") -> Region:
        return app.screen.query_one(selector).region if selector else app.screen.region

    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.press("space", "down")
    await pilot.pause()
    yield "home", part()
    await pilot.press("enter")
    await pilot.pause()
    yield "context", part()
    await pilot.press("escape", "escape", "slash", *"ada")
    await pilot.pause()
    yield "search", part()
    await pilot.press("escape")
    for key, name in (
        ("question_mark", "help"),
        ("comma", "settings"),
        ("i", "attention"),
        ("l", "today"),
        ("L", "chooser"),
    ):
        await pilot.press(key)
        await pilot.pause()
        yield name, part(f"#{name}")
        await pilot.press("escape")
        await pilot.pause()
    await pilot.press("ctrl+p", *"se")
    await app.workers.wait_for_complete()
    await pilot.press("down")
    await pilot.pause()
    yield "palette", part("CommandList")
    await pilot.press("escape")
    await pilot.pause()
    await pilot.press("f")
    await pilot.pause()
    yield "focus", part()
    await pilot.press("f", "x")
    await pilot.pause()
    yield "form", part()
    await pilot.press("enter")
    await pilot.pause()
    yield "picklist", part()
    await pilot.press("escape", "ctrl+s")
    await pilot.pause()
    yield "form with errors", part()
    await pilot.press("escape", "n", *"called", "escape")
    await pilot.pause()
    yield "question", part("#confirm")
    await pilot.press("right")
    await pilot.pause()
    yield "answer in use", part("#confirm")


async def team_scenes(pilot: Pilot[None], app: LeadQueueApp) -> AsyncIterator[tuple[str, Region]]:
    """What a manager sees, the table in use and then the escalations."""
    while not app.home.query(ContextPane):
        await pilot.pause()
    await pilot.press("m")
    await app.workers.wait_for_complete()
    await pilot.pause()
    yield "team", app.screen.region
    await pilot.press("tab", "space")
    await pilot.pause()
    yield "escalations", app.screen.region


async def welcome_scenes(pilot: Pilot[None], app: WelcomeApp) -> AsyncIterator[tuple[str, Region]]:
    """The first run: what is offered, and the form with a word of trouble."""
    await pilot.pause()
    yield "welcome", app.screen.region
    await pilot.press("c", *"crm", "enter", "enter")
    await app.workers.wait_for_complete()
    await pilot.pause()
    yield "connect", app.screen.region


def _no_server(_url: str, _token: str) -> Trouble:
    return Trouble("The server cannot be reached.")


async def measured(theme: str) -> list[Pair]:
    """Every pair of a theme, the same two colours of a scene once."""
    desk = busy_desk(64)
    desk.inbox = [attention_item(desk)]
    lead = next(iter(desk.server.values()))
    desk.decide(lead.id, DecisionKind.NOTE, EXAMPLE_VALUES[DecisionKind.NOTE])
    found: dict[tuple[str, str, str, float], Pair] = {}

    async def look(app: AppT, of: Callable[[Pilot[None], AppT], AsyncIterator[tuple[str, Region]]]) -> None:
        async with app.run_test(size=(160, 50)) as pilot:
            async for scene, region in of(pilot, app):
                for pair in pairs(app, theme, scene, region):
                    found.setdefault((scene, pair.front, pair.ground, pair.least), pair)

    await look(app_over(desk, theme=theme), scenes)
    await look(app_over(team_desk(), theme=theme), team_scenes)
    await look(WelcomeApp(_no_server, LiveSettings.fixed(DEFAULTS.having("theme", theme))), welcome_scenes)
    return list(found.values())


def main() -> None:
    for theme in theme_names():
        if theme.startswith("ansi"):
            print(f"{theme}: the colours are the terminal's")
            continue
        every = asyncio.run(measured(theme))
        short = [pair for pair in every if not pair.holds]
        print(f"{theme}: {len(every)} pairs, {len(short)} fall short")
        for pair in short:
            print(f"  {pair}")


if __name__ == "__main__":
    main()

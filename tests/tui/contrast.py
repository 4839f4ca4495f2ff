"""The colour pairs that are really drawn, scene by scene and theme by theme, with their contrast.

`python -m tests.tui.contrast` reports every theme, Textual's own among them.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass

from rich.style import Style
from tests.tui.doubles import app_over, attention_item, busy_desk
from textual.color import Color
from textual.geometry import Region
from textual.pilot import Pilot

from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.glyphs import UNICODE
from leadqueue.tui.legible import GLYPH, TEXT, contrast
from leadqueue.tui.themes import theme_names
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


def drawn(app: LeadQueueApp, region: Region) -> Iterator[tuple[str, Style]]:
    """The pieces of text of a part of the screen, as they go to the terminal."""
    compositor = app.screen._compositor
    for y, strip in enumerate(compositor.render_strips()):
        if region.y <= y < region.bottom:
            for text, style, control in strip.crop(region.x, region.right):
                if style is not None and not control and text.strip():
                    yield text.strip(), style


def pairs(app: LeadQueueApp, theme: str, scene: str, region: Region) -> Iterator[Pair]:
    for text, style in drawn(app, region):
        least = _weight(text)
        if not least or style.dim or style.color is None or style.bgcolor is None:
            continue  # what is dim cannot be done just now: WCAG leaves such parts out
        front, ground = (Color.from_rich_color(each) for each in (style.color, style.bgcolor))
        if style.reverse:
            front, ground = ground, front
        ratio = contrast(front, ground)
        yield Pair(theme, scene, text[:24], front.hex, ground.hex, ratio, least)


Scene = Callable[[Pilot[None], LeadQueueApp], AsyncIterator[tuple[str, Region]]]


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
    for key, name in (("question_mark", "help"), ("comma", "settings"), ("i", "attention")):
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
    await pilot.press("x")
    await pilot.pause()
    yield "form", part()
    await pilot.press("enter")
    await pilot.pause()
    yield "picklist", part()
    await pilot.press("escape", "ctrl+s")
    await pilot.pause()
    yield "form with errors", part()


async def measured(theme: str) -> list[Pair]:
    """Every pair of a theme, the same two colours of a scene once."""
    desk = busy_desk(64)
    desk.inbox = [attention_item(desk)]
    app = app_over(desk, theme=theme)
    found: dict[tuple[str, str, str, float], Pair] = {}
    async with app.run_test(size=(160, 50)) as pilot:
        async for scene, region in scenes(pilot, app):
            for pair in pairs(app, theme, scene, region):
                found.setdefault((scene, pair.front, pair.ground, pair.least), pair)
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

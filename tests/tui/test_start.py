"""What is slow stays behind the first frame. In a subprocess, since this process has imported it all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.style import Style
from tests.builders import NOW, after, mql
from tests.cache.shelf import ACCOUNT, Shelf
from tests.tui.doubles import ToldSync
from tests.tui.test_home import settled, top
from textual.events import Key

from leadqueue.cache.errors import StoreError
from leadqueue.cache.glance import glance
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import RepDesk, SyncControl
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS, Settings
from leadqueue.tui.widgets.context_pane import ContextPane

SLOW = (
    "sqlmodel",
    "sqlalchemy",
    "httpx",
    "fastapi",
    "starlette",
    "keyring",
    "alembic",
    "holidays",
    "faker",
    "uvicorn",
)

SCRIPT = """
import asyncio, sys
from pathlib import Path
SLOW = {slow!r}
def loaded():
    return sorted(name for name in (*SLOW, "pydantic") if name in sys.modules)
from leadqueue.cache.glance import glance
from leadqueue.cli.tui import queue_app
from leadqueue.tui.app import LeadQueueApp
seen = []
class Watched(LeadQueueApp):
    def on_first_screen_painted(self):
        seen.append(([line.text for line in self.screen._compositor.render_strips()], loaded()))
def open_desk():
    from leadqueue.cache.errors import StoreError
    raise StoreError(Path("x"), "It cannot be opened", "Try again.")
async def main():
    async with app.run_test(size=(120, 40)) as pilot:
        while "cannot be opened" not in (app.home.picture.said[0] if app.home.is_mounted else ""):
            await pilot.pause()
app = Watched(open_desk, glance=lambda: glance(Path({cache!r})))
asyncio.run(main())
(screen, then), = seen
assert any("Lovelace" in line for line in screen), screen
assert not then, then
"""


def test_nothing_slow_is_imported_before_the_queue_is_painted(tmp_path: Path) -> None:
    """Not the rule book either: countdowns and sections are drawn without it."""
    shelf = Shelf(tmp_path)
    shelf.pull(mql(last_name="Lovelace"), mql())
    shelf.desk()
    shelf.close()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(slow=SLOW, cache=str(shelf.home.cache_file(ACCOUNT)))],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    """Real files with more leads than a screen is high, one of them accepted."""
    made = Shelf(tmp_path)
    leads = [
        mql(now=NOW - timedelta(hours=number), email=f"{number}@example.com", first_name=f"Lead{number}")
        for number in range(50)
    ]
    leads[3] = after(leads[3], "accept", at=NOW)
    made.pull(*leads)
    made.desk()
    yield made
    made.close()


Lines = list[list[tuple[str, Style | None]]]


class Watched(LeadQueueApp):
    """Remembers what the first frame showed, and presses keys while nothing else is there yet."""

    early: tuple[str, ...] = ()
    first: Lines = []  # noqa: RUF012 - set once, by the one frame there is

    def on_first_screen_painted(self) -> None:
        self.first = drawn(self)
        for key in self.early:
            self.post_message(Key(key, key))


def drawn(app: LeadQueueApp) -> Lines:
    """Sections, headings and rows as they are on the screen, cell by cell; without the scroll bar."""
    strips = app.screen._compositor.render_strips()
    areas = [app.screen.query_one(each).region for each in ("#sections", "#heads", "#queue")]
    areas[2] = areas[2].shrink((0, 1, 0, 0))
    return [
        [
            (character, segment.style)
            for segment in strips[y].crop(area.x, area.right)
            for character in segment.text
        ]
        for area in areas
        for y in range(area.y, area.bottom)
    ]


def watched(shelf: Shelf, settings: Settings = DEFAULTS) -> Watched:
    told: SyncControl = ToldSync()
    return Watched(
        shelf.desk,
        lambda: told,
        shelf.clock,
        settings=LiveSettings.fixed(settings),
        glance=lambda: glance(shelf.home.cache_file(ACCOUNT)),
    )


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("settings", [DEFAULTS, Settings(density="roomy", theme="colour-blind-light")])
async def test_the_first_frame_is_the_queue_as_the_home_screen_draws_it(
    shelf: Shelf, size: tuple[int, int], settings: Settings
) -> None:
    app = watched(shelf, settings)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "Byron" in "".join(character for character, _ in app.first[2])
        assert app.first == drawn(app)


async def test_keys_pressed_at_the_first_frame_wait_for_the_home_screen_in_their_order(shelf: Shelf) -> None:
    app = watched(shelf)
    app.early = ("j", "j", "x")
    async with app.run_test(size=(120, 40)) as pilot:
        home = await settled(pilot)
        assert home.rows.cursor == 2
        assert home.form is not None
        assert [lead.id for lead in home.form.leads] == [home.rows.cursor_id]


async def test_where_the_files_cannot_be_opened_one_can_still_leave(shelf: Shelf) -> None:
    def open_desk() -> RepDesk:
        raise StoreError(Path("x"), "It cannot be opened", "Try again.")

    app = Watched(open_desk, now=shelf.clock, glance=lambda: glance(shelf.home.cache_file(ACCOUNT)))
    app.early = ("q",)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.is_running:
            await pilot.pause()
    assert app.return_code == 0


async def test_a_terminal_that_is_too_small_says_so_from_the_first_frame_on(shelf: Shelf) -> None:
    app = LeadQueueApp(shelf.desk, now=shelf.clock, glance=lambda: glance(shelf.home.cache_file(ACCOUNT)))
    async with app.run_test(size=(40, 10)) as pilot:
        while not app.home.query(ContextPane):
            await pilot.pause()
        assert top(pilot) is not app.home
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert top(pilot) is app.home
        assert app.home.rows.count == 50


FULL = """
import asyncio, sys
from tests.tui.doubles import app_over, busy_desk
before = {{name for name in {slow!r} if name in sys.modules}}
from leadqueue.tui.widgets.context_pane import ContextPane
async def main():
    app = app_over(busy_desk(8))
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.home.query(ContextPane):
            await pilot.pause()
        await pilot.press("x")
        await pilot.pause()
        assert app.home.form is not None
asyncio.run(main())
after = {{name for name in {slow!r} if name in sys.modules}} - {{"holidays"}}
assert not after, after
"""


def test_no_screen_needs_the_server_or_the_network_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL.format(slow=SLOW)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr

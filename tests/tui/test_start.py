"""What is slow stays behind the first frame. In a subprocess, since this process has imported it all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.builders import mql
from tests.cache.shelf import ACCOUNT, Shelf

from leadqueue.cache.errors import StoreError
from leadqueue.cache.glance import glance
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.ports import RepDesk

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
def open_desk():
    seen.append(([line.text for line in app.screen._compositor.render_strips()], loaded()))
    from leadqueue.cache.errors import StoreError
    raise StoreError(Path("x"), "It cannot be opened", "Try again.")
async def main():
    async with app.run_test(size=(120, 40)) as pilot:
        while not seen:
            await pilot.pause()
        await pilot.pause()
        assert "cannot be opened" in app.home.picture.said[0]
app = LeadQueueApp(open_desk, glance=lambda: glance(Path({cache!r})))
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


async def test_the_first_frame_has_the_queue_before_the_files_are_opened(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.pull(mql(last_name="Lovelace"), mql())
    shelf.desk()
    seen: list[tuple[int, str]] = []

    def open_desk() -> RepDesk:
        app.home.rows.render_line(0)
        seen.append((app.home.rows.count, app.home.rows.render_line(0).text))
        raise StoreError(Path("x"), "It cannot be opened", "Try again.")

    app = LeadQueueApp(open_desk, now=shelf.clock, glance=lambda: glance(shelf.home.cache_file(ACCOUNT)))
    async with app.run_test(size=(120, 40)) as pilot:
        while not seen:
            await pilot.pause()
    shelf.close()
    count, first = seen[0]
    assert count == 2
    assert "Lovelace" in first


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

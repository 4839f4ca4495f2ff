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
SLOW = {slow!r}
def loaded():
    return sorted(name for name in SLOW if name in sys.modules)
from leadqueue.cli.tui import queue_app
from leadqueue.tui.app import LeadQueueApp
import leadqueue.cache.glance, leadqueue.tui.widgets.queue_row
assert not loaded(), loaded()
assert "pydantic" not in sys.modules, "the rule book is not needed for the first frame"
seen = []
def open_desk():
    seen.append((loaded(), "pydantic" in sys.modules))
    from pathlib import Path
    from leadqueue.cache.errors import StoreError
    raise StoreError(Path("x"), "It cannot be opened", "Try again.")
async def main():
    app = LeadQueueApp(open_desk)
    async with app.run_test(size=(80, 24)) as pilot:
        while not seen:
            await pilot.pause()
        await pilot.pause()
        assert "cannot be opened" in app.home.picture.said[0]
asyncio.run(main())
assert seen[0][0] == [], seen
assert not loaded(), loaded()
"""


def test_nothing_slow_is_imported_before_the_first_frame() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(slow=SLOW)],
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

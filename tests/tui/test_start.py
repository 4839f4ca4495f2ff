"""What is slow stays behind the first frame. In a subprocess, since this process has imported it all."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from rich.style import Style
from tests.builders import NOW, RITA, after, mql
from tests.cache.shelf import ACCOUNT, Shelf
from tests.tui.doubles import ToldSync
from tests.tui.test_home import settled, top
from tests.tui.test_rep_queue import session
from textual.events import Key

from leadqueue.cache.errors import StoreError
from leadqueue.cache.glance import glance
from leadqueue.cache.saved_views import ViewsFile
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

LIGHT = {
    *(
        "cache",
        "cache.errors",
        "cache.glance",
        "cache.home",
        "cache.own_columns",
        "cache.queue_views",
        "cache.tally",
    ),
    "cache.row_reading",
    *("cli", "cli.account", "cli.ending", "cli.exits", "cli.output", "cli.start", "cli.tui"),
    *(
        "domain",
        "domain.clock_state",
        "domain.countdown",
        "domain.filters",
        "domain.filters.filter",
        "domain.moments",
    ),
    *(
        "domain.text",
        "sync",
        "sync.state",
        "tui",
        "tui.actions",
        "tui.app",
        "tui.collecting",
        "tui.glyphs",
        "tui.legible",
    ),
    *("tui.faults", "tui.plain", "tui.ports", "tui.screens", "tui.screens.front", "tui.screens.parts"),
    *("tui.screens.prompt", "tui.settings", "tui.settings.effect", "tui.settings.live"),
    *("tui.settings.values", "tui.styles", "tui.themes", "tui.typeahead", "tui.widgets"),
    *("tui.widgets.column_heads", "tui.widgets.header", "tui.widgets.key_footer"),
    *(
        "tui.widgets.plain_lines",
        "tui.widgets.queue_lines",
        "tui.widgets.queue_list",
        "tui.widgets.queue_row",
    ),
    *("tui.widgets.section_tabs", "tui.widgets.status_line", "tui.widgets.steady_scroll_bar", "tui.words"),
}
"""Our modules that the first frame may load: together they take a fifth as long as Textual."""

SCRIPT = """
import asyncio, json, sys
from pathlib import Path
import textual.app, textual.pilot, textual.widgets
textual.widgets.Static
bare = sorted(sys.modules)
import leadqueue.cli.start, leadqueue.cli.tui, leadqueue.cli.account
from leadqueue.cache.glance import GlanceAhead
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.settings.live import LiveSettings
class Watched(LeadQueueApp):
    def on_first_screen_painted(self):
        lines = [line.text for line in self.screen._compositor.render_strips()]
        print(json.dumps([lines, sorted(sys.modules), bare]))
def open_desk():
    from leadqueue.cache.errors import StoreError
    raise StoreError(Path("x"), "It cannot be opened", "Try again.")
async def main():
    async with app.run_test(size=(120, 40)) as pilot:
        while "cannot be opened" not in (app.home.picture.said[0] if app.home.is_mounted else ""):
            await pilot.pause()
ahead = GlanceAhead(Path({cache!r}), 40, views_file=Path({views!r}))
app = Watched(open_desk, glance=ahead, settings=LiveSettings.of(Path({cache!r} + ".no.toml")))
asyncio.run(main())
"""


TOML = {"definitions", "definitions.toml_text"}


@pytest.mark.parametrize("columns", ["", 'columns = ["person", "title"]'])
def test_only_what_is_light_is_imported_before_the_queue_is_painted(tmp_path: Path, columns: str) -> None:
    """No rule book, no database library, no home screen: countdowns and sections are drawn without them."""
    shelf = Shelf(tmp_path)
    shelf.pull(mql(last_name="Lovelace"), mql())
    shelf.desk()
    shelf.close()
    views = tmp_path / "views.toml"
    if columns:
        views.write_text(columns)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(cache=str(shelf.home.cache_file(ACCOUNT)), views=str(views))],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    screen, loaded, bare = json.loads(done.stdout)
    assert any("Lovelace" in line for line in screen)
    ours = {name.removeprefix("leadqueue.") for name in loaded if name.startswith("leadqueue.")}
    assert ours <= (LIGHT | TOML if columns else LIGHT), ours - LIGHT
    more = set(loaded) - set(bare)
    others = {name.partition(".")[0] for name in more}
    assert others <= {"leadqueue", "textual", "rich", *sys.stdlib_module_names}, others
    assert not {"zoneinfo", "textual.widgets._text_area"} & more
    assert ("tomllib" in more) is bool(columns)


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
        glance=lambda: glance(shelf.home.cache_file(ACCOUNT), views_file=shelf.home.views_file),
        views=ViewsFile(shelf.home.views_file),
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


async def test_the_first_frame_has_the_reps_own_columns(shelf: Shelf) -> None:
    shelf.home.views_file.parent.mkdir(parents=True, exist_ok=True)
    shelf.home.views_file.write_text('columns = ["score", "company:30", "title"]\n')
    app = watched(shelf)
    async with app.run_test(size=(160, 50)) as pilot:
        home = await settled(pilot)
        heads = "".join(character for character, _ in app.first[1])
        assert heads.split() == ["Due▲", "Score", "Company", "Title"]
        assert app.first == drawn(app)
        assert [column.key for column in home.rows.columns] == ["score", "company", "title"]


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (200, 60)])
async def test_a_managers_first_frame_has_the_owners_as_the_home_screen_has(
    shelf: Shelf, size: tuple[int, int]
) -> None:
    shelf.store().cache.save_session(session())
    app = watched(shelf)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "Owner" in "".join(character for character, _ in app.first[1])
        assert RITA.name in "".join(character for character, _ in app.first[2])
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

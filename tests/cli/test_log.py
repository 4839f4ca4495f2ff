"""What is said to be in the log is there, in a private file without anybody's data."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cache.shelf import ACCOUNT
from tests.cli.conftest import Shell
from tests.domain.test_log_lines import HOSTILE, record

from leadqueue.cache import client_log
from leadqueue.cache.client_log import note
from leadqueue.cache.home import Home
from leadqueue.cli.ending import ends_with_a_code
from leadqueue.cli.exits import Exit
from leadqueue.cli.tui import queue_app
from leadqueue.sync import connect
from leadqueue.tui.settings.live import LiveSettings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("LEADQUEUE_HOME", str(tmp_path / "home"))
    return Home.locate()


class TestFile:
    def test_it_is_private_and_goes_on(self, home: Home) -> None:
        assert note(record("leadqueue.a", "one")) == home.log_file
        note(record("leadqueue.b", "two"))
        assert [line.split(" ", 2)[2] for line in home.log_file.read_text().splitlines()] == [
            "leadqueue.a one",
            "leadqueue.b two",
        ]
        assert home.log_file.stat().st_mode & 0o077 == 0
        assert home.log_dir.stat().st_mode & 0o077 == 0

    def test_it_never_grows_without_end(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client_log, "MOST_BYTES", 1000)
        for number in range(100):
            note(record("leadqueue", f"line {number}"))
        files = sorted(home.log_dir.iterdir())
        assert [each.name for each in files] == ["leadqueue.log", "leadqueue.log.1"]
        assert all(each.stat().st_size < 1100 for each in files)
        assert all(each.stat().st_mode & 0o077 == 0 for each in files)
        assert "line 99" in home.log_file.read_text()

    def test_where_it_cannot_be_written_nothing_ends(
        self, home: Home, capsys: pytest.CaptureFixture[str]
    ) -> None:
        home.log_dir.parent.mkdir(parents=True)
        home.log_dir.write_text("not a folder")
        assert note(record("leadqueue", "one")) is None
        ends_with_a_code(lambda: logging.getLogger("leadqueue").error("one"))

        def fail() -> None:
            raise ValueError(HOSTILE)

        with pytest.raises(SystemExit) as ended:
            ends_with_a_code(fail)
        assert ended.value.code == Exit.FAULT
        assert "The log could not be written." in capsys.readouterr().err


def test_a_line_whose_words_do_not_fit_ends_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest's own would raise
    ends_with_a_code(lambda: logging.getLogger("leadqueue").error("%d leads", "many"))
    assert not home.log_file.exists()


def test_what_is_logged_goes_there_while_the_program_runs(home: Home) -> None:
    ends_with_a_code(lambda: logging.getLogger("leadqueue.sync.loop").warning("held %s", HOSTILE))
    logging.getLogger("leadqueue.sync.loop").warning("after the end")
    text = home.log_file.read_text()
    assert "warning leadqueue.sync.loop held of ada@" in text
    assert text.count("\n") == 1
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(text)


def test_a_fault_of_the_sync_is_in_the_log_as_the_screen_says(shell: Shell) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(HOSTILE)

    shell.patch.setattr(connect, "open_gateway", broken)

    async def look() -> str:
        app = queue_app(shell.home, shell.account, LiveSettings())
        async with app.run_test() as pilot:
            while app.home.sync is None or "it is in the log" not in app.home.sync.state.message:
                await pilot.pause()
        return "seen"

    ends_with_a_code(lambda: asyncio.run(look()))
    text = shell.home.log_file.read_text()
    assert "leadqueue.sync.loop a cycle of the sync failed error=builtins.ZeroDivisionError at " in text
    assert " broken < " in text
    assert "ada@" not in text


CRASH = """
import sys
from leadqueue.cli.start import main
from leadqueue.tui.screens.triage import TriageScreen
from leadqueue.tui.welcome import WelcomeApp
def on_mount(self):
    lead = {hostile!r}
    raise ValueError(lead)
TriageScreen.on_mount = WelcomeApp.on_mount = on_mount
sys.argv = ["leadqueue"]
main()
"""


@pytest.mark.parametrize("logged_in", [True, False])
def test_a_screen_that_fails_names_the_log_and_shows_no_lead(home: Home, *, logged_in: bool) -> None:
    if logged_in:
        home.save_account(ACCOUNT)
    env = os.environ | {
        "LEADQUEUE_HOME": str(home.log_dir.parent),
        "TEXTUAL_DRIVER": "textual.drivers.headless_driver:HeadlessDriver",
    }
    done = subprocess.run(
        [sys.executable, "-c", CRASH.format(hostile=HOSTILE)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=env,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == Exit.FAULT
    assert done.stderr.splitlines()[-2:] == [
        "leadqueue: unexpected fault: ValueError",
        f"  Details are in {home.log_file}.",
    ]
    shown = done.stdout + done.stderr
    assert "ada@" not in shown
    assert "Traceback" not in shown
    text = home.log_file.read_text()
    assert "error=builtins.ValueError at <string>:" in text
    assert " on_mount < " in text
    assert "ada@" not in text
    assert "\x1b" not in text

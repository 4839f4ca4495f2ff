"""Any stdout will do: of another encoding, full, closed, or with nobody who reads on."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.conftest import Shell

from leadqueue.cache.home import Account, Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import take_any_text

NAME = "Łukasz Ångström · Пётр 王"
ENCODINGS = [
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "cp1252:strict"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    account = Account("http://127.0.0.1:9", "u", NAME, "l@x.example", "rep", "o", "Example", "t", "UTC")
    Home.locate({"LEADQUEUE_HOME": str(tmp_path)}).save_account(account)
    return tmp_path


def run(home: Path, words: str, redirected: str = "", **env: str) -> subprocess.CompletedProcess[bytes]:
    """The program, its streams redirected as a shell does it."""
    own = os.environ | {
        "LEADQUEUE_HOME": str(home),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "PYTHONUNBUFFERED": "",
    }
    return subprocess.run(
        ["sh", "-c", f'"$0" -m leadqueue {words} {redirected}', sys.executable],
        capture_output=True,
        check=False,
        timeout=60,
        env=own | env,
    )


@pytest.mark.parametrize("env", ENCODINGS)
def test_what_an_encoding_lacks_is_replaced(home: Path, env: dict[str, str]) -> None:
    done = run(home, "whoami", **env)
    assert done.returncode == Exit.NOT_LOGGED_IN, done.stderr  # it has no token
    assert b"ngstr" in done.stdout
    assert b"???? ?" in done.stdout
    assert b"unexpected" not in done.stderr
    looked = run(home, "doctor", **env)
    assert b"unexpected" not in looked.stderr
    assert b"80x24" in looked.stdout.replace(b"\xd7", b"x")
    assert b"? for letters" in looked.stdout


@given(
    text=st.text(),
    encoding=st.sampled_from(["ascii", "latin-1", "cp1251", "shift_jis", "koi8-r", "utf-8", "utf-16"]),
)
def test_any_text_can_be_written_as_many_characters(text: str, encoding: str) -> None:
    raw = io.BytesIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, newline=""))
        take_any_text()
        sys.stdout.write(text)
        sys.stdout.flush()
        read = raw.getvalue().decode(encoding)
        assert len(read) == len(text)
        assert all(shown in (meant, "?") or shown.isascii() for shown, meant in zip(read, text, strict=True))


def test_every_reading_command_prints_where_letters_lack(shell: Shell) -> None:
    lead = shell.world.lead(first_name="Łucja", last_name="Þórr·").id
    shell("sync")
    shell("note", lead, "--note", "Пётр rang", "--offline")
    for words in (
        ("queue",),
        ("queue", "--plain"),
        ("show", lead),
        ("journey", lead),
        ("export",),
        ("today",),
        ("outbox",),
    ):
        raw = io.BytesIO()
        shell.patch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
        done = shell(*words)
        assert done.code == Exit.DONE, (words, done.stderr)
        assert raw.getvalue(), words
        assert ("stdout is ascii" in done.stderr) is (words == ("export",))


@full
@pytest.mark.parametrize("words", ["config show", "where --json", "--version", "--help"])
def test_a_full_disk_is_told(home: Path, words: str) -> None:
    done = run(home, words, ">/dev/full")
    assert done.returncode == Exit.LOCAL_FILES
    assert b"the output cannot be written: No space left on device" in done.stderr
    assert b"Exception ignored" not in done.stderr


@full
def test_a_full_disk_is_told_at_once_where_nothing_is_buffered(home: Path) -> None:
    done = run(home, "config show", ">/dev/full", PYTHONUNBUFFERED="1")
    assert done.returncode == Exit.LOCAL_FILES
    assert b"No space left" in done.stderr


@full
def test_the_code_of_what_went_wrong_before_stays(home: Path) -> None:
    done = run(home, "whoami", ">/dev/full")
    assert done.returncode == Exit.NOT_LOGGED_IN
    assert b"no token" in done.stderr
    assert b"No space left" in done.stderr


def test_a_closed_stdout_is_told(home: Path) -> None:
    done = run(home, "config show", ">&-")
    assert done.returncode == Exit.LOCAL_FILES
    assert b"the output cannot be written: it is closed" in done.stderr
    silent = run(home, "outbox", ">&-")
    assert silent.returncode == Exit.DONE, "no data is lost where there is none"


@pytest.mark.parametrize("redirected", ["2>&-", pytest.param("2>/dev/full", marks=full)])
def test_narration_that_nobody_can_be_told_ends_nothing(home: Path, redirected: str) -> None:
    done = run(home, "outbox", redirected)
    assert (done.returncode, done.stdout) == (Exit.DONE, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_who_leaves_is_no_fault(home: Path, unbuffered: str) -> None:
    # The reader says when it has gone, so that the program writes to nobody.
    gone = home / "gone"
    words = f'(while [ ! -e {gone} ]; do :; done; "$0" -m leadqueue config show; echo $? >&2)'
    done = subprocess.run(
        ["sh", "-c", f"({words}) | (exec <&-; touch {gone})", sys.executable],
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ | {"LEADQUEUE_HOME": str(home), "PYTHONUNBUFFERED": unbuffered},
    )
    assert done.stderr == b"0\n"

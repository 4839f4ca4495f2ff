"""`logout --erase` on real files: the copy goes, what was never sent only by a request of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from filelock import FileLock
from tests.builders import NOW, RITA, mql
from typer.testing import CliRunner, Result

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.login import logout
from leadqueue.cli.tui import eraser
from leadqueue.definitions.model import DecisionKind
from leadqueue.sync import credentials
from leadqueue.sync.credentials import Credentials
from leadqueue.wire.api import ChangesPage, Upsert

ACCOUNT = Account(
    "https://crm.example",
    RITA.id,
    "Rita",
    "rita@sales.example",
    "rep",
    "o",
    "Example Ltd",
    RITA.team_id,
    "UTC",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Rita is logged in, has a copy of one lead, an older copy beside it, and one unsent decision."""
    monkeypatch.setenv("LEADQUEUE_HOME", str(tmp_path))
    monkeypatch.delenv(credentials.TOKEN_VARIABLE, raising=False)

    def no_keyring() -> credentials.Keyring:
        raise RuntimeError("none here")

    monkeypatch.setattr(credentials, "_system_keyring", no_keyring)
    made = Home.locate()
    made.save_account(ACCOUNT)
    Credentials(made).store(ACCOUNT, "lq_secret")
    lead = mql()
    desk = Desk.open(made, ACCOUNT, lambda: NOW)
    audience = f"rep:{RITA.id}"
    desk._store.cache.begin_full_read(audience)
    page = ChangesPage(changes=(Upsert(seq=1, lead=lead),), next="c", seq=1, more=False)
    desk._store.cache.apply_page(audience, page)
    desk._store.cache.finish_full_read(audience)
    desk.decide(lead.id, DecisionKind.NOTE, {"note": "Prefers mornings"})
    assert len(desk.unsent()) == 1
    desk.close()
    made.cache_file(ACCOUNT).with_name("cache.db.before-0001").write_bytes(b"an older copy")
    return made


def run(*words: str, typed: str = "") -> Result:
    app = typer.Typer()
    app.command()(logout)
    return CliRunner().invoke(app, list(words), input=typed)


def left(home: Home) -> set[str]:
    return {path.name for path in home.account_dir(ACCOUNT).iterdir()} - {"sync.lock"}


def test_a_plain_logout_erases_nothing_but_the_token(home: Home) -> None:
    assert run().exit_code == Exit.DONE
    assert {"cache.db", "outbox.db", "cache.db.before-0001"} <= left(home)
    assert "token" not in left(home)


def test_the_copy_goes_and_what_is_unsent_stays(home: Home) -> None:
    result = run("--erase")
    assert result.exit_code == Exit.DONE, result.output
    assert not {name for name in left(home) if name.startswith("cache.db.") or name == "token"}
    assert "1 unsent decision" in result.stderr
    assert home.load_account() is None
    desk = Desk.open(home, ACCOUNT, lambda: NOW)
    assert len(desk.unsent()) == 1
    desk.close()


def test_what_is_unsent_goes_only_when_that_is_agreed_to(home: Home) -> None:
    refused = run("--erase", "--erase-unsent")
    assert refused.exit_code == Exit.USAGE
    assert "1 decision was never sent, or waits in the inbox" in refused.stderr
    assert {"cache.db", "outbox.db", "token"} <= left(home), "nothing is erased by halves"
    assert home.load_account() is not None
    assert run("--erase", "--erase-unsent", "--yes").exit_code == Exit.DONE
    assert left(home) == set()


def test_an_open_queue_is_in_the_way(home: Home) -> None:
    with FileLock(home.sync_lock(ACCOUNT)):
        result = run("--erase")
    assert result.exit_code == Exit.LOCAL_FILES
    assert "cache.db" in left(home)


@pytest.mark.parametrize("unsent", [False, True])
def test_the_queue_erases_the_same(home: Home, *, unsent: bool) -> None:
    erase = eraser(home, ACCOUNT)
    assert erase is not None
    erase(unsent)
    assert left(home) == (set() if unsent else {"outbox.db"})
    assert home.load_account() is None

"""`logout --erase` on real files: the copy goes, what was never sent only by a request of its own."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from filelock import FileLock
from tests.builders import NOW, RITA, mql
from typer.testing import CliRunner, Result

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cli import login as login_command
from leadqueue.cli.exits import Exit
from leadqueue.cli.logout import logout
from leadqueue.cli.tui import eraser
from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.sync import credentials
from leadqueue.sync.credentials import Credentials
from leadqueue.wire.api import PROTOCOL, ChangesPage, Session, Upsert

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


def left(home: Home, account: Account = ACCOUNT) -> set[str]:
    return {path.name for path in home.account_dir(account).iterdir()} - {"sync.lock"}


def test_a_plain_logout_erases_nothing_but_the_token(home: Home) -> None:
    assert run().exit_code == Exit.DONE
    assert {"cache.db", "outbox.db", "cache.db.before-0001"} <= left(home)
    assert "token" not in left(home)


def test_the_copy_goes_and_what_is_unsent_stays(home: Home) -> None:
    result = run("--erase")
    assert result.exit_code == Exit.DONE, result.output
    assert not {name for name in left(home) if name.startswith("cache.db.") or name == "token"}
    assert "The copy of the leads on this machine is erased." in result.stderr
    assert "1 decision of Rita at https://crm.example was never sent" in result.stderr
    assert "To erase: leadqueue logout --erase-unsent" in result.stderr
    assert home.load_account() is None
    desk = Desk.open(home, ACCOUNT, lambda: NOW)
    assert len(desk.unsent()) == 1
    desk.close()


def test_what_is_unsent_goes_only_when_that_is_agreed_to(home: Home) -> None:
    refused = run("--erase", "--erase-unsent")
    assert refused.exit_code == Exit.USAGE
    assert "1 decision of Rita at https://crm.example was never sent, or waits in the inbox" in refused.stderr
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
    assert left(home) == (set() if unsent else {"outbox.db", "account.json"})
    assert home.load_account() is None


# The accounts that were logged in before

RAUL_HERE = replace(
    ACCOUNT, user_id="0193b2a5-0000-7000-8000-0000000000aa", name="Raul", email="raul@sales.example"
)


def log_raul_in(home: Home, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Raul logs in on Rita's machine, and his leads are read."""
    session = Session(
        user_id=RAUL_HERE.user_id, name="Raul", email=RAUL_HERE.email, role=Role.REP, zone="UTC",
        team_id=RITA.team_id, team_name="Sales", organisation_id="o", organisation_name="Example Ltd",
        audience=f"rep:{RAUL_HERE.user_id}", members=(), protocol=PROTOCOL, server_version="1",
        definitions_version="1", definitions_digest="d", server_time=NOW, epoch="e",
    )  # fmt: skip
    monkeypatch.setattr(login_command, "_session", lambda _address, _token: session)
    app = typer.Typer()
    app.command()(login_command.login)
    done = CliRunner().invoke(app, ["--url", "https://crm.example", "--token", "lq_raul"])
    Desk.open(home, RAUL_HERE, lambda: NOW).close()
    return done


def test_another_login_forgets_the_token_of_the_former_and_says_what_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = log_raul_in(home, monkeypatch)
    assert told.exit_code == Exit.DONE, told.output
    assert "The token of Rita at https://crm.example is forgotten on this machine." in told.stderr
    assert "The copy of the leads of Rita at https://crm.example stays" in told.stderr
    assert "1 decision of Rita at https://crm.example was never sent" in told.stderr
    assert Credentials(home, env={}).load(ACCOUNT) is None
    assert Credentials(home, env={}).load(RAUL_HERE) is not None
    assert {"cache.db", "outbox.db"} <= left(home)


def test_the_copies_of_all_accounts_go_and_what_is_unsent_stays(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_raul_in(home, monkeypatch)
    Credentials(home).store(ACCOUNT, "lq_from_an_older_version")
    told = run("--erase")
    assert told.exit_code == Exit.DONE, told.output
    assert "2 copies of the leads on this machine are erased" in told.stderr
    assert "1 decision of Rita at https://crm.example was never sent" in told.stderr
    assert [path for path in home.data_dir.rglob("*") if path.name.startswith(("cache.db", "token"))] == []
    assert left(home) == {"outbox.db", "account.json"}
    assert left(home, RAUL_HERE) == set()


def test_what_another_account_never_sent_goes_only_after_the_question(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_raul_in(home, monkeypatch)
    refused = run("--erase-unsent")
    assert refused.exit_code == Exit.USAGE
    assert "1 decision of Rita at https://crm.example was never sent" in refused.stderr
    assert {"cache.db", "outbox.db"} <= left(home)
    assert {"cache.db", "token"} <= left(home, RAUL_HERE)
    assert run("--erase-unsent", "--yes").exit_code == Exit.DONE
    assert left(home) == left(home, RAUL_HERE) == set()


def test_erasing_reaches_the_copy_after_a_plain_logout(home: Home) -> None:
    told = run()
    assert "The copy of the leads of Rita at https://crm.example stays on this machine" in told.stderr
    again = run("--erase")
    assert again.exit_code == Exit.DONE
    assert "Nobody was logged in." in again.stderr
    assert "The copy of the leads on this machine is erased." in again.stderr
    assert left(home) == {"outbox.db", "account.json"}
    assert "There is no copy" in run("--erase").stderr


def test_a_folder_of_nobody_known_is_erased_too(home: Home) -> None:
    run()
    (home.account_dir(ACCOUNT) / "account.json").write_text("{")
    (home.account_dir(ACCOUNT) / "token").write_text("lq_secret")
    told = run("--erase")
    assert f"1 decision of the account in {home.account_dir(ACCOUNT)} was never sent" in told.stderr
    assert left(home) == {"outbox.db", "account.json"}


def test_an_account_that_is_open_is_in_the_way_of_all(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    log_raul_in(home, monkeypatch)
    with FileLock(home.sync_lock(ACCOUNT)):
        result = run("--erase")
    assert result.exit_code == Exit.LOCAL_FILES
    assert "open as Rita at https://crm.example" in result.stderr
    assert "cache.db" in left(home)
    assert "cache.db" in left(home, RAUL_HERE)


@pytest.mark.parametrize("busy", [False, True])
def test_the_queue_erases_the_copies_of_the_others_too(
    home: Home, monkeypatch: pytest.MonkeyPatch, *, busy: bool
) -> None:
    log_raul_in(home, monkeypatch)
    erase = eraser(home, RAUL_HERE)
    assert erase is not None
    with FileLock(home.sync_lock(ACCOUNT)) if busy else nullcontext():
        told = erase(True)
    assert left(home, RAUL_HERE) == set()
    assert ("cache.db" in left(home)) is busy
    assert ("The copy of the leads of Rita at https://crm.example stays" in told) is busy
    assert "outbox.db" in left(home), "nobody was asked about her decision"
    assert "1 decision of Rita at https://crm.example was never sent" in told

"""`login`, `logout` and `whoami` as a shell sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import httpx
import pytest
import typer
from tests.builders import NOW, RITA
from typer.testing import CliRunner, Result

from leadqueue.cache.home import Account, Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.login import login, whoami
from leadqueue.cli.logout import logout
from leadqueue.crm import native
from leadqueue.sync import credentials
from leadqueue.wire.api import PROTOCOL, Session
from leadqueue.wire.problem import PROBLEM_JSON

SESSION = Session(
    user_id=RITA.id,
    name=RITA.name,
    email="rita@example.com",
    role=RITA.role,
    zone=RITA.zone,
    team_id=RITA.team_id,
    team_name="Team",
    organisation_id="org",
    organisation_name="Org",
    audience=f"rep:{RITA.id}",
    members=(RITA,),
    protocol=PROTOCOL,
    server_version="1",
    definitions_version="1",
    definitions_digest="d",
    server_time=NOW,
    epoch="e",
)

Handler = Callable[[httpx.Request], httpx.Response]


def answering(session: Session) -> Handler:
    return lambda _request: httpx.Response(200, json=session.model_dump(mode="json"))


def refusing(status: int) -> Handler:
    body = {"type": "about:blank", "title": "No", "status": status}
    return lambda _request: httpx.Response(status, json=body, headers={"content-type": PROBLEM_JSON})


class Shell:
    """A user at a shell, with a home of their own, no keyring, and the server that a test puts up."""

    def __init__(self, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self._patch = monkeypatch
        self._app = typer.Typer()
        for command in (login, logout, whoami):
            self._app.command()(command)

    def serve(self, handler: Handler) -> None:
        connected = partial(NATIVE, transport=httpx.MockTransport(handler))
        self._patch.setattr(native, "NativeGateway", connected)

    def run(self, *words: str, typed: str = "") -> Result:
        return CliRunner().invoke(self._app, list(words), input=typed)


NATIVE = native.NativeGateway


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("LEADQUEUE_HOME", str(tmp_path))
    monkeypatch.delenv(credentials.TOKEN_VARIABLE, raising=False)

    def no_keyring() -> credentials.Keyring:
        raise RuntimeError("none here")

    monkeypatch.setattr(credentials, "_system_keyring", no_keyring)
    return Shell(Home.locate(), monkeypatch)


def test_from_login_to_logout(shell: Shell) -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return answering(SESSION)(request)

    shell.serve(handler)
    result = shell.run("login", "--url", "https://crm.example/", typed="lq_secret\n")
    assert result.exit_code == Exit.DONE, result.output
    assert seen == ["Bearer lq_secret"]
    assert "lq_secret" not in result.output
    assert result.stdout == ""
    account = shell.home.load_account()
    assert account is not None
    assert (account.url, account.user_id, account.role) == ("https://crm.example", RITA.id, "rep")
    assert str(shell.home.account_dir(account)) in result.stderr, "a token in a file is said aloud"

    result = shell.run("whoami", "--json")
    assert result.exit_code == Exit.DONE
    assert json.loads(result.stdout)["token"] == "file"

    result = shell.run("logout")
    assert result.exit_code == Exit.DONE
    assert shell.home.load_account() is None
    assert not (shell.home.account_dir(account) / "token").exists()
    assert shell.run("whoami").exit_code == Exit.NOT_LOGGED_IN


def test_the_token_of_the_account_is_missed(shell: Shell) -> None:
    shell.home.save_account(
        Account("https://c.example", "u", "U", "u@x.example", "rep", "o", "O", None, "UTC")
    )
    result = shell.run("whoami")
    assert result.exit_code == Exit.NOT_LOGGED_IN
    assert "leadqueue login" in result.stderr


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (refusing(401), Exit.NOT_LOGGED_IN),
        (refusing(403), Exit.NOT_LOGGED_IN),
        (refusing(503), Exit.UNREACHABLE),
        (lambda _request: httpx.Response(200, html="<h1>Hotel</h1>"), Exit.UNREACHABLE),
        (answering(SESSION.model_copy(update={"protocol": 2})), Exit.PROTOCOL),
    ],
)
def test_a_login_that_fails_changes_nothing(shell: Shell, handler: Handler, code: Exit) -> None:
    shell.serve(handler)
    result = shell.run("login", "--url", "https://crm.example", "--token", "lq_1")
    assert result.exit_code == code
    assert "leadqueue: " in result.stderr
    assert shell.home.load_account() is None


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("--url", "http://crm.example"), "lq_1\n"),
        (("--url", "crm.example"), "lq_1\n"),
        (("--url", "https://crm.example"), "\n"),
        ((), "lq_1\n"),
    ],
)
def test_nothing_is_sent_to_a_wrong_address_or_without_a_token(
    shell: Shell, words: tuple[str, ...], typed: str
) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(500)

    shell.serve(handler)
    assert shell.run("login", *words, typed=typed).exit_code == Exit.USAGE
    assert seen == []


def test_logging_out_twice_is_no_fault(shell: Shell) -> None:
    assert shell.run("logout").exit_code == Exit.DONE

"""`leadqueue sync` as a shell sees it, with real files and the real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
import typer
from filelock import FileLock
from tests.builders import EXAMPLE_VALUES
from tests.definitions.edits import changed
from tests.server.world import World, open_world
from typer.testing import CliRunner, Result

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cli import sync as command
from leadqueue.cli.exits import Exit
from leadqueue.cli.logout import logout
from leadqueue.crm import native
from leadqueue.definitions.loader import parse
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain import moments
from leadqueue.domain.lead import Lead
from leadqueue.sync import connect, credentials

NATIVE = native.NativeGateway


class Shell:
    """Rita at a shell, logged in."""

    def __init__(self, world: World, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.home = home
        self._patch = monkeypatch
        rita = world.rita
        self.account = Account(
            "https://crm.test",
            rita.id,
            rita.name,
            rita.email,
            "rep",
            world.organisation.id,
            world.organisation.name,
            rita.team_id,
            rita.zone,
        )
        home.save_account(self.account)
        self.app = typer.Typer()
        self.app.command()(command.sync)
        self.app.command()(logout)
        self.reach(httpx.ASGITransport(world.app))

    def reach(self, transport: httpx.AsyncBaseTransport) -> None:
        self._patch.setattr(connect, "NativeGateway", partial(NATIVE, transport=transport))

    def run(self, *words: str) -> Result:
        return CliRunner().invoke(self.app, list(words))

    def decide(self, lead: Lead, kind: DecisionKind) -> None:
        desk = Desk.open(self.home, self.account, self.world.clock, self.world.new_id)
        desk.decide(lead.id, kind, EXAMPLE_VALUES[kind])
        desk.close()


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    world = open_world(tmp_path)
    monkeypatch.setenv("LEADQUEUE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, world.tokens["rita"])
    monkeypatch.setattr(moments, "system_now", world.clock)
    monkeypatch.setattr(command, "LOCK_S", 0.0)
    yield Shell(world, Home.locate(), monkeypatch)
    world.client.close()
    world.database.close()


def test_it_sends_and_reads_and_says_so(shell: Shell) -> None:
    lead = shell.world.lead()
    assert shell.run("sync").exit_code == Exit.DONE
    shell.decide(lead, DecisionKind.ACCEPT)
    result = shell.run("sync", "--json")
    assert result.exit_code == Exit.DONE, result.output
    told = json.loads(result.stdout)
    assert (told["ok"], told["applied"], told["unsent"], told["error"]) == (True, 1, 0, None)
    assert "In sync." in result.stderr
    assert shell.world.get(lead.id).stage == "sal"


def test_a_decision_that_does_not_hold_is_an_exit_code(shell: Shell) -> None:
    lead = shell.world.lead()
    shell.run("sync")
    shell.decide(lead, DecisionKind.ACCEPT)
    shell.world.decide("rita", shell.world.body(lead, "reject"))
    result = shell.run("sync")
    assert result.exit_code == Exit.CONFLICT
    assert "leadqueue inbox" in result.stderr


def test_what_new_definitions_overtook_is_told_the_same(shell: Shell) -> None:
    lead = shell.world.lead()
    shell.run("sync")
    shell.decide(lead, DecisionKind.REJECT)
    reason = EXAMPLE_VALUES[DecisionKind.REJECT]["reason"]
    published = parse(changed(f"[reasons.{reason}]", f"[reasons.{reason}_anew]"))
    shell.world.admin.publish_definitions(shell.world.organisation.id, published)
    result = shell.run("sync", "--json")
    assert "Did not hold: 1. They wait in the inbox" in result.stderr, result.output
    assert result.exit_code == Exit.CONFLICT
    told = json.loads(result.stdout)
    assert (told["ok"], told["attention"], told["unsent"]) == (True, 1, 0)
    again = shell.run("sync", "--json")
    assert again.exit_code == Exit.DONE, "what is told once is in the inbox"
    assert json.loads(again.stdout)["attention"] == 0


def test_offline(shell: Shell) -> None:
    lead = shell.world.lead()
    shell.run("sync")
    shell.decide(lead, DecisionKind.ACCEPT)

    def cut(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    shell.reach(httpx.MockTransport(cut))
    result = shell.run("sync", "--json")
    assert result.exit_code == Exit.UNREACHABLE
    assert json.loads(result.stdout)["unsent"] == 1
    assert "kept" in result.stderr
    assert "Still unsent: 1." in result.stderr


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda patch: patch.setenv(credentials.TOKEN_VARIABLE, "lq_wrong"), Exit.NOT_LOGGED_IN),
        (lambda patch: patch.setenv(credentials.TOKEN_VARIABLE, "no token"), Exit.NOT_LOGGED_IN),
        (lambda patch: patch.setattr(native, "PROTOCOL", 2), Exit.PROTOCOL),
    ],
)
def test_what_ends_it(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None], code: Exit
) -> None:
    change(monkeypatch)
    result = shell.run("sync")
    assert result.exit_code == code, result.output
    assert "leadqueue: " in result.stderr


def test_beside_a_running_one_it_leaves_the_work_to_it(shell: Shell) -> None:
    with FileLock(shell.home.sync_lock(shell.account)):
        result = shell.run("sync", "--json")
    assert result.exit_code == Exit.DONE
    assert json.loads(result.stdout) == {"elsewhere": True, "unsent": 0, "error": None}


def test_beside_a_running_one_it_says_that_the_server_is_out_of_reach(shell: Shell) -> None:
    lead = shell.world.lead()
    shell.run("sync")
    shell.decide(lead, DecisionKind.ACCEPT)
    shell.home.offline_flag(shell.account).touch()
    with FileLock(shell.home.sync_lock(shell.account)):
        result = shell.run("sync", "--json")
    assert result.exit_code == Exit.UNREACHABLE
    told = json.loads(result.stdout)
    assert (told["elsewhere"], told["unsent"]) == (True, 1)
    assert told["error"]
    assert "Still unsent: 1." in result.stderr
    assert "syncs by itself" not in result.stderr
    assert shell.world.get(lead.id).stage == "mql"


def test_damaged_beyond_use_files_are_said(shell: Shell) -> None:
    shell.home.outbox_file(shell.account).mkdir()
    result = shell.run("sync")
    assert result.exit_code == Exit.LOCAL_FILES


def test_logging_out_says_what_is_unsent_and_keeps_it(shell: Shell) -> None:
    lead = shell.world.lead()
    shell.run("sync")
    shell.decide(lead, DecisionKind.ACCEPT)
    result = shell.run("logout")
    assert result.exit_code == Exit.DONE
    assert "1 decision of rita at https://crm.test was never sent" in result.stderr
    assert "kept until the next login" in result.stderr
    assert "The copy of the leads of rita at https://crm.test stays on this machine" in result.stderr
    assert credentials.TOKEN_VARIABLE in result.stderr
    shell.home.save_account(shell.account)
    assert shell.run("sync").exit_code == Exit.DONE
    assert shell.world.get(lead.id).stage == "sal"

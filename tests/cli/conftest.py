"""A rep at a shell: the whole command line in this process, real files, the real server without a network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.world import World

from leadqueue.cache.home import Account, Home
from leadqueue.cli import main as program
from leadqueue.crm import native
from leadqueue.domain import moments
from leadqueue.server.database import Database
from leadqueue.sync import connect, credentials

NATIVE = native.NativeGateway


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # the tests say what they expect of it
        return json.loads(self.stdout)


class Shell:
    """Rita at a shell, logged in; what `leadqueue …` prints and how it ends."""

    def __init__(
        self, world: World, home: Home, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.world = world
        self.home = home
        self.patch = patch
        self._capsys = capsys
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
        self.join()

    def __call__(self, *words: str) -> Done:
        self.patch.setattr(sys, "argv", ["leadqueue", *words])
        code = 0
        try:
            program.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = self._capsys.readouterr()
        return Done(code, said.out, said.err)

    def join(self) -> None:
        """Put the network there."""
        self._reach(httpx.ASGITransport(self.world.app))

    def cut(self) -> None:
        """Take the network away."""

        def no_route(_request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("no route")

        self._reach(httpx.MockTransport(no_route))

    def _reach(self, transport: httpx.AsyncBaseTransport) -> None:
        self.patch.setattr(connect, "NativeGateway", partial(NATIVE, transport=transport))


@pytest.fixture
def shell(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    world = World(Database.open(address))
    monkeypatch.setenv("LEADQUEUE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, world.tokens["rita"])
    monkeypatch.setattr(moments, "system_now", world.clock)
    yield Shell(world, Home.locate(), monkeypatch, capsys)
    world.client.close()
    world.database.close()

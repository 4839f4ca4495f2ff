"""The thread that syncs, over real HTTP with the embedded server: hints, and the network switch."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.builders import EXAMPLE_VALUES
from tests.server.world import World, open_world

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.crm import native
from leadqueue.crm.gateway import Gateway
from leadqueue.definitions.model import DecisionKind
from leadqueue.server.embedded import EmbeddedServer
from leadqueue.sync.loop import wait_for
from leadqueue.sync.runner import SyncRunner
from leadqueue.sync.state import Phase, SyncState

LIMIT_S = 30.0
"""How long a test waits for what must come; only a failing test waits so long."""


async def quickly(bell: asyncio.Event, _seconds: float) -> None:
    await wait_for(bell, 0.01)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = open_world(tmp_path)
    yield made
    made.client.close()
    made.database.close()


class Watch:
    """The states of a runner, in order, to be waited for."""

    def __init__(self) -> None:
        self.states: list[SyncState] = []
        self._changed = threading.Condition()

    def on_state(self, state: SyncState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def wait(self, comes: Callable[[], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(comes, LIMIT_S)

    def phase(self, phase: Phase) -> bool:
        with self._changed:
            since = len(self.states)
        return self.wait(lambda: any(state.phase is phase for state in self.states[max(since - 1, 0) :]))


def test_hints_and_the_network_switch(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "CUT_CHECK_S", 0.01)
    home = Home.locate({"LEADQUEUE_HOME": str(tmp_path / "home")})
    watch = Watch()
    with EmbeddedServer(world.database, now=world.clock) as server:
        account = Account(
            server.url,
            world.rita.id,
            "Rita",
            world.rita.email,
            "rep",
            world.organisation.id,
            "X",
            None,
            "UTC",
        )
        home.save_account(account)
        flag = home.offline_flag(account)

        def connect() -> Gateway:
            token = world.tokens["rita"]
            return native.NativeGateway(server.url, token, world.clock, is_cut=flag.exists)

        runner = SyncRunner(home, account, world.clock, connect=connect, wait=quickly)
        desk = Desk.open(home, account, world.clock, world.new_id)
        runner.start(watch.on_state)
        try:
            assert watch.phase(Phase.LIVE)
            lead = world.lead()
            assert watch.wait(lambda: desk.lead(lead.id) is not None), "the hint brought it"
            flag.touch()
            assert watch.phase(Phase.OFFLINE)
            missed = world.lead()
            assert desk.lead(missed.id) is None
            flag.unlink()
            assert watch.wait(lambda: desk.lead(missed.id) is not None)
            assert watch.phase(Phase.LIVE)
            desk.decide(lead.id, DecisionKind.ACCEPT, EXAMPLE_VALUES[DecisionKind.ACCEPT])
            assert watch.wait(lambda: desk.status().unsent == 0), "added behind its back, and yet sent"
        finally:
            runner.stop()
            desk.close()
    assert world.get(lead.id).stage == "sal"
    assert runner.state.phase is Phase.STOPPED

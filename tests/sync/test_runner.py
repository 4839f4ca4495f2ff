"""The thread that syncs: its life, and one process at a time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.builders import NOW, RITA, decision, mql
from tests.sync.server_fake import FakeGateway, FakeServer
from tests.sync.store_fake import FakeStore

from leadqueue.cache.home import Account, Home
from leadqueue.cache.views import OutboxState
from leadqueue.sync.runner import SyncRunner
from leadqueue.sync.state import Phase, SyncState

LIMIT_S = 30.0
"""How long a test waits for what must come; only a failing test waits so long."""

ACCOUNT = Account("https://crm.example", RITA.id, "Rita", "r@example.com", "rep", "o", "Org", None, "UTC")


async def turn(_bell: asyncio.Event, _seconds: float) -> None:
    """Let others have their turn instead of waiting."""
    await asyncio.sleep(0)


class Watched:
    """A runner whose states can be waited for."""

    def __init__(self, home: Home, server: FakeServer) -> None:
        self.store = FakeStore()
        self.gateway = FakeGateway(server)
        self.states: list[SyncState] = []
        self._changed = threading.Condition()
        self.runner = SyncRunner(
            home,
            ACCOUNT,
            lambda: NOW,
            connect=lambda: self.gateway,
            opened=lambda: self.store,
            wait=turn,
        )

    def on_state(self, state: SyncState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def reaches(self, phase: Phase) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: any(state.phase is phase for state in self.states), LIMIT_S)

    @contextmanager
    def running(self) -> Iterator[Watched]:
        self.runner.start(self.on_state)
        try:
            yield self
        finally:
            self.runner.stop()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.locate({"LEADQUEUE_HOME": str(tmp_path)})
    home.save_account(ACCOUNT)
    return home


def test_it_syncs_and_ends(home: Home) -> None:
    server = FakeServer()
    watched = Watched(home, server)
    made = decision(server.put(mql()), "accept", {"acceptance_reason": "strong_fit"})
    watched.store.outbox.add(made)
    with watched.running():
        assert watched.reaches(Phase.POLLING)
    assert watched.runner.state.phase is Phase.STOPPED
    assert watched.store.outbox.state(made) is OutboxState.ANSWERED
    assert watched.store.closed == 1
    assert watched.gateway.closed


def test_only_one_syncs_and_the_other_takes_over(home: Home) -> None:
    server = FakeServer()
    first, second = Watched(home, server), Watched(home, server)
    with first.running():
        assert first.reaches(Phase.POLLING)
        with second.running():
            assert second.reaches(Phase.ELSEWHERE)
            assert second.gateway.calls == []
            first.runner.stop()
            assert second.reaches(Phase.POLLING)
            assert second.gateway.calls


def test_a_screen_that_is_gone_does_not_end_it(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    watched = Watched(home, FakeServer())

    def gone(state: SyncState) -> None:
        watched.on_state(state)
        raise RuntimeError("no screen")

    watched.runner.start(gone)
    try:
        assert watched.reaches(Phase.POLLING)
    finally:
        watched.runner.stop()
    assert "no screen" in caplog.text


def test_calls_before_the_start_and_after_the_end_do_nothing(home: Home) -> None:
    watched = Watched(home, FakeServer())
    watched.runner.wake()
    watched.runner.try_now()
    with watched.running():
        assert watched.reaches(Phase.POLLING)
    watched.runner.wake()
    watched.runner.stop()
    assert watched.runner.state.phase is Phase.STOPPED


def test_importing_it_costs_the_screen_nothing() -> None:
    heavy = ("httpx", "keyring", "sqlalchemy", "pydantic", "filelock")
    code = f"import sys, leadqueue.sync.runner; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("torn", [b"{", b"\xff\xfe", None])
def test_an_account_file_that_cannot_be_read_logs_nobody_out(home: Home, torn: bytes | None) -> None:
    home.account_file.unlink()
    if torn is None:
        home.account_file.mkdir()
    else:
        home.account_file.write_bytes(torn)
    assert home.is_logged_in(ACCOUNT)


@pytest.mark.parametrize("other", [None, replace(ACCOUNT, user_id="max", name="Max")])
def test_who_is_logged_out_on_this_machine_sends_nothing_more(home: Home, other: Account | None) -> None:
    server = FakeServer()
    with Watched(home, server).running() as watched:
        assert watched.reaches(Phase.POLLING) or watched.reaches(Phase.LIVE)
        if other is None:
            home.clear_account()
        else:
            home.save_account(other)
        assert watched.reaches(Phase.UNAUTHORISED)
        watched.states.clear()
        home.save_account(ACCOUNT)
        assert watched.reaches(Phase.POLLING) or watched.reaches(Phase.LIVE)

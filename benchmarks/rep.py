"""A rep's machine in a benchmark: real files, the real desk, the real sync."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.firm import Firm
from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import open_store
from leadqueue.cache.queue_views import QueueView
from leadqueue.crm.native import NativeGateway
from leadqueue.domain.moments import system_now
from leadqueue.sync.engine import CycleReport, SyncEngine
from leadqueue.sync.runner import SyncRunner
from leadqueue.wire.api import Digest

PATIENCE_S = 60.0
_LOOK_EVERY_S = 0.001


@dataclass(frozen=True, slots=True)
class Machine:
    """Whose machine it is, and where its files are."""

    home: Home
    account: Account
    token: str

    @classmethod
    def of(cls, firm: Firm, url: str, folder: Path) -> Machine:
        home, account = firm.account(url, folder)
        return cls(home, account, firm.stage.token)

    def _connect(self) -> NativeGateway:
        return NativeGateway(
            self.account.url, self.token, system_now, is_cut=self.home.offline_flag(self.account).exists
        )

    def cycle(self) -> CycleReport:
        """One cycle of the sync over newly opened files. Raises the error that cut it short."""

        async def once() -> CycleReport:
            store = open_store(self.home, self.account, system_now)
            gateway = self._connect()
            try:
                engine = SyncEngine(store, gateway, system_now, user_id=self.account.user_id)
                return await engine.cycle(force=True)
            finally:
                await gateway.aclose()
                store.close()

        report = asyncio.run(once())
        if report.error is not None:
            raise report.error
        return report

    def server_digest(self) -> tuple[int, str]:
        """Count and hash over the rep's leads as the server has them."""
        head = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.get(f"{self.account.url}/v1/digest", headers=head, trust_env=False)
        found = Digest.model_validate_json(answer.raise_for_status().content)
        return found.count, found.digest

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        opened = Desk.open(self.home, self.account, system_now)
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def syncing(self) -> Iterator[SyncRunner]:
        """The sync in its thread, as beside the screen."""
        runner = SyncRunner(self.home, self.account, system_now, connect=self._connect)
        runner.start()
        try:
            yield runner
        finally:
            runner.stop()

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Without a network until the block ends."""
        flag = self.home.offline_flag(self.account)
        flag.touch()
        try:
            yield
        finally:
            flag.unlink()


def awaiting_review(desk: Desk, wanted: int) -> list[str]:
    """Ids of leads of the queue that can be accepted."""
    stages = set(desk.definitions.decisions["accept"].moves[0].from_)  # type: ignore[index]
    rows = desk.queue.window(QueueView(), 0, wanted * 20)
    found = [row.id for row in rows if row.stage in stages][:wanted]
    if len(found) < wanted:
        raise RuntimeError(f"the queue holds {len(found)} leads to accept, not {wanted}")
    return found


def seconds_until(done: Callable[[], bool]) -> float:
    """How long it took until `done` answered true. Raises RuntimeError after `PATIENCE_S`."""
    started = time.perf_counter()
    while not done():
        if time.perf_counter() - started > PATIENCE_S:
            raise RuntimeError("what was waited for never came")
        time.sleep(_LOOK_EVERY_S)
    return time.perf_counter() - started

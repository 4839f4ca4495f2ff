"""The sync beside the terminal UI: a thread with its own event loop and its own connections to the store.

One process of an account syncs at a time, by a lock on a file; the others watch and take over when it is
free. Light to import: what costs time is imported in the thread.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from leadqueue.cache.home import Account, Home
from leadqueue.sync.state import Phase, SyncState

if TYPE_CHECKING:
    from leadqueue.crm.gateway import Gateway
    from leadqueue.domain.moments import NowFn
    from leadqueue.sync.loop import SyncLoop, Wait
    from leadqueue.sync.store import OpenStore

STOP_S = 5.0
WATCH_S = 1.0

_log = logging.getLogger(__name__)


def _to_nobody(_state: SyncState) -> None:
    return


class SyncRunner:
    """Syncs an account in the background. The methods may be called from any thread.

    `connect`, `opened` and `wait` stand for the connection, the local store and the waiting; None means the
    real ones.
    """

    def __init__(
        self,
        home: Home,
        account: Account,
        now: NowFn,
        *,
        connect: Callable[[], Gateway] | None = None,
        opened: Callable[[], OpenStore] | None = None,
        wait: Wait | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self._home = home
        self._account = account
        self._now = now
        self._connect = connect
        self._opened = opened
        self._wait = wait
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._on_state: Callable[[SyncState], None] = _to_nobody
        self._state = SyncState(Phase.STARTING)
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._events: asyncio.AbstractEventLoop | None = None
        self._bell: asyncio.Event | None = None
        self._loop: SyncLoop | None = None
        self._stopping = False

    @property
    def state(self) -> SyncState:
        return self._state

    def start(self, on_state: Callable[[SyncState], None] = _to_nobody) -> None:
        """Begin. `on_state` is called from the sync's thread with each new state."""
        if self._thread is not None:
            return
        self._on_state = on_state
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """A decision was added: send it."""
        self._call(lambda loop: loop.wake())

    def try_now(self) -> None:
        """Try at once, also what is held back or waits for a later try."""
        self._call(lambda loop: loop.try_now())

    def look_up(self, lead_id: str) -> None:
        """Ask what colleagues have at this lead's company; it is in the cache as soon as the server has said
        it. Where another process syncs, nothing is asked here."""
        self._call(lambda loop: loop.look_up(lead_id))

    def stop(self) -> None:
        """End, and wait for the end. What is on its way is cut off, and sent again by the next start."""
        with self._guard:
            self._stopping = True
        self._call(lambda loop: loop.stop())
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    def _call(self, act: Callable[[SyncLoop], None]) -> None:
        def here() -> None:
            if self._loop is not None:
                act(self._loop)
            if self._bell is not None:
                self._bell.set()

        with self._guard:
            if self._events is not None:
                self._events.call_soon_threadsafe(here)

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:  # noqa: BLE001 - nobody else would say it
            _log.exception("the sync ended by a fault")
            self._publish(
                replace(
                    self._state,
                    phase=Phase.HELD,
                    message="The sync ended by a fault of its own; it is in the log. Start leadqueue again.",
                )
            )
        else:
            self._publish(replace(self._state, phase=Phase.STOPPED, message="", next_try_at=None))

    async def _main(self) -> None:
        self._bell = asyncio.Event()
        with self._guard:
            self._events = asyncio.get_running_loop()
        try:
            await self._take_turns(self._bell)
        finally:
            with self._guard:
                self._events = None

    async def _take_turns(self, bell: asyncio.Event) -> None:
        from filelock import FileLock, Timeout  # noqa: PLC0415

        from leadqueue.sync.loop import wait_for  # noqa: PLC0415

        wait = self._wait or wait_for
        lock = FileLock(self._home.sync_lock(self._account), mode=0o600, thread_local=False)
        while not self._stopping:
            try:
                lock.acquire(blocking=False)
            except Timeout:
                if self._state.phase is not Phase.ELSEWHERE:
                    self._publish(SyncState(Phase.ELSEWHERE, "Another leadqueue of this account syncs."))
                bell.clear()
                await wait(bell, WATCH_S)
                continue
            try:
                await self._sync(wait)
            finally:
                self._loop = None
                lock.release()

    async def _sync(self, wait: Wait) -> None:
        from leadqueue.crm.steady import steady_seconds  # noqa: PLC0415
        from leadqueue.sync.loop import SyncLoop  # noqa: PLC0415

        self._loop = SyncLoop(
            self._opened or self._open_store,
            self._connect or self._open_gateway,
            self._now,
            steady_seconds,
            user_id=self._account.user_id,
            publish=self._publish,
            is_cut=self._home.offline_flag(self._account).exists,
            is_logged_in=partial(self._home.is_logged_in, self._account),
            rng=self._rng,
            wait=wait,
        )
        await self._loop.run()

    def _open_store(self) -> OpenStore:
        from leadqueue.cache.opening import open_store  # noqa: PLC0415

        return open_store(self._home, self._account, self._now)

    def _open_gateway(self) -> Gateway:
        from leadqueue.sync.connect import open_gateway  # noqa: PLC0415
        from leadqueue.sync.credentials import Credentials  # noqa: PLC0415

        return open_gateway(self._home, self._account, self._now, Credentials(self._home))

    def _publish(self, state: SyncState) -> None:
        self._state = state
        try:
            self._on_state(state)
        except Exception:  # noqa: BLE001 - a screen that is gone is not the sync's trouble
            _log.exception("the sync's state could not be shown")

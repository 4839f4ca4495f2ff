"""Cycle after cycle: at the start, for a new decision, on a hint of the server, and after each pause."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leadqueue.cache.errors import StoreError
from leadqueue.crm.gateway import (
    Gateway,
    GatewayError,
    LoggedOut,
    NotTheApi,
    Revoked,
    ServerFault,
    Throttled,
    TimedOut,
    Unauthorised,
    Unreachable,
)
from leadqueue.domain.moments import NowFn
from leadqueue.sync.backoff import pause
from leadqueue.sync.company import CompanySync
from leadqueue.sync.engine import CycleReport, SyncEngine
from leadqueue.sync.state import Phase, SyncState

if TYPE_CHECKING:
    from leadqueue.sync.store import OpenStore

TICK_S = 1.0
POLL_S = 15.0
POLL_LIVE_S = 60.0
TOKEN_AGAIN_S = 30.0
STORE_AGAIN_S = 15.0

_log = logging.getLogger(__name__)

Wait = Callable[[asyncio.Event, float], Awaitable[None]]
"""Waits until the event is set or so many seconds have passed. Tests put their own clock behind it."""


async def wait_for(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


_OFFLINE = (Unreachable, TimedOut, NotTheApi, ServerFault, Throttled)


class SyncLoop:
    """Runs the sync in the event loop of its caller, who holds the account's lock.

    `steady` is a clock that nobody sets: a pause stays as long as it is when the wall clock is moved.
    """

    def __init__(
        self,
        open_store: Callable[[], OpenStore],
        connect: Callable[[], Gateway],
        now: NowFn,
        steady: Callable[[], float],
        *,
        user_id: str,
        publish: Callable[[SyncState], None],
        is_cut: Callable[[], bool],
        is_logged_in: Callable[[], bool],
        rng: random.Random,
        wait: Wait = wait_for,
    ) -> None:
        self._open_store = open_store
        self._connect = connect
        self._now = now
        self._steady = steady
        self._user_id = user_id
        self._publish = publish
        self._is_cut = is_cut
        self._is_logged_in = is_logged_in
        self._rng = rng
        self._wait = wait
        self._bell = asyncio.Event()
        self._woken = self._forced = self._stopping = False
        self._store: OpenStore | None = None
        self._gateway: Gateway | None = None
        self._engine: SyncEngine | None = None
        self._listener: asyncio.Task[None] | None = None
        self._live = False
        self._listen_after = 0.0
        self._listen_failures = 0
        self._not_before = 0.0
        self._next_at = 0.0
        self._was_cut = False
        self._was_logged_in = True
        self._company = CompanySync()
        self._within_reach = False
        self._state = SyncState(Phase.STARTING)
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is something to send, or perhaps to read."""
        self._woken = True
        self._bell.set()

    def try_now(self) -> None:
        """The user asks for a try at once, whatever pause is on."""
        self._forced = True
        self._bell.set()

    def look_up(self, lead_id: str) -> None:
        """Ask what colleagues have at this lead's company, as soon as the server is within reach."""
        self._company.want(lead_id)
        self._ask_of_company()

    def _ask_of_company(self) -> None:
        if self._within_reach and self._gateway is not None:
            self._company.ask(lambda: self._store, self._gateway)

    def stop(self) -> None:
        """End now. A request that is cut off has an unknown outcome, as after a crash: it is sent again."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()

    async def run(self) -> None:
        """Sync until `stop`."""
        self._task = asyncio.current_task()
        try:
            await self._cycles()
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        finally:
            self._task = None
            await self._close()

    async def _cycles(self) -> None:
        while not self._stopping:
            force, self._forced, self._woken = self._forced, False, False
            self._was_cut, self._was_logged_in = self._is_cut(), self._is_logged_in()
            try:
                await self._once(force)
            except StoreError as error:
                self._start_over(str(error))
            except Exception:  # noqa: BLE001 - the sync outlives whatever goes wrong in one cycle
                _log.exception("a cycle of the sync failed")
                self._start_over("The sync met a fault of its own, it is in the log; it tries again.")
            await self._until_due()

    def _start_over(self, message: str) -> None:
        """Go on after a pause with the store opened anew, which repairs what can be repaired."""
        self._close_store()
        self._pause_for(STORE_AGAIN_S)
        self._show(Phase.HELD, message, self._next_moment())

    async def _once(self, force: bool) -> None:
        if not self._was_logged_in:
            await self._drop_gateway()
            self._no_token(LoggedOut())
            return
        self._show(Phase.SYNCING, self._state.message)
        engine = await self._ready()
        if engine is None:
            return
        report = await engine.cycle(force=force)
        if isinstance(report.error, Unauthorised):  # one refresh for all: the token may be a new one
            await self._drop_gateway()
            engine = await self._ready()
            if engine is None:
                return
            report = await engine.cycle(force=force)
        await self._after(report)

    async def _ready(self) -> SyncEngine | None:
        """The engine on an open store and a connection; None without a token."""
        if self._store is None:
            self._store = self._open_store()
        if self._gateway is None:
            try:
                self._gateway = self._connect()
            except Unauthorised as error:
                self._no_token(error)
                return None
            if self._engine is not None:
                self._engine.use(self._gateway)
        if self._engine is None:
            self._engine = SyncEngine(
                self._store,
                self._gateway,
                self._now,
                user_id=self._user_id,
                rng=self._rng,
                on_progress=self._progress,
            )
        return self._engine

    async def _after(self, report: CycleReport) -> None:
        error = report.error
        self._within_reach = error is None
        if error is None:
            self._ask_of_company()
            self._not_before = 0.0
            self._listen()
            interval = POLL_LIVE_S if self._live else POLL_S
            self._next_at = self._steady() + interval * self._rng.uniform(0.8, 1.0)
            phase = Phase.LIVE if self._live else Phase.POLLING
            self._show(phase, report.note, succeeded=True)
            return
        if isinstance(error, Unauthorised):
            await self._drop_gateway()
            self._no_token(error)
            return
        delay = (report.next_try_at or self._now()) - self._now()
        self._pause_for(max(delay.total_seconds(), 0.0))
        phase = Phase.OFFLINE if isinstance(error, _OFFLINE) else Phase.HELD
        self._show(phase, f"{error} {error.outlook}", report.next_try_at)

    def _no_token(self, error: GatewayError) -> None:
        self._pause_for(TOKEN_AGAIN_S)
        phase = Phase.REVOKED if isinstance(error, Revoked) else Phase.UNAUTHORISED
        self._show(phase, f"{error} {error.outlook}", self._next_moment())

    def _pause_for(self, seconds: float) -> None:
        self._not_before = self._next_at = self._steady() + seconds

    def _next_moment(self) -> datetime:
        return self._now() + timedelta(seconds=self._next_at - self._steady())

    async def _until_due(self) -> None:
        """Wait for the next reason to sync. The outbox is looked at each second, since other processes
        add decisions to it; a pause after a failure ends early for the user, for the network switch and for a
        login or logout on this machine."""
        while not (self._stopping or self._forced or self._switched):
            steady = self._steady()
            if steady >= self._not_before and (
                self._woken or steady >= self._next_at or self._team_is_due or self._something_to_send()
            ):
                return
            self._mind_listener(steady)
            self._bell.clear()
            await self._wait(self._bell, TICK_S)

    @property
    def _switched(self) -> bool:
        return self._is_cut() != self._was_cut or self._is_logged_in() != self._was_logged_in

    def _mind_listener(self, steady: float) -> None:
        """Fall back to polling when the stream of events broke, and listen again after a pause."""
        if self._listener is not None and self._listener.done():
            self._listener = None
            if self._state.phase is Phase.LIVE:
                self._show(Phase.POLLING)
                self._next_at = min(self._next_at, steady + POLL_S)
        if self._state.phase is Phase.POLLING:
            self._listen()

    @property
    def _team_is_due(self) -> bool:
        return self._engine is not None and self._engine.team_is_due

    def _something_to_send(self) -> bool:
        if self._store is None:
            return False
        try:
            outbox, now = self._store.outbox, self._now()
            return bool(outbox.due(now, 1)) or outbox.acknowledged_due(now)
        except StoreError as error:
            _log.warning("the outbox cannot be read: %s", error)
            self._close_store()
            return False

    def _listen(self) -> None:
        if self._listener is None and self._gateway is not None and self._steady() >= self._listen_after:
            self._listener = asyncio.create_task(self._hear(self._gateway))

    async def _hear(self, gateway: Gateway) -> None:
        """Turn hints into cycles. Ends when the stream does; polling goes on without it."""
        try:
            async for hint in gateway.events():
                if hint is None:
                    self._live = True
                    self._listen_failures = 0
                    self.wake()
                elif self._engine is None or not self._engine.has_read(hint):
                    self.wake()
        except GatewayError as error:
            _log.info("events: %s", error)
        finally:
            self._live = False
            self._listen_failures += 1
            rest = pause(self._listen_failures, self._rng).total_seconds()
            self._listen_after = self._steady() + rest
            self._bell.set()

    def _progress(self, read: int) -> None:
        self._state = replace(self._state, next_try_at=None, progress=read)
        self._publish(self._state)

    def _show(
        self,
        phase: Phase,
        message: str = "",
        next_try_at: datetime | None = None,
        *,
        succeeded: bool = False,
    ) -> None:
        offset = self._engine.offset if self._engine else None
        self._state = SyncState(
            phase,
            message,
            self._now() if succeeded else self._state.last_success_at,
            next_try_at,
            offset.offset_ms if offset else self._state.offset_ms,
            offset.error_ms if offset else self._state.offset_error_ms,
        )
        self._publish(self._state)

    async def _drop_gateway(self) -> None:
        self._within_reach = False
        await self._company.stop()
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
            self._listener = None
        if self._gateway is not None:
            gateway, self._gateway = self._gateway, None
            await gateway.aclose()

    def _close_store(self) -> None:
        self._engine = None
        self._within_reach = False
        if self._store is not None:
            store, self._store = self._store, None
            store.close()

    async def _close(self) -> None:
        await self._drop_gateway()
        self._close_store()

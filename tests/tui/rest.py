"""A Pilot that goes on as soon as the program has nothing left to do, and time that nobody waits for.

That there is nothing to do is read off the event loop. Textual's own wait sleeps 20 ms at a time, several
times for each key, until the processor rests. Where the program waits for a timer, the clock of its loop is
set on. Of itself that clock goes slowly: what the program does in a tenth of a second takes a busy machine a
whole one, and no timer may fire for that.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, process_time
from typing import Protocol, cast

from textual.worker_manager import WorkerManager

SOON = 1 / 20
"""A timer that is due within this is waited for: the next frame, or the end of `App.delay_update`."""

PATIENCE = 30.0
"""Seconds after which a worker that never ends fails the test."""

SLOWED = 10
"""How many seconds of the wall's clock make one of a loop."""

_STEP = 1 / 1000 / SLOWED
_IDLE = 1 / 1000


class _Loop(Protocol):
    """What asyncio's loop keeps to itself, and by how much its clock was set on."""

    _ready: list[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _default_executor: ThreadPoolExecutor | None
    passed: float

    def time(self) -> float: ...


class _Pool(Protocol):
    """What a pool of threads keeps to itself."""

    _threads: set[object]
    _idle_semaphore: _Semaphore


class _Semaphore(Protocol):
    _value: int


def time_of(loop: object) -> float:
    """Stands in for the clock of an event loop."""
    return monotonic() / SLOWED + float(getattr(loop, "passed", 0.0))


def get_time() -> float:
    """Stands in for Textual's clock: it goes with that of the loop."""
    return time_of(events._get_running_loop())


def _set_on(loop: _Loop, until: float) -> bool:
    """Let the time pass until the next timer is due; answers whether one is due before `until`."""
    due = min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=until + 1)
    if due > until:
        return False
    loop.passed = getattr(loop, "passed", 0.0) + max(due - loop.time(), 0.0)
    return True


def _busy_threads(loop: _Loop) -> bool:
    if loop._default_executor is None:
        return False
    pool = cast("_Pool", loop._default_executor)
    return pool._idle_semaphore._value < len(pool._threads)


async def at_rest(min_sleep: float = SOON, max_sleep: float = 1.0) -> None:
    """Wait until no callback is ready, no thread of the loop works, and no timer is due within `SOON`.

    Stands in for `textual._wait.wait_for_idle`. A thread that only waits is left behind when the processor
    has rested for `SOON`; everything else after `max_sleep`.
    """
    loop = cast("_Loop", asyncio.get_running_loop())
    end = loop.time() + max_sleep
    until = loop.time() + max(min_sleep, SOON)
    rested_since, used = monotonic(), process_time()
    while loop.time() < end:
        await asyncio.sleep(0)
        if loop._ready:
            until = max(until, loop.time() + SOON)
        elif _busy_threads(loop):
            if process_time() - used > _IDLE:
                rested_since, used = monotonic(), process_time()
            if monotonic() - rested_since > SOON:
                return
            await asyncio.sleep(_STEP)
        elif not _set_on(loop, until):
            return


async def finished(workers: WorkerManager) -> None:
    """Wait until every worker is done, whatever timer it waits for."""
    loop = cast("_Loop", asyncio.get_running_loop())
    end = monotonic() + PATIENCE
    while any(not worker.is_finished for worker in workers):
        assert monotonic() < end, "a worker never ends"
        await at_rest()
        if not _busy_threads(loop):
            _set_on(loop, loop.time() + PATIENCE)

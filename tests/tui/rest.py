"""When the program under a Pilot has nothing left to do: read off its event loop, not off the processor.

Textual's own wait sleeps 20 ms at a time, several times for each key, until the process rests in one of them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import monotonic, process_time
from typing import Protocol, cast

SOON = 1 / 20
"""A timer that is due within this is waited for: the next frame, or the end of `App.delay_update`."""

_STEP = 1 / 1000
_IDLE = 1 / 1000


class _Loop(Protocol):
    """What asyncio's loop keeps to itself."""

    _ready: list[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _default_executor: ThreadPoolExecutor | None

    def time(self) -> float: ...


class _Pool(Protocol):
    """What a pool of threads keeps to itself."""

    _threads: set[object]
    _idle_semaphore: _Semaphore


class _Semaphore(Protocol):
    _value: int


def _next_timer(loop: _Loop) -> float | None:
    return min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=None)


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
    end = monotonic() + max_sleep
    until = loop.time() + max(min_sleep, SOON)
    rested_since, used = monotonic(), process_time()
    while monotonic() < end:
        await asyncio.sleep(0)
        if loop._ready:
            until = max(until, loop.time() + SOON)
            continue
        due = _next_timer(loop)
        if due is not None and due <= until:
            await asyncio.sleep(max(due - loop.time(), 0))
        elif not _busy_threads(loop):
            return
        else:
            if process_time() - used > _IDLE:
                rested_since, used = monotonic(), process_time()
            if monotonic() - rested_since > SOON:
                return
            await asyncio.sleep(_STEP)

"""An event loop whose time is a number: waiting costs nothing, and one seed gives one order of events."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

import anyio.to_thread

Result = TypeVar("Result")


class NothingLeftToDo(BaseException):
    """Everybody waits for somebody: the program under test hangs."""


class _NoWaiting(selectors.SelectSelector):
    """Passes the loop's waiting time at once, by moving the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise NothingLeftToDo
        self.moment += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs its callbacks in the order of their time, and of their making where that is equal."""

    def __init__(self) -> None:
        self._clock = _NoWaiting()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.moment

    def end(self) -> None:
        """Close; what is still under way, a request that comes late say, is dropped."""
        waiting = asyncio.all_tasks(self)
        for task in waiting:
            task.cancel()
        if waiting:
            self.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        self.close()


HAND_OVER_S = 0.003
"""What handing work to a thread takes; others may come in between."""


async def _inline(work: Callable[..., Result], *values: object, **_options: object) -> Result:
    await asyncio.sleep(HAND_OVER_S)
    return work(*values)


async def _inline_thread(work: Callable[..., Result], /, *values: object, **named: object) -> Result:
    await asyncio.sleep(HAND_OVER_S)
    return work(*values, **named)


@contextmanager
def no_threads() -> Iterator[None]:
    """Run what the server hands to its threads on the spot: their order would not come from the seed."""
    with (
        patch.object(anyio.to_thread, "run_sync", _inline),
        patch.object(asyncio, "to_thread", _inline_thread),
    ):
        yield


def run(main: Callable[[], Awaitable[Result]]) -> Result:
    """Run to the end on a loop of its own."""
    loop = VirtualLoop()
    try:
        with no_threads():
            return loop.run_until_complete(_awaited(main))
    finally:
        loop.end()


async def _awaited(main: Callable[[], Awaitable[Result]]) -> Result:
    return await main()

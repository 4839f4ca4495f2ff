"""Hints to listening clients that the feed has grown. The truth stays in the feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from leadqueue.wire.api import EventHint

LOOK_EVERY_S = 0.25
"""How often the feed's head is looked at while somebody listens; other processes write to it too."""


class Hints:
    """A watch on the feed's head for each listener."""

    def __init__(
        self,
        head: Callable[[str], tuple[int, str]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._head = head
        self._pause = pause

    async def follow(self, organisation_id: str) -> AsyncIterator[EventHint]:
        """A hint at once, then one whenever there is something new."""
        told: tuple[int, str] | None = None
        while True:
            seen = await asyncio.to_thread(self._head, organisation_id)
            if seen != told:
                told = seen
                yield EventHint(seq=seen[0], epoch=seen[1])
            await self._pause(LOOK_EVERY_S)

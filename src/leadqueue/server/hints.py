"""Hints to listening clients that the feed has grown. The truth stays in the feed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from leadqueue.wire.api import EventHint

_LOG = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
"""How often the feed's head is looked at where nobody rings; other processes write to it too."""

Head = tuple[int, str]


@dataclass(slots=True)
class _Topic:
    """An organisation's feed as this process knows it, for all that follow it here."""

    head: Head | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    followers: int = 0
    watch: asyncio.Task[None] | None = None


class Hints:
    """One watch on each feed's head, shared by all listeners of this process."""

    def __init__(
        self, head: Callable[[str], Head], ring: Callable[[str], Awaitable[None]] | None = None
    ) -> None:
        """`ring` returns as soon as it is worth looking again; without it the head is polled."""
        self._head = head
        self._ring = ring or _polling
        self._topics: dict[str, _Topic] = {}

    async def follow(self, organisation_id: str) -> AsyncGenerator[EventHint]:
        """A hint at once, then one whenever there is something new."""
        topic = self._topics.setdefault(organisation_id, _Topic())
        if topic.watch is None:
            topic.watch = asyncio.create_task(self._watch(organisation_id, topic))
        topic.followers += 1
        told: Head | None = None
        try:
            while True:
                news = topic.news
                if topic.head is None or topic.head == told:
                    await news.wait()
                else:
                    told = topic.head
                    yield EventHint(seq=told[0], epoch=told[1])
        finally:
            topic.followers -= 1
            if topic.followers == 0:
                self._topics.pop(organisation_id, None)
                topic.watch.cancel()

    async def _watch(self, organisation_id: str, topic: _Topic) -> None:
        while True:
            try:
                seen = await asyncio.to_thread(self._head, organisation_id)
            except Exception as error:  # noqa: BLE001 - a database that is away comes back
                _LOG.warning("the feed's head could not be read: %s", type(error).__name__)
            else:
                if seen != topic.head:
                    topic.head = seen
                    topic.news.set()
                    topic.news = asyncio.Event()
            await self._ring(organisation_id)


async def _polling(_organisation_id: str) -> None:
    await asyncio.sleep(LOOK_EVERY_S)

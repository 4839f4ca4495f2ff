"""Hints to listening clients that the feed has grown. The truth stays in the feed."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from dataclasses import dataclass, field

from leadqueue.wire.api import EventHint

_LOG = logging.getLogger(__name__)

LOOK_EVERY_S = 0.25
"""How often the feed's head is looked at where nobody rings; other processes write to it too."""

Head = tuple[int, str]
StillGood = Callable[[Collection[str]], Collection[str]]
"""Those of the tokens that are accepted."""


@dataclass(slots=True)
class _Topic:
    """An organisation's feed as this process knows it, for all that follow it here, by their tokens."""

    head: Head | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)
    followers: Counter[str] = field(default_factory=Counter)
    unwelcome: set[str] = field(default_factory=set)
    watch: asyncio.Task[None] | None = None


class Hints:
    """One watch on each feed's head, shared by all listeners of this process. With each news it looks once at
    the tokens of all of them."""

    def __init__(
        self,
        head: Callable[[str], Head],
        still_good: StillGood,
        ring: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        """`ring` returns as soon as it is worth looking again; without it the head is polled."""
        self._head = head
        self._still_good = still_good
        self._ring = ring or _polling
        self._topics: dict[str, _Topic] = {}

    async def follow(self, organisation_id: str, token: str) -> AsyncGenerator[EventHint]:
        """A hint at once, then one whenever there is something new, for as long as the token is accepted."""
        topic = self._topics.setdefault(organisation_id, _Topic())
        if topic.watch is None:
            topic.watch = asyncio.create_task(self._watch(organisation_id, topic))
        topic.followers[token] += 1
        told: Head | None = None
        try:
            while True:
                news = topic.news
                if token in topic.unwelcome:
                    return
                if topic.head is None or topic.head == told:
                    await news.wait()
                else:
                    if told is None and not await asyncio.to_thread(self._still_good, (token,)):
                        return  # it may have waited long between the door and this
                    told = topic.head
                    yield EventHint(seq=told[0], epoch=told[1])
        finally:
            topic.followers[token] -= 1
            if not topic.followers[token]:
                del topic.followers[token]
                topic.unwelcome.discard(token)
            if not topic.followers:
                self._topics.pop(organisation_id, None)
                topic.watch.cancel()

    async def _watch(self, organisation_id: str, topic: _Topic) -> None:
        while True:
            try:
                await self._look(organisation_id, topic)
            except Exception as error:  # noqa: BLE001 - a database that is away comes back
                _LOG.warning(
                    "the feed's head or its listeners could not be looked at: %s", type(error).__name__
                )
            await self._ring(organisation_id)

    async def _look(self, organisation_id: str, topic: _Topic) -> None:
        listening = tuple(topic.followers)
        head, good = await asyncio.to_thread(self._seen, organisation_id, topic.head, listening)
        if head != topic.head:
            topic.head = head
            topic.unwelcome |= topic.followers.keys() & set(listening).difference(good)
            topic.news.set()
            topic.news = asyncio.Event()

    def _seen(
        self, organisation_id: str, before: Head | None, listening: Collection[str]
    ) -> tuple[Head, Collection[str]]:
        """In a thread: the head, and where it is news, which of the listeners may still be told."""
        head = self._head(organisation_id)
        return head, self._still_good(listening) if head != before else listening


async def _polling(_organisation_id: str) -> None:
    await asyncio.sleep(LOOK_EVERY_S)

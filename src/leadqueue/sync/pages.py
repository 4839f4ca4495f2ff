"""The pages of the feed, each asked for while the one before is being stored."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from leadqueue.crm.gateway import Gateway
from leadqueue.wire.api import ChangesPage

PAGE = 500
_TURNS = 12
"""Turns of the event loop after which a request is on its way, over a connection that is open already."""


class PagesAhead:
    """Reads pages of `audience` in turn. Storing one holds the event loop up; the server makes the next one
    meanwhile. What was asked for in vain is dropped at the end."""

    def __init__(self, gateway: Gateway, audience: str) -> None:
        self._gateway = gateway
        self._audience = audience
        self._cursor: str | None = None
        self._asked: asyncio.Task[ChangesPage] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._asked is not None:
            self._asked.cancel()
            await asyncio.gather(self._asked, return_exceptions=True)

    async def ask_for(self, cursor: str) -> None:
        """Send the request for the page after `cursor`; its answer, be it an error, waits for `after`."""
        self._cursor = cursor
        self._asked = asyncio.create_task(self._gateway.changes(self._audience, cursor, PAGE))
        for _ in range(_TURNS):
            await asyncio.sleep(0)

    async def after(self, cursor: str | None) -> ChangesPage:
        """The page after `cursor`. Raises what the gateway raises."""
        asked, self._asked = self._asked, None
        if asked is None:
            return await self._gateway.changes(self._audience, cursor, PAGE)
        try:
            if cursor == self._cursor:
                return await asked
        finally:
            asked.cancel()  # changes nothing where it is done
        await asyncio.gather(asked, return_exceptions=True)
        return await self._gateway.changes(self._audience, cursor, PAGE)

"""PostgreSQL's NOTIFY as a bell: it rings in every process, on every host, when a feed has grown."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

import psycopg
from sqlalchemy.engine import Engine

from leadqueue.server import locks

_LOG = logging.getLogger(__name__)

RECONNECT_S = 1.0
REST_S = 0.1
"""Between two rings, however many commits there are meanwhile."""

LOOK_ANYWAY_S = 5.0
"""Without a ring, in case that the connection is dead and has not found out yet."""

_ALIVE = {"keepalives": 1, "keepalives_idle": 20, "keepalives_interval": 5, "keepalives_count": 3}


class Bell:
    """One connection that listens for all of this process."""

    def __init__(self, engine: Engine) -> None:
        _, self._address = engine.dialect.create_connect_args(engine.url)
        self._rung: dict[str, asyncio.Event] = {}

    async def listen(self) -> None:
        """Listen until cancelled; a connection that is lost is made again."""
        while True:
            try:
                await self._hear()
            except (psycopg.Error, OSError) as error:
                _LOG.warning("events come late, their connection is lost: %s", type(error).__name__)
            await asyncio.sleep(RECONNECT_S)

    async def _hear(self) -> None:
        settings = {"connect_timeout": 5, "application_name": "leadqueue events", **_ALIVE, **self._address}
        async with await psycopg.AsyncConnection.connect(**settings, autocommit=True) as connection:
            await connection.execute(f"LISTEN {locks.CHANNEL}")
            for event in self._rung.values():  # what rang while nobody listened
                event.set()
            async for note in connection.notifies():
                if note.payload in self._rung:
                    self._rung[note.payload].set()

    async def rung(self, organisation_id: str) -> None:
        """Return when the organisation's feed has grown since the last call, or may have."""
        event = self._rung.get(organisation_id)
        if event is None:  # what rang before was not heard: return at once
            event = self._rung[organisation_id] = asyncio.Event()
            event.set()
        await asyncio.sleep(REST_S)
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), LOOK_ANYWAY_S)
        event.clear()

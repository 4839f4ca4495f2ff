"""The shared CRM API as an ASGI application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from uuid_utils import uuid7

from leadqueue import __version__
from leadqueue.domain.moments import NowFn, system_now
from leadqueue.server import docs_page, escalations, feed, problems, returning, routes, tokens
from leadqueue.server.bell import Bell
from leadqueue.server.database import Database
from leadqueue.server.decisions import Decisions
from leadqueue.server.described import DescribedApi
from leadqueue.server.hints import Hints
from leadqueue.server.intake import Intake
from leadqueue.server.limits import Bodies, Limits, Pace
from leadqueue.server.middleware import Doorkeeper
from leadqueue.server.services import Services
from leadqueue.server.store import DefinitionsCache

_LOG = logging.getLogger(__name__)

SWEEP_EVERY_S = 20.0
"""How often breaches are looked for, and recycled leads that may return."""

UNLIMITED = Limits()
"""No bound on the pace of a token; `leadqueue serve` sets one."""

DESCRIPTION = """\
Leads, decisions and their audit trail, shared by reps, managers and marketing.

A decision may be sent as often as one likes: the ledger answers the same each time. The feed of changes is
read with an opaque cursor. Errors are problem details (RFC 9457) with a stable `type`.
"""


def new_uuid() -> str:
    return str(uuid7())


def create_app(
    database: Database,
    now: NowFn = system_now,
    new_id: Callable[[], str] = new_uuid,
    *,
    sweeps: bool = True,
    limits: Limits = UNLIMITED,
) -> FastAPI:
    """The API over an open database. `now` is the server's clock, `sweeps` runs what `SWEEP_EVERY_S` says."""
    definitions = DefinitionsCache()
    bell = _bell(database)

    async def sweep_forever() -> None:
        while True:
            try:
                await asyncio.to_thread(escalations.sweep, database, definitions, now(), new_id)
            except Exception:  # noqa: BLE001 - one organisation's trouble must not end the watch over all
                _LOG.exception("the sweep for breaches failed and is tried again")
            try:
                await asyncio.to_thread(returning.sweep, database, definitions, now, new_id)
            except Exception:  # noqa: BLE001 - likewise
                _LOG.exception("the sweep for recycled leads failed and is tried again")
            await asyncio.sleep(SWEEP_EVERY_S)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(sweep_forever())] if sweeps else []
        if bell is not None:
            tasks.append(asyncio.create_task(bell.listen()))
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app = DescribedApi(
        title="leadqueue CRM API",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,  # its page would load scripts from elsewhere; the document itself is served
        redoc_url=None,
        middleware=[
            Middleware(Doorkeeper, now=now, new_id=new_uuid),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=1),
        ],
        generate_unique_id_function=lambda route: route.name,
    )

    def head(organisation_id: str) -> tuple[int, str]:
        with database.read() as connection:
            return feed.head(connection, organisation_id)

    def still_good(texts: Collection[str]) -> Collection[str]:
        with database.read() as connection:
            return tokens.still_good(connection, texts, now())

    app.state.services = Services(
        database=database,
        now=now,
        new_id=new_id,
        definitions=definitions,
        decisions=Decisions(database, definitions, now, new_id),
        intake=Intake(database, definitions, now, new_id),
        hints=Hints(head, still_good, bell.rung if bell else None),
        pace=Pace(limits),
        bodies=Bodies(limits),
    )
    app.include_router(routes.public)
    app.include_router(routes.api)
    problems.install(app)
    docs_page.install(app)
    return app


def _bell(database: Database) -> Bell | None:
    """What tells of other processes' commits, where the database can."""
    if database.engine.dialect.name != "postgresql":
        return None
    return Bell(database.engine)

"""A company behind a listening server, for requests that come from outside the process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.server.world import World

from leadqueue.definitions.model import Role
from leadqueue.server import feed
from leadqueue.server.database import Database
from leadqueue.server.embedded import EmbeddedServer

OWNERS = ("rita", "raul", "otto")
LEADS = 9
LIFETIME = timedelta(days=30)
"""Of the tokens, which makes them ones that can be renewed."""

TOKEN_OF = {Role.REP: "rita", Role.MANAGER: "maya", Role.MARKETING_OPS: "olga", Role.ADMIN: "ada"}
"""Who stands for each role."""


@dataclass(frozen=True, slots=True)
class Company:
    """Where it listens, a token for each role, and what a caller can know of its content."""

    world: World
    url: str
    tokens: dict[Role, str]
    epoch: str
    lead_ids: tuple[str, ...]
    source_ids: tuple[str, ...]
    user_ids: tuple[str, ...]


@contextmanager
def open_company(folder: Path, database_url: str = "") -> Iterator[Company]:
    """The company of the server's tests with an administrator and some leads, served from a thread."""
    world = World(Database.open(database_url or f"sqlite:///{folder / 'crm.db'}"))
    try:
        ada = world.user("ada", Role.ADMIN, None)
        for user in (world.rita, world.maya, world.olga, ada):
            world.tokens[user.name], _ = world.admin.create_token(
                world.organisation.id, user.id, lifetime=LIFETIME
            )
        source_ids = tuple(f"source-{number}" for number in range(LEADS))
        leads = [
            world.lead(source_id, owner=OWNERS[number % len(OWNERS)])
            for number, source_id in enumerate(source_ids)
        ]
        with world.database.read() as connection:
            _, epoch = feed.head(connection, world.organisation.id)
        with EmbeddedServer(world.database, now=world.clock) as server:
            yield Company(
                world=world,
                url=server.url,
                tokens={role: world.tokens[name] for role, name in TOKEN_OF.items()},
                epoch=epoch,
                lead_ids=tuple(lead.id for lead in leads),
                source_ids=source_ids,
                user_ids=tuple(user.id for user in world.admin.users(world.organisation.id)),
            )
    finally:
        world.client.close()
        world.database.close()

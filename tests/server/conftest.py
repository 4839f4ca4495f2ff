"""The world of the server's tests, over each of the databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import postgres
from tests.server.world import World

from leadqueue.server.database import Database


@pytest.fixture(params=postgres.BOTH)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database with the tables of this program and no rows, on SQLite and on PostgreSQL."""
    with postgres.database_of(request.param, tmp_path) as address:
        yield address


@pytest.fixture
def world(address: str) -> Iterator[World]:
    made = World(Database.open(address))
    yield made
    made.client.close()
    made.database.close()

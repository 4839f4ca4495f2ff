"""What the server reads of an organisation for each decision, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tests.server.world import World

from leadqueue.definitions.loader import parse, shipped
from leadqueue.server.store import DefinitionsCache, Directory


@pytest.fixture
def reading(world: World) -> Iterator[Connection]:
    with world.database.read() as connection:
        yield connection


@pytest.fixture
def asked(world: World) -> Iterator[list[str]]:
    """Every statement that goes to the database."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    sa.event.listen(world.database.engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(world.database.engine, "before_cursor_execute", note)


def test_a_colleague_is_read_alone(world: World, reading: Connection, asked: list[str]) -> None:
    directory = Directory(reading, world.organisation.id)
    assert directory[world.raul.id].name == "raul"
    assert directory.get("nobody") is None
    assert all("AND id =" in statement for statement in asked)


def test_all_colleagues_are_read_once(world: World, reading: Connection, asked: list[str]) -> None:
    directory = Directory(reading, world.organisation.id)
    assert {person.name for person in directory.values()} == set(world.tokens)
    assert len(directory) == len(world.tokens)
    assert directory[world.rita.id].zone == "Europe/Berlin"
    assert len(asked) == 1


def test_definitions_are_looked_up_once_until_told_to_look_again(world: World, asked: list[str]) -> None:
    cache = DefinitionsCache()
    organisation_id = world.organisation.id
    newer = parse(shipped().text.replace('version = "2026.1"', 'version = "2026.2"', 1))
    with world.database.read() as connection:
        before = cache.last_seen(connection, organisation_id)
    world.admin.publish_definitions(organisation_id, newer)
    asked.clear()
    with world.database.read() as connection:
        assert cache.last_seen(connection, organisation_id) is before
        assert not [statement for statement in asked if "definitions" in statement]
        cache.look_again(organisation_id)
        assert cache.last_seen(connection, organisation_id).digest == newer.digest


def test_a_lead_knows_when_the_nearest_of_its_running_clocks_is_due(world: World) -> None:
    query = sa.text(
        "SELECT id, due_at, (SELECT MIN(clock.due_at) FROM clock WHERE clock.stopped_at IS NULL AND "
        "clock.organisation_id = lead.organisation_id AND clock.lead_id = lead.id) AS nearest FROM lead"
    )

    def due() -> dict[str, int | None]:
        with world.database.read() as connection:
            rows = connection.execute(query).all()
        assert all(row.due_at == row.nearest for row in rows)
        return {str(row.id): row.due_at for row in rows}

    accepted, rejected = world.lead(), world.lead()
    before = due()
    assert None not in before.values()
    world.decide("rita", world.body(accepted, "accept"), world.body(rejected, "reject"))
    after = due()
    assert after[rejected.id] is None
    assert after[accepted.id] not in (None, before[accepted.id])

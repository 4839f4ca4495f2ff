"""Bringing a local file to the present format. Imported only when a file is not there yet."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.pool import StaticPool


def script_of(kind: str) -> tuple[Config, ScriptDirectory]:
    """Alembic's configuration and scripts for the file `outbox` or `cache`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations") / kind))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def known_revisions(kind: str) -> frozenset[str]:
    return frozenset(step.revision for step in script_of(kind)[1].walk_revisions())


def upgrade(connection: sqlite3.Connection, kind: str) -> None:
    """Run the missing migrations on an open connection, inside the transaction that it stands in.

    Raises SQLite's own errors, as any other use of the connection does.
    """
    config, _ = script_of(kind)
    engine = sa.create_engine(
        "sqlite://", creator=lambda: _Borrowed(connection), poolclass=StaticPool, pool_reset_on_return=None
    )
    with engine.connect() as borrowed:
        config.attributes["connection"] = borrowed
        try:
            command.upgrade(config, "head")
        except sa.exc.DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                raise error.orig from error
            raise


class _Borrowed:
    """The connection without its commit, rollback and close, which belong to its owner."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def commit(self) -> None:
        return

    def rollback(self) -> None:
        return

    def close(self) -> None:
        return

"""Brings the tables of the server's database up to date, one process at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from leadqueue.server import locks
from leadqueue.server.trouble import DatabaseError

WAIT_SECONDS = 60
"""For another process that migrates, and for each table that a running server still uses."""

_HERE = threading.Lock()
"""Alembic's context is one for the whole process."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """Revisions before and after; `before` None for a database that had no tables."""

    before: str | None
    after: str


def _script() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _current(connection: Connection, script: ScriptDirectory) -> str | None:
    """The database's revision. Raises `DatabaseError` for one that this program does not know."""
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise DatabaseError(
            f"a newer leadqueue wrote this database (revision {current}); update leadqueue to use it. "
            "A database is never migrated downward: to go back, restore the backup from before the update"
        )
    return current


def check(engine: Engine, name: str) -> None:
    """Raise `DatabaseError` where the tables are not those of this program."""
    _, script = _script()
    with engine.connect() as connection, connection.begin():
        current = _current(connection, script)
    head = script.get_current_head()
    if current != head:
        stands = "has no tables yet" if current is None else f"stands at revision {current}"
        raise DatabaseError(
            f"the database {stands}, this leadqueue needs revision {head}; "
            f"run: leadqueue admin migrate --database '{name}'"
        )


def migrate(engine: Engine, *, writing: str) -> Migrated:
    """Bring the tables to this program's revision; all of it commits, or none.

    `writing` names the execution option that makes a transaction a writing one. Raises `DatabaseError` for
    a newer database, and where another process holds the lock for too long.
    """
    config, script = _script()
    head = str(script.get_current_head())
    with (
        _HERE,
        _alone(engine),
        engine.connect().execution_options(**{writing: True}) as connection,
        connection.begin(),
    ):
        current = _current(connection, script)
        if current != head:
            if locks.on_postgres(connection):
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    return Migrated(current, head)


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """While no other process migrates. SQLite's write lock sees to it by itself."""
    if engine.dialect.name != "postgresql":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        guard.exec_driver_sql("SET statement_timeout = 0")
        guard.exec_driver_sql(f"SET lock_timeout = '{WAIT_SECONDS}s'")
        try:
            locks.migrations(guard)
        except sa.exc.OperationalError as error:
            guard.invalidate()
            raise DatabaseError(
                f"another process has been migrating this database for {WAIT_SECONDS} seconds; "
                "wait until it is done, then try again"
            ) from error
        try:
            yield
        finally:
            guard.invalidate()  # ends the session: its lock goes, its settings with it

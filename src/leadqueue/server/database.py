"""The server's database: opening, migrating, and transactions that say whether they write."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

DEFAULT_URL = "sqlite:///leadqueue.db"
BUSY_SECONDS = 15
_WRITES = "leadqueue_writes"


class DatabaseError(Exception):
    """The database cannot serve; the message says why and what to do."""


class Database:
    """An open database. Every transaction is short and says at its start whether it writes.

    On SQLite a writing transaction takes the write lock at once (`BEGIN IMMEDIATE`), so that none fails
    halfway and sequence numbers are taken in commit order.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str = DEFAULT_URL) -> Database:
        """Open and migrate. Raises `DatabaseError` for a bad address, a newer or an unusable database."""
        try:
            address = make_url(url)
        except sa.exc.ArgumentError as error:
            raise DatabaseError(
                f"'{url}' is no database address; give one like sqlite:///leadqueue.db"
            ) from error
        if address.get_backend_name() != "sqlite":
            raise DatabaseError(
                f"databases of the kind '{address.get_backend_name()}' are not supported; use sqlite:///FILE"
            )
        engine = _sqlite(address)
        try:
            _migrate(engine)
        except sa.exc.DBAPIError as error:
            engine.dispose()
            raise DatabaseError(f"the database {address.database} cannot be used: {error.orig}") from error
        except DatabaseError:
            engine.dispose()
            raise
        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, over one state of the database."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or leaves no trace where an error gets out of it."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        file = Path(address.database).expanduser().absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():  # it will hold personal data: for its owner only
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = sa.create_engine(
        address,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: object, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # SQLAlchemy's own BEGIN below
        cursor = connection.cursor()  # type: ignore[attr-defined]
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _script() -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config, ScriptDirectory.from_config(config)


def _migrate(engine: Engine) -> None:
    config, script = _script()
    head = script.get_current_head()
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        if current is not None and current not in {step.revision for step in script.walk_revisions()}:
            raise DatabaseError(
                f"a newer leadqueue wrote this database (revision {current}); update leadqueue to use it"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

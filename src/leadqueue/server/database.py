"""The server's database: opening it, and transactions that say whether they write."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from leadqueue.server import DEFAULT_URL, migrating
from leadqueue.server.trouble import DatabaseError, Outrun, lost_race

BUSY_SECONDS = 15
ATTEMPTS = 4
"""How often a writing transaction that loses a race is run."""

_T = TypeVar("_T")
_WRITES = "leadqueue_writes"
_POSTGRES = frozenset({"postgres", "postgresql", "postgresql+psycopg"})
_CONNECT_SECONDS = 5
_RENEW_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process may take of a PostgreSQL server. Seconds; `pool` counts connections."""

    pool: int = 10
    wait: int = 10
    """For a free connection of the pool."""
    statement: int = 30
    lock: int = 10
    idle: int = 60
    """Of a transaction in which nothing happens."""


class Database:
    """An open database. Every transaction is short and says at its start whether it writes.

    On SQLite a writing transaction takes the write lock at once (`BEGIN IMMEDIATE`), so that none fails
    halfway. On PostgreSQL writing transactions run side by side: whoever changes a lead locks its row first
    (`locks.rows`), and the feed takes its own lock last (`locks.feed`).
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(
        cls, url: str = DEFAULT_URL, *, migrate: bool | None = None, limits: Limits | None = None
    ) -> Database:
        """Open a database whose tables are as this program needs them.

        `migrate` brings older tables up to date; None does so for SQLite only, since the tables of a
        PostgreSQL server are changed by `leadqueue admin migrate`, at a moment that people choose. An SQLite
        file is made where it is missing, its folder is not. Raises `DatabaseError` for a bad address, for a
        newer, an older or an unusable database.
        """
        database = cls.attach(url, limits)
        with database._brought_up():
            if database.engine.dialect.name == "sqlite" if migrate is None else migrate:
                migrating.migrate(database.engine, writing=_WRITES)
            else:
                migrating.check(database.engine, database.name)
        return database

    @classmethod
    def migrate(cls, url: str) -> migrating.Migrated:
        """Bring a database's tables to this program's revision. Raises `DatabaseError`."""
        database = cls.attach(url)
        with database._brought_up():
            migrated = migrating.migrate(database.engine, writing=_WRITES)
        database.close()
        return migrated

    @contextmanager
    def _brought_up(self) -> Iterator[None]:
        """Close where it cannot be used, and say why."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            self.close()
            raise DatabaseError(f"the database {self.name} cannot be used: {error.orig}") from error
        except BaseException:
            self.close()
            raise

    @classmethod
    def attach(cls, url: str, limits: Limits | None = None) -> Database:
        """The database at this address, unseen: the first transaction connects. Raises `DatabaseError`."""
        try:
            address = make_url(url)
        except (sa.exc.ArgumentError, ValueError) as error:  # the latter for a port that is no number
            shown = re.sub(r"[^/]*@", "…@", url)
            raise DatabaseError(f"'{shown}' is no database address; give one like {DEFAULT_URL}") from error
        if address.drivername in _POSTGRES:
            return cls(_postgresql(address.set(drivername="postgresql+psycopg"), limits or Limits()))
        if address.get_backend_name() == "sqlite":
            return cls(_sqlite(address))
        raise DatabaseError(
            f"databases of the kind '{address.drivername}' are not supported; use sqlite:///FILE or "
            "postgresql+psycopg://USER@HOST/NAME"
        )

    @property
    def name(self) -> str:
        """The address as it may be shown: without its password."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, over one state of the database."""
        with self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or leaves no trace where an error gets out of it."""
        with self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def settle(self, work: Callable[[Connection], _T]) -> _T:
        """What `work` answers in a writing transaction; one that loses a race is run again from its start."""
        for _ in range(ATTEMPTS - 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except (sa.exc.DBAPIError, Outrun) as error:
                if not lost_race(error):
                    raise
        with self.write() as connection:
            return work(connection)

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(address: URL) -> Engine:
    if address.database and address.database != ":memory:":
        file = Path(address.database).expanduser()
        address = address.set(database=str(file))
        if not file.absolute().parent.is_dir():  # perhaps a slip: no folder is made of it
            raise DatabaseError(f"the database {file} cannot be opened: there is no folder {file.parent}")
        try:
            if not file.exists():  # it will hold personal data: for its owner only
                os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise DatabaseError(f"the database {file} cannot be opened: {error.strerror}") from error
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


def _postgresql(address: URL, limits: Limits) -> Engine:
    settings = {
        "statement_timeout": f"{limits.statement}s",
        "lock_timeout": f"{limits.lock}s",
        "idle_in_transaction_session_timeout": f"{limits.idle}s",
    }
    given = address.query.get("options", "")
    words = [f"-c {name}={value}" for name, value in settings.items()]
    words += [given] if isinstance(given, str) else given  # last, so that the address has the last word
    return sa.create_engine(
        address,
        isolation_level="READ COMMITTED",
        pool_size=limits.pool,
        max_overflow=0,
        pool_timeout=limits.wait,
        pool_pre_ping=True,
        pool_recycle=_RENEW_SECONDS,
        connect_args={
            "application_name": address.query.get("application_name", "leadqueue"),
            "connect_timeout": address.query.get("connect_timeout", _CONNECT_SECONDS),
            "options": " ".join(words).strip(),
        },
    )

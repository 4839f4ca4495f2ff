"""What writing transactions on PostgreSQL lock, and in which order: rows of leads first, the feed last.

On SQLite a writing transaction holds the one write lock from its start, and nothing here does anything.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.engine import Connection

CHANNEL = "leadqueue_feed"
"""Of PostgreSQL's NOTIFY: the payload is the organisation whose feed has grown."""

_FEED = 0x6C71_0001
_MIGRATIONS = 0x6C71_0002


def on_postgres(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def rows(connection: Connection, *, skip_locked: bool = False) -> str:
    """The end of a SELECT that locks the rows it finds; `skip_locked` leaves out those that are taken."""
    if not on_postgres(connection):
        return ""
    return " FOR UPDATE SKIP LOCKED" if skip_locked else " FOR UPDATE"


def feed(connection: Connection, organisation_id: str) -> None:
    """Let no other transaction number its changes before this one ends: the order is that of the commits.

    To be taken as late as can be, for it makes all writers of the organisation wait.
    """
    if on_postgres(connection):
        key = int.from_bytes(hashlib.sha256(organisation_id.encode()).digest()[:4], signed=True)
        connection.execute(_IN_TRANSACTION, {"space": _FEED, "key": key})


_IN_TRANSACTION = sa.text("SELECT pg_advisory_xact_lock(:space, :key)")


def tell(connection: Connection, organisation_id: str) -> None:
    """Let the listeners of all processes look at the feed once this transaction has committed."""
    if on_postgres(connection):
        connection.execute(sa.text(f"SELECT pg_notify('{CHANNEL}', :id)"), {"id": organisation_id})


def migrations(connection: Connection) -> None:
    """Wait until no other session migrates; held until the session ends. Only for PostgreSQL."""
    connection.execute(sa.text("SELECT pg_advisory_lock(:space, 0)"), {"space": _MIGRATIONS})

"""A transaction that writes to one of the local files: all of it, or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadqueue.cache.errors import guarded


@contextmanager
def writing(path: Path, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Commit at the end, or leave no trace where an error gets out. Raises `StoreError`."""
    with guarded(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

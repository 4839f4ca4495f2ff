"""The outbox's file: its transactions, each of which survives a power cut."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from leadqueue.cache.errors import guarded
from leadqueue.cache.transactions import writing


class OutboxFile:
    """An open outbox file. `notice` is what there is to tell the user about its opening."""

    def __init__(self, path: Path, connection: sqlite3.Connection, *, notice: str = "") -> None:
        self.path = path
        self.notice = notice
        self._connection = connection
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        together: bool = self._connection.in_transaction
        if together:
            yield self._connection
            return
        with writing(self.path, self._connection) as connection:
            yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside the block is written in one transaction: all of it, or nothing."""
        with self._write():
            yield

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with guarded(self.path):
            return self._connection.execute(query, values).fetchall()

    def data_version(self) -> int:
        """A number that changes when another connection has written to the file."""
        return int(self._rows("PRAGMA data_version")[0][0])

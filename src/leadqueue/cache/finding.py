"""Looking through a large queue beside the screen: the first rows at once, the whole of it a moment later.

A filter that many leads pass is quickest answered by walking the order's index until a screen is full, one
that few pass by a single pass over the table. Which of the two it is nobody knows before: the walk is given
a short time, then the pass begins, at first for a screenful only. What was found is kept as row numbers, so
that every later window costs the same wherever it lies.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from leadqueue.cache.errors import guarded
from leadqueue.cache.queue_views import QueueRow, QueueView
from leadqueue.cache.row_reading import SHOWN, read_row

FIRST = 80
"""Rows that fill any screen."""
WALK_S = 0.004
"""How long the order's index is walked for them."""
_LOOK_EVERY = 1000
"""Steps of SQLite's machine between two looks at the time."""

RowReader = Callable[[str, list[object]], list[tuple[object, ...]]]


class Found:
    """The rows that a view holds, as they were when they were looked for. `whole` where these are all."""

    def __init__(self, numbers: array[int], rows: RowReader, *, whole: bool) -> None:
        self._numbers = numbers
        self._rows = rows
        self.whole = whole

    def count(self, view: QueueView) -> int:  # noqa: ARG002 - one shape with the queue itself
        return len(self._numbers)

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:  # noqa: ARG002 - as above
        begin = offset if offset >= 0 else max(0, len(self._numbers) + offset)
        wanted = self._numbers[begin : begin + limit]
        marks = ", ".join("?" for _ in wanted)
        query = f"SELECT {SHOWN}, n FROM queue_row WHERE n IN ({marks})"  # noqa: S608 - fixed texts
        found = {row[-1]: read_row(row) for row in self._rows(query, list(wanted))}
        return [found[number] for number in wanted if number in found]

    def index_of(self, view: QueueView, lead_id: str) -> int | None:  # noqa: ARG002 - as above
        rows = self._rows("SELECT n FROM queue_row WHERE lead_id = ?", [lead_id])
        try:
            return self._numbers.index(int(str(rows[0][0]))) if rows else None
        except ValueError:
            return None

    def ids(self, view: QueueView) -> list[str]:  # noqa: ARG002 - as above
        """All of them in order; read in one go, since a pass over the table is cheaper than many looks."""
        by_number = {row[0]: str(row[1]) for row in self._rows("SELECT n, lead_id FROM queue_row", [])}
        return [by_number[number] for number in self._numbers if number in by_number]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question over `queue_row`, in the reader's own fixed texts, and its values.

    `walks` are the parts of the table for which an index has the rows in the order of `key`; none where no
    index has.
    """

    condition: str
    values: list[object]
    key: str
    direction: str
    walks: tuple[str, ...] = ()

    @property
    def _order(self) -> str:
        return f"{self.key} {self.direction}, lead_id {self.direction}"

    def scan(self) -> str:
        """The numbers in order, by one pass over the table."""
        return f"SELECT n FROM queue_row NOT INDEXED WHERE {self.condition} ORDER BY {self._order}"  # noqa: S608 - fixed texts

    def walk(self, most: int) -> str:
        """The first numbers, by the index of the order, in each part."""
        parts = [
            f"SELECT * FROM (SELECT n, {self.key} AS k, lead_id FROM queue_row "  # noqa: S608 - fixed texts
            f"WHERE {part} AND {self.condition} ORDER BY {self._order} LIMIT {most})"
            for part in self.walks
        ]
        together = " UNION ALL ".join(parts)
        return (
            f"SELECT n FROM ({together}) "  # noqa: S608 - fixed texts
            f"ORDER BY k {self.direction}, lead_id {self.direction} LIMIT {most}"
        )


class Finder:
    """Looks through the queue over a connection of its own. A newer search ends an older one."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection], rows: RowReader) -> None:
        self._path = path
        self._connect = connect
        self._rows = rows
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._newest = 0
        self._closed = False

    def close(self) -> None:
        self._newest += 1
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()

    def find(self, wanted: Wanted, *, whole: bool = False) -> Iterator[Found]:
        """What is wanted: perhaps its beginning, then the `whole`, or only that. Nothing more once a newer
        search has begun."""
        self._newest += 1
        ticket = self._newest
        if not whole:
            first = self._first(ticket, wanted)
            if first is None:
                return
            yield Found(first, self._rows, whole=len(first) < FIRST)
            if len(first) < FIRST:
                return
        everything = self._numbers(ticket, wanted.scan(), wanted.values)
        if everything is not None:
            yield Found(everything, self._rows, whole=True)

    def _first(self, ticket: int, wanted: Wanted) -> array[int] | None:
        if wanted.walks:
            values = wanted.values * len(wanted.walks)
            first = self._numbers(ticket, wanted.walk(FIRST), values, seconds=WALK_S)
            if first is not None:
                return first
        return self._numbers(ticket, f"{wanted.scan()} LIMIT {FIRST}", wanted.values)

    def count(self, condition: str, values: list[object]) -> int | None:
        """How many rows the condition holds; None where a newer search came first."""
        query = f"SELECT COUNT(*) FROM queue_row WHERE {condition}"  # noqa: S608 - the reader's own fixed texts
        found = self._numbers(self._newest, query, values)
        return None if found is None else found[0]

    def _numbers(
        self, ticket: int, query: str, values: list[object], *, seconds: float | None = None
    ) -> array[int] | None:
        """The numbers that the query answers; None where it took too long or nobody waits for it any more."""
        with self._lock, guarded(self._path):
            if self._closed or ticket != self._newest:
                return None
            if self._connection is None:
                self._connection = self._connect()
            end = None if seconds is None else time.monotonic() + seconds

            def given_up() -> bool:
                return ticket != self._newest or (end is not None and time.monotonic() > end)

            self._connection.set_progress_handler(given_up, _LOOK_EVERY)
            try:
                with closing(self._connection.execute(query, values)) as cursor:
                    return array("q", (row[0] for row in cursor))
            except sqlite3.OperationalError as error:
                if "interrupted" in str(error):
                    return None
                raise
            finally:
                self._connection.set_progress_handler(None, 0)

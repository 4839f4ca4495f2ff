"""Breaches that were acknowledged here, until the server has been told: facts in the outbox's file.

A fact's key names the breach. Its value is when that was done, in microseconds, unlike that of any other act;
behind a stroke, while no sending has touched it, from when on it may be sent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from leadqueue.domain.moments import to_micros

_KEY = "acknowledged:"


class Noted(NamedTuple):
    """A breach that was acknowledged here. `not_before` is None once a sending has touched it."""

    id: str
    at: int
    not_before: int | None

    def due(self, now: int) -> bool:
        """Whether it waits to be sent for the first time, and may be. A clock that was set back holds nothing
        up."""
        return self.not_before is not None and not self.at <= now < self.not_before


ALL = "SELECT key, value FROM fact WHERE key >= ? AND key < ?"
BETWEEN = (_KEY, f"{_KEY}\U0010ffff")


def noted(rows: Iterable[sqlite3.Row]) -> list[Noted]:
    """What the rows of `ALL` say, oldest first."""
    found: list[Noted] = []
    for key, value in rows:
        at, _, not_before = str(value).partition("/")
        found.append(Noted(str(key).removeprefix(_KEY), int(at), int(not_before) if not_before else None))
    return sorted(found, key=lambda each: (each.at, each.id))


def note(
    connection: sqlite3.Connection, breach_ids: Collection[str], at: datetime, not_before: datetime | None
) -> None:
    """Note one act of acknowledging; what was noted before stays as it is."""
    known = noted(connection.execute(ALL, BETWEEN))
    moment = max(to_micros(at), known[-1].at + 1 if known else 0)
    value = f"{moment}/{moment if not_before is None else to_micros(not_before)}"
    connection.executemany(
        "INSERT OR IGNORE INTO fact (key, value) VALUES (?, ?)",
        [(f"{_KEY}{each}", value) for each in breach_ids],
    )


def on_their_way(connection: sqlite3.Connection, now: datetime | None) -> list[str]:
    """Those that are to be sent at `now`, with None all. They cannot be taken back any more."""
    moment = None if now is None else to_micros(now)
    going = [
        each
        for each in noted(connection.execute(ALL, BETWEEN))
        if each.not_before is None or moment is None or each.due(moment)
    ]
    fresh = [(str(each.at), f"{_KEY}{each.id}") for each in going if each.not_before is not None]
    connection.executemany("UPDATE fact SET value = ? WHERE key = ?", fresh)
    return [each.id for each in going]


def take_back(connection: sqlite3.Connection) -> list[str]:
    """Forget those of the last act that no sending has touched."""
    known = noted(connection.execute(ALL, BETWEEN))
    gone = [each.id for each in known if each.at == known[-1].at and each.not_before is not None]
    forget(connection, gone)
    return gone


def forget(connection: sqlite3.Connection, breach_ids: Collection[str]) -> None:
    connection.executemany("DELETE FROM fact WHERE key = ?", [(f"{_KEY}{each}",) for each in breach_ids])

"""What a manager noted for the team, as facts in the outbox's file: breaches that were acknowledged here,
until the server has been told.

A fact's key names the breach. Its value is when that was done, in microseconds, unlike that of any other act;
behind a stroke, while no sending has touched it, from when on it may be sent.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from leadqueue.cache.outbox_file import OutboxFile
from leadqueue.domain.moments import from_micros, to_micros

_KEY = "acknowledged:"
_TROUBLE = "team_trouble"


class _Noted(NamedTuple):
    """A breach that was acknowledged here. `not_before` is None once a sending has touched it."""

    id: str
    at: int
    not_before: int | None

    def due(self, now: int) -> bool:
        """Whether it waits to be sent for the first time, and may be. A clock that was set back holds nothing
        up."""
        return self.not_before is not None and not self.at <= now < self.not_before


_ALL = "SELECT key, value FROM fact WHERE key >= ? AND key < ?"
_BETWEEN = (_KEY, f"{_KEY}\U0010ffff")


def _noted(rows: Iterable[sqlite3.Row]) -> list[_Noted]:
    """What the rows of `_ALL` say, oldest first."""
    found: list[_Noted] = []
    for key, value in rows:
        at, _, not_before = str(value).partition("/")
        found.append(_Noted(str(key).removeprefix(_KEY), int(at), int(not_before) if not_before else None))
    return sorted(found, key=lambda each: (each.at, each.id))


class NotedForTheTeam(OutboxFile):
    """An outbox as far as a manager's acknowledgements go."""

    def acknowledge(
        self, breach_ids: Collection[str], at: datetime, *, not_before: datetime | None = None
    ) -> None:
        """Note that these breaches were acknowledged here, in one act; kept until the server has it. What was
        noted before stays as it is.

        `not_before` keeps the sync from sending it earlier, so that it can be taken back until then.
        """
        with self._write() as connection:
            known = self._acknowledged()
            moment = max(to_micros(at), known[-1].at + 1 if known else 0)
            value = f"{moment}/{moment if not_before is None else to_micros(not_before)}"
            connection.executemany(
                "INSERT OR IGNORE INTO fact (key, value) VALUES (?, ?)",
                [(f"{_KEY}{each}", value) for each in breach_ids],
            )

    def take_back_acknowledged(self) -> list[str]:
        """Take the last act of acknowledging back; answers those of it that no sending has touched."""
        with self.together():
            known = self._acknowledged()
            gone = [each.id for each in known if each.at == known[-1].at and each.not_before is not None]
            self.acknowledged_there(gone)
        return gone

    def acknowledged(self) -> list[str]:
        """Breaches acknowledged here of which the server has not been told, oldest first."""
        return [each.id for each in self._acknowledged()]

    def acknowledged_due(self, now: datetime) -> bool:
        """Whether one waits to be sent for the first time, and may be."""
        moment = to_micros(now)
        return any(each.due(moment) for each in self._acknowledged())

    def acknowledged_to_send(self, now: datetime | None) -> list[str]:
        """Those that may be sent at `now`, with None all; they cannot be taken back any more."""
        if not self._acknowledged():
            return []
        moment = None if now is None else to_micros(now)
        with self._write() as connection:
            going = [
                each
                for each in self._acknowledged()
                if each.not_before is None or moment is None or each.due(moment)
            ]
            fresh = [(str(each.at), f"{_KEY}{each.id}") for each in going if each.not_before is not None]
            connection.executemany("UPDATE fact SET value = ? WHERE key = ?", fresh)
        return [each.id for each in going]

    def acknowledged_there(self, breach_ids: Collection[str]) -> None:
        """Forget these: the server has been told of them, or they were taken back."""
        with self._write() as connection:
            connection.executemany(
                "DELETE FROM fact WHERE key = ?", [(f"{_KEY}{each}",) for each in breach_ids]
            )

    def _acknowledged(self) -> list[_Noted]:
        return _noted(self._rows(_ALL, *_BETWEEN))

    def unsent_acknowledged(self) -> tuple[int, datetime | None]:
        """How many the server has not been told of, and since when the oldest waits."""
        noted = self._acknowledged()
        return len(noted), from_micros(noted[0].at) if noted else None

    @property
    def team_trouble(self) -> str:
        """What kept the sync from its last work for a manager, in words; '' for nothing."""
        rows = self._rows("SELECT value FROM fact WHERE key = ?", _TROUBLE)
        return str(rows[0][0]) if rows else ""

    def save_team_trouble(self, trouble: str) -> None:
        with self._write() as connection:
            connection.execute("INSERT OR REPLACE INTO fact (key, value) VALUES (?, ?)", (_TROUBLE, trouble))

"""The manager's side of the local files: what waits for the team, and what the server last said of it.

What waits is counted here, from the same rows that the queue shows: it is live, holds without a network, and
has the manager's own unsent decisions in it. What needs the past comes from the server and is kept with its
moment (docs/decisions/0006).
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from leadqueue.cache.errors import guarded
from leadqueue.cache.opening import LocalStore
from leadqueue.domain.lead import Directory
from leadqueue.domain.moments import NowFn
from leadqueue.domain.team import Backlog, History, TeamTable, team_table
from leadqueue.wire.api import Escalation, TeamQueue

_WAITING = (
    "SELECT owner_id, COALESCE(waiting_since, due_key), soon_at, due_key FROM queue_row WHERE in_queue = 1 "
    "ORDER BY owner_id, due_key"  # so that the index over owners, which holds all of this, is read alone
)

_PART = 2000


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """What is known here of the team, besides what waits.

    `said` is what the server last said, None before it ever did; `breaches` the escalations that it told,
    those in `seen` acknowledged here and not sent yet. `beyond` counts those that wait to be acknowledged
    and are too many to be kept here. `trouble` is what kept the last sync from its work for the manager, in
    words, '' for nothing.
    """

    team_id: str
    people: Directory
    said: TeamQueue | None
    breaches: tuple[Escalation, ...]
    seen: frozenset[str]
    beyond: int = 0
    trouble: str = ""

    def table(self, backlog: Backlog, now: datetime) -> TeamTable:
        """The team's table at `now`."""
        known: dict[str, History] | None = None
        if self.said is not None:
            known = {line.owner_id: line.history for line in self.said.reps}
        together = self.said.total.history if self.said else None
        return team_table(self.people, self.team_id, backlog, known, together, now)


class TeamSide:
    """Reads and notes what a manager sees and does beside deciding on leads."""

    def __init__(self, store: LocalStore, now: NowFn, undo_for: timedelta = timedelta(0)) -> None:
        self._store = store
        self._now = now
        self._undo_for = undo_for

    def facts(self) -> TeamFacts:
        cache = self._store.cache
        kept = cache.team()
        said, breaches = (kept[0], kept[1].escalations) if kept else (None, ())
        waiting = kept[1].waiting if kept else 0
        team_id = cache.actor.team_id or ""
        if said is not None and said.team_id != team_id:  # the manager leads another team by now
            said, breaches, waiting = None, (), 0
        seen = frozenset(self._store.outbox.acknowledged())
        beyond = max(0, waiting - sum(each.acknowledged_at is None for each in breaches))
        trouble = self._store.outbox.team_trouble
        return TeamFacts(team_id, cache.directory, said, breaches, seen, beyond, trouble)

    def backlog(self) -> Backlog:
        """What waits, by owner. To be asked from any thread: it reads over a connection of its own."""
        return read_backlog(self._store.cache.path)

    def acknowledge(self, breach_ids: Collection[str]) -> None:
        """Note that these breaches have been seen; durable when this returns, and sent with the next sync."""
        now = self._now()
        self._store.outbox.acknowledge(breach_ids, now, not_before=now + self._undo_for)

    def take_back(self) -> list[str]:
        """Take the last `acknowledge` back; answers the breaches of it that no sending has touched."""
        return self._store.outbox.take_back_acknowledged()


def read_backlog(path: Path) -> Backlog:
    """What waits, from the cache at `path`."""
    columns: dict[str, tuple[array[int], list[int | None], array[int]]] = {}
    with guarded(path):
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            rows = connection.execute(_WAITING)
            while part := rows.fetchmany(_PART):
                for owner_id, mine in groupby(part, key=itemgetter(0)):
                    _, since, soon, due = zip(*mine, strict=True)
                    known = columns.setdefault(owner_id, (array("q"), [], array("q")))
                    known[0].extend(since)
                    known[1].extend(soon)
                    known[2].extend(due)
        finally:
            connection.close()
    return Backlog(columns)

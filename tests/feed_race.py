"""The feed under concurrent writers, on PostgreSQL: does a reader that follows its cursor see every commit?

    python -m tests.feed_race --commits 50000
    python -m tests.feed_race --commits 5000 --variant early

Writers make new leads, move their own from rep to rep, and fight over a few; some transactions are slow,
some roll back after they have their number. Readers follow audiences all the while. At the end each reader
must have seen the last state of each lead in its audience, and numbers that only grew. The variants `early`
and `unlocked` number their changes in the two ways that look right and are not; the race must catch them.
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from tests import postgres
from tests.builders import mql

from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import system_now, to_micros
from leadqueue.server import feed, locks
from leadqueue.server.database import Database, Limits

ORGANISATION = "org-1"
REPS = ("rep-1", "rep-2", "rep-3", "rep-4")
AUDIENCES = ("org", "team:team-1", "rep:rep-1", "rep:rep-2")
FOUGHT_OVER = 6
PAUSE_S = 0.002
"""Of a reader that has seen all there is."""


class Variant(StrEnum):
    """When a change gets its number."""

    SHIPPED = "shipped"
    EARLY = "early"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, slots=True)
class Race:
    commits: int = 50_000
    writers: int = 16
    seed: int = 1
    variant: Variant = Variant.SHIPPED
    rollbacks: float = 0.08
    slow: float = 0.03
    slow_s: float = 0.05
    old_leads: float = 0.2


@dataclass(slots=True)
class Reader:
    """What one audience's follower saw: each lead's last number and kind, and when numbers came."""

    audience: str
    last: dict[str, tuple[int, str]] = field(default_factory=dict)
    seen_at: dict[int, float] = field(default_factory=dict)
    highest: int = 0
    disordered: int = 0
    pages: int = 0

    def take(self, rows: list[tuple[int, str, str]], at: float) -> None:
        for seq, lead_id, kind in rows:
            if seq <= self.highest:
                self.disordered += 1
            self.highest = max(self.highest, seq)
            self.last[lead_id] = (seq, kind)
            self.seen_at.setdefault(seq, at)


@dataclass(slots=True)
class Outcome:
    race: Race
    seconds: float
    committed: int
    rolled_back: int
    rows: int
    missed: int
    disordered: int
    holes: int
    pages: int
    lags_ms: list[float]

    @property
    def clean(self) -> bool:
        return self.missed == self.disordered == self.holes == 0

    def __str__(self) -> str:
        lags = sorted(self.lags_ms) or [0.0]
        p50, p95, p99 = (lags[int((len(lags) - 1) * part)] for part in (0.5, 0.95, 0.99))
        rate = self.committed / self.seconds
        return (
            f"{self.race.variant}: {self.committed} commits by {self.race.writers} writers, "
            f"{self.rolled_back} rolled back, in {self.seconds:.1f} s: {rate:.0f}/s\n"
            f"{len(AUDIENCES)} readers, {self.pages} pages; of {self.rows} rows {self.missed} missed, "
            f"{self.disordered} repeated or out of order, {self.holes} numbers lost or given twice\n"
            f"lag from commit to reader: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, "
            f"greatest {lags[-1]:.1f} ms"
        )


def run(race: Race, address: str) -> Outcome:
    """Run the race on an empty database with this program's tables."""
    database = Database.open(address, limits=Limits(pool=race.writers + len(AUDIENCES)))
    try:
        return _Course(race, database).run()
    finally:
        database.close()


class _RolledBack(Exception):
    pass


class _Course:
    def __init__(self, race: Race, database: Database) -> None:
        self.race = race
        self.database = database
        self.number: Callable[[Connection, list[feed.Moved]], int] = (
            self._shipped if race.variant is Variant.SHIPPED else self._drawn
        )
        self.readers = [Reader(audience) for audience in AUDIENCES]
        self.committed_at: dict[int, float] = {}
        self.rolled_back = 0
        self.finished = threading.Event()
        self.guard = threading.Lock()
        self.model = mql()

    def run(self) -> Outcome:
        with self.database.write() as connection:
            connection.execute(_ORGANISATION, {"id": ORGANISATION})
            connection.exec_driver_sql("DROP SEQUENCE IF EXISTS drawn")
            connection.exec_driver_sql("CREATE SEQUENCE drawn")
        shared = [self._new(f"fought-over-{place}", REPS[0]) for place in range(FOUGHT_OVER)]
        with self.database.write() as connection:
            for lead in shared:
                self._store(connection, lead)
        started = time.perf_counter()
        with ThreadPoolExecutor(self.race.writers + len(self.readers)) as pool:
            following = [pool.submit(self._follow, reader) for reader in self.readers]
            writing = [pool.submit(self._write_all, number) for number in range(self.race.writers)]
            try:
                for each in writing:
                    each.result()
                seconds = time.perf_counter() - started
            finally:
                self.finished.set()
            for each in following:
                each.result()
        return self._judged(seconds)

    # ---------------------------------------------------------------- writers

    def _write_all(self, number: int) -> None:
        dice = random.Random(f"{self.race.seed}-{number}")
        share, rest = divmod(self.race.commits, self.race.writers)
        own: list[Lead] = []
        done = 0
        while done < share + (number < rest):
            try:
                seq, place, lead = self._write_one(dice, number, own)
            except _RolledBack:
                with self.guard:
                    self.rolled_back += 1
                continue
            done += 1
            self.committed_at[seq] = time.perf_counter()
            if place is not None:
                own[place : place + 1] = [lead]

    def _write_one(self, dice: random.Random, number: int, own: list[Lead]) -> tuple[int, int | None, Lead]:
        """One transaction; answers its number, and the lead with its place among the writer's own."""
        with self.database.write() as connection:
            early = self._draw(connection) if self.race.variant is Variant.EARLY else None
            place: int | None
            if own and dice.random() < self.race.old_leads:
                place = dice.randrange(len(own))
                move = feed.Moved(own[place], replace(own[place], owner_id=dice.choice(REPS)))
            elif dice.random() < self.race.old_leads / 4:
                place, move = None, self._fight(connection, dice)
            else:
                place = len(own)
                move = feed.Moved(None, self._new(f"{number}-{place}", dice.choice(REPS)))
            self._store(connection, move.after)
            if dice.random() < self.race.slow:
                connection.execute(_SLEEP, {"seconds": dice.random() * 2 * self.race.slow_s})
            seq = self.number(connection, [move]) if early is None else self._put(connection, move, early)
            if dice.random() < self.race.rollbacks:
                raise _RolledBack
        return seq, place, move.after

    def _fight(self, connection: Connection, dice: random.Random) -> feed.Moved:
        lead_id = f"fought-over-{dice.randrange(FOUGHT_OVER)}"
        query = sa.text(f"SELECT owner_id FROM lead WHERE id = :id{locks.rows(connection)}")  # noqa: S608 - a fixed text
        owner = str(connection.execute(query, {"id": lead_id}).scalar_one())
        return feed.Moved(self._new(lead_id, owner), self._new(lead_id, dice.choice(REPS)))

    def _new(self, lead_id: str, owner: str) -> Lead:
        return replace(self.model, id=lead_id, owner_id=owner, team_id="team-1")

    def _store(self, connection: Connection, lead: Lead) -> None:
        connection.execute(_LEAD, {"org": ORGANISATION, "id": lead.id, "owner": lead.owner_id})

    def _shipped(self, connection: Connection, moves: list[feed.Moved]) -> int:
        return feed.publish(connection, ORGANISATION, moves, system_now())[0]

    def _draw(self, connection: Connection) -> int:
        return int(connection.exec_driver_sql("SELECT nextval('drawn')").scalar_one())

    def _drawn(self, connection: Connection, moves: list[feed.Moved]) -> int:
        return self._put(connection, moves[0], self._draw(connection))

    def _put(self, connection: Connection, move: feed.Moved, seq: int) -> int:
        for audience in feed.audiences_of(move.before) | feed.audiences_of(move.after):
            kind = "upsert" if audience in feed.audiences_of(move.after) else "leave"
            values = {
                "org": ORGANISATION,
                "audience": audience,
                "lead": move.after.id,
                "seq": seq,
                "kind": kind,
            }
            connection.execute(_PUT, values | {"at": to_micros(system_now())})
        return seq

    # ---------------------------------------------------------------- readers

    def _follow(self, reader: Reader) -> None:
        dice = random.Random(f"{self.race.seed}-{reader.audience}")
        cursor: str | None = None
        while True:
            last_round = self.finished.is_set()
            while True:
                if self.race.variant is Variant.SHIPPED:
                    rows, cursor, more = self._page(reader.audience, cursor, dice.choice((1, 20, 500)))
                else:
                    rows, more = self._rows_after(reader), False
                reader.pages += 1
                reader.take(rows, time.perf_counter())
                if not more:
                    break
            if last_round:
                return
            self.finished.wait(PAUSE_S)

    def _page(
        self, audience: str, cursor: str | None, limit: int
    ) -> tuple[list[tuple[int, str, str]], str, bool]:
        with self.database.read() as connection:
            page = feed.page(connection, ORGANISATION, audience, cursor, limit, system_now())
        rows = [(seq, lead_id, "leave" if body is None else "upsert") for seq, lead_id, body in page.rows]
        return rows, page.next, page.more

    def _rows_after(self, reader: Reader) -> list[tuple[int, str, str]]:
        with self.database.read() as connection:
            found = connection.execute(_AFTER, {"audience": reader.audience, "after": reader.highest})
            return [(int(row.seq), str(row.lead_id), str(row.kind)) for row in found]

    # ---------------------------------------------------------------- the judge

    def _judged(self, seconds: float) -> Outcome:
        rows = missed = 0
        with self.database.read() as connection:
            for reader in self.readers:
                for row in connection.execute(_AFTER, {"audience": reader.audience, "after": 0}):
                    rows += 1
                    missed += reader.last.get(row.lead_id) != (row.seq, row.kind)
        numbers = set(self.committed_at)
        expected = set(range(1, self.race.commits + 1)) if self.race.variant is Variant.SHIPPED else numbers
        lags = [
            max(0.0, at - self.committed_at[seq]) * 1000
            for reader in self.readers
            for seq, at in reader.seen_at.items()
            if seq in self.committed_at
        ]
        return Outcome(
            race=self.race,
            seconds=seconds,
            committed=self.race.commits,
            rolled_back=self.rolled_back,
            rows=rows,
            missed=missed,
            disordered=sum(reader.disordered for reader in self.readers),
            holes=len(numbers ^ expected),
            pages=sum(reader.pages for reader in self.readers),
            lags_ms=lags,
        )


_ORGANISATION = sa.text("INSERT INTO organisation VALUES (:id, 'Race', 'epoch', 0, '')")
_SLEEP = sa.text("SELECT pg_sleep(:seconds)")
_LEAD = sa.text(
    "INSERT INTO lead (organisation_id, id, stage, owner_id, team_id, marketing, crm, sales, stage_version, "
    "updated_at, body) VALUES (:org, :id, 'mql', :owner, 'team-1', 1, 1, 1, 1, 0, '{}') "
    "ON CONFLICT (organisation_id, id) DO UPDATE SET owner_id = excluded.owner_id"
)
_PUT = sa.text(
    "INSERT INTO feed (organisation_id, audience, lead_id, seq, kind, at) "
    "VALUES (:org, :audience, :lead, :seq, :kind, :at) ON CONFLICT (organisation_id, audience, lead_id) "
    "DO UPDATE SET seq = excluded.seq, kind = excluded.kind, at = excluded.at"
)
_AFTER = sa.text(
    "SELECT seq, lead_id, kind FROM feed WHERE audience = :audience AND seq > :after ORDER BY seq"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.feed_race", description="The feed's race.")
    parser.add_argument("--commits", type=int, default=50_000)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variant", type=Variant, choices=list(Variant), default=Variant.SHIPPED)
    asked = parser.parse_args()
    race = Race(commits=asked.commits, writers=asked.writers, seed=asked.seed, variant=asked.variant)
    if not postgres.available():
        sys.stderr.write(f"{postgres.MISSING}.\n")
        return 2
    postgres.begin_run(durable=True)
    try:
        with postgres.fresh_database() as address:
            outcome = run(race, address)
    finally:
        postgres.end_run()
    sys.stdout.write(f"{outcome}\n")
    return 0 if outcome.clean else 1


if __name__ == "__main__":
    raise SystemExit(main())

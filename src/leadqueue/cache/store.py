"""The cache: leads as the server last said them, and the queue's rows worked out from them.

`lead` is never edited here. A queue row is derived from its lead and from what the outbox has to say about
it; both can be worked out again at any time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from leadqueue.cache import bulk
from leadqueue.cache.errors import guarded
from leadqueue.cache.home import Account
from leadqueue.cache.micros import optional_moment
from leadqueue.cache.outbox import Outbox
from leadqueue.cache.overlay import NOTHING_KNOWN, Copy, Eyes, Known, Replay, replayed
from leadqueue.cache.rows import row_of, write_rows
from leadqueue.definitions.loader import Published, parse, shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.digest import scope_digest
from leadqueue.domain.lead import Actor, Directory, Lead, Versions
from leadqueue.domain.moments import NowFn, to_micros
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.wire.api import ChangesPage, Session, Upsert
from leadqueue.wire.pages import lead_texts

_SAVE_LEAD = (
    "INSERT INTO lead (id, marketing, crm, sales, stage, seq, generation, gone, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO UPDATE SET marketing = excluded.marketing, "
    "crm = excluded.crm, sales = excluded.sales, stage = excluded.stage, seq = excluded.seq, "
    "generation = excluded.generation, gone = 0, body = excluded.body"
)


_PLACE = "CASE WHEN generation = (SELECT MAX(generation) FROM cursor) THEN seq ELSE -1 END"
"""A lead's sequence; one of an older generation may belong to the feed of another epoch."""
_SHOWN_LEAD = f"SELECT body, {_PLACE} FROM lead WHERE id = ? AND gone = 0"  # noqa: S608 - fixed texts
_ANY_LEAD = f"SELECT gone, body, {_PLACE} FROM lead WHERE id = ?"  # noqa: S608 - fixed texts

_PART = 500


class CacheStore:
    """An open cache file, with the outbox whose decisions are replayed over it."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, outbox: Outbox, account: Account, now: NowFn
    ) -> None:
        self.path = path
        self._connection = connection
        self._outbox = outbox
        self._account = account
        self._now = now
        self._published: tuple[str, Published] | None = None
        self._session: tuple[str, Session] | None = None

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with guarded(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with guarded(self.path):
            return self._connection.execute(query, values).fetchall()

    def data_version(self) -> int:
        """A number that changes when another connection has written to the file."""
        return int(str(self._rows("PRAGMA data_version")[0][0]))

    # ------------------------------------------------------------ facts by key

    def _fact(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def _save_facts(self, facts: dict[str, str]) -> None:
        with self._write() as connection:
            connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", facts.items())

    @property
    def definitions_digest(self) -> str | None:
        return self._fact("definitions_digest")

    @property
    def definitions_etag(self) -> str | None:
        return self._fact("definitions_etag")

    @property
    def published(self) -> Published:
        """The definitions that the server publishes, the shipped ones until they have been read."""
        digest = self.definitions_digest
        if digest is None:
            return shipped()
        if self._published is None or self._published[0] != digest:
            self._published = (digest, parse(self._fact("definitions_text") or ""))
        return self._published[1]

    def save_definitions(self, published: Published, etag: str) -> None:
        """Take new definitions over; every row of the queue is worked out anew under them."""
        self._save_facts(
            {
                "definitions_text": published.text,
                "definitions_digest": published.digest,
                "definitions_etag": etag,
            }
        )
        self.refresh_all()

    def heal(self) -> None:
        """Finish what a crash has left: rows under old definitions, and rows beside the outbox."""
        if self.passed >= 0:
            self._put_indexes_back()
        if self._fact("rows_digest") != self.definitions_digest:
            self.refresh_all()
        self.refresh_open()

    def _put_indexes_back(self) -> None:
        with guarded(self.path):
            aside = bulk.are_aside(self._connection)
        if aside:
            with self._write() as connection:
                bulk.put_back(connection)

    def session(self) -> Session | None:
        text = self._fact("session")
        if text is None:
            return None
        if self._session is None or self._session[0] != text:
            try:
                self._session = (text, Session.model_validate_json(text))
            except ValidationError:  # an older program's: the next contact brings a new one
                return None
        return self._session[1]

    def save_session(self, session: Session) -> None:
        self._save_facts({"session": session.model_dump_json()})

    @property
    def directory(self) -> Directory:
        """The colleagues by id, as the server last told."""
        session = self.session()
        return {member.id: member for member in session.members} if session else {}

    @property
    def actor(self) -> Actor:
        """The account's user."""
        session = self.session()
        if session is not None:
            return Actor(session.user_id, session.name, session.role, session.team_id)
        account = self._account
        return Actor(account.user_id, account.name, Role(account.role), account.team_id)

    def clock(self) -> tuple[int, int | None]:
        """Server time minus local time and the bound of its error, in milliseconds."""
        text = self._fact("clock")
        if text is None:
            return 0, None
        offset, error = json.loads(text)
        return int(offset), None if error is None else int(error)

    def save_clock(self, offset_ms: int, error_ms: int | None) -> None:
        self._save_facts({"clock": json.dumps([offset_ms, error_ms])})

    def pulled(self, at: datetime) -> None:
        """The cache agrees with the server as of `at`."""
        self._save_facts({"pulled_at": str(to_micros(at))})

    @property
    def pulled_at(self) -> datetime | None:
        text = self._fact("pulled_at")
        return optional_moment(int(text) if text else None)

    # ------------------------------------------------------------ the feed

    def cursor(self, audience: str) -> str | None:
        rows = self._rows("SELECT cursor FROM cursor WHERE audience = ?", (audience,))
        return None if not rows or rows[0][0] is None else str(rows[0][0])

    def _follows(self, audience: str) -> bool:
        return bool(self._rows("SELECT 1 FROM cursor WHERE audience = ?", (audience,)))

    @property
    def passed(self) -> int:
        """The sequence up to which the feed has been read to its end; -1 while a whole read is under way.

        It waits for a pull's last page: a lead has one place in the feed, and what an earlier page would
        have brought may have moved to a later one.
        """
        rows = self._rows("SELECT seq, full FROM cursor")
        return int(str(rows[0][0])) if rows and not rows[0][1] else -1

    @property
    def ready(self) -> bool:
        """Whether the scope has been read from the server once."""
        return self.pulled_at is not None

    def begin_full_read(self, audience: str) -> None:
        """Read the scope anew. Leads that the read does not meet are swept at its end, not before.

        One audience is followed at a time: another one's cursor, after a change of role say, is forgotten.
        """
        with self._write() as connection:
            latest = connection.execute("SELECT COALESCE(MAX(generation), 0) FROM cursor").fetchone()[0]
            connection.execute("DELETE FROM cursor")
            connection.execute(
                "INSERT INTO cursor (audience, cursor, seq, generation, full) VALUES (?, NULL, 0, ?, 1)",
                (audience, int(latest) + 1),
            )
            if connection.execute("SELECT 1 FROM queue_row LIMIT 1").fetchone() is None:
                bulk.put_aside(connection)

    def apply_page(self, audience: str, page: ChangesPage) -> None:
        """Take a page in: leads, leavings, queue rows and cursor, in one transaction."""
        if not self._follows(audience):
            self.begin_full_read(audience)
        upserts = [change for change in page.changes if isinstance(change, Upsert)]
        leavings = [change.lead_id for change in page.changes if not isinstance(change, Upsert)]
        with self._write() as connection:
            row = connection.execute(
                "SELECT generation, full FROM cursor WHERE audience = ?", (audience,)
            ).fetchone()
            generation, full = int(row[0]), int(row[1])
            connection.executemany(
                _SAVE_LEAD,
                [
                    (
                        change.lead.id,
                        change.lead.versions.marketing,
                        change.lead.versions.crm,
                        change.lead.versions.sales,
                        change.lead.versions.stage,
                        change.seq,
                        generation,
                        text,
                    )
                    for change, text in zip(upserts, lead_texts(page), strict=True)
                ],
            )
            connection.executemany(
                "UPDATE lead SET gone = 1 WHERE id = ?", [(lead_id,) for lead_id in leavings]
            )
            connection.execute("UPDATE cursor SET cursor = ? WHERE audience = ?", (page.next, audience))
            if not page.more:
                connection.execute("UPDATE cursor SET seq = ? WHERE audience = ?", (page.seq, audience))
            passed = self.passed
            latest = {change.lead.id: Copy(change.lead, change.seq) for change in upserts}
            for lead_id in leavings:
                latest.pop(lead_id, None)
            concerned = self._outbox.concerned(passed=passed)
            touched = dict.fromkeys([*latest, *leavings])
            replay = self._refresh(connection, touched, latest, concerned, passed)
        if not page.more and not full:
            self._settle(page.seq)
        self._overtake(replay)

    def finish_full_read(self, audience: str) -> None:
        """The whole scope has been met: what was not met has left it."""
        with self._write() as connection:
            row = connection.execute(
                "SELECT generation, seq FROM cursor WHERE audience = ?", (audience,)
            ).fetchone()
            if row is None:
                return
            connection.execute("UPDATE cursor SET full = 0 WHERE audience = ?", (audience,))
            stale = [
                str(found[0])
                for found in connection.execute(
                    "SELECT id FROM lead WHERE generation < ? AND gone = 0", (row[0],)
                )
            ]
            connection.executemany("UPDATE lead SET gone = 1 WHERE id = ?", [(each,) for each in stale])
            concerned = self._outbox.concerned(passed=int(row[1]))
            replay = self._refresh(connection, [*stale, *concerned], {}, concerned, int(row[1]))
            bulk.put_back(connection)
        self._settle(int(row[1]))
        self._overtake(replay)

    def _settle(self, passed: int) -> None:
        """End the replay of what was answered up to `passed`. The outbox keeps its commits through a power
        cut, the cache need not: without forcing what was read to the disk first, the effect of a decision
        could be gone from both."""
        if not self._outbox.has_to_settle(passed):
            return
        self._pragma("synchronous=FULL")
        try:
            self._save_facts({"settled": str(passed)})  # one forced commit forces those before it
        finally:
            self._pragma("synchronous=NORMAL")
        self._outbox.settle(passed)

    def _pragma(self, setting: str) -> None:
        with guarded(self.path):
            self._connection.execute(f"PRAGMA {setting}")

    def reset_scope(self) -> None:
        """Forget every cursor: the next pull reads the scope anew. The leads stay until it is read."""
        with self._write() as connection:
            connection.execute(
                "UPDATE cursor SET cursor = NULL, full = 1, seq = 0, generation = generation + 1"
            )

    def digest(self) -> tuple[int, str]:
        """Count and hash over the leads in scope, to be compared with the server's."""
        with guarded(self.path):
            rows = self._connection.execute(
                "SELECT id, marketing, crm, sales, stage FROM lead WHERE gone = 0 ORDER BY id"
            )
            return scope_digest((str(row[0]), Versions(*row[1:5])) for row in rows)

    # ------------------------------------------------------------ leads and their rows

    def lead(self, lead_id: str) -> Lead | None:
        """The lead as the server last said it."""
        rows = self._rows("SELECT body FROM lead WHERE id = ?", (lead_id,))
        return LEAD_ADAPTER.validate_json(str(rows[0][0])) if rows else None

    def in_scope(self, lead_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM lead WHERE id = ? AND gone = 0", (lead_id,)))

    def leads(self) -> Iterator[Lead]:
        """All leads in scope in order of id, a few at a time."""
        last = ""
        while True:
            rows = self._rows(
                "SELECT id, body FROM lead WHERE id > ? AND gone = 0 ORDER BY id LIMIT 500", (last,)
            )
            if not rows:
                return
            for row in rows:
                yield LEAD_ADAPTER.validate_json(str(row[1]))
            last = str(rows[-1][0])

    def eyes(self, passed: int | None = None) -> Eyes:
        """As things stand now; looking at many leads in one go asks once."""
        return Eyes(
            self.published.definitions,
            self.actor,
            self.directory,
            self._now(),
            self.passed if passed is None else passed,
        )

    def shown(self, lead_id: str, eyes: Eyes) -> Known | None:
        """The lead as the rep sees it; None for one that is not in scope."""
        rows = self._rows(_SHOWN_LEAD, (lead_id,))
        if not rows:
            return None
        text = str(rows[0][0])
        return Known(text, self._replay(Copy(LEAD_ADAPTER.validate_json(text), int(str(rows[0][1]))), eyes))

    def _replay(self, copy: Copy, eyes: Eyes) -> Replay:
        """The lead with its open decisions on top, and those of them that no longer hold. An answered
        decision is replayed until the whole feed, or the lead itself, has been read up to its answer."""
        passed = max(eyes.passed, copy.seq)
        return replayed(copy.lead, self._outbox.open_on(copy.lead.id, passed=passed), eyes)

    def refresh(self, lead_ids: Iterable[str], known: Mapping[str, Known] = NOTHING_KNOWN) -> None:
        """Work the queue rows of these leads out anew, from the cache and the outbox as they stand.

        What is `known` of a lead is not read again, unless the cache has another text of it by now.
        """
        wanted = list(dict.fromkeys(lead_ids))
        with self._write() as connection:
            passed = self.passed
            concerned = self._outbox.concerned(passed=passed, among=wanted)
            replay = self._refresh(connection, wanted, {}, concerned, passed, known)
        self._overtake(replay)

    def refresh_open(self) -> None:
        """Work out anew every row that the outbox has, or had, something to say about. Heals a crash
        between the two files."""
        marked = {str(row[0]) for row in self._rows("SELECT lead_id FROM queue_row WHERE open_here > 0")}
        gone = {str(row[0]) for row in self._rows("SELECT id FROM lead WHERE gone = 1")}
        wanted = marked | gone | self._outbox.concerned(passed=self.passed)
        if wanted:
            self.refresh(sorted(wanted))

    def refresh_all(self) -> None:
        """Work out every row anew, as new definitions ask for; in parts, so that nobody waits long."""
        digest = self.definitions_digest
        self._delete_rows_without_lead()
        last = ""
        while ids := [
            str(row[0])
            for row in self._rows("SELECT id FROM lead WHERE id > ? ORDER BY id LIMIT ?", (last, _PART))
        ]:
            self.refresh(ids)
            last = ids[-1]
        if digest is not None:
            self._save_facts({"rows_digest": digest})

    def _delete_rows_without_lead(self) -> None:
        with self._write() as connection:
            connection.execute("DELETE FROM queue_row WHERE lead_id NOT IN (SELECT id FROM lead)")

    def _refresh(
        self,
        connection: sqlite3.Connection,
        lead_ids: Iterable[str],
        known: dict[str, Copy],
        concerned: set[str],
        passed: int,
        read: Mapping[str, Known] = NOTHING_KNOWN,
    ) -> list[Replay]:
        eyes = self.eyes(passed)
        attention = self._outbox.attention_counts(concerned) if concerned else {}
        rows: list[tuple[object, ...]] = []
        void: list[Replay] = []
        removed: list[tuple[str]] = []
        for lead_id in dict.fromkeys(lead_ids):
            copy = known.get(lead_id)
            if copy is None:
                found = connection.execute(_ANY_LEAD, (lead_id,)).fetchone()
                if found is None or found[0]:
                    removed.append((lead_id,))
                    if found is not None and lead_id not in concerned:
                        connection.execute("DELETE FROM lead WHERE id = ?", (lead_id,))
                    continue
                before = read.get(lead_id)
                same = before is not None and before.text == found[1]
                server = before.replay.server if before and same else LEAD_ADAPTER.validate_json(found[1])
                copy = Copy(server, int(found[2]))
            lead = copy.lead
            unsent = open_here = 0
            if lead_id in concerned:
                replay = self._replay(copy, eyes)
                lead, unsent = replay.lead, len(replay.unsent)
                open_here = len(replay.items) + attention.get(lead_id, 0)
                if replay.void:
                    void.append(replay)
            rows.append(
                row_of(
                    lead,
                    eyes.definitions,
                    unsent=unsent,
                    attention=attention.get(lead_id, 0),
                    open_here=open_here,
                )
            )
        connection.executemany("DELETE FROM queue_row WHERE lead_id = ?", removed)
        write_rows(connection, rows)
        return void

    def _overtake(self, replays: list[Replay]) -> None:
        """Move what a change made void to the inbox, unless its sending has begun."""
        moved: list[str] = []
        for replay in replays:
            for decision, verdict in replay.void:
                done = self._outbox.overtake(
                    decision.id, verdict.errors, verdict.message, replay.server, self._now()
                )
                if done:
                    moved.append(decision.lead_id)
        if moved:
            with self._write() as connection:
                passed = self.passed
                self._refresh(connection, moved, {}, self._outbox.concerned(passed=passed), passed)

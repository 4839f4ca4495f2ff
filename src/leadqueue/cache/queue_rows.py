"""The leads as the server last said them, and the queue's rows worked out from them.

`lead` is never edited here. A queue row is derived from its lead and from what the outbox has to say about
it; both can be worked out again at any time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from leadqueue.cache import companies
from leadqueue.cache.facts import CacheFile
from leadqueue.cache.home import Account
from leadqueue.cache.outbox import Outbox
from leadqueue.cache.overlay import NOTHING_KNOWN, Copy, Eyes, Known, Replay, replayed
from leadqueue.cache.rows import row_of, write_rows
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import NowFn
from leadqueue.domain.trail import LEAD_ADAPTER

_PLACE = "CASE WHEN generation = (SELECT MAX(generation) FROM cursor) THEN seq ELSE -1 END"
"""A lead's sequence; one of an older generation may belong to the feed of another epoch."""
_SHOWN_LEAD = f"SELECT body, {_PLACE} FROM lead WHERE id = ? AND gone = 0"  # noqa: S608 - fixed texts
_ANY_LEAD = f"SELECT gone, body, {_PLACE} FROM lead WHERE id = ?"  # noqa: S608 - fixed texts

_PART = 500


class QueueRows(CacheFile):
    """The leads of a cache, with the outbox whose decisions are replayed over them."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, outbox: Outbox, account: Account, now: NowFn
    ) -> None:
        super().__init__(path, connection, account, now)
        self._outbox = outbox
        self.overtaken = 0
        """How many decisions this object has moved to the inbox since a change made them void."""

    @property
    def passed(self) -> int:
        """The sequence up to which the feed has been read to its end; -1 while a whole read is under way.

        It waits for a pull's last page: a lead has one place in the feed, and what an earlier page would
        have brought may have moved to a later one.
        """
        rows = self._rows("SELECT seq, full FROM cursor")
        return int(str(rows[0][0])) if rows and not rows[0][1] else -1

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

    def mismarked(self) -> set[str]:
        """The leads whose rows tell another number of unsent decisions, or of items in the inbox, than the
        outbox has: each file is right by itself, and another program may be between the two."""
        marks = self._outbox.marks()
        rows = {
            str(row[0]): (int(str(row[1])), int(str(row[2])))
            for row in self._rows("SELECT lead_id, unsent, attention FROM queue_row WHERE open_here > 0")
        }
        wrong = {lead_id for lead_id, mark in rows.items() if mark != marks.get(lead_id, (0, 0))}
        for lead_id in marks.keys() - rows.keys():
            if self._rows("SELECT 1 FROM queue_row WHERE lead_id = ?", (lead_id,)):
                wrong.add(lead_id)
        return wrong

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
        with self._write() as connection:
            companies.forget_left(connection)
        self._save_facts({"rows_digest": digest or ""})

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
        removed: list[str] = []
        for lead_id in dict.fromkeys(lead_ids):
            copy = known.get(lead_id)
            if copy is None:
                found = connection.execute(_ANY_LEAD, (lead_id,)).fetchone()
                if found is None or found[0]:
                    removed.append(lead_id)
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
                    server=copy.lead,
                )
            )
        if removed:
            companies.forget_of(connection, removed)
            connection.executemany("DELETE FROM queue_row WHERE lead_id = ?", [(each,) for each in removed])
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
            self.overtaken += len(moved)
            with self._write() as connection:
                passed = self.passed
                self._refresh(connection, moved, {}, self._outbox.concerned(passed=passed), passed)

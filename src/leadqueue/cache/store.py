"""The cache as the sync fills it: the pages of the feed with their cursor, definitions, healing."""

from __future__ import annotations

from leadqueue.cache import bulk, companies
from leadqueue.cache.errors import guarded
from leadqueue.cache.glance import FACT, Words
from leadqueue.cache.overlay import Copy
from leadqueue.cache.queue_rows import QueueRows
from leadqueue.cache.views import Colleagues
from leadqueue.definitions.loader import Published
from leadqueue.domain.company import company_of
from leadqueue.domain.digest import scope_digest
from leadqueue.domain.lead import Versions
from leadqueue.wire.api import ChangesPage, CompanyLeads, Upsert
from leadqueue.wire.pages import lead_texts

_SAVE_LEAD = (
    "INSERT INTO lead (id, marketing, crm, sales, stage, seq, generation, gone, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO UPDATE SET marketing = excluded.marketing, "
    "crm = excluded.crm, sales = excluded.sales, stage = excluded.stage, seq = excluded.seq, "
    "generation = excluded.generation, gone = 0, body = excluded.body"
)


class CacheStore(QueueRows):
    """An open cache."""

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
        self._keep_words()

    def heal(self) -> None:
        """Finish what a crash has left: rows under old definitions, and rows beside the outbox."""
        if self.passed >= 0:
            self._put_indexes_back()
        if (self._fact("rows_digest") or "") != (self.definitions_digest or ""):
            self.refresh_all()
        self._keep_words()
        self.refresh_open()

    def _keep_words(self) -> None:
        words = Words.of(self.published.definitions).to_text()
        if self._fact(FACT) != words:
            self._save_facts({FACT: words})

    def _put_indexes_back(self) -> None:
        with guarded(self.path):
            aside = bulk.are_aside(self._connection)
        if aside:
            with self._write() as connection:
                bulk.put_back(connection)

    # ------------------------------------------------------------ the feed

    def cursor(self, audience: str) -> str | None:
        rows = self._rows("SELECT cursor FROM cursor WHERE audience = ?", (audience,))
        return None if not rows or rows[0][0] is None else str(rows[0][0])

    def _follows(self, audience: str) -> bool:
        return bool(self._rows("SELECT 1 FROM cursor WHERE audience = ?", (audience,)))

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
            # An answer may tell of what was read before: then no page brings the lead to take its mark off.
            settling = [] if page.more or full else self._outbox.to_settle(page.seq)
            touched = dict.fromkeys([*latest, *leavings, *settling])
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
            passed = int(row[1])
            concerned = self._outbox.concerned(passed=passed)
            touched = [*stale, *concerned, *self._outbox.to_settle(passed)]
            replay = self._refresh(connection, touched, {}, concerned, passed)
            bulk.put_back(connection)
        self._settle(passed)
        self._overtake(replay)

    def _settle(self, passed: int) -> None:
        """End the replay of what was answered up to `passed`. The outbox keeps its commits through a power
        cut, the cache need not: without forcing what was read to the disk first, the effect of a decision
        could be gone from both."""
        if not self._outbox.to_settle(passed):
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
            companies.forget_all(connection)

    # ------------------------------------------------------------ colleagues' leads

    def save_company(self, lead_id: str, told: CompanyLeads) -> None:
        """Keep what the server said of the company of a lead; nothing of one that has left meanwhile."""
        lead = self.lead(lead_id) if self.in_scope(lead_id) else None
        company = company_of(lead, self.published.definitions) if lead is not None else ""
        if company:
            with self._write() as connection:
                companies.keep(connection, company, told)

    def colleagues_at(self, company: str) -> Colleagues:
        """What is known of colleagues' leads at a company."""
        with guarded(self.path):
            return companies.kept(self._connection, company)

    def digest(self) -> tuple[int, str]:
        """Count and hash over the leads in scope, to be compared with the server's."""
        with guarded(self.path):
            rows = self._connection.execute(
                "SELECT id, marketing, crm, sales, stage FROM lead WHERE gone = 0 ORDER BY id"
            )
            return scope_digest((str(row[0]), Versions(*row[1:5])) for row in rows)

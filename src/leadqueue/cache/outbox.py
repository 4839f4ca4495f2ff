"""The outbox: decisions, durable before their effect is shown, kept until the server has answered for them.

Every change is one transaction on a file whose commits survive a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from leadqueue.cache.acknowledging import NotedForTheTeam
from leadqueue.cache.decided import decided_since
from leadqueue.cache.errors import NotInTheInbox
from leadqueue.cache.micros import optional_micros, optional_moment
from leadqueue.cache.outbox_rows import (
    IN_THE_INBOX,
    attention_of,
    checksum,
    earlier_tries,
    forget_tries,
    item_of,
    lead_of,
    lead_text,
    superseded,
    to_inbox,
)
from leadqueue.cache.views import AttentionItem, AttentionStatus, DecidedItem, OutboxItem, OutboxState
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import to_micros
from leadqueue.wire.api import FINAL, Answer, AnswerStatus, DecisionBody

PAYLOAD_FORMAT = 1
_UNTOUCHED = "state IN ('waiting', 'held') AND attempts = 0"
"""Decisions that no sending has touched, which can be taken back."""

_MOST_ASKED = 100
_REMEMBERED = (
    "SELECT COALESCE(lead_now, lead_then) FROM attention WHERE lead_id = ? "
    "AND COALESCE(lead_now, lead_then) IS NOT NULL ORDER BY at DESC LIMIT 1",
    "SELECT lead_then FROM decision WHERE lead_id = ? AND lead_then IS NOT NULL ORDER BY seq DESC LIMIT 1",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision about to be stored. `lead_then` is the lead as the rep saw it."""

    body: DecisionBody
    lead_then: Lead | None
    replaces: str | None = None


class Outbox(NotedForTheTeam):
    """An open outbox: the decisions and the inbox, beside what a manager noted for the team."""

    # ------------------------------------------------------------ the rep's side

    def add(
        self, drafts: Sequence[Draft], at: datetime, *, batch: str, not_before: datetime | None = None
    ) -> tuple[OutboxItem, ...]:
        """Store decisions, all or none; they are durable when this returns.

        A draft that replaces an item of the inbox hides that item: it is an earlier try of the new decision
        then, and comes back where the new decision is undone. Raises `NotInTheInbox` where it is none any
        more. `not_before` keeps the sync from sending them earlier, so that they can be undone until then.
        """
        items: list[OutboxItem] = []
        with self._write() as connection:
            for draft in drafts:
                if draft.replaces is not None and self.attention_item(draft.replaces) is None:
                    raise NotInTheInbox(draft.replaces)
                payload = draft.body.model_dump_json()
                decision = draft.body.to_domain()
                cursor = connection.execute(
                    "INSERT INTO decision (id, lead_id, kind, payload, payload_format, checksum, "
                    "expected_version, definitions_version, decided_at, added_at, state, attempts, "
                    "next_try_at, trouble, replaces, batch, lead_then, settled) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', 0, ?, '', ?, ?, ?, 0)",
                    (
                        decision.id,
                        decision.lead_id,
                        decision.kind.value,
                        payload,
                        PAYLOAD_FORMAT,
                        checksum(payload),
                        decision.expected_version,
                        decision.definitions_version,
                        to_micros(decision.decided_at),
                        to_micros(at),
                        optional_micros(not_before),
                        draft.replaces,
                        batch,
                        lead_text(draft.lead_then),
                    ),
                )
                items.append(
                    OutboxItem(
                        cursor.lastrowid or 0,
                        decision,
                        OutboxState.WAITING,
                        next_try_at=not_before,
                        batch=batch,
                        replaces=draft.replaces,
                    )
                )
        return tuple(items)

    def undo(self, ids: Sequence[str]) -> tuple[OutboxItem, ...]:
        """Take decisions back that no sending has touched; answers those that were taken back."""
        with self._write() as connection:
            rows = [
                row
                for identifier in ids
                for row in connection.execute(
                    f"DELETE FROM decision WHERE id = ? AND {_UNTOUCHED} RETURNING *",  # noqa: S608 - a fixed text
                    (identifier,),
                ).fetchall()
            ]
        return tuple(item_of(row) for row in rows)

    def last_batch(self) -> tuple[OutboxItem, ...]:
        """The newest decisions that can still be taken back, all those of one form."""
        newest = self._rows(
            f"SELECT batch FROM decision WHERE {_UNTOUCHED} ORDER BY seq DESC LIMIT 1"  # noqa: S608 - a fixed text
        )
        if not newest:
            return ()
        rows = self._rows(
            f"SELECT * FROM decision WHERE batch IS ? AND {_UNTOUCHED} ORDER BY seq",  # noqa: S608 - a fixed text
            newest[0]["batch"],
        )
        return tuple(item_of(row) for row in rows)

    def unsent(self) -> list[OutboxItem]:
        """Every decision for which the server has not answered, oldest first."""
        rows = self._rows("SELECT * FROM decision WHERE state <> 'answered' ORDER BY seq")
        return [item_of(row) for row in rows]

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]:
        """What was decided since a moment and what has become of it, newest first."""
        return decided_since(self._rows, since, limit)

    def remembered(self, lead_id: str) -> Lead | None:
        """A lead as it was kept with an item of the inbox or a decision, the latest first; None where neither
        keeps it (any more)."""
        for query in _REMEMBERED:
            if rows := self._rows(query, lead_id):
                return lead_of(rows[0][0])
        return None

    def get(self, decision_id: str) -> OutboxItem | None:
        rows = self._rows("SELECT * FROM decision WHERE id = ?", decision_id)
        return item_of(rows[0]) if rows else None

    def open_on(self, lead_id: str, *, passed: int) -> list[OutboxItem]:
        """What is to be replayed over the server's lead: open decisions, and answered ones whose effect
        the cache, having read up to `passed`, does not hold yet."""
        rows = self._rows(
            "SELECT * FROM decision WHERE lead_id = ? "
            "AND (state <> 'answered' OR (settled = 0 AND answer_seq > ?)) ORDER BY seq",
            lead_id,
            passed,
        )
        return [item_of(row) for row in rows]

    def concerned(self, *, passed: int, among: Collection[str] | None = None) -> set[str]:
        """The leads with something to replay, or with an item in the inbox. `among` asks for a few only."""
        which, ids = _few(among)
        rows = self._rows(
            "SELECT lead_id FROM decision "  # noqa: S608 - fixed texts
            f"WHERE (state <> 'answered' OR (settled = 0 AND answer_seq > ?)) AND {which} "
            f"UNION SELECT lead_id FROM attention WHERE {IN_THE_INBOX} AND {which}",
            passed,
            *ids,
            *ids,
        )
        return {str(row[0]) for row in rows}

    def attention_counts(self, among: Collection[str] | None = None) -> dict[str, int]:
        """Items in the inbox by lead; `among` asks for a few leads only."""
        which, ids = _few(among)
        rows = self._rows(
            f"SELECT lead_id, COUNT(*) FROM attention WHERE {IN_THE_INBOX} AND {which} GROUP BY lead_id",  # noqa: S608 - fixed texts
            *ids,
        )
        return {str(row[0]): int(row[1]) for row in rows}

    def marks(self) -> dict[str, tuple[int, int]]:
        """By lead, how many decisions are unsent, and how many items are in the inbox."""
        rows = self._rows(
            "SELECT lead_id, SUM(unsent), SUM(1 - unsent) FROM ("  # noqa: S608 - a fixed text
            "SELECT lead_id, 1 AS unsent FROM decision WHERE state IN ('waiting', 'sending', 'held') "
            f"UNION ALL SELECT lead_id, 0 FROM attention WHERE {IN_THE_INBOX}) GROUP BY lead_id"
        )
        return {str(row[0]): (int(row[1]), int(row[2])) for row in rows}

    def signatures(self, *, passed: int, among: Collection[str] | None = None) -> dict[str, str]:
        """By lead, what the outbox has to say about it, in a form that changes with it. `among` asks for a
        few leads only."""
        which, ids = _few(among)
        rows = self._rows(
            "SELECT lead_id, group_concat(said) FROM ("  # noqa: S608 - fixed texts
            "SELECT lead_id, id || state || attempts AS said FROM decision "
            f"WHERE (state <> 'answered' OR (settled = 0 AND answer_seq > ?)) AND {which} "
            "UNION ALL SELECT lead_id, id || status FROM attention "
            f"WHERE {IN_THE_INBOX} AND {which}) GROUP BY lead_id",
            passed,
            *ids,
            *ids,
        )
        return {str(row[0]): str(row[1]) for row in rows}

    def counts(self) -> tuple[int, int, int, datetime | None, datetime | None, str]:
        """Unsent, held, in the inbox; the oldest unsent's moment, the next try, and the latest trouble."""
        row = self._rows(  # our own texts only
            "SELECT COUNT(*) AS unsent, COALESCE(SUM(state = 'held'), 0) AS held, "  # noqa: S608 - fixed texts
            "MIN(added_at) AS oldest, MIN(next_try_at) AS next_try, "
            f"(SELECT COUNT(*) FROM attention WHERE {IN_THE_INBOX}) AS attention, "
            "COALESCE((SELECT trouble FROM decision WHERE state <> 'answered' AND trouble <> '' "
            "ORDER BY seq LIMIT 1), '') AS trouble FROM decision WHERE state <> 'answered'"
        )[0]
        return (
            int(row["unsent"]),
            int(row["held"]),
            int(row["attention"]),
            optional_moment(row["oldest"]),
            optional_moment(row["next_try"]),
            str(row["trouble"]),
        )

    # ------------------------------------------------------------ the inbox

    def attention(self) -> list[AttentionItem]:
        """The inbox, newest first."""
        query = f"SELECT * FROM attention WHERE {IN_THE_INBOX} ORDER BY at DESC, id DESC"  # noqa: S608 - a fixed text
        return [self._attention_of(row) for row in self._rows(query)]

    def _attention_of(self, row: sqlite3.Row) -> AttentionItem:
        return attention_of(row, earlier_tries(self._rows, row["replaces"]))

    def attention_item(self, attention_id: str) -> AttentionItem | None:
        """An item of the inbox; None for one that has left it."""
        query = f"SELECT * FROM attention WHERE id = ? AND {IN_THE_INBOX}"  # noqa: S608 - a fixed text
        rows = self._rows(query, attention_id)
        return self._attention_of(rows[0]) if rows else None

    def drop(self, attention_id: str) -> None:
        """Give a decision up for good, with all that was tried before it. Raises `NotInTheInbox`."""
        with self._write() as connection:
            if self.attention_item(attention_id) is None:
                raise NotInTheInbox(attention_id)
            forget_tries(connection, attention_id)

    def overtake(
        self, decision_id: str, errors: tuple[FieldError, ...], message: str, lead_now: Lead, at: datetime
    ) -> bool:
        """Move a decision that the replay found void to the inbox, unless a sending has touched it."""
        with self._write() as connection:
            row = connection.execute(
                "DELETE FROM decision WHERE id = ? AND state = 'waiting' AND attempts = 0 RETURNING *",
                (decision_id,),
            ).fetchone()
            if row is None:
                return False
            to_inbox(connection, row, AttentionStatus.OVERTAKEN, message, errors, lead_now, at)
        return True

    # ------------------------------------------------------------ the sync's side

    @property
    def epoch(self) -> str | None:
        """The feed's epoch under which the answers in the outbox were given."""
        rows = self._rows("SELECT value FROM fact WHERE key = 'epoch'")
        return str(rows[0][0]) if rows else None

    def save_epoch(self, epoch: str) -> None:
        with self._write() as connection:
            connection.execute("INSERT OR REPLACE INTO fact (key, value) VALUES ('epoch', ?)", (epoch,))

    def due(self, now: datetime, limit: int) -> list[OutboxItem]:
        """What may be sent at `now`, oldest first. A lead's decisions go out in order: one that is held,
        or waits for its time, keeps the later ones on the same lead back."""
        rows = self._rows(
            "SELECT * FROM decision AS mine WHERE state IN ('waiting', 'sending') "
            "AND (next_try_at IS NULL OR next_try_at <= ?1) AND NOT EXISTS ("
            "SELECT 1 FROM decision AS earlier WHERE earlier.lead_id = mine.lead_id "
            "AND earlier.seq < mine.seq AND (earlier.state = 'held' "
            "OR (earlier.state IN ('waiting', 'sending') AND earlier.next_try_at > ?1))) "
            "ORDER BY seq LIMIT ?2",
            to_micros(now),
            limit,
        )
        return [item_of(row) for row in rows]

    def unknown(self) -> list[OutboxItem]:
        """Decisions that were being sent when the program last ended; what became of them is unknown."""
        return [
            item_of(row) for row in self._rows("SELECT * FROM decision WHERE state = 'sending' ORDER BY seq")
        ]

    def payload(self, decision_id: str) -> str:
        """The decision's JSON as it travels, the same each time. Raises KeyError for an unknown id."""
        rows = self._rows("SELECT payload FROM decision WHERE id = ?", decision_id)
        if not rows:
            raise KeyError(decision_id)
        return str(rows[0][0])

    def mark_sending(self, ids: Sequence[str]) -> list[str]:
        """Mark what still waits, and tell which of `ids` that were; the rest was undone meanwhile."""
        marked: list[str] = []
        with self._write() as connection:
            for identifier in ids:
                found = connection.execute(
                    "UPDATE decision SET state = 'sending', attempts = attempts + 1, next_try_at = NULL "
                    "WHERE id = ? AND state IN ('waiting', 'sending') RETURNING id",
                    (identifier,),
                ).fetchone()
                if found is not None:
                    marked.append(identifier)
        return marked

    def answer(self, answer: Answer, at: datetime) -> None:
        """Take the server's final answer in: the decision is done, or goes to the inbox with both sides."""
        if answer.status not in FINAL:
            raise ValueError(f"'{answer.status}' is no final answer")
        with self._write() as connection:
            row = connection.execute("SELECT * FROM decision WHERE id = ?", (answer.id,)).fetchone()
            if row is None or row["state"] == "answered":
                return
            if answer.status in (AnswerStatus.APPLIED, AnswerStatus.ALREADY):
                connection.execute(
                    "UPDATE decision SET state = 'answered', trouble = '', next_try_at = NULL, "
                    "answer_status = ?, answer_seq = ?, answered_at = ?, settled = 0 WHERE id = ?",
                    (answer.status.value, answer.seq or 0, to_micros(at), answer.id),
                )
                superseded(connection, row["replaces"])
                return
            connection.execute("DELETE FROM decision WHERE id = ?", (answer.id,))
            status = (
                AttentionStatus.CONFLICT
                if answer.status is AnswerStatus.CONFLICT
                else AttentionStatus.REFUSED
            )
            to_inbox(connection, row, status, answer.message, answer.errors, answer.lead, at)

    def postpone(self, ids: Sequence[str], next_try_at: datetime, trouble: str) -> None:
        """Send these again at `next_try_at`; the moment survives a restart."""
        with self._write() as connection:
            connection.executemany(
                "UPDATE decision SET state = 'waiting', next_try_at = ?, trouble = ? "
                "WHERE id = ? AND state IN ('waiting', 'sending')",
                [(to_micros(next_try_at), trouble, identifier) for identifier in ids],
            )

    def hold(self, ids: Sequence[str], trouble: str) -> None:
        """Keep these back, visibly, until `release_held`."""
        with self._write() as connection:
            connection.executemany(
                "UPDATE decision SET state = 'held', next_try_at = NULL, trouble = ? "
                "WHERE id = ? AND state IN ('waiting', 'sending')",
                [(trouble, identifier) for identifier in ids],
            )

    def release_held(self) -> None:
        with self._write() as connection:
            connection.execute("UPDATE decision SET state = 'waiting', trouble = '' WHERE state = 'held'")

    def answered(self) -> list[OutboxItem]:
        """The answered decisions that are not forgotten yet."""
        rows = self._rows("SELECT * FROM decision WHERE state = 'answered' ORDER BY seq")
        return [item_of(row) for row in rows]

    def offer_again(self, ids: Sequence[str]) -> None:
        """Send answered decisions once more; the server's ledger sorts out which it still knows."""
        with self._write() as connection:
            connection.executemany(
                "UPDATE decision SET state = 'waiting', next_try_at = NULL, answer_status = NULL, "
                "answer_seq = NULL, answered_at = NULL, settled = 0 WHERE id = ? AND state = 'answered'",
                [(identifier,) for identifier in ids],
            )

    def to_settle(self, passed: int) -> list[str]:
        """The leads of the decisions for which `settle` has something to do."""
        rows = self._rows(
            "SELECT DISTINCT lead_id FROM decision "
            "WHERE state = 'answered' AND settled = 0 AND answer_seq <= ?",
            passed,
        )
        return [str(row[0]) for row in rows]

    def settle(self, passed: int) -> None:
        """The cache has read up to `passed`, and keeps that through a power cut: decisions answered up to
        there need no replay any more."""
        with self._write() as connection:
            connection.execute(
                "UPDATE decision SET settled = 1, lead_then = NULL "
                "WHERE state = 'answered' AND settled = 0 AND answer_seq <= ?",
                (passed,),
            )

    def forget_answered(self, before: datetime) -> None:
        """Drop answered decisions that no restored server will be offered any more, and what was tried before
        them."""
        values = (to_micros(before),)
        query = "FROM decision WHERE state = 'answered' AND settled = 1 AND answered_at < ?"
        if self._rows(f"SELECT 1 {query} LIMIT 1", *values):
            with self._write() as connection:
                for row in connection.execute(f"DELETE {query} RETURNING replaces", values).fetchall():
                    forget_tries(connection, row["replaces"])


def _few(among: Collection[str] | None) -> tuple[str, tuple[str, ...]]:
    """A condition on `lead_id` with its values; of very many leads, one that holds for all."""
    if among is None or len(among) > _MOST_ASKED:
        return "1", ()
    return f"lead_id IN ({', '.join('?' for _ in among)})", tuple(among)

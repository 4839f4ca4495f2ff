"""What was decided since a moment, and what has become of each: the outbox and the inbox together."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import datetime

from leadqueue.cache.micros import optional_moment
from leadqueue.cache.outbox_rows import IN_THE_INBOX, Select, decision_of, earlier_tries
from leadqueue.cache.views import DecidedItem, Fate
from leadqueue.domain.moments import from_micros, to_micros

# Each by its own moment: a clock that was set back stores a day's decisions out of their order. The index
# over the moments is walked as far as that day had decisions, however many the outbox keeps.
_OUTBOX = (
    "SELECT seq, payload, state, trouble, next_try_at, answered_at, replaces FROM decision "
    "WHERE decided_at >= ? ORDER BY decided_at DESC, seq DESC LIMIT ?"
)
# What another one stands in for is told by that one.
_INBOX = f"SELECT payload, message, at, replaces FROM attention WHERE {IN_THE_INBOX}"  # noqa: S608 - fixed texts


def decided_since(select: Select, since: datetime, limit: int) -> list[DecidedItem]:
    """The decisions made since `since`, newest first, at most `limit`. Undone and dropped ones are gone."""
    items = [_sent(row) for row in select(_OUTBOX, to_micros(since), limit)]
    items += [item for row in select(_INBOX) if (item := _waiting(row)).decision.decided_at >= since]
    items.sort(key=lambda item: (item.decision.decided_at, item.seq), reverse=True)
    return [
        replace(item, earlier=earlier_tries(select, item.replaces)) if item.replaces else item
        for item in items[:limit]
    ]


def _sent(row: sqlite3.Row) -> DecidedItem:
    return DecidedItem(
        decision_of(row["payload"]),
        Fate(row["state"]),
        trouble=str(row["trouble"]),
        next_try_at=optional_moment(row["next_try_at"]),
        settled_at=optional_moment(row["answered_at"]),
        seq=int(row["seq"]),
        replaces=row["replaces"],
    )


def _waiting(row: sqlite3.Row) -> DecidedItem:
    return DecidedItem(
        decision_of(row["payload"]),
        Fate.INBOX,
        trouble=str(row["message"]),
        settled_at=from_micros(row["at"]),
        replaces=row["replaces"],
    )

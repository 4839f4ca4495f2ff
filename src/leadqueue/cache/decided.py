"""What was decided since a moment, and what has become of each: the outbox and the inbox together."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime

from leadqueue.cache.micros import optional_moment
from leadqueue.cache.views import DecidedItem, Fate
from leadqueue.domain.decision import Decision
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.wire.api import DecisionBody

Select = Callable[..., list[sqlite3.Row]]

# Each by its own moment: a clock that was set back stores a day's decisions out of their order. The index
# over the moments is walked as far as that day had decisions, however many the outbox keeps.
_OUTBOX = (
    "SELECT seq, payload, state, trouble, next_try_at, answered_at, replaces FROM decision "
    "WHERE decided_at >= ? ORDER BY decided_at DESC, seq DESC LIMIT ?"
)
# What an open decision stands in for is told by that decision.
_INBOX = (
    "SELECT id, payload, message, at FROM attention "
    "WHERE NOT EXISTS (SELECT 1 FROM decision WHERE decision.replaces = attention.id)"
)


def decided_since(select: Select, since: datetime, limit: int) -> list[DecidedItem]:
    """The decisions made since `since`, newest first, at most `limit`. Undone and dropped ones are gone."""
    items = [_sent(row) for row in select(_OUTBOX, to_micros(since), limit)]
    items += [item for row in select(_INBOX) if (item := _waiting(row)).decision.decided_at >= since]
    return sorted(items, key=lambda item: (item.decision.decided_at, item.seq), reverse=True)[:limit]


def _sent(row: sqlite3.Row) -> DecidedItem:
    return DecidedItem(
        _decision(row["payload"]),
        Fate(row["state"]),
        trouble=str(row["trouble"]),
        next_try_at=optional_moment(row["next_try_at"]),
        settled_at=optional_moment(row["answered_at"]),
        seq=int(row["seq"]),
        replaces=row["replaces"],
    )


def _waiting(row: sqlite3.Row) -> DecidedItem:
    decision = _decision(row["payload"])
    return DecidedItem(decision, Fate.INBOX, trouble=str(row["message"]), settled_at=from_micros(row["at"]))


def _decision(payload: str) -> Decision:
    return DecisionBody.model_validate_json(payload).to_domain()

"""What stands in a row of the outbox's file, and how an answered decision comes into the inbox.

A decision that is sent again leaves its row of the inbox where it is. The row is an item of the inbox while
nothing stands in for it, else an earlier try of what does: of a decision, or of a later item.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from datetime import datetime

from pydantic import TypeAdapter

from leadqueue.cache.micros import optional_moment
from leadqueue.cache.views import AttentionItem, AttentionStatus, EarlierTry, OutboxItem, OutboxState
from leadqueue.domain.decision import Decision, FieldError
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.wire.api import DecisionBody

Select = Callable[..., list[sqlite3.Row]]

IN_THE_INBOX = (
    "NOT EXISTS (SELECT 1 FROM decision WHERE decision.replaces = attention.id) "
    "AND NOT EXISTS (SELECT 1 FROM attention AS later WHERE later.replaces = attention.id)"
)
"""Rows of `attention` that are items of the inbox: nothing stands in for them."""

_ERRORS: TypeAdapter[tuple[FieldError, ...]] = TypeAdapter(tuple[FieldError, ...])


def checksum(payload: str) -> str:
    """By which a salvage tells a whole payload from a torn one."""
    return hashlib.sha256(payload.encode()).hexdigest()


def decision_of(payload: str) -> Decision:
    """The decision of a stored payload."""
    return DecisionBody.model_validate_json(payload).to_domain()


def item_of(row: sqlite3.Row) -> OutboxItem:
    return OutboxItem(
        seq=int(row["seq"]),
        decision=decision_of(row["payload"]),
        state=OutboxState(row["state"]),
        attempts=int(row["attempts"]),
        next_try_at=optional_moment(row["next_try_at"]),
        trouble=str(row["trouble"]),
        batch=row["batch"],
        replaces=row["replaces"],
    )


def lead_text(lead: Lead | None) -> str | None:
    return None if lead is None else LEAD_ADAPTER.dump_json(lead).decode()


def lead_of(text: str | None) -> Lead | None:
    return None if text is None else LEAD_ADAPTER.validate_json(text)


def to_inbox(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    status: AttentionStatus,
    message: str,
    errors: tuple[FieldError, ...],
    lead_now: Lead | None,
    at: datetime,
) -> None:
    superseded(connection, row["replaces"])
    connection.execute(
        "INSERT INTO attention (id, lead_id, kind, payload, payload_format, status, message, errors, "
        "lead_then, lead_now, at, replaces) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row["id"],
            row["lead_id"],
            row["kind"],
            row["payload"],
            row["payload_format"],
            status.value,
            message,
            _ERRORS.dump_json(errors).decode(),
            row["lead_then"],
            lead_text(lead_now),
            to_micros(at),
            row["replaces"],
        ),
    )


def superseded(connection: sqlite3.Connection, attention_id: str | None) -> None:
    """What stands in for this item has its answer. The copies of the lead are of no more use: an earlier try
    tells what was decided and why that did not hold."""
    connection.execute(
        "UPDATE attention SET superseded = 1, lead_then = NULL, lead_now = NULL WHERE id = ?", (attention_id,)
    )


def forget_tries(connection: sqlite3.Connection, attention_id: str | None) -> None:
    """Delete an item of the inbox, or an earlier try, with all that was tried before it."""
    while attention_id is not None:
        gone = connection.execute(
            "DELETE FROM attention WHERE id = ? RETURNING replaces", (attention_id,)
        ).fetchone()
        attention_id = gone["replaces"] if gone is not None else None


def earlier_tries(select: Select, replaces: str | None) -> tuple[EarlierTry, ...]:
    """What was tried before a decision that `replaces` another one, newest first, as far as it is kept."""
    found: list[EarlierTry] = []
    while replaces is not None and (rows := select("SELECT * FROM attention WHERE id = ?", replaces)):
        row = rows[0]
        found.append(
            EarlierTry(
                decision_of(row["payload"]),
                AttentionStatus(row["status"]),
                str(row["message"]),
                _ERRORS.validate_json(row["errors"]),
                from_micros(row["at"]),
            )
        )
        replaces = row["replaces"]
    return tuple(found)


def attention_of(row: sqlite3.Row, earlier: tuple[EarlierTry, ...] = ()) -> AttentionItem:
    return AttentionItem(
        id=str(row["id"]),
        decision=decision_of(row["payload"]),
        status=AttentionStatus(row["status"]),
        message=str(row["message"]),
        errors=_ERRORS.validate_json(row["errors"]),
        lead_then=lead_of(row["lead_then"]),
        lead_now=lead_of(row["lead_now"]),
        at=from_micros(row["at"]),
        earlier=earlier,
    )

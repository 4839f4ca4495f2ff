"""What stands in a row of the outbox's file, and how an answered decision comes into the inbox."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import datetime

from pydantic import TypeAdapter

from leadqueue.cache.micros import optional_moment
from leadqueue.cache.views import AttentionItem, AttentionStatus, OutboxItem, OutboxState
from leadqueue.domain.decision import Decision, FieldError
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.wire.api import DecisionBody

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


def _lead(text: str | None) -> Lead | None:
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
    connection.execute("DELETE FROM attention WHERE id = ?", (row["replaces"],))
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


def attention_of(row: sqlite3.Row) -> AttentionItem:
    return AttentionItem(
        id=str(row["id"]),
        decision=decision_of(row["payload"]),
        status=AttentionStatus(row["status"]),
        message=str(row["message"]),
        errors=_ERRORS.validate_json(row["errors"]),
        lead_then=_lead(row["lead_then"]),
        lead_now=_lead(row["lead_now"]),
        at=from_micros(row["at"]),
    )

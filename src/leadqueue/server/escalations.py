"""Breaches become escalations, once for each clock, whether or not the server was up then (S5, I6)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Actor
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.server import feed, locks, store
from leadqueue.server.database import Database
from leadqueue.wire.api import Escalation

_LOG = logging.getLogger(__name__)

FIRST_LEVEL = 1
SWEEP_AT_ONCE = 500
"""Breaches in one transaction, so that none is long."""


def sweep(
    database: Database, definitions: store.DefinitionsCache, now: datetime, new_id: Callable[[], str]
) -> int:
    """Record every breach that is not recorded yet; answers how many. Safe to run at any time, repeatedly."""
    with database.read() as connection:
        organisations = connection.execute(sa.text("SELECT id FROM organisation ORDER BY id")).scalars().all()
    found = 0
    for organisation_id in organisations:
        try:
            while more := _sweep_some(database, str(organisation_id), definitions, now, new_id):
                found += more
            with database.write() as connection:
                feed.purge(connection, str(organisation_id), now)
        except Exception:  # noqa: BLE001 - one organisation's trouble must not end the watch over the others
            _LOG.exception("the sweep for breaches failed for one organisation and is tried again")
    return found


def _sweep_some(
    database: Database,
    organisation_id: str,
    definitions: store.DefinitionsCache,
    now: datetime,
    new_id: Callable[[], str],
) -> int:
    """Record up to `SWEEP_AT_ONCE` breaches; 0 when there are none that nobody else records right now."""
    with database.write() as connection:
        return _claim(connection, organisation_id, definitions, now, new_id)


def _claim(
    connection: Connection,
    organisation_id: str,
    definitions: store.DefinitionsCache,
    now: datetime,
    new_id: Callable[[], str],
) -> int:
    breached = sa.text(f"{_BREACHED}{locks.rows(connection, skip_locked=True)}")
    rows = connection.execute(
        breached, {"org": organisation_id, "now": to_micros(now), "limit": SWEEP_AT_ONCE}
    ).all()
    clocks = definitions.current(connection, organisation_id).definitions.clocks if rows else {}
    for row in rows:
        spec = clocks.get(row.kind)
        values = {
            "org": organisation_id,
            "id": new_id(),
            "lead": row.lead_id,
            "kind": row.kind,
            "started": row.started_at,
            "level": FIRST_LEVEL,
            "due": row.due_at,
        }
        connection.execute(_MARK, values)
        if spec is not None and spec.escalates:
            connection.execute(_ESCALATE, values)
    return len(rows)


_BREACHED = (
    "SELECT lead_id, kind, started_at, due_at FROM clock WHERE organisation_id = :org "
    "AND breached_at IS NULL AND due_at < COALESCE(stopped_at, :now) LIMIT :limit"
)
_MARK = sa.text(
    "UPDATE clock SET breached_at = :due WHERE organisation_id = :org AND lead_id = :lead AND kind = :kind "
    "AND started_at = :started"
)
_ESCALATE = sa.text(
    "INSERT INTO escalation (organisation_id, id, lead_id, clock, started_at, level, due_at, breached_at, "
    "acknowledged_at, acknowledged_by) "
    "VALUES (:org, :id, :lead, :kind, :started, :level, :due, :due, NULL, '') "
    "ON CONFLICT (organisation_id, lead_id, clock, started_at, level) DO NOTHING"
)


def in_scope(database: Database, organisation_id: str, actor: Actor, limit: int) -> tuple[Escalation, ...]:
    """The latest escalations of the actor's scope, those that nobody has acknowledged first."""
    condition, whose = "", ""
    if actor.role is Role.REP:
        condition, whose = "AND lead.owner_id = :whose", actor.id
    elif actor.role is Role.MANAGER:
        condition, whose = "AND lead.team_id = :whose", actor.team_id or ""
    query = sa.text(
        "SELECT escalation.*, lead.owner_id, user_account.name AS owner_name FROM escalation "  # noqa: S608 - one of three fixed texts
        "JOIN lead ON lead.organisation_id = escalation.organisation_id AND lead.id = escalation.lead_id "
        "LEFT JOIN user_account ON user_account.organisation_id = lead.organisation_id "
        f"AND user_account.id = lead.owner_id WHERE escalation.organisation_id = :org {condition} "
        "AND NOT EXISTS (SELECT 1 FROM clock WHERE clock.organisation_id = escalation.organisation_id "
        "AND clock.lead_id = escalation.lead_id AND clock.kind = escalation.clock "
        "AND clock.started_at = escalation.started_at AND clock.stopped_at <= clock.due_at) "
        "ORDER BY escalation.acknowledged_at IS NOT NULL, escalation.breached_at DESC, escalation.id "
        "LIMIT :limit"
    )
    values = {"org": organisation_id, "whose": whose, "limit": limit}
    if not condition:
        del values["whose"]
    with database.read() as connection:
        rows = connection.execute(query, values).all()
    return tuple(
        Escalation(
            id=row.id,
            lead_id=row.lead_id,
            clock=row.clock,
            level=row.level,
            due_at=from_micros(row.due_at),
            breached_at=from_micros(row.breached_at),
            owner_id=row.owner_id,
            owner_name=row.owner_name or "",
            acknowledged_at=None if row.acknowledged_at is None else from_micros(row.acknowledged_at),
            acknowledged_by=row.acknowledged_by,
        )
        for row in rows
    )

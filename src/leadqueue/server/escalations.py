"""Breaches become escalations, once for each clock, whether or not the server was up then (I6).

A manager is told of them, and of each override (D5), in one list.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.model import Role
from leadqueue.domain.decision import OVERRIDE, AuditEntry
from leadqueue.domain.lead import Actor, Lead
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.server import feed, locks, store
from leadqueue.server.database import Database
from leadqueue.wire.api import Acknowledged, Escalation, Escalations

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


PLACE = r"^([01]\.-?[0-9]{1,16}\.[0-9a-f-]{36})?$"
"""A place in the order of the escalations, as a page hands it out: acknowledged, breached at, id."""


def in_scope(
    database: Database, organisation_id: str, actor: Actor, limit: int, after: str = ""
) -> Escalations:
    """A page of the actor's scope: those that nobody has acknowledged first, the latest of them first."""
    with database.read() as connection:
        found = _read(connection, organisation_id, actor, limit=limit + 1, after=after)
        page = found[:limit]
        following = _place(page[-1]) if len(found) > limit else None
        return Escalations(
            escalations=page, waiting=_waiting(connection, organisation_id, actor), next=following
        )


def _place(last: Escalation) -> str:
    return f"{int(last.acknowledged_at is not None)}.{to_micros(last.breached_at)}.{last.id}"


def acknowledge(
    database: Database,
    definitions: store.DefinitionsCache,
    organisation_id: str,
    actor: Actor,
    ids: Sequence[str],
    now: datetime,
) -> Acknowledged:
    """Note who has seen these breaches, and when, in their leads' trails too; whoever was first stays. The
    team's other managers are told."""
    wanted = list(dict.fromkeys(ids))

    def note(connection: Connection) -> Acknowledged:
        # The leads are locked as any change locks them, so that the trail's lines keep their order.
        found = _read(connection, organisation_id, actor, limit=len(wanted), among=wanted)
        version = definitions.current(connection, organisation_id).definitions.version
        noted: dict[str, Lead] = {}
        for each in sorted(found, key=lambda escalation: (escalation.lead_id, escalation.id)):
            lead = store.lead(connection, organisation_id, each.lead_id, lock=True)
            values = {"org": organisation_id, "id": each.id, "at": to_micros(now), "by": actor.id}
            if connection.execute(_ACKNOWLEDGE[each.kind], values).one_or_none() is None:
                continue
            if lead is not None:
                noted[lead.id] = lead
            what = f"Escalation of the clock '{each.clock}'" if each.kind == BREACH else "Override"
            store.append_audit(
                connection,
                organisation_id,
                AuditEntry(
                    lead_id=each.lead_id,
                    at=now,
                    recorded_at=now,
                    actor=actor,
                    event="acknowledged",
                    definitions_version=version,
                    before={},
                    after={},
                    values={"escalation": each.id, "clock": each.clock, "level": each.level},
                    message=f"{what} acknowledged by {actor.name}",
                ),
            )
        told = _read(connection, organisation_id, actor, limit=len(wanted), among=wanted)
        known = {each.id for each in told}
        feed.tell_managers(connection, organisation_id, tuple(noted.values()), now)
        return Acknowledged(escalations=told, unknown=tuple(each for each in wanted if each not in known))

    return database.settle(note)


BREACH = "breach"
"""The kind of escalation that tells of a breach; the other is an override."""

_ACKNOWLEDGE = {
    kind: sa.text(
        f"UPDATE {table} SET acknowledged_at = :at, acknowledged_by = :by WHERE organisation_id = :org "  # noqa: S608 - fixed texts
        "AND id = :id AND acknowledged_at IS NULL RETURNING id"
    )
    for kind, table in ((BREACH, "escalation"), (OVERRIDE, "alert"))
}

_BREACHES = (
    f"SELECT escalation.id, escalation.lead_id, '{BREACH}' AS kind, escalation.clock, escalation.level, "  # noqa: S608 - fixed texts
    "escalation.due_at, escalation.breached_at, '' AS message, escalation.acknowledged_at, "
    "escalation.acknowledged_by, lead.owner_id FROM escalation "
    "JOIN lead ON lead.organisation_id = escalation.organisation_id AND lead.id = escalation.lead_id "
    "WHERE escalation.organisation_id = :org AND NOT EXISTS (SELECT 1 FROM clock "
    "WHERE clock.organisation_id = escalation.organisation_id "
    "AND clock.lead_id = escalation.lead_id AND clock.kind = escalation.clock "
    "AND clock.started_at = escalation.started_at AND clock.stopped_at <= clock.due_at)"
)
_OVERRIDES = (
    f"SELECT alert.id, alert.lead_id, alert.kind, '' AS clock, {FIRST_LEVEL} AS level, "  # noqa: S608 - fixed texts
    "alert.created_at AS due_at, alert.created_at AS breached_at, alert.message, alert.acknowledged_at, "
    "alert.acknowledged_by, lead.owner_id FROM alert "
    "JOIN lead ON lead.organisation_id = alert.organisation_id AND lead.id = alert.lead_id "
    f"WHERE alert.organisation_id = :org AND alert.audience = 'manager' AND alert.kind = '{OVERRIDE}'"
)
_SEEN = "CASE WHEN told.acknowledged_at IS NULL THEN 0 ELSE 1 END"
_BEYOND = (
    f"({_SEEN} > :seen OR ({_SEEN} = :seen AND (told.breached_at < :breached "
    "OR (told.breached_at = :breached AND told.id > :last))))"
)


def _told(organisation_id: str, actor: Actor) -> tuple[str, dict[str, object]]:
    """All that is the actor's to see, as a table `told`."""
    values: dict[str, object] = {"org": organisation_id}
    scope = ""
    if actor.role is Role.REP:
        scope = " AND lead.owner_id = :whose"
        values["whose"] = actor.id
    elif actor.role is Role.MANAGER:
        scope = " AND lead.team_id = :whose"
        values["whose"] = actor.team_id or ""
    return f"({_BREACHES}{scope} UNION ALL {_OVERRIDES}{scope}) AS told", values


def _waiting(connection: Connection, organisation_id: str, actor: Actor) -> int:
    told, values = _told(organisation_id, actor)
    query = f"SELECT COUNT(*) FROM {told} WHERE told.acknowledged_at IS NULL"  # noqa: S608 - fixed texts
    return int(connection.execute(sa.text(query), values).scalar_one())


def _read(
    connection: Connection,
    organisation_id: str,
    actor: Actor,
    *,
    limit: int,
    among: Sequence[str] | None = None,
    after: str = "",
) -> tuple[Escalation, ...]:
    told, values = _told(organisation_id, actor)
    values["limit"] = limit
    conditions = ["TRUE"]
    if among is not None:
        conditions.append("told.id IN :ids")
        values["ids"] = list(among)
    if after:
        seen, breached, last = after.split(".")
        conditions.append(_BEYOND)
        values |= {"seen": int(seen), "breached": int(breached), "last": last}
    query = sa.text(
        f"SELECT told.*, owner.name AS owner_name, seen.name AS seen_name FROM {told} "  # noqa: S608 - fixed texts
        "LEFT JOIN user_account AS owner ON owner.organisation_id = :org AND owner.id = told.owner_id "
        "LEFT JOIN user_account AS seen ON seen.organisation_id = :org AND seen.id = told.acknowledged_by "
        f"WHERE {' AND '.join(conditions)} ORDER BY {_SEEN}, told.breached_at DESC, told.id LIMIT :limit"
    )
    if among is not None:
        query = query.bindparams(sa.bindparam("ids", expanding=True))
    return tuple(
        Escalation(
            id=row.id,
            lead_id=row.lead_id,
            kind=row.kind,
            clock=row.clock,
            level=row.level,
            due_at=from_micros(row.due_at),
            breached_at=from_micros(row.breached_at),
            message=row.message,
            owner_id=row.owner_id,
            owner_name=row.owner_name or "",
            acknowledged_at=None if row.acknowledged_at is None else from_micros(row.acknowledged_at),
            acknowledged_by=row.acknowledged_by,
            acknowledged_by_name=row.seen_name or "",
        )
        for row in connection.execute(query, values).all()
    )

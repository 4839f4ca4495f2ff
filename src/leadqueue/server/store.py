"""Leads and their trails in the database. Whatever changes a lead goes through `save`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from leadqueue.definitions.loader import Published, parse
from leadqueue.definitions.model import Definitions, Role
from leadqueue.domain.clocks import running
from leadqueue.domain.company import company_of
from leadqueue.domain.decision import Alert, AuditEntry
from leadqueue.domain.lead import Colleague, Lead, Signal
from leadqueue.domain.moments import to_micros
from leadqueue.domain.queue import standing_of
from leadqueue.domain.returning import next_look
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import locks
from leadqueue.server.feed import Moved

AUDIT_ADAPTER: TypeAdapter[AuditEntry] = TypeAdapter(AuditEntry)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one lead with its audit line and alerts, ready to be saved."""

    before: Lead | None
    after: Lead
    audit: AuditEntry
    alerts: tuple[Alert, ...] = ()


def lead(connection: Connection, organisation_id: str, lead_id: str, *, lock: bool = False) -> Lead | None:
    """The lead as it stands; with `lock`, until the transaction ends nobody else changes it."""
    query = _LEAD_LOCKED if lock and locks.on_postgres(connection) else _LEAD
    body = connection.execute(query, {"org": organisation_id, "id": lead_id}).scalar_one_or_none()
    return None if body is None else LEAD_ADAPTER.validate_json(body)


_LEAD = sa.text("SELECT body FROM lead WHERE organisation_id = :org AND id = :id")
_LEAD_LOCKED = sa.text(f"{_LEAD.text} FOR UPDATE")


def lock_by_source(
    connection: Connection, organisation_id: str, source_ids: Iterable[str]
) -> dict[str, Lead]:
    """The leads that a source knows by these ids, which until the transaction ends nobody else changes."""
    query = sa.text(
        "SELECT source_id, body FROM lead WHERE organisation_id = :org AND source_id IN :ids "  # noqa: S608 - one of two fixed texts
        # Everybody locks in the same order, so that no two wait for each other.
        f"ORDER BY id{locks.rows(connection)}"
    ).bindparams(sa.bindparam("ids", expanding=True))
    rows = connection.execute(query, {"org": organisation_id, "ids": list(source_ids)})
    return {str(row.source_id): LEAD_ADAPTER.validate_json(row.body) for row in rows}


def save(
    connection: Connection,
    organisation_id: str,
    changes: Iterable[Change],
    new_ids: Iterable[str],
    definitions: Definitions,
) -> list[Moved]:
    """Write leads, clocks, audit lines and alerts; answers what the feed is to be told.

    `new_ids` gives the alerts their ids. `definitions` are those under which the changes were made.
    The caller publishes to the feed last, in the same transaction.
    """
    identifiers = iter(new_ids)
    moves: list[Moved] = []
    for change in changes:
        _save_lead(connection, organisation_id, change, definitions)
        _save_clocks(connection, organisation_id, change)
        _save_touches(connection, organisation_id, change)
        append_audit(connection, organisation_id, change.audit)
        for alert in change.alerts:
            connection.execute(
                _ALERT,
                {
                    "org": organisation_id,
                    "id": next(identifiers),
                    "lead_id": alert.lead_id,
                    "kind": alert.kind,
                    "audience": alert.audience,
                    "message": alert.message,
                    "known": to_micros(change.audit.recorded_at) if alert.known_to else None,
                    "known_to": alert.known_to,
                    "at": to_micros(change.audit.recorded_at),
                },
            )
        moves.append(Moved(change.before, change.after))
    return moves


_ALERT = sa.text(
    "INSERT INTO alert (organisation_id, id, lead_id, kind, audience, message, created_at, "
    "acknowledged_at, acknowledged_by) "
    "VALUES (:org, :id, :lead_id, :kind, :audience, :message, :at, :known, :known_to)"
)

_SAVE_LEAD = sa.text(
    "INSERT INTO lead (organisation_id, id, source_id, stage, owner_id, team_id, marketing, crm, sales, "
    "stage_version, updated_at, due_at, returned, touched, company, look_at, body) "
    "VALUES (:org, :id, :source_id, :stage, :owner_id, :team_id, :marketing, :crm, :sales, :stage_version, "
    ":at, :due_at, :returned, :touched, :company, :look_at, :body) "
    "ON CONFLICT (organisation_id, id) DO UPDATE SET "
    "stage = excluded.stage, owner_id = excluded.owner_id, team_id = excluded.team_id, "
    "marketing = excluded.marketing, crm = excluded.crm, sales = excluded.sales, "
    "stage_version = excluded.stage_version, updated_at = excluded.updated_at, "
    "due_at = excluded.due_at, returned = excluded.returned, touched = excluded.touched, "
    "company = excluded.company, look_at = excluded.look_at, body = excluded.body"
)


def _save_lead(
    connection: Connection, organisation_id: str, change: Change, definitions: Definitions
) -> None:
    after = change.after
    clocks = running(after)
    standing = standing_of(after)
    # The handoff asks of each lead that it changes whether it may return; a decision does not.
    look = next_look(after, change.audit.recorded_at, asked=change.audit.decision_id is None)
    connection.execute(
        _SAVE_LEAD,
        {
            "org": organisation_id,
            "id": after.id,
            "source_id": after.source_id,
            "stage": after.stage,
            "owner_id": after.owner_id,
            "team_id": after.team_id,
            "marketing": after.versions.marketing,
            "crm": after.versions.crm,
            "sales": after.versions.sales,
            "stage_version": after.versions.stage,
            "at": to_micros(change.audit.recorded_at),
            "due_at": to_micros(clocks[0].due_at) if clocks else None,
            "returned": int(standing.returned),
            "touched": int(standing.touched),
            "company": company_of(after, definitions),
            "look_at": None if look is None else to_micros(look),
            "body": LEAD_ADAPTER.dump_json(after).decode(),
        },
    )


_SAVE_CLOCK = sa.text(
    "INSERT INTO clock (organisation_id, lead_id, kind, started_at, due_at, lane, soon_at, stopped_at, "
    "stopped_by, team_id, owner_id, breached_at) VALUES (:org, :lead_id, :kind, :started_at, :due_at, :lane, "
    ":soon_at, :stopped_at, :stopped_by, :team_id, :owner_id, NULL) "
    "ON CONFLICT (organisation_id, lead_id, kind, started_at) DO UPDATE SET "
    "due_at = excluded.due_at, lane = excluded.lane, soon_at = excluded.soon_at, "
    "stopped_at = excluded.stopped_at, stopped_by = excluded.stopped_by, team_id = excluded.team_id, "
    "owner_id = excluded.owner_id, "
    # A decision made offline in time may arrive after its breach was told.
    "breached_at = CASE WHEN excluded.stopped_at <= excluded.due_at THEN NULL ELSE clock.breached_at END"
)


def _save_clocks(connection: Connection, organisation_id: str, change: Change) -> None:
    known = set(change.before.clocks) if change.before else set()
    after = change.after
    rows: list[dict[str, str | int | None]] = [
        {
            "org": organisation_id,
            "lead_id": after.id,
            "kind": clock.kind,
            "started_at": to_micros(clock.started_at),
            "due_at": to_micros(clock.due_at),
            "lane": clock.lane,
            "soon_at": None if clock.soon_at is None else to_micros(clock.soon_at),
            **(
                {"stopped_at": None, "stopped_by": "", "team_id": None, "owner_id": None}
                if clock.stopped_at is None
                else {
                    "stopped_at": to_micros(clock.stopped_at),
                    "stopped_by": change.audit.event,
                    "team_id": after.team_id,
                    "owner_id": after.owner_id,
                }
            ),
        }
        for clock in after.clocks
        if clock not in known
    ]
    if rows:
        connection.execute(_SAVE_CLOCK, rows)


def _save_touches(connection: Connection, organisation_id: str, change: Change) -> None:
    after = change.after
    fresh = after.touches[len(change.before.touches) if change.before else 0 :]
    if fresh:
        connection.execute(
            _SAVE_TOUCH,
            [
                {
                    "org": organisation_id,
                    "id": touch.id,
                    "lead_id": after.id,
                    "team_id": after.team_id,
                    "by_id": touch.by_id,
                    "at": to_micros(touch.at),
                    "channel": touch.channel,
                    "outcome": touch.outcome,
                }
                for touch in fresh
            ],
        )


_SAVE_TOUCH = sa.text(
    "INSERT INTO touch (organisation_id, id, lead_id, team_id, by_id, at, channel, outcome) "
    "VALUES (:org, :id, :lead_id, :team_id, :by_id, :at, :channel, :outcome)"
)


def append_audit(connection: Connection, organisation_id: str, entry: AuditEntry) -> None:
    """Add a line to the lead's trail. Whoever changes nothing of the lead locks it first."""
    connection.execute(
        _APPEND_AUDIT,
        {
            "org": organisation_id,
            "lead_id": entry.lead_id,
            "at": to_micros(entry.recorded_at),
            "body": AUDIT_ADAPTER.dump_json(entry).decode(),
        },
    )


_APPEND_AUDIT = sa.text(
    "INSERT INTO audit (organisation_id, lead_id, seq, recorded_at, body) SELECT :org, :lead_id, "
    "COALESCE(MAX(seq), 0) + 1, :at, :body FROM audit WHERE organisation_id = :org AND lead_id = :lead_id"
)


def trail(connection: Connection, organisation_id: str, lead_id: str) -> list[tuple[int, AuditEntry]]:
    """The lead's audit trail in order, each line with its number."""
    rows = connection.execute(
        sa.text("SELECT seq, body FROM audit WHERE organisation_id = :org AND lead_id = :id ORDER BY seq"),
        {"org": organisation_id, "id": lead_id},
    )
    return [(int(row.seq), AUDIT_ADAPTER.validate_json(row.body)) for row in rows]


INSERT_SIGNAL = (
    "INSERT INTO signal (organisation_id, source_id, lead_id, kind, at, title, url) "
    "VALUES (:org, :id, :lead_id, :kind, :at, :title, :url)"
)


def signal_rows(organisation_id: str, lead_id: str, signals: Iterable[Signal]) -> list[dict[str, str | int]]:
    """The values of `INSERT_SIGNAL` for a lead's signals."""
    return [
        {
            "org": organisation_id,
            "id": signal.id,
            "lead_id": lead_id,
            "kind": signal.kind,
            "at": to_micros(signal.at),
            "title": signal.title,
            "url": signal.url,
        }
        for signal in signals
    ]


class DefinitionsCache:
    """The published definitions of each organisation, parsed once for each digest."""

    def __init__(self) -> None:
        self._parsed: dict[str, Published] = {}
        self._seen: dict[str, Published] = {}

    def current(self, connection: Connection, organisation_id: str) -> Published:
        """The definitions that hold now."""
        digest = str(connection.execute(_DIGEST, {"id": organisation_id}).scalar_one())
        if digest not in self._parsed:
            text = connection.execute(_TEXT, {"id": organisation_id, "digest": digest}).scalar_one()
            self._parsed[digest] = parse(text)
        self._seen[organisation_id] = self._parsed[digest]
        return self._parsed[digest]

    def last_seen(self, connection: Connection, organisation_id: str) -> Published:
        """The definitions that held when this process last looked: for those who make sure in the end."""
        return self._seen.get(organisation_id) or self.current(connection, organisation_id)

    def look_again(self, organisation_id: str) -> None:
        """Others hold by now."""
        self._seen.pop(organisation_id, None)


_DIGEST = sa.text("SELECT definitions_digest FROM organisation WHERE id = :id")
_TEXT = sa.text("SELECT text FROM definitions WHERE organisation_id = :id AND digest = :digest")


class Directory(Mapping[str, Colleague]):
    """The users of the organisation by id. One is read when asked for, all when gone through."""

    def __init__(self, connection: Connection, organisation_id: str) -> None:
        self._connection = connection
        self._organisation_id = organisation_id
        self._all: dict[str, Colleague] | None = None

    def __getitem__(self, user_id: str) -> Colleague:
        if self._all is not None:
            return self._all[user_id]
        row = self._connection.execute(_USER, {"org": self._organisation_id, "id": user_id}).one_or_none()
        if row is None:
            raise KeyError(user_id)
        return _colleague(row)

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())

    def _whole(self) -> dict[str, Colleague]:
        if self._all is None:
            found = colleagues(self._connection, self._organisation_id)
            self._all = {each.id: each for each in found}
        return self._all


def colleagues(connection: Connection, organisation_id: str) -> list[Colleague]:
    """All users of the organisation."""
    return [_colleague(row) for row in connection.execute(_USERS, {"org": organisation_id})]


def team_and(
    connection: Connection, organisation_id: str, team_id: str, others: Iterable[str]
) -> list[Colleague]:
    """The users of a team, and these others."""
    values = {"org": organisation_id, "team": team_id, "ids": [*others] or [""]}
    return [_colleague(row) for row in connection.execute(_TEAM_AND, values)]


def _colleague(row: sa.Row[tuple[str, str, str, str, str | None, str]]) -> Colleague:
    return Colleague(str(row.id), str(row.name), Role(row.role), str(row.zone), row.team_id, str(row.email))


_USERS = sa.text("SELECT id, name, role, zone, team_id, email FROM user_account WHERE organisation_id = :org")
_USER = sa.text(f"{_USERS.text} AND id = :id")
_TEAM_AND = sa.text(f"{_USERS.text} AND (team_id = :team OR id IN :ids)").bindparams(
    sa.bindparam("ids", expanding=True)
)


def names(connection: Connection, organisation_id: str, team_id: str | None) -> tuple[str, str]:
    """The organisation's name and the team's, the latter empty for no team."""
    row = connection.execute(
        sa.text(
            "SELECT organisation.name, team.name AS team_name FROM organisation LEFT JOIN team "
            "ON team.organisation_id = organisation.id AND team.id = :team WHERE organisation.id = :org"
        ),
        {"org": organisation_id, "team": team_id},
    ).one()
    return str(row.name), str(row.team_name or "")

"""The change feed: one row for each audience and lead, in the order of commits.

A change gives the lead's row in each of its audiences the organisation's next sequence number. The number
is taken as the last thing before the commit, under a lock of the organisation that is held until then, so a
reader that has seen a number has seen everything before it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.model import Role
from leadqueue.domain.digest import scope_digest
from leadqueue.domain.lead import Actor, Lead, Versions
from leadqueue.domain.moments import to_micros
from leadqueue.server import locks
from leadqueue.server.trouble import Outrun

HORIZON = timedelta(days=30)
"""Age of a cursor, and of a leave row, after which the scope is to be read anew."""

ORGANISATION_AUDIENCE = "org"


class CursorExpired(Exception):
    """The cursor is older than the horizon."""


class EpochChanged(Exception):
    """The cursor is of another life of the database."""


class BadCursor(Exception):
    """The cursor is none of ours, or of another audience."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A lead before and after a change; `before` None for a new one."""

    before: Lead | None
    after: Lead


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the feed, its leads in their stored JSON form (None: the lead left the audience)."""

    rows: tuple[tuple[int, str, str | None], ...]
    next: str
    seq: int
    more: bool


def audience_of(actor: Actor) -> str:
    """The audience that an actor follows: their own leads, their team's, or all."""
    if actor.role is Role.REP:
        return f"rep:{actor.id}"
    if actor.role is Role.MANAGER:
        return f"team:{actor.team_id or ''}"
    return ORGANISATION_AUDIENCE


def audiences_of(lead: Lead | None) -> frozenset[str]:
    """The audiences in whose scope the lead is."""
    if lead is None:
        return frozenset()
    names = {ORGANISATION_AUDIENCE}
    if lead.owner_id:
        names.add(f"rep:{lead.owner_id}")
    if lead.team_id:
        names.add(f"team:{lead.team_id}")
    return frozenset(names)


def last_moves(moves: Sequence[Moved]) -> list[Moved]:
    """Each lead once, from its state before the first of `moves` to that after its last."""
    merged: dict[str, Moved] = {}
    for move in moves:
        first = merged.pop(move.after.id, move)
        merged[move.after.id] = Moved(first.before, move.after)
    return list(merged.values())


def publish(
    connection: Connection,
    organisation_id: str,
    moves: Sequence[Moved],
    at: datetime,
    decided_under: str | None = None,
) -> list[int]:
    """Give each changed lead its place in the feed; answers their sequence numbers. Call last.

    `decided_under` is the digest of the definitions that the changes were checked against. Raises `Outrun`
    where others were published meanwhile: the transaction is to be run again.
    """
    if not moves:
        return []
    numbers, digest = _take_numbers(connection, organisation_id, len(moves))
    if decided_under is not None and digest != decided_under:
        raise Outrun
    rows = [
        {
            "organisation_id": organisation_id,
            "audience": audience,
            "lead_id": move.after.id,
            "seq": seq,
            "kind": "upsert" if audience in audiences_of(move.after) else "leave",
            "at": to_micros(at),
        }
        for seq, move in zip(numbers, moves, strict=True)
        for audience in sorted(audiences_of(move.before) | audiences_of(move.after))
    ]
    connection.execute(_UPSERT, rows)
    return numbers


def tell_managers(connection: Connection, organisation_id: str, leads: Sequence[Lead], at: datetime) -> None:
    """Have the managers of these leads look again, where not the lead changed but what is told to them beside
    it. Call last."""
    told = [lead for lead in leads if lead.team_id]
    if not told:
        return
    numbers, _ = _take_numbers(connection, organisation_id, len(told))
    rows = [
        {
            "organisation_id": organisation_id,
            "audience": f"team:{lead.team_id}",
            "lead_id": lead.id,
            "seq": seq,
            "kind": "upsert",
            "at": to_micros(at),
        }
        for seq, lead in zip(numbers, told, strict=True)
    ]
    connection.execute(_UPSERT, rows)


def _take_numbers(connection: Connection, organisation_id: str, count: int) -> tuple[list[int], str]:
    """The organisation's next sequence numbers, and the digest of the definitions that hold now."""
    locks.feed(connection, organisation_id)
    row = connection.execute(
        _NUMBER_AND_TELL if locks.on_postgres(connection) else _NUMBER,
        {"count": count, "id": organisation_id},
    ).one()
    last = int(row.seq)
    return list(range(last - count + 1, last + 1)), row.definitions_digest


_NUMBER = sa.text(
    "UPDATE organisation SET seq = seq + :count WHERE id = :id RETURNING seq, definitions_digest"
)
_NUMBER_AND_TELL = sa.text(f"{_NUMBER.text}, pg_notify('{locks.CHANNEL}', id)")

_UPSERT = sa.text(
    "INSERT INTO feed (organisation_id, audience, lead_id, seq, kind, at) "
    "VALUES (:organisation_id, :audience, :lead_id, :seq, :kind, :at) "
    "ON CONFLICT (organisation_id, audience, lead_id) "
    "DO UPDATE SET seq = excluded.seq, kind = excluded.kind, at = excluded.at"
)


def head(connection: Connection, organisation_id: str) -> tuple[int, str]:
    """The feed's last sequence number, and its epoch."""
    row = connection.execute(_HEAD, {"id": organisation_id}).one()
    return int(row.seq), str(row.epoch)


_HEAD = sa.text("SELECT seq, epoch FROM organisation WHERE id = :id")


def page(
    connection: Connection, organisation_id: str, audience: str, cursor: str | None, limit: int, now: datetime
) -> Page:
    """The changes after `cursor`, without one the whole scope from its beginning.

    Since a lead has one row, and a change moves it to the end, reading from zero gives every lead of the
    scope, also those that change meanwhile. Raises `CursorExpired`, `EpochChanged`, `BadCursor`.
    """
    newest, epoch = head(connection, organisation_id)  # before the rows: all up to it are seen below
    after = _read_cursor(cursor, audience, epoch, now) if cursor else 0
    values = {"organisation_id": organisation_id, "audience": audience, "after": after, "limit": limit + 1}
    rows = connection.execute(PAGE, values).all() if after < newest else []  # most polls bring nothing
    more = len(rows) > limit
    taken = [(int(row.seq), str(row.lead_id), row.body) for row in rows[:limit]]
    seq = taken[-1][0] if more else max(newest, taken[-1][0] if taken else 0)
    return Page(tuple(taken), _write_cursor(audience, epoch, seq, now), seq, more)


def quiet(head: int, epoch: str, audience: str, cursor: str | None, now: datetime) -> Page | None:
    """The empty page where nothing has changed since `cursor`, as most polls find it, without a look at the
    database; None where there may be something. `head` and `epoch` are the feed's. Raises as `page` does."""
    if not cursor or _read_cursor(cursor, audience, epoch, now) < head:
        return None
    return Page((), _write_cursor(audience, epoch, head, now), head, more=False)


PAGE = sa.text(
    "SELECT feed.seq, feed.lead_id, CASE feed.kind WHEN 'upsert' THEN lead.body END AS body FROM feed "
    "LEFT JOIN lead ON lead.organisation_id = feed.organisation_id AND lead.id = feed.lead_id "
    "WHERE feed.organisation_id = :organisation_id AND feed.audience = :audience AND feed.seq > :after "
    "ORDER BY feed.seq LIMIT :limit"
)


def _write_cursor(audience: str, epoch: str, seq: int, now: datetime) -> str:
    text = json.dumps([epoch, audience, seq, to_micros(now)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, audience: str, epoch: str, now: datetime) -> int:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        of_epoch, of_audience, seq, at = parts
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise BadCursor from error
    if of_audience != audience or type(seq) is not int or type(at) is not int or abs(seq) >= 2**62:
        raise BadCursor  # a truth value, too, is an `int` to isinstance, and none to PostgreSQL
    if of_epoch != epoch:
        raise EpochChanged
    if at < to_micros(now - HORIZON):
        raise CursorExpired
    return seq


def purge(connection: Connection, organisation_id: str, now: datetime) -> None:
    """Forget the leave rows that no valid cursor can ask for any more; those in use, another time."""
    connection.execute(
        sa.text(
            "DELETE FROM feed WHERE (organisation_id, audience, lead_id) IN (SELECT organisation_id, "  # noqa: S608 - a fixed text
            "audience, lead_id FROM feed WHERE organisation_id = :id AND kind = 'leave' AND at < :before"
            f"{locks.rows(connection, skip_locked=True)})"
        ),
        {"id": organisation_id, "before": to_micros(now - 2 * HORIZON)},
    )


def digest(connection: Connection, organisation_id: str, audience: str) -> tuple[int, str]:
    """Count and hash over the audience's leads and their versions."""
    kind, _, whose = audience.partition(":")
    scope = {"rep": "AND owner_id = :whose", "team": "AND team_id = :whose"}.get(kind, "")
    query = sa.text(
        "SELECT id, marketing, crm, sales, stage_version FROM lead "  # noqa: S608 - one of three fixed texts
        f"WHERE organisation_id = :org {scope} ORDER BY id"
    )
    values = {"org": organisation_id} | ({"whose": whose} if scope else {})
    rows = connection.execute(query.execution_options(yield_per=1000), values)
    return scope_digest((row[0], Versions(row[1], row[2], row[3], row[4])) for row in rows)

"""Tokens. Each belongs to a line: the token that an administrator made, and those that renewed it.

A renewed token stays good until its successor is used for the first time, which proves that the client has
it, and for a grace after that. So a lost answer, or a crash before the new token was stored, locks nobody
out. The first row of a line says whether the line is revoked and when it ends.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Actor
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.wire.api import RenewedToken, Scope

TOKEN_PREFIX = "lq_"  # noqa: S105 - the mark by which a leaked token is found, not a token
GRACE = timedelta(minutes=5)
"""How long a renewed token stays good after its successor was first used."""

_MOST_UNUSED = 20
"""Successors of one line that nobody has used yet; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Token:
    """A line of tokens as it is listed; the token itself is known to nobody but its holder.

    `expires_at` is the end of its newest token unless that is renewed, `ends_at` the end of the line.
    """

    id: str
    user_id: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime | None
    ends_at: datetime | None
    revoked_at: datetime | None
    renewals: int


@dataclass(frozen=True, slots=True)
class Line:
    """What an administrator decides about a new line. `lifetime` None makes a token that is not renewed."""

    label: str = ""
    scopes: tuple[Scope, ...] = tuple(Scope)
    lifetime: timedelta | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a valid token stands for, and what the token itself says.

    `new` is true until the token's first use is recorded; `head` and `epoch` are the last
    sequence number and the epoch of the organisation's feed, as of the look at the token.
    """

    organisation_id: str
    actor: Actor
    email: str
    zone: str
    line_id: str
    token_hash: str
    generation: int
    scopes: frozenset[Scope]
    expires_at: datetime | None
    renew_at: datetime | None
    renewable: bool
    new: bool
    head: int
    epoch: str


class Refused(StrEnum):
    """Why a token is not accepted."""

    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    REPLACED = "replaced"


def token_hash(text: str) -> str:
    """SHA-256: enough for a token of 256 random bits, which no dictionary holds."""
    return hashlib.sha256(text.encode()).hexdigest()


_LOOK = (
    "SELECT token.*, root.revoked_at AS line_revoked_at, user_account.name, user_account.role, "
    "user_account.team_id, user_account.email, user_account.zone, organisation.seq AS head, "
    "organisation.epoch FROM token "
    "JOIN token AS root ON root.organisation_id = token.organisation_id AND root.id = token.line_id "
    "JOIN user_account ON user_account.organisation_id = token.organisation_id "
    "AND user_account.id = token.user_id "
    "JOIN organisation ON organisation.id = token.organisation_id"
)
_HOLDER = sa.text(f"{_LOOK} WHERE token.hash = :hash")
_HOLDERS = sa.text(f"{_LOOK} WHERE token.hash IN :hashes").bindparams(sa.bindparam("hashes", expanding=True))
_AT_ONCE = 500


def holder_of(
    connection: Connection, text: str, now: datetime, *, to_renew: bool = False
) -> Holder | Refused:
    """Whom the token stands for, or why it is refused.

    `to_renew` takes also a token that expired, for one more lifetime: all it can do is to be renewed.
    """
    row = connection.execute(_HOLDER, {"hash": token_hash(text)}).mappings().one_or_none()
    if row is None:
        return Refused.UNKNOWN
    refusal = _refusal(row, to_micros(now), to_renew=to_renew)
    if refusal is not None:
        return refusal
    return Holder(
        organisation_id=row["organisation_id"],
        actor=Actor(row["user_id"], row["name"], Role(row["role"]), row["team_id"]),
        email=row["email"],
        zone=row["zone"],
        line_id=row["line_id"],
        token_hash=row["hash"],
        generation=row["generation"],
        scopes=frozenset(_scopes(row["scopes"])),
        expires_at=_moment(row["expires_at"]),
        renew_at=_renew_at(row["expires_at"], row["lifetime_s"], row["line_ends_at"]),
        renewable=row["lifetime_s"] is not None,
        new=row["confirmed_at"] is None,
        head=row["head"],
        epoch=row["epoch"],
    )


def still_good(connection: Connection, texts: Iterable[str], now: datetime) -> set[str]:
    """Those of the tokens that are accepted."""
    by_hash = {token_hash(text): text for text in texts}
    hashes, moment = list(by_hash), to_micros(now)
    good: set[str] = set()
    for start in range(0, len(hashes), _AT_ONCE):
        rows = connection.execute(_HOLDERS, {"hashes": hashes[start : start + _AT_ONCE]}).mappings()
        good |= {by_hash[row["hash"]] for row in rows if _refusal(row, moment) is None}
    return good


def _refusal(row: RowMapping, moment: int, *, to_renew: bool = False) -> Refused | None:
    if row["line_revoked_at"] is not None:
        return Refused.REVOKED
    if row["replaced_at"] is not None and moment > row["replaced_at"] + _micros(GRACE):
        return Refused.REPLACED
    ends = [row["line_ends_at"], _last_use(row, to_renew=to_renew)]
    if any(end is not None and end <= moment for end in ends):
        return Refused.EXPIRED
    return None


def _last_use(row: RowMapping, *, to_renew: bool) -> int | None:
    """The end of a token's use in microseconds, None where it has none."""
    expires: int | None = row["expires_at"]
    if expires is not None and to_renew and row["lifetime_s"] is not None:
        return expires + int(row["lifetime_s"]) * 1_000_000
    return expires


def _renew_at(expires: int | None, lifetime_s: int | None, line_ends: int | None) -> datetime | None:
    """When half of the token's life is over; None where a renewal would not prolong it."""
    if expires is None or lifetime_s is None or expires == line_ends:
        return None
    return from_micros(expires - lifetime_s * 500_000)


_INSERT = sa.text(
    "INSERT INTO token (hash, organisation_id, id, user_id, label, created_at, expires_at, revoked_at, "
    "line_id, generation, scopes, lifetime_s, line_ends_at, confirmed_at, replaced_at) VALUES (:hash, :org, "
    ":id, :user, :label, :at, :expires, NULL, :line, :generation, :scopes, :lifetime, :ends, :confirmed, "
    "NULL)"
)


def begin(
    connection: Connection, organisation_id: str, user_id: str, line: Line, now: datetime, new_id: str
) -> tuple[str, Token]:
    """The first token of a new line; its text is in the answer and nowhere else."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    expires = _expiry(now, line.lifetime, line.ends_at)
    connection.execute(
        _INSERT,
        {
            "hash": token_hash(text),
            "org": organisation_id,
            "id": new_id,
            "user": user_id,
            "label": line.label,
            "at": to_micros(now),
            "expires": _stored(expires),
            "line": new_id,
            "generation": 1,
            "scopes": " ".join(line.scopes),
            "lifetime": None if line.lifetime is None else int(line.lifetime.total_seconds()),
            "ends": _stored(line.ends_at),
            "confirmed": to_micros(now),
        },
    )
    return text, Token(new_id, user_id, line.label, line.scopes, now, expires, line.ends_at, None, 0)


def renew(connection: Connection, holder: Holder, now: datetime, new_id: str) -> RenewedToken:
    """A successor of the holder's token, good as soon as this commits."""
    own = (
        connection.execute(sa.text("SELECT * FROM token WHERE hash = :hash"), {"hash": holder.token_hash})
        .mappings()
        .one()
    )
    line = {"org": holder.organisation_id, "line": holder.line_id}
    generation = connection.execute(
        sa.text("SELECT MAX(generation) FROM token WHERE organisation_id = :org AND line_id = :line"), line
    ).scalar_one()
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    lifetime = None if own["lifetime_s"] is None else timedelta(seconds=own["lifetime_s"])
    expires = _expiry(now, lifetime, _moment(own["line_ends_at"]))
    connection.execute(
        _INSERT,
        {
            **line,
            "hash": token_hash(text),
            "id": new_id,
            "user": own["user_id"],
            "label": own["label"],
            "at": to_micros(now),
            "expires": _stored(expires),
            "generation": generation + 1,
            "scopes": own["scopes"],
            "lifetime": own["lifetime_s"],
            "ends": own["line_ends_at"],
            "confirmed": None,
        },
    )
    connection.execute(
        sa.text(
            "DELETE FROM token WHERE organisation_id = :org AND line_id = :line AND confirmed_at IS NULL "
            "AND generation <= :forgotten"
        ),
        {**line, "forgotten": generation + 1 - _MOST_UNUSED},
    )
    return RenewedToken(
        token=text,
        expires_at=expires,
        renew_at=_renew_at(_stored(expires), own["lifetime_s"], own["line_ends_at"]),
    )


def first_used(connection: Connection, holder: Holder, now: datetime) -> None:
    """Record that the client has this token: the grace of those before it begins."""
    at = {"at": to_micros(now)}
    connection.execute(
        sa.text("UPDATE token SET confirmed_at = :at WHERE hash = :hash AND confirmed_at IS NULL"),
        {**at, "hash": holder.token_hash},
    )
    connection.execute(
        sa.text(
            "UPDATE token SET replaced_at = :at WHERE organisation_id = :org AND line_id = :line "
            "AND generation <= :generation AND hash <> :hash AND replaced_at IS NULL"
        ),
        {
            **at,
            "org": holder.organisation_id,
            "line": holder.line_id,
            "generation": holder.generation,
            "hash": holder.token_hash,
        },
    )


def revoke(connection: Connection, organisation_id: str, token_id: str, now: datetime) -> bool:
    """End the whole line to which the token belongs; False for an unknown one."""
    found = connection.execute(
        sa.text(
            "UPDATE token SET revoked_at = COALESCE(revoked_at, :at) WHERE organisation_id = :org AND id = "
            "(SELECT one.line_id FROM token AS one WHERE one.organisation_id = :org AND one.id = :id) "
            "RETURNING id"
        ),
        {"org": organisation_id, "id": token_id, "at": to_micros(now)},
    ).one_or_none()
    return found is not None


def listed(connection: Connection, organisation_id: str) -> list[Token]:
    """The lines of the organisation, oldest first."""
    rows = connection.execute(
        sa.text(
            "SELECT root.*, newest.expires_at AS newest_expires_at, newest.generation AS newest_generation "
            "FROM token AS root JOIN token AS newest ON newest.organisation_id = root.organisation_id "
            "AND newest.line_id = root.id AND newest.generation = "
            "(SELECT MAX(one.generation) FROM token AS one "
            "WHERE one.organisation_id = root.organisation_id AND one.line_id = root.id) "
            "WHERE root.organisation_id = :org AND root.id = root.line_id ORDER BY root.created_at, root.id"
        ),
        {"org": organisation_id},
    ).mappings()
    found: dict[str, Token] = {}  # two successors made in the same moment may share a generation
    for row in rows:
        found[row["id"]] = Token(
            id=row["id"],
            user_id=row["user_id"],
            label=row["label"],
            scopes=_scopes(row["scopes"]),
            created_at=from_micros(row["created_at"]),
            expires_at=_moment(row["newest_expires_at"]),
            ends_at=_moment(row["line_ends_at"]),
            revoked_at=_moment(row["revoked_at"]),
            renewals=row["newest_generation"] - 1,
        )
    return list(found.values())


def _expiry(now: datetime, lifetime: timedelta | None, ends_at: datetime | None) -> datetime | None:
    ends: Sequence[datetime] = [
        end for end in (None if lifetime is None else now + lifetime, ends_at) if end is not None
    ]
    return min(ends, default=None)


def _scopes(text: str) -> tuple[Scope, ...]:
    return tuple(Scope(name) for name in text.split())


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)


def _stored(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _micros(span: timedelta) -> int:
    return round(span.total_seconds() * 1_000_000)

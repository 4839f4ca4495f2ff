"""Organisations, teams, users, tokens and the published definitions."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.loader import Published
from leadqueue.definitions.model import Role
from leadqueue.domain.moments import to_micros
from leadqueue.server import company, locks, tokens
from leadqueue.server.database import Database
from leadqueue.server.tokens import Token
from leadqueue.wire.api import Scope

_SHORTEST_LIFETIME = timedelta(minutes=1)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ROLES = tuple(role for role in Role if role is not Role.SYSTEM)


class AdminError(Exception):
    """What was asked cannot be done; the message names the cause and the fix."""


@dataclass(frozen=True, slots=True)
class Organisation:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str
    name: str
    role: Role
    team_id: str | None
    zone: str


class Admin:
    """What an administrator does on the server's own database."""

    def __init__(self, database: Database, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._database = database
        self._now = now
        self._new_id = new_id

    def create_organisation(self, name: str, definitions: Published) -> Organisation:
        made = Organisation(self._new_id(), _named(name))
        with self._database.write() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO organisation (id, name, epoch, seq, definitions_digest) "
                    "VALUES (:id, :name, :epoch, 0, :digest)"
                ),
                {"id": made.id, "name": made.name, "epoch": self._new_id(), "digest": definitions.digest},
            )
            self._publish(connection, made.id, definitions)
        return made

    def publish_definitions(self, organisation_id: str, definitions: Published) -> None:
        """Make these definitions the ones that hold from now on.

        Raises `AdminError` where leads would be stranded: their stage, or a running clock, is gone.
        """
        with self._database.write() as connection:
            self._organisation(connection, organisation_id)
            # What was checked against the old definitions is either committed, or will be checked anew.
            locks.feed(connection, organisation_id)
            self._nothing_stranded(connection, organisation_id, definitions)
            self._publish(connection, organisation_id, definitions)
        company.fill_in(self._database, organisation_id, definitions.definitions)

    def _nothing_stranded(self, connection: Connection, organisation_id: str, definitions: Published) -> None:
        """Refuse definitions that know no more of a stage in which leads stand, or of a clock that runs."""
        new = definitions.definitions
        stages = connection.execute(
            sa.text("SELECT stage, COUNT(*) FROM lead WHERE organisation_id = :org GROUP BY stage"),
            {"org": organisation_id},
        )
        for stage, count in stages:
            if stage not in new.stages:
                raise AdminError(f"stages.{stage}: {count} leads stand there; move them on first, or keep it")
        clocks = connection.execute(
            sa.text(
                "SELECT kind, COUNT(*) FROM clock WHERE organisation_id = :org AND stopped_at IS NULL "
                "GROUP BY kind"
            ),
            {"org": organisation_id},
        )
        for kind, count in clocks:
            if kind not in new.clocks:
                raise AdminError(f"clocks.{kind}: it runs for {count} leads; keep it until they are through")

    def _publish(self, connection: Connection, organisation_id: str, definitions: Published) -> None:
        connection.execute(
            sa.text(
                "INSERT INTO definitions (organisation_id, digest, version, published_at, text) "
                "VALUES (:org, :digest, :version, :at, :text) ON CONFLICT (organisation_id, digest) "
                "DO UPDATE SET published_at = excluded.published_at"
            ),
            {
                "org": organisation_id,
                "digest": definitions.digest,
                "version": definitions.definitions.version,
                "at": to_micros(self._now()),
                "text": definitions.text,
            },
        )
        connection.execute(
            sa.text("UPDATE organisation SET definitions_digest = :digest WHERE id = :org"),
            {"digest": definitions.digest, "org": organisation_id},
        )

    def new_epoch(self, organisation_id: str) -> str:
        """Begin a new epoch of the feed, to be done after the database was restored from a backup."""
        epoch = self._new_id()
        with self._database.write() as connection:
            self._organisation(connection, organisation_id)
            locks.feed(connection, organisation_id)
            locks.tell(connection, organisation_id)
            connection.execute(
                sa.text("UPDATE organisation SET epoch = :epoch WHERE id = :id"),
                {"epoch": epoch, "id": organisation_id},
            )
        return epoch

    def organisations(self) -> list[Organisation]:
        with self._database.read() as connection:
            rows = connection.execute(sa.text("SELECT id, name FROM organisation ORDER BY id"))
            return [Organisation(row.id, row.name) for row in rows]

    def create_team(self, organisation_id: str, name: str) -> Team:
        """Add a team. Raises `AdminError` for a name that another has, in upper or lower case."""
        made = Team(self._new_id(), _named(name))
        with self._database.write() as connection:
            self._organisation(connection, organisation_id)
            if made.name.casefold() in {each.name.casefold() for each in _teams(connection, organisation_id)}:
                raise AdminError(f"name: a team '{made.name}' is there already")
            connection.execute(
                sa.text("INSERT INTO team (organisation_id, id, name) VALUES (:org, :id, :name)"),
                {"org": organisation_id, "id": made.id, "name": made.name},
            )
        return made

    def teams(self, organisation_id: str) -> list[Team]:
        with self._database.read() as connection:
            return _teams(connection, organisation_id)

    def create_user(
        self,
        organisation_id: str,
        email: str,
        name: str,
        role: Role,
        team_id: str | None = None,
        zone: str = "UTC",
    ) -> User:
        """Add a user. Raises `AdminError` for a bad address, role, team or zone, or an address in use."""
        if not _EMAIL.fullmatch(email) or len(email) > 320:
            raise AdminError(f"email: '{email[:80]}' is no e-mail address")
        if role not in _ROLES:
            raise AdminError(f"role: choose one of {', '.join(_ROLES)}")
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise AdminError(f"zone: '{zone[:60]}' is no time zone; give one like Europe/Berlin") from error
        if role in (Role.REP, Role.MANAGER) and team_id is None:
            raise AdminError(f"team: a {role.value} belongs to a team")
        made = User(self._new_id(), email, _named(name), role, team_id, zone)
        with self._database.write() as connection:
            self._organisation(connection, organisation_id)
            if team_id is not None and not self._exists(connection, "team", organisation_id, team_id):
                raise AdminError(f"team: there is no team '{team_id[:60]}' in this organisation")
            try:
                connection.execute(
                    sa.text(
                        "INSERT INTO user_account (organisation_id, id, email, name, role, team_id, zone) "
                        "VALUES (:org, :id, :email, :name, :role, :team, :zone)"
                    ),
                    {
                        "org": organisation_id,
                        "id": made.id,
                        "email": email.casefold(),
                        "name": made.name,
                        "role": role.value,
                        "team": team_id,
                        "zone": zone,
                    },
                )
            except sa.exc.IntegrityError as error:
                raise AdminError(f"email: '{email}' is in use already") from error
        return made

    def users(self, organisation_id: str) -> list[User]:
        with self._database.read() as connection:
            rows = connection.execute(
                sa.text("SELECT * FROM user_account WHERE organisation_id = :org ORDER BY email"),
                {"org": organisation_id},
            )
            return [User(row.id, row.email, row.name, Role(row.role), row.team_id, row.zone) for row in rows]

    def create_token(
        self,
        organisation_id: str,
        user_id: str,
        label: str = "",
        expires_at: datetime | None = None,
        *,
        scopes: Collection[Scope] = tuple(Scope),
        lifetime: timedelta | None = None,
    ) -> tuple[str, Token]:
        """A new token for the user; its text is in the answer and nowhere else.

        `expires_at` ends it for good, however often it is renewed. With `lifetime` it ends that long after it
        was made unless it is renewed. Raises `AdminError` for an unknown user, no scope, an end in the past.
        """
        now = self._now()
        if expires_at is not None and expires_at <= now:
            raise AdminError("expires: the moment lies in the past")
        if lifetime is not None and lifetime < _SHORTEST_LIFETIME:
            raise AdminError(f"lifetime: give at least {_SHORTEST_LIFETIME.seconds // 60} minutes")
        if not scopes:
            raise AdminError(f"scopes: give at least one of {', '.join(Scope)}")
        line = tokens.Line(label, tuple(scope for scope in Scope if scope in scopes), lifetime, expires_at)
        with self._database.write() as connection:
            if not self._exists(connection, "user_account", organisation_id, user_id):
                raise AdminError(f"user: there is no user '{user_id[:60]}' in this organisation")
            return tokens.begin(connection, organisation_id, user_id, line, now, self._new_id())

    def tokens(self, organisation_id: str) -> list[Token]:
        """The organisation's tokens, each line of them once."""
        with self._database.read() as connection:
            return tokens.listed(connection, organisation_id)

    def revoke_token(self, organisation_id: str, token_id: str) -> None:
        """End the token's whole line at once. Raises `AdminError` for an unknown token."""
        with self._database.write() as connection:
            if not tokens.revoke(connection, organisation_id, token_id, self._now()):
                raise AdminError(f"token: there is no token '{token_id[:60]}' in this organisation")

    def _organisation(self, connection: Connection, organisation_id: str) -> None:
        found = connection.execute(
            sa.text("SELECT 1 FROM organisation WHERE id = :id"), {"id": organisation_id}
        ).one_or_none()
        if found is None:
            raise AdminError(f"organisation: there is no organisation '{organisation_id[:60]}'")

    def _exists(self, connection: Connection, table: str, organisation_id: str, key: str) -> bool:
        query = sa.text(f"SELECT 1 FROM {table} WHERE organisation_id = :org AND id = :id")  # noqa: S608 - our own table names
        return connection.execute(query, {"org": organisation_id, "id": key}).one_or_none() is not None


def _teams(connection: Connection, organisation_id: str) -> list[Team]:
    rows = connection.execute(
        sa.text("SELECT id, name FROM team WHERE organisation_id = :org ORDER BY name, id"),
        {"org": organisation_id},
    )
    return [Team(row.id, row.name) for row in rows]


def _named(name: str) -> str:
    clean = name.strip()
    if not clean or len(clean) > 120:
        raise AdminError("name: give a name of 1 to 120 characters")
    return clean

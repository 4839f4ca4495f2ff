"""The cache's file, and the single facts it keeps by key: definitions, session, clock, the last pull."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from leadqueue.cache.errors import guarded
from leadqueue.cache.home import Account
from leadqueue.cache.micros import optional_moment
from leadqueue.cache.transactions import writing
from leadqueue.definitions.loader import Published, parse, shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Actor, Directory
from leadqueue.domain.moments import NowFn, to_micros
from leadqueue.wire.api import Escalations, Session, TeamQueue


class CacheFile:
    """An open cache file and the facts in it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, account: Account, now: NowFn) -> None:
        self.path = path
        self._connection = connection
        self._account = account
        self._now = now
        self._published: tuple[str, Published] | None = None
        self._session: tuple[str, Session] | None = None
        self._team: tuple[tuple[str | None, str | None], tuple[TeamQueue, Escalations]] | None = None

    def close(self) -> None:
        self._connection.close()

    def _write(self) -> AbstractContextManager[sqlite3.Connection]:
        return writing(self.path, self._connection)

    def _rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with guarded(self.path):
            return self._connection.execute(query, values).fetchall()

    def data_version(self) -> int:
        """A number that changes when another connection has written to the file."""
        return int(str(self._rows("PRAGMA data_version")[0][0]))

    def _fact(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", (key,))
        return str(rows[0][0]) if rows else None

    def _save_facts(self, facts: dict[str, str]) -> None:
        with self._write() as connection:
            connection.executemany("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", facts.items())

    @property
    def definitions_digest(self) -> str | None:
        return self._fact("definitions_digest")

    @property
    def definitions_etag(self) -> str | None:
        return self._fact("definitions_etag")

    @property
    def published(self) -> Published:
        """The definitions that the server publishes, the shipped ones until they have been read."""
        digest = self.definitions_digest
        if digest is None:
            return shipped()
        if self._published is None or self._published[0] != digest:
            self._published = (digest, parse(self._fact("definitions_text") or ""))
        return self._published[1]

    def session(self) -> Session | None:
        text = self._fact("session")
        if text is None:
            return None
        if self._session is None or self._session[0] != text:
            try:
                self._session = (text, Session.model_validate_json(text))
            except ValidationError:  # an older program's: the next contact brings a new one
                return None
        return self._session[1]

    def save_session(self, session: Session) -> None:
        self._save_facts({"session": session.model_dump_json()})

    @property
    def directory(self) -> Directory:
        """The colleagues by id, as the server last told."""
        session = self.session()
        return {member.id: member for member in session.members} if session else {}

    @property
    def actor(self) -> Actor:
        """The account's user."""
        session = self.session()
        if session is not None:
            return Actor(session.user_id, session.name, session.role, session.team_id)
        account = self._account
        return Actor(account.user_id, account.name, Role(account.role), account.team_id)

    def save_team(self, queue: TeamQueue, breaches: Escalations) -> None:
        """Keep what the server says of the team; its `at` tells how old that is."""
        self._save_facts({"team": queue.model_dump_json(), "breaches": breaches.model_dump_json()})

    def team(self) -> tuple[TeamQueue, Escalations] | None:
        """What the server last said of the team, None where it never did."""
        texts = self._fact("team"), self._fact("breaches")
        if texts[0] is None or texts[1] is None:
            return None
        if self._team is None or self._team[0] != texts:
            try:
                read = TeamQueue.model_validate_json(texts[0]), Escalations.model_validate_json(texts[1])
            except ValidationError:  # an older program's: the next contact brings a new one
                return None
            self._team = (texts, read)
        return self._team[1]

    def clock(self) -> tuple[int, int | None]:
        """Server time minus local time and the bound of its error, in milliseconds."""
        text = self._fact("clock")
        if text is None:
            return 0, None
        offset, error = json.loads(text)
        return int(offset), None if error is None else int(error)

    def save_clock(self, offset_ms: int, error_ms: int | None) -> None:
        self._save_facts({"clock": json.dumps([offset_ms, error_ms])})

    def pulled(self, at: datetime) -> None:
        """The cache agrees with the server as of `at`."""
        self._save_facts({"pulled_at": str(to_micros(at))})

    @property
    def pulled_at(self) -> datetime | None:
        text = self._fact("pulled_at")
        return optional_moment(int(text) if text else None)

    @property
    def ready(self) -> bool:
        """Whether the scope has been read from the server once."""
        return self.pulled_at is not None

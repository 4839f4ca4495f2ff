"""The server of a schedule: the real app on a real file, which can be killed, restored and set in time."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

import httpx
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from starlette.types import ASGIApp, Message, Scope
from tests.builders import GOOD_FIELDS, NOW
from tests.faults.steps import stepped

from leadqueue.definitions.loader import Published, default_text, parse, shipped
from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.lead import Actor, Lead
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import escalations, returning, tokens
from leadqueue.server.admin import Admin, User
from leadqueue.server.app import create_app
from leadqueue.server.database import Database
from leadqueue.server.decisions import Decisions
from leadqueue.server.store import DefinitionsCache
from leadqueue.wire.api import DecisionBody

ADDRESS = "http://127.0.0.1:8040"


_ADMINISTRATOR = Actor("01940000-0000-7000-8000-ffffffffffff", "Anna Admin", Role.ADMIN)


class ServerKilled(BaseException):
    """The server's process ends here."""


@lru_cache
def definitions_without_budget() -> Published:
    """The shipped definitions, in which no budget is no reason to reject any more."""
    text = default_text()
    old = 'label = "No budget"\ndispositions = ["reject", "recycle", "close_lost"]'
    assert old in text
    return parse(text.replace(old, 'label = "No budget"\ndispositions = ["recycle", "close_lost"]'))


@lru_cache
def definitions_reviewed() -> Published:
    """The shipped definitions with the first two sections of the queue in the other order."""
    before, first, second, *others = default_text().split("[[sections]]\n")
    return parse("[[sections]]\n".join((before, second, first, *others)))


VARIANTS = (shipped, definitions_without_budget, definitions_reviewed)


@dataclass
class ServerFate:
    """What is to happen at the server's transactions, counted from now."""

    kill_before_commit: int | None = None
    kill_after_commit: int | None = None
    kill_at_step: int | None = None
    busy_at: int | None = None
    full_at: int | None = None
    begun: int = 0
    commits: int = 0
    steps: int = 0


class Machine:
    """The app, built once; each schedule puts its own database, time and ids behind it."""

    def __init__(self) -> None:
        self.site: Site | None = None
        self.database: Database | None = None
        self.app: ASGIApp | None = None

    def run(self, site: Site, database: Database) -> ASGIApp:
        """The app over `database`, as a newly started process."""
        self.site = site
        if self.database is None or self.app is None:
            self.database = database
            self.app = create_app(database, self._now, self._new_id, sweeps=False)
        self.database.__dict__.update(database.__dict__)
        return self.app

    def _now(self) -> datetime:
        assert self.site is not None
        return self.site.now()

    def _new_id(self) -> str:
        assert self.site is not None
        return self.site.new_id()


@dataclass
class Site:
    """Rita and Raúl are reps of Maya's team, Otto is a rep of another, Olga is marketing ops."""

    folder: Path
    steady: Callable[[], float]
    machine: Machine
    offset: timedelta = timedelta()
    down: bool = False
    fate: ServerFate = field(default_factory=ServerFate)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._generation = 0
        self._life = 0
        self.restored = False
        self.backups: list[Path] = []
        self.definitions = DefinitionsCache()

    # ------------------------------------------------------------ the process

    @property
    def file(self) -> Path:
        return self.folder / f"crm-{self._generation}.db"

    def now(self) -> datetime:
        return NOW + self.offset + timedelta(microseconds=round(self.steady() * 1_000_000))

    def new_id(self) -> str:
        return f"01940000-0000-7000-8000-{self._generation:04x}{next(self._numbers):08x}"

    def start(self) -> None:
        self.database = Database.open(f"sqlite:///{self.file}")
        self._watch()
        self.admin = Admin(self.database, self.now, self.new_id)
        self.app = self.machine.run(self, self.database)
        self._life += 1
        self.down = False

    def stop(self) -> None:
        self.down = True
        self.fate = ServerFate()
        self.database.close()

    def _watch(self) -> None:
        """Let the fate look at each transaction."""

        @event.listens_for(self.database.engine, "begin")
        def _begun(_connection: Connection) -> None:
            fate = self.fate
            fate.begun += 1
            if fate.kill_after_commit is not None and fate.commits >= fate.kill_after_commit:
                raise ServerKilled
            if fate.busy_at is not None and fate.begun >= fate.busy_at:
                fate.busy_at = None
                raise sa.exc.OperationalError("BEGIN", {}, sqlite3.OperationalError("database is locked"))

        @event.listens_for(self.database.engine, "commit")
        def _committing(_connection: Connection) -> None:
            fate = self.fate
            fate.commits += 1
            if fate.kill_before_commit is not None and fate.commits >= fate.kill_before_commit:
                raise ServerKilled
            if fate.full_at is not None and fate.commits >= fate.full_at:
                fate.full_at = None
                raise sa.exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("disk is full"))

    # ------------------------------------------------------------ the wire's end

    async def answer(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Answered:
        """What the app answers; the connection breaks where the process ends meanwhile."""
        if self.down:
            raise httpx.ConnectError("nobody listens")
        life = self._life
        exchange = _Exchange(body)
        try:
            await stepped(
                _called(self.app, _scope(method, path, headers), exchange), lambda: self._ends_here(life)
            )
        except ServerKilled:
            if self._life == life and not self.down:
                self.stop()
            raise httpx.ReadError("the server is gone") from None
        kept = [(key, value) for key, value in exchange.headers if key.lower() != b"content-length"]
        return Answered(exchange.status, kept, b"".join(exchange.parts))

    def _ends_here(self, life: int) -> ServerKilled | None:
        """What a request meets when it goes on in a process that has ended, or ends now."""
        fate = self.fate
        fate.steps += 1
        killed = fate.kill_at_step is not None and fate.steps >= fate.kill_at_step
        return ServerKilled() if killed or self.down or self._life != life else None

    # ------------------------------------------------------------ backups

    def back_up(self) -> None:
        target = self.folder / f"backup-{len(self.backups)}.db"
        source, copy = sqlite3.connect(self.file), sqlite3.connect(target)
        source.backup(copy)
        source.close()
        copy.close()
        self.backups.append(target)

    def restore(self) -> None:
        """Go on from the oldest backup, as another life of the database."""
        backup = self.backups[0]
        if not self.down:
            self.stop()
        self._generation += 1
        shutil.copy(backup, self.file)
        self.start()
        self.restored = True
        self.admin.new_epoch(self.organisation_id)

    # ------------------------------------------------------------ people and leads

    def found(self) -> None:
        """Make the company."""
        organisation = self.admin.create_organisation("Example Ltd", shipped())
        self.organisation_id = organisation.id
        first = self.admin.create_team(organisation.id, "First")
        second = self.admin.create_team(organisation.id, "Second")
        self.users: dict[str, User] = {}
        for name, role, team in (
            ("rita", Role.REP, first.id),
            ("raul", Role.REP, first.id),
            ("maya", Role.MANAGER, first.id),
            ("otto", Role.REP, second.id),
            ("olga", Role.MARKETING_OPS, None),
        ):
            email = f"{name}@sales.example"
            self.users[name] = self.admin.create_user(
                organisation.id, email, name, role, team, "Europe/Berlin"
            )
        self.tokens = {name: self.new_token(name) for name in self.users}

    def new_token(self, name: str, lifetime: timedelta | None = None) -> str:
        return self.admin.create_token(self.organisation_id, self.users[name].id, lifetime=lifetime)[0]

    def refuses(self, token: str) -> tokens.Refused | None:
        """Why the token does not let its holder in, not even to renew it."""
        with self.database.read() as connection:
            found = tokens.holder_of(connection, token, self.now(), to_renew=True)
        return found if isinstance(found, tokens.Refused) else None

    def revoke_tokens(self, name: str) -> None:
        for token in self.admin.tokens(self.organisation_id):
            if token.user_id == self.users[name].id and token.revoked_at is None:
                self.admin.revoke_token(self.organisation_id, token.id)

    def give(self, lead_id: str, name: str) -> None:
        """An administrator gives a lead to somebody of any team, on the server's own machine."""
        if self.down:
            return
        try:
            self._give(lead_id, name)
        except ServerKilled:
            self.stop()
        except sa.exc.OperationalError:  # busy, or the disk is full: the administrator tries another day
            return

    def _give(self, lead_id: str, name: str) -> None:
        lead = self.leads().get(lead_id)
        if lead is None:
            return
        body = DecisionBody(
            id=self.new_id(),
            lead_id=lead_id,
            kind=DecisionKind.REASSIGN,
            values={"assignee": self.users[name].id, "why": "Another market."},
            expected_version=lead.versions.sales,
            definitions_version=shipped().definitions.version,
            decided_at=self.now(),
        )
        decisions = Decisions(self.database, self.definitions, self.now, self.new_id)
        decisions.submit(self.organisation_id, _ADMINISTRATOR, [body])

    async def push(self, owners: dict[str, str], **fields: str | int) -> Answered:
        """Marketing pushes leads, by their source ids, each to an owner."""
        leads = [
            {
                "source_id": source,
                "fields": {**GOOD_FIELDS, "email": f"{source}@engines.example", **fields},
                "qualified": True,
                "owner": f"{owner}@sales.example",
            }
            for source, owner in owners.items()
        ]
        return await self._brought("leads", leads)

    async def engage(self, source: str, kind: str) -> Answered:
        """A lead does something now, and marketing pushes that."""
        at = self.now().isoformat()
        signal = {"source_id": self.new_id(), "kind": kind, "at": at, "lead_source_id": source}
        return await self._brought("signals", [signal])

    async def _brought(self, what: str, items: Sequence[object]) -> Answered:
        headers = [
            (b"authorization", f"Bearer {self.tokens['olga']}".encode()),
            (b"content-type", b"application/json"),
            (b"host", b"127.0.0.1"),
        ]
        return await self.answer("POST", f"/v1/intake/{what}", headers, json.dumps({what: items}).encode())

    def sweep(self) -> int:
        """Look for breaches and at recycled leads, as the server does every few seconds; answers how many of
        these changed."""
        try:
            escalations.sweep(self.database, self.definitions, self.now(), self.new_id)
            return returning.sweep(self.database, self.definitions, self.now, self.new_id)
        except ServerKilled:
            self.stop()
        except sa.exc.OperationalError:  # the server logs it and sweeps again later
            pass
        return 0

    def status_of(self, decision_id: str) -> str:
        """The ledger's word on a decision, '' for none; looked up past the server, which may be down."""
        with closing(sqlite3.connect(self.file)) as file:
            found = file.execute("SELECT status FROM decision WHERE id = ?", (decision_id,)).fetchone()
        return str(found[0]) if found else ""

    def leads(self) -> dict[str, Lead]:
        with self.database.read() as connection:
            rows = connection.execute(sa.text("SELECT id, body FROM lead")).all()
        return {str(row.id): LEAD_ADAPTER.validate_json(row.body) for row in rows}


class _Exchange:
    """One request's body on its way in, and its answer on its way out."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []

    async def receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        else:
            self.parts.append(message.get("body", b""))


def _scope(method: str, path: str, headers: list[tuple[bytes, bytes]]) -> Scope:
    plain, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "headers": [(name.lower(), value) for name, value in headers],
        "scheme": "http",
        "path": unquote(plain),
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "server": ("127.0.0.1", 8040),
        "client": ("127.0.0.1", 50_000),
    }


async def _called(app: ASGIApp, scope: Scope, exchange: _Exchange) -> None:
    await app(scope, exchange.receive, exchange.send)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it leaves the server."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def unpacked(headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
    """A body without its packing."""
    packed = any(key.lower() == b"content-encoding" and value == b"gzip" for key, value in headers)
    return gzip.decompress(body) if packed else body


def loop_time() -> float:
    return asyncio.get_running_loop().time()

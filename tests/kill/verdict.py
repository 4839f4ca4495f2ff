"""What is wrong after a storm, held against what the programs reported: I1, I2, I4."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import sqlalchemy as sa
from tests.e2e.firm import Firm
from tests.kill.device import Device

from leadqueue.domain.decision import AuditEntry
from leadqueue.domain.lead import Lead
from leadqueue.domain.trail import LEAD_ADAPTER, rebuild
from leadqueue.server import feed, store
from leadqueue.server.database import Database

TYPED = "storm "
"""How every note begins that is typed into a screen; each is another."""


@dataclass(frozen=True)
class Promise:
    """A decision that a program reported as stored: by its id, or by the note that the screen showed."""

    device: str
    lead_id: str
    id: str = ""
    note: str = ""

    def __str__(self) -> str:
        return f"{self.device}'s {self.id or self.note}"


@dataclass(frozen=True)
class Books:
    """What the server holds: its leads, each lead's trail in order, the ledger's answers, the digests."""

    leads: dict[str, Lead]
    trails: dict[str, list[tuple[int, AuditEntry]]]
    ledger: dict[str, str]
    scopes: dict[str, tuple[int, str]]

    @classmethod
    def read(cls, database: Database, organisation: str, audiences: Sequence[str]) -> Books:
        with database.read() as connection:
            bodies = connection.execute(
                sa.text("SELECT body FROM lead WHERE organisation_id = :org"), {"org": organisation}
            ).scalars()
            leads = {lead.id: lead for lead in map(LEAD_ADAPTER.validate_json, bodies)}
            answers = connection.execute(
                sa.text("SELECT id, status FROM decision WHERE organisation_id = :org"), {"org": organisation}
            ).all()
            return cls(
                leads,
                {each: list(store.trail(connection, organisation, each)) for each in leads},
                {str(row.id): str(row.status) for row in answers},
                {each: feed.digest(connection, organisation, each) for each in audiences},
            )

    def applied(self) -> Counter[str]:
        return Counter(
            entry.decision_id
            for trail in self.trails.values()
            for _, entry in trail
            if entry.decision_id is not None
        )

    def notes(self) -> Counter[str]:
        return Counter(note.text for lead in self.leads.values() for note in lead.notes)


def wrongs(
    firm: Firm, database: Database, devices: Sequence[Device], promises: Sequence[Promise]
) -> list[str]:
    """Everything that does not hold once all is sent; empty where all holds."""
    sessions = {device.name: firm.ask(device.rep, "session") for device in devices}
    organisation = next(iter(sessions.values()))["organisation_id"]
    audiences = {name: str(session["audience"]) for name, session in sessions.items()}
    books = Books.read(database, organisation, sorted(set(audiences.values())))
    return [
        *_kept(firm, books, devices, promises),
        *_trails(books),
        *(wrong for device in devices for wrong in _agrees(firm, books, device, audiences[device.name])),
        *(wrong for device in devices for wrong in _sound(device)),
    ]


def _kept(firm: Firm, books: Books, devices: Sequence[Device], promises: Sequence[Promise]) -> Iterator[str]:
    """I1: never nowhere, never twice, and never both applied and told that it was not."""
    applied, notes = books.applied(), books.notes()
    yield from _twice(applied, notes)
    inboxes = {device.name: _inbox(firm, device) for device in devices}
    for device in devices:
        with firm.desk(device.name) as desk:
            for waiting in desk.unsent():
                yield f"I1: {waiting.decision.id} still waits on {device.name}: {waiting.trouble}"
    for promise in promises:
        here = (promise.note or promise.id) in inboxes[promise.device]
        if promise.note:
            there = notes[promise.note] == 1
        else:
            there = applied[promise.id] == 1 or books.ledger.get(promise.id) == "already"
        if not here and not there:
            yield f"I1: {promise} is nowhere (ledger: {books.ledger.get(promise.id)})"
        if here and there:
            yield f"I4: {promise} holds, and is told not to"


def _twice(applied: Counter[str], notes: Counter[str]) -> Iterator[str]:
    for identifier, times in applied.items():
        if times > 1:
            yield f"I1: {identifier} was applied {times} times"
    for text, times in notes.items():
        if text.startswith(TYPED) and times > 1:
            yield f"I1: the note '{text}' stands {times} times"


def _inbox(firm: Firm, device: Device) -> set[str]:
    """The ids and the notes of what waits in the device's inbox."""
    with firm.desk(device.name) as desk:
        items = desk.attention()
    return {item.id for item in items} | {str(item.decision.values.get("note")) for item in items}


def _trails(books: Books) -> Iterator[str]:
    """I4: one line for each change, and the trail amounts to the lead; ledger and trail say the same."""
    for lead in books.leads.values():
        trail = books.trails[lead.id]
        if [number for number, _ in trail] != list(range(1, len(trail) + 1)):
            yield f"I4: the lines of {lead.id} are not numbered one after the other"
        if not trail or rebuild(entry.after for _, entry in trail) != lead:
            yield f"I4: {lead.id} is not what its trail amounts to"
    answered = {identifier for identifier, status in books.ledger.items() if status == "applied"}
    for identifier in sorted(answered ^ set(books.applied())):
        yield f"I4: {identifier} stands in the ledger or in a trail, not in both"


def _agrees(firm: Firm, books: Books, device: Device, audience: str) -> Iterator[str]:
    """I2: the device's copy is the server's, lead by lead, and both know it."""
    done = firm.run(device.name, "digest")
    if done.returncode:
        said = done.stdout + done.stderr
        yield f"I2: `leadqueue digest` on {device.name} ends with {done.returncode}: {said}"
    with firm.desk(device.name) as desk:
        if desk.digest() != books.scopes[audience]:
            yield f"I2: the digest of {device.name} is another than the server's"
        for lead in books.leads.values():
            view = desk.lead(lead.id)
            if audience not in feed.audiences_of(lead):
                continue
            if view is None or view.server != lead or view.lead != lead:
                yield f"I2: {device.name} shows another copy of {lead.id}"


def _sound(device: Device) -> Iterator[str]:
    """Neither file is damaged, none had to be set aside, and no program met a fault."""
    for name in ("outbox.db", "cache.db"):
        with closing(sqlite3.connect(device.folder / name)) as file:
            if file.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                yield f"{name} of {device.name} is damaged"
    for aside in device.folder.glob("*.damaged-*"):
        yield f"{device.name} had to set {aside.name} aside"
    said = device.errors.read_text("utf-8") if device.errors.exists() else ""
    if "Traceback" in said:
        yield f"a program on {device.name} ended by a fault: {said}"

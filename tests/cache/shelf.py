"""A desk over real files in a folder of the test's own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.builders import NOW, RITA, new_id

from leadqueue.cache import tally
from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import LocalStore, open_store
from leadqueue.domain.lead import Lead
from leadqueue.wire.api import ChangesPage, Leave, Upsert

ACCOUNT = Account(
    url="https://crm.example",
    user_id=RITA.id,
    name=RITA.name,
    email="rita@sales.example",
    role="rep",
    organisation_id="org-1",
    organisation_name="Example Ltd",
    team_id="team-1",
    zone="Europe/Berlin",
)
AUDIENCE = f"rep:{RITA.id}"


@dataclass
class Clock:
    at: datetime = NOW + timedelta(minutes=10)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Shelf:
    """The folder, and a feed whose sequence this test counts."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    seq: int = 0

    def __post_init__(self) -> None:
        self.home = Home.locate({"LEADQUEUE_HOME": str(self.folder)})
        self._opened: list[Desk | LocalStore] = []

    def desk(self) -> Desk:
        opened = Desk.open(self.home, ACCOUNT, self.clock, new_id)
        self._opened.append(opened)
        return opened

    def store(self) -> LocalStore:
        opened = open_store(self.home, ACCOUNT, self.clock)
        self._opened.append(opened)
        return opened

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()

    def page(self, leads: Iterable[Lead] = (), leave: Iterable[str] = (), more: bool = False) -> ChangesPage:
        changes: list[Upsert | Leave] = []
        for lead in leads:
            self.seq += 1
            changes.append(Upsert(seq=self.seq, lead=lead))
        for lead_id in leave:
            self.seq += 1
            changes.append(Leave(seq=self.seq, lead_id=lead_id))
        return ChangesPage(changes=tuple(changes), next=f"cursor-{self.seq}", seq=self.seq, more=more)

    def pull(self, *leads: Lead, leave: Iterable[str] = ()) -> None:
        """The server says these leads."""
        store = self.store()
        fresh = store.cache.cursor(AUDIENCE) is None
        if fresh:
            store.cache.begin_full_read(AUDIENCE)
        store.cache.apply_page(AUDIENCE, self.page(leads, leave))
        if fresh:
            store.cache.finish_full_read(AUDIENCE)
        store.cache.pulled(self.clock())
        store.close()
        self._opened.remove(store)


def make_old(cache: sqlite3.Connection, revision: str) -> None:
    """Leave a cache of before its queue was counted as it is written, in the format `revision`."""
    for trigger in tally.TRIGGERS:
        cache.execute(f"DROP TRIGGER {trigger}")
    cache.execute("DROP TABLE queue_tally")
    cache.execute("DROP TABLE company_told")
    for column in ("title_key", "campaign_key", "owner_key"):
        cache.execute(f"ALTER TABLE queue_row DROP COLUMN {column}")
    cache.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def make_old_outbox(outbox: sqlite3.Connection, revision: str) -> None:
    """Leave an outbox in the format `revision`."""
    outbox.execute("ALTER TABLE attention DROP COLUMN superseded")
    for index, since in (("ix_attention_replaces", "0003"), ("ix_decision_decided_at", "0002")):
        if revision < since:
            outbox.execute(f"DROP INDEX {index}")
    outbox.execute("UPDATE alembic_version SET version_num = ?", (revision,))

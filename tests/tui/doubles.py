"""A desk in memory, a sync that does what it is told, and a clock that stands still."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.builders import DEFINITIONS, DIRECTORY, NOW, RITA, acting, after, decision, mql, signal

from leadqueue.cache.errors import StoreError, UnknownLead
from leadqueue.cache.home import Account
from leadqueue.cache.queue import order
from leadqueue.cache.queue_views import (
    QueueCounts,
    QueueRow,
    QueueView,
    SectionCount,
    UrgencyCounts,
)
from leadqueue.cache.rows import COLUMNS, row_of, write_rows
from leadqueue.cache.saved_views import SavedView, Views
from leadqueue.cache.team import TeamFacts
from leadqueue.cache.views import (
    AttentionItem,
    AttentionStatus,
    BulkResult,
    Colleagues,
    DecidedItem,
    DeskStatus,
    Fate,
    LeadView,
    NotStored,
    OutboxItem,
    OutboxState,
    Stored,
)
from leadqueue.definitions.model import DecisionKind, Definitions
from leadqueue.domain.adjudicate import fold
from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import clock_state
from leadqueue.domain.decide import available, decide, may_reach
from leadqueue.domain.decision import FieldError, Refused, out_of_scope
from leadqueue.domain.filters.meaning import matches
from leadqueue.domain.lead import Actor, Directory, FieldValues, Lead
from leadqueue.domain.queue import section_of, urgent_clock
from leadqueue.domain.team import Backlog, waiting_of
from leadqueue.domain.text import folded
from leadqueue.domain.touches import present_touches
from leadqueue.domain.warnings import Upcoming
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.ports import (
    Keymap,
    NetworkSwitch,
    QueueSource,
    RepDesk,
    SyncControl,
    TeamDesk,
    ViewStore,
)
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import DEFAULTS, Settings
from leadqueue.wire.api import Escalation, TeamQueue


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


ACCOUNT = Account(
    url="https://crm.example",
    user_id=RITA.id,
    name=RITA.name,
    email="rita@example.com",
    role="rep",
    organisation_id="org-1",
    organisation_name="Example Ltd",
    team_id="team-1",
    zone="Europe/Berlin",
)


def _searched(row: QueueRow) -> str:
    return folded(f"{row.person} {row.company} {row.title} {row.source} {row.campaign}")


class MemoryQueue:
    """The queue over the folded leads of a `MemoryDesk`. Counts the windows that were read."""

    def __init__(self, desk: MemoryDesk) -> None:
        self._desk = desk
        self.windows = 0

    def _rows(self, view: QueueView) -> list[QueueRow]:
        rows = {
            row.id: row
            for row in self._desk.rows()
            if view.section in (None, row.section)
            and view.owner in (None, row.owner_id)
            and matches(view.filter, row, _searched(row), view.at or self._desk.now())
        }
        return [rows[lead_id] for lead_id in self._in_order(view) if lead_id in rows]

    def _in_order(self, view: QueueView) -> list[str]:
        """All leads in the product's own order: its rows, put in order by its own text."""
        leads = [
            row_of(lead, DEFINITIONS, unsent=0, attention=0, open_here=0) for lead in self._desk.folded()
        ]
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute(f"CREATE TABLE queue_row ({', '.join(COLUMNS)}, UNIQUE (lead_id))")
            write_rows(connection, leads)
            found = connection.execute(f"SELECT lead_id FROM queue_row ORDER BY {order(view)}")  # noqa: S608 - fixed texts
            return [str(row[0]) for row in found]

    def count(self, view: QueueView) -> int:
        return len(self._rows(view))

    def ids(self, view: QueueView) -> list[str]:
        return [row.id for row in self._rows(view)]

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        self.windows += 1
        rows = self._rows(view)
        begin = offset if offset >= 0 else max(0, len(rows) + offset)
        return rows[begin : begin + limit]

    def row(self, lead_id: str) -> QueueRow | None:
        return next((row for row in self._desk.rows() if row.id == lead_id), None)

    def index_of(self, view: QueueView, lead_id: str) -> int | None:
        ids = self.ids(view)
        return ids.index(lead_id) if lead_id in ids else None

    def find(self, view: QueueView) -> Iterator[MemoryQueue]:  # noqa: ARG002 - the port's signature
        yield self

    def ids_beside(self, view: QueueView) -> list[str]:
        return self.ids(view)

    def count_beside(self, view: QueueView) -> int:
        return self.count(view)

    def counts_beside(self, view: QueueView, now: datetime, lead_id: str | None) -> QueueCounts:
        place = None if lead_id is None else self.index_of(view, lead_id)
        sections, urgent = self.sections(view.owner), self.urgency_counts(now, view.owner)
        return QueueCounts(sections, urgent, self.count(view), lead_id, place)

    whole = True

    def sections(self, owner: str | None = None) -> list[SectionCount]:
        rows = [row for row in self._desk.rows() if owner in (None, row.owner_id)]
        return [
            SectionCount(section.key, section.label, sum(row.section == section.key for row in rows))
            for section in DEFINITIONS.sections
        ]

    def ending_between(self, start: datetime, end: datetime, limit: int) -> list[Upcoming]:
        def nearest(*, targets: bool) -> list[Upcoming]:
            ends = [
                Upcoming(row.id, row.clock, at, row.person, targets)
                for row in self._desk.rows()
                if (at := row.target_at if targets else row.due_at) is not None and start <= at <= end
            ]
            return sorted(ends, key=lambda each: (each.due_at, each.lead_id))[:limit]

        return nearest(targets=False) + nearest(targets=True)

    def urgency_counts(self, now: datetime, owner: str | None = None) -> UrgencyCounts:
        states = [
            clock_state(clock, now)
            for lead in self._desk.folded()
            if owner in (None, lead.owner_id) and (clock := urgent_clock(lead, DEFINITIONS)) is not None
        ]
        return UrgencyCounts(states.count(ClockState.BREACHED), states.count(ClockState.SOON))


class MemoryTeam:
    """The manager's side of a `MemoryDesk`. Notes what was acknowledged, and fails where it is told to."""

    def __init__(self, desk: MemoryDesk) -> None:
        self._desk = desk
        self.said: TeamQueue | None = None
        self.breaches: tuple[Escalation, ...] = ()
        self.beyond = 0
        self.seen: list[str] = []
        self.acts: list[list[str]] = []
        self.trouble = ""
        self.broken: StoreError | None = None

    def facts(self) -> TeamFacts:
        seen = frozenset(self.seen)
        return TeamFacts(
            "team-1", self._desk.directory, self.said, self.breaches, seen, self.beyond, self.trouble
        )

    def backlog(self) -> Backlog:
        if self.broken is not None:
            raise self.broken
        return Backlog.of_leads(
            waiting_of(lead.owner_id, clock)
            for lead in self._desk.folded()
            if (clock := urgent_clock(lead, DEFINITIONS)) is not None
        )

    def acknowledge(self, breach_ids: Collection[str]) -> None:
        if self.broken is not None:
            raise self.broken
        self.acts.append([*breach_ids])
        self.seen += breach_ids

    def take_back(self) -> list[str]:
        if self.broken is not None:
            raise self.broken
        gone = [each for each in (self.acts.pop() if self.acts else []) if each in self.seen]
        self.seen = [each for each in self.seen if each not in gone]
        return gone


class MemoryDesk:
    """A desk without files: the real rule book over leads in a list."""

    def __init__(self, leads: Iterable[Lead] = (), now: Clock | None = None) -> None:
        self.server = {lead.id: lead for lead in leads}
        self.outbox: list[OutboxItem] = []
        self.inbox: list[AttentionItem] = []
        self.clock = now or Clock()
        self.memory = MemoryQueue(self)
        self.memory_team = MemoryTeam(self)
        self.colleagues: dict[str, Colleagues] = {}
        self.ready = True
        self.wrote_elsewhere = False
        self.clock_error_ms: int | None = 20
        self.last_pull_at: datetime | None = NOW - timedelta(seconds=3)
        self.broken: StoreError | None = None
        self.closed = False
        self.demo = False
        self.notice = ""
        self.undo_for = timedelta(seconds=4)
        self._batch = 0

    definitions: Definitions = DEFINITIONS
    directory: Directory = DIRECTORY

    @property
    def actor(self) -> Actor:
        return acting(RITA)

    @property
    def account(self) -> Account:
        return replace(ACCOUNT, demo=self.demo)

    @property
    def queue(self) -> QueueSource:
        return self.memory

    @property
    def team(self) -> TeamDesk:
        return self.memory_team

    def now(self) -> datetime:
        return self.clock()

    def sync_clock(self) -> tuple[int, int | None]:
        return 0, self.clock_error_ms

    def _folded(self, lead: Lead) -> Lead:
        mine = [item.decision for item in self.outbox if item.decision.lead_id == lead.id]
        return fold(lead, mine, DEFINITIONS, self.actor, self.now(), DIRECTORY)[0]

    def folded(self) -> list[Lead]:
        return [self._folded(lead) for lead in self.server.values()]

    def rows(self) -> list[QueueRow]:
        return [row for lead in self.folded() if (row := self._row(lead)) is not None]

    def _row(self, lead: Lead) -> QueueRow | None:
        section, clock = section_of(lead, DEFINITIONS), urgent_clock(lead, DEFINITIONS)
        if section is None or clock is None or not may_reach(lead, self.actor):
            return None
        return QueueRow(
            id=lead.id,
            section=section,
            due_at=clock.due_at,
            target_at=clock.target_at,
            soon_at=clock.soon_at,
            clock=clock.kind,
            lane=clock.lane or "",
            person=lead.person,
            company=lead.company,
            title=lead.text("job_title"),
            score=lead.score.total if lead.score else None,
            stage=lead.stage,
            source=lead.text("lead_source"),
            country=lead.text("country"),
            campaign=lead.text("campaign"),
            reason=lead.last_reason,
            owner_id=lead.owner_id or "",
            owner_name=lead.owner_name,
            version=lead.versions.sales,
            created_at=lead.created_at,
            touches=len(present_touches(lead)),
            returned=lead.returned,
            unsent=sum(item.decision.lead_id == lead.id for item in self.outbox),
            attention=sum(item.decision.lead_id == lead.id for item in self.inbox),
        )

    def lead(self, lead_id: str) -> LeadView | None:
        server = self.server.get(lead_id)
        if server is None:
            return None
        mine = tuple(item for item in self.outbox if item.decision.lead_id == lead_id)
        same = tuple(
            row for row in self.rows() if row.company == server.company and row.id != lead_id and row.company
        )
        return LeadView(self._folded(server), server, mine, same, colleagues=self.colleagues.get(lead_id))

    def available(self, lead_id: str) -> tuple[DecisionKind, ...]:
        server = self.server.get(lead_id)
        return available(self._folded(server), DEFINITIONS, self.actor) if server else ()

    def decide(self, lead_id: str, kind: DecisionKind, values: FieldValues) -> Stored | NotStored:
        if self.broken is not None:
            raise self.broken
        if lead_id not in self.server:
            raise UnknownLead(lead_id)
        self._batch += 1
        return self._decide(lead_id, kind, values)

    def _decide(self, lead_id: str, kind: DecisionKind, values: FieldValues) -> Stored | NotStored:
        return self._decide_on(self._folded(self.server[lead_id]), kind, values)

    def _decide_on(self, lead: Lead, kind: DecisionKind, values: FieldValues) -> Stored | NotStored:
        made = decision(lead, kind, values, at=self.now())
        outcome = decide(lead, made, DEFINITIONS, self.actor, self.now(), DIRECTORY)
        if isinstance(outcome, Refused):
            return NotStored(outcome.errors)
        item = OutboxItem(len(self.outbox) + 1, made, OutboxState.WAITING, batch=str(self._batch))
        self.outbox.append(item)
        return Stored(item)

    def decide_many(self, lead_ids: Iterable[str], kind: DecisionKind, values: FieldValues) -> BulkResult:
        self._batch += 1
        stored: list[OutboxItem] = []
        refused: dict[str, tuple[FieldError, ...]] = {}
        for lead_id in lead_ids:
            if lead_id not in self.server:
                refused[lead_id] = (out_of_scope(),)
                continue
            answer = self._decide(lead_id, kind, values)
            if isinstance(answer, Stored):
                stored.append(answer.item)
            else:
                refused[lead_id] = answer.errors
        return BulkResult(kind, tuple(stored), refused)

    def keep(self, leads: Iterable[Lead], kind: DecisionKind, values: FieldValues) -> BulkResult:
        self._batch += 1
        answers = {lead.id: self._decide_on(lead, kind, values) for lead in leads}
        stored = tuple(answer.item for answer in answers.values() if isinstance(answer, Stored))
        refused = {each: answer.errors for each, answer in answers.items() if isinstance(answer, NotStored)}
        return BulkResult(kind, stored, refused)

    def undo_last(self) -> tuple[OutboxItem, ...]:
        if not self.outbox:
            return ()
        batch = self.outbox[-1].batch
        gone = tuple(item for item in self.outbox if item.batch == batch)
        self.outbox = [item for item in self.outbox if item.batch != batch]
        return gone

    def unsent(self) -> list[OutboxItem]:
        return list(self.outbox)

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]:
        sent = [
            DecidedItem(item.decision, Fate(item.state.value), item.trouble, item.next_try_at, seq=item.seq)
            for item in self.outbox
        ]
        waiting = [
            DecidedItem(item.decision, Fate.INBOX, item.message, None, item.at, earlier=item.earlier)
            for item in self.inbox
        ]
        found = [item for item in sent + waiting if item.decision.decided_at >= since]
        return sorted(found, key=lambda item: (item.decision.decided_at, item.seq), reverse=True)[:limit]

    def remembered(self, lead_id: str) -> Lead | None:
        kept = (each.lead_now or each.lead_then for each in self.inbox if each.decision.lead_id == lead_id)
        return next(kept, None)

    def attention(self) -> list[AttentionItem]:
        return list(self.inbox)

    def resend(self, attention_id: str, values: FieldValues | None = None) -> Stored | NotStored:
        item = next(item for item in self.inbox if item.id == attention_id)
        return self.decide(item.decision.lead_id, item.decision.kind, values or item.decision.values)

    def drop(self, attention_id: str) -> None:
        self.inbox = [item for item in self.inbox if item.id != attention_id]

    def status(self) -> DeskStatus:
        oldest = min((item.decision.decided_at for item in self.outbox), default=None)
        waiting, seen = len(self.outbox), len(self.memory_team.seen)
        return DeskStatus(waiting, 0, oldest, len(self.inbox), self.last_pull_at, None, acknowledged=seen)

    def changed(self) -> bool:
        changed, self.wrote_elsewhere = self.wrote_elsewhere, False
        return changed

    def close(self) -> None:
        self.closed = True


class ToldSync:
    """Is in the state that the test says, and notes what it is asked for."""

    def __init__(self, state: SyncState | None = None) -> None:
        self.state = state or SyncState(Phase.LIVE, last_success_at=NOW)
        self.calls: list[str] = []
        self.looked_up: list[str] = []
        self.publish: Callable[[SyncState], None] | None = None

    def start(self, on_state: Callable[[SyncState], None]) -> None:
        self.calls.append("start")
        self.publish = on_state

    def become(self, state: SyncState) -> None:
        assert self.publish is not None
        self.state = state
        self.publish(state)

    def wake(self) -> None:
        self.calls.append("wake")

    def try_now(self) -> None:
        self.calls.append("try_now")

    def look_up(self, lead_id: str) -> None:
        self.looked_up.append(lead_id)

    def stop(self) -> None:
        self.calls.append("stop")


def app_over(
    desk: MemoryDesk,
    sync: ToldSync | None = None,
    *,
    keymap: Keymap | None = None,
    theme: str | None = None,
    glyphs: Glyphs = UNICODE,
    network: NetworkSwitch | None = None,
    views: ViewStore | None = None,
    settings: Settings | None = None,
) -> LeadQueueApp:
    """The program over a desk in memory."""
    told = sync or ToldSync()

    def open_desk() -> RepDesk:
        return desk

    def open_sync() -> SyncControl:
        return told

    wanted = replace(settings or DEFAULTS, theme=theme or DEFAULTS.theme, keys=keymap or {})
    live = LiveSettings.fixed(wanted)
    return LeadQueueApp(
        open_desk, open_sync, desk.clock, settings=live, glyphs=glyphs, network=network, views=views
    )


class ViewShelf:
    """Saved views in memory."""

    def __init__(self, *views: SavedView) -> None:
        self.views = Views(views)

    def load(self) -> Views:
        return self.views

    def save(self, views: Views) -> None:
        self.views = views


PEOPLE = (
    ("Ada", "Byron", "Analytical Engines", "Head of Operations"),
    ("Grace", "Hopper", "Harbour Systems", "Rear Admiral"),
    ("Zoë", "Müller-Lüdenscheidt", "Straßenbau Süd GmbH & Co. KG", "Geschäftsführerin"),
    ("小林", "美咲", "東京計算機株式会社", "営業部長"),
    ("Amélie", "O’Neill", "Café Réseau", "Directrice des ventes"),
    ("Jonas", "Berg", "Nordlys Energi", "VP Sales"),
    ("Chiara", "Rossi", "Ponte Vecchio SpA", "COO"),
    ("Noor", "Haddad", "Cedar Logistics", "Operations Manager"),
)


def busy_desk(count: int = 24, clock: Clock | None = None) -> MemoryDesk:
    """A desk with something in every section: the real story of each lead, told by the rule book."""
    leads: list[Lead] = []
    sources = ("webinar", "demo_request", "content_download", "referral")
    known = DEFINITIONS.vocabularies[DEFINITIONS.fields["lead_source"].vocabulary or ""].values
    for number in range(count):
        first, last, company, title = PEOPLE[number % len(PEOPLE)]
        began = NOW - timedelta(hours=7 * number + 1, minutes=11 * number)
        source = sources[number % len(sources)]
        asks = number % 6 == 0
        lead = mql(
            now=NOW - timedelta(minutes=3 + number * 4) if asks else began,
            signals=(signal("demo_request", NOW - timedelta(minutes=3 + number * 4)),) if asks else (),
            first_name=first,
            last_name=last if number < len(PEOPLE) else f"{last} {number}",
            company_name=company,
            company_domain=f"company{number % 11}.example",
            email=f"lead{number}@company{number % 11}.example",
            job_title=title,
            lead_source=source if source in known else next(iter(known)),
        )
        if number % 4 == 1:
            lead = after(lead, "accept", at=began + timedelta(minutes=30))
        if number % 8 == 5:
            lead = after(lead, "touch", at=began + timedelta(minutes=50))
        leads.append(lead)
    return MemoryDesk(leads, clock)


def attention_item(desk: MemoryDesk) -> AttentionItem:
    lead = next(iter(desk.server.values()))
    made = decision(lead, "accept", {"acceptance_reason": "strong_fit"}, at=NOW)
    return AttentionItem(
        "a-1", made, AttentionStatus.CONFLICT, "Raúl Rep decided first.", (), lead, lead, NOW
    )


def full_disk() -> StoreError:
    return StoreError(Path("/data/outbox.db"), "The disk is full, nothing was saved", "Free some space.")

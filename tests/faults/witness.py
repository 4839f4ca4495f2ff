"""What the reps were told, held against what became of it: the invariants I1 to I8."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import httpx
import sqlalchemy as sa
from pydantic import ValidationError
from tests.faults.site import Answered, Site, unpacked

from leadqueue.cache.micros import optional_micros
from leadqueue.cache.queue_views import QueueView
from leadqueue.cache.rows import COLUMNS, row_of
from leadqueue.cache.store import CacheStore
from leadqueue.cache.views import AttentionItem, OutboxItem
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.adjudicate import fold
from leadqueue.domain.decide import may_reach, missing_fields
from leadqueue.domain.decision import AuditEntry
from leadqueue.domain.handoff import look_again
from leadqueue.domain.lead import SYSTEM, Lead
from leadqueue.domain.moments import to_micros
from leadqueue.domain.queue import section_of
from leadqueue.domain.trail import rebuild
from leadqueue.server import feed, store
from leadqueue.sync.engine import OFFER_AGAIN_WITHIN
from leadqueue.wire.api import AnswerStatus

if TYPE_CHECKING:
    from tests.faults.device import Device, Run

    from leadqueue.cache.desk import Desk

_LEAVES_A_TRACE = frozenset(
    {DecisionKind.NOTE, DecisionKind.TOUCH, DecisionKind.REJECT, DecisionKind.RECYCLE}
)
"""Kinds whose id stands in the lead afterwards."""


@dataclass
class Promise:
    """A decision that a rep was told is stored."""

    user: str
    device: str
    lead_id: str
    replaces: str | None
    kind: DecisionKind
    number: int
    at: datetime


@dataclass
class Witness:
    """Hears all that is said, and says at the end what was not kept."""

    site: Site
    trace: Callable[[str], None]
    wrongs: list[str] = field(default_factory=list)
    promises: dict[str, Promise] = field(default_factory=dict)
    maybe_undone: set[str] = field(default_factory=set)
    maybe_dropped: set[str] = field(default_factory=set)
    maybe_forgotten: set[str] = field(default_factory=set)
    """Older than what a client offers to a server that was restored."""
    maybe_replacing: dict[str, Promise] = field(default_factory=dict)
    """By id, what was sent in place of another when the program ended: a promise once it is seen stored."""
    taken_back: set[str] = field(default_factory=set)
    told_not_stored: set[str] = field(default_factory=set)
    bytes_of: dict[str, str] = field(default_factory=dict)
    quiet_until: dict[str, float] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def wrong(self, invariant: str, what: str) -> None:
        self.wrongs.append(f"{invariant}: {what}")
        self.trace(f"WRONG {invariant}: {what}")

    # ------------------------------------------------------------ what the rep was told

    def stored(self, device: Device, item: OutboxItem) -> None:
        decision = item.decision
        self.promises[decision.id] = Promise(
            device.user,
            device.name,
            decision.lead_id,
            item.replaces,
            decision.kind,
            next(self._numbers),
            self.site.now(),
        )

    def perhaps_replaced(self, device: Device, replaced: AttentionItem, decision_id: str) -> None:
        self.maybe_replacing[decision_id] = Promise(
            device.user,
            device.name,
            replaced.decision.lead_id,
            replaced.id,
            replaced.decision.kind,
            next(self._numbers),
            self.site.now(),
        )

    def _seen_stored(self, ids: Iterable[str]) -> None:
        for identifier in ids:
            promise = self.maybe_replacing.pop(identifier, None)
            if promise is not None:
                self.promises[identifier] = promise

    def not_stored(self, _device: Device, ids: list[str]) -> None:
        self.told_not_stored.update(each for each in ids if each not in self.promises)

    def undone(self, _device: Device, item: OutboxItem) -> None:
        self.promises.pop(item.decision.id, None)
        self.taken_back.add(item.decision.id)

    def perhaps_undone(self, _device: Device, ids: list[str]) -> None:
        self.maybe_undone.update(ids)

    def dropped(self, _device: Device, decision_id: str) -> None:
        """Given up for good, and with it what it was sent in place of."""
        promise = self.promises.pop(decision_id, None)
        while promise is not None and promise.replaces is not None:
            promise = self.promises.pop(promise.replaces, None)

    def perhaps_dropped(self, _device: Device, decision_id: str) -> None:
        self.maybe_dropped.add(decision_id)

    def restored(self) -> None:
        """The server goes on from a backup: what is older than a month nobody has kept for it."""
        month_ago = self.site.now() - OFFER_AGAIN_WITHIN
        self.maybe_forgotten.update(each for each, told in self.promises.items() if told.at < month_ago)

    # ------------------------------------------------------------ what the rep sees

    def glanced(self, device: Device, desk: Desk) -> None:
        """What is on the rep's screen now: nothing of one's own has vanished, and the marks are right."""
        unsent = desk.unsent()
        open_on = Counter(item.decision.lead_id for item in unsent)
        asking = desk._store.outbox.attention()
        asks = Counter(item.decision.lead_id for item in asking)
        inbox = {item.id for item in asking}
        self._seen_stored([*(item.decision.id for item in unsent), *inbox])
        self._tell_their_tries(asking)
        for row in desk.queue.window(QueueView(), 0, 100):
            if row.id in desk._stale:
                continue
            if row.unsent != open_on[row.id]:
                self.wrong(
                    "I8", f"{row.id[-4:]} is marked with {row.unsent} unsent, there are {open_on[row.id]}"
                )
            if row.attention != asks[row.id]:
                self.wrong("I8", f"{row.id[-4:]} asks {row.attention} times, the inbox {asks[row.id]} times")
        for identifier, promise in self.promises.items():
            mine = promise.device == device.name and promise.user == device.user
            if not mine or promise.kind not in _LEAVES_A_TRACE or identifier in inbox | self._maybe_gone:
                continue
            if not self.superseded(identifier) and not self._shown(desk, identifier, promise.lead_id):
                self.wrong("I2", f"{identifier[-4:]} has vanished from the screen of {device.name}")

    def _tell_their_tries(self, asking: Iterable[AttentionItem]) -> None:
        """What was tried before stands with what asks now, and asks no more by itself."""
        for item in asking:
            earlier = [each.decision.id for each in item.earlier]
            promise = self.promises.get(item.id)
            expected: list[str] = []
            while promise is not None and promise.replaces is not None:
                expected.append(promise.replaces)
                promise = self.promises.get(promise.replaces)
            if expected:
                self.met["event: an item of the inbox had been tried before"] += 1
            if item.id in self.promises and earlier != expected:
                told = [[each[-4:] for each in each_list] for each_list in (expected, earlier)]
                self.wrong("I1", f"{item.id[-4:]} was tried before as {told[0]}, the inbox tells {told[1]}")

    @property
    def _maybe_gone(self) -> set[str]:
        return self.maybe_undone | self.maybe_dropped | self.maybe_forgotten

    def _shown(self, desk: Desk, identifier: str, lead_id: str) -> bool:
        """Whether the decision's effect is on the lead, or its lead is marked as having it unsent."""
        view = desk.lead(lead_id)
        if view is None:
            return True
        lead = view.lead
        traces = {each.id for part in (lead.notes, lead.touches, lead.rejections) for each in part}
        if identifier in traces or self.replaced_by_server(desk, identifier):
            return True
        # Until the next pull, an answered decision may meet a lead on which it does not hold any more.
        known = desk._store.cache.shown(lead_id, desk._store.cache.eyes())
        decisions = [item.decision for item in known.replay.items] if known is not None else []
        _, failed = fold(view.server, decisions, desk.definitions, desk.actor, desk.now(), desk.directory)
        return identifier in {decision.id for decision, _ in failed}

    def superseded(self, identifier: str) -> bool:
        return any(promise.replaces == identifier for promise in self.promises.values())

    def replaced_by_server(self, desk: Desk, identifier: str) -> bool:
        """Somebody's same decision stands instead, says the server; the machine forgets it after a month."""
        rows = desk._store.outbox._rows("SELECT answer_status FROM decision WHERE id = ?", identifier)
        status = str(rows[0][0]) if rows else self.site.status_of(identifier)
        return status == AnswerStatus.ALREADY.value

    # ------------------------------------------------------------ what went over the wire

    def sent(self, run: Run, request: httpx.Request, body: bytes) -> None:
        """The same bytes each time, and never before the end of a pause that the server asked for."""
        if request.method != "POST" or request.url.path != "/v1/decisions":
            return
        now = self.site.steady()
        forced = run.forced
        for decision in decisions_in(request, body):
            identifier = str(decision["id"])
            self._seen_stored([identifier])
            text = json.dumps(decision, sort_keys=True)
            if self.bytes_of.setdefault(identifier, text) != text:
                self.wrong("I1", f"{identifier[-4:]} was sent with other bytes than before")
            if identifier in self.taken_back:
                self.wrong("I1", f"{identifier[-4:]} was undone, and sent")
            if identifier in self.told_not_stored:
                self.wrong("I1", f"{identifier[-4:]} was told not to be stored, and sent")
            if not forced and now < self.quiet_until.get(identifier, 0.0) - 0.5:
                self.wrong("I1", f"{identifier[-4:]} was sent before the end of the server's pause")

    def answered(
        self, run: Run, request: httpx.Request, answered: Answered, fault: str, forced: bool
    ) -> None:
        if fault == "429" and request.method == "POST" and request.url.path == "/v1/decisions" and not forced:
            wait = dict(answered.headers).get(b"retry-after", b"")
            if wait.isdigit():
                for decision in decisions_in(request, request.content):
                    self.quiet_until[str(decision["id"])] = self.site.steady() + int(wait)
        if fault or answered.status != httpx.codes.OK or request.url.path != "/v1/changes":
            return
        who = self.site.users[run.user]
        for change in json.loads(unpacked(answered.headers, answered.body))["changes"]:
            lead = change.get("lead")
            if lead is None:
                continue
            theirs = lead["owner_id"] == who.id if who.role.value == "rep" else lead["team_id"] == who.team_id
            if not theirs:
                self.wrong("I5", f"{run.device.name} was told of {lead['id'][-4:]}, which is not theirs")

    def clock_moved(self) -> None:
        """A pause is kept by the device's wall clock; once that is set, the end of a pause is open."""
        self.quiet_until.clear()

    # ------------------------------------------------------------ the reckoning

    def reckon(self, desks: dict[tuple[str, str], Desk], stuck: set[str]) -> None:
        """Check every invariant. `desks` are open, at rest and fully synced, by user and device; the
        decisions in `stuck` are those that a filter on the way never lets through."""
        site = self.site
        trails = self._trails()
        self._kept(desks, trails, stuck)
        for (user, device), desk in desks.items():
            self._agrees(user, device, desk)
        leads = site.leads()
        with site.database.read() as connection:
            definitions = site.definitions.current(connection, site.organisation_id).definitions
        for lead in leads.values():
            missing = missing_fields(lead.fields, lead.stage, definitions)
            if missing or lead.stage not in definitions.stages:
                self.wrong(
                    "I3", f"{lead.id[-4:]} stands at {lead.stage} without {[e.field for e in missing]}"
                )
            self._trail_holds(lead, trails.get(lead.id, []))
            if look_again(lead, definitions, site.now()).audit is not None:
                self.wrong("R2", f"{lead.id[-4:]} may come back, and nobody has looked")
        self._came_back(trails)
        self._ledger_holds(trails)
        self._clocks_hold(leads)
        self._escalated_once(definitions.clocks)

    def _came_back(self, trails: dict[str, list[AuditEntry]]) -> None:
        """Whom the server brought back by itself had been recycled since it came back last."""
        for lead_id, trail in trails.items():
            for number, entry in enumerate(trail):
                if entry.actor != SYSTEM or "stage" not in entry.after:
                    continue
                self.met["event: a recycled lead came back by itself"] += 1
                if entry.before["stage"] != "recycled" or trail[number - 1].after.get("stage") == "mql":
                    self.wrong("R2", f"{lead_id[-4:]} was brought back from {entry.before['stage']}")

    def _trails(self) -> dict[str, list[AuditEntry]]:
        with self.site.database.read() as connection:
            rows = connection.execute(sa.text("SELECT lead_id, body FROM audit ORDER BY lead_id, seq")).all()
        trails: dict[str, list[AuditEntry]] = {}
        for row in rows:
            trails.setdefault(str(row.lead_id), []).append(store.AUDIT_ADAPTER.validate_json(row.body))
        return trails

    def _kept(
        self, desks: dict[tuple[str, str], Desk], trails: dict[str, list[AuditEntry]], stuck: set[str]
    ) -> None:
        applied = Counter(
            entry.decision_id for trail in trails.values() for entry in trail if entry.decision_id is not None
        )
        for identifier, times in applied.items():
            if times > 1:
                self.wrong("I1", f"{identifier[-4:]} was applied {times} times")
            if identifier in self.taken_back:
                self.wrong("I1", f"{identifier[-4:]} was undone, and applied")
            if identifier in self.told_not_stored:
                self.wrong("I1", f"{identifier[-4:]} was told not to be stored, and applied")
        with self.site.database.read() as connection:
            rows = connection.execute(sa.text("SELECT id, status FROM decision")).all()
        ledger = {str(row.id): str(row.status) for row in rows}
        self.met.update(f"ledger: {status}" for status in ledger.values())
        inboxes = {item.id for desk in desks.values() for item in desk._store.outbox.attention()}
        for desk in desks.values():
            self._tell_their_tries(desk._store.outbox.attention())
        waiting = self._waiting(desks, stuck)
        for identifier, promise in self.promises.items():
            on_server = applied[identifier] == 1 or ledger.get(identifier) == AnswerStatus.ALREADY.value
            if on_server and identifier in inboxes:
                self.wrong("I4", f"{identifier[-4:]} was told refused, and holds")
            forgiven = identifier in self._maybe_gone or self.superseded(identifier)
            if not on_server and identifier not in inboxes | waiting and not forgiven:
                self.wrong(
                    "I1", f"{identifier[-4:]} of {promise.device} is nowhere ({ledger.get(identifier)})"
                )

    def _waiting(self, desks: dict[tuple[str, str], Desk], stuck: set[str]) -> set[str]:
        """What is still in an outbox; wrong where nothing is in its way any more."""
        here: set[str] = set()
        for place, desk in desks.items():
            blocked: set[str] = set()
            for waiting in desk.unsent():
                here.add(waiting.decision.id)
                if waiting.decision.id in stuck:
                    blocked.add(waiting.decision.lead_id)
                if waiting.decision.lead_id in blocked:
                    continue
                self.wrong("I1", f"{waiting.decision.id[-4:]} still waits on {place[1]}: {waiting.trouble!r}")
        return here

    def _agrees(self, user: str, device: str, desk: Desk) -> None:
        """The cache equals the scope, and every row and number derives from it (I2, I8)."""
        site = self.site
        cache = desk._store.cache
        who = site.users[user]
        audience = f"rep:{who.id}" if who.role.value == "rep" else f"team:{who.team_id}"
        with site.database.read() as connection:
            theirs = feed.digest(connection, site.organisation_id, audience)
        if theirs != cache.digest():
            self.wrong("I2", f"the digest of {device} differs for {user}")
        scope = {lead.id: lead for lead in site.leads().values() if audience in feed.audiences_of(lead)}
        mine = {lead.id: lead for lead in cache.leads()}
        if scope != mine:
            odd = sorted(
                each[-4:] for each in scope.keys() | mine.keys() if scope.get(each) != mine.get(each)
            )
            self.wrong("I2", f"{device} has another copy for {user} of {odd}")
        attention = desk._store.outbox.attention_counts()
        expected = {}
        open_on = Counter(item.decision.lead_id for item in desk.unsent())
        for lead in mine.values():
            asks, unsent = attention.get(lead.id, 0), open_on[lead.id]
            shown_lead = _shown_lead(cache, lead) if unsent else lead
            expected[lead.id] = row_of(
                shown_lead,
                desk.definitions,
                unsent=unsent,
                attention=asks,
                open_here=asks + unsent,
                server=lead,
            )
        rows = cache._rows(f"SELECT {', '.join(COLUMNS)} FROM queue_row")  # noqa: S608 - our own names
        shown = {str(row[0]): tuple(row) for row in rows}
        if shown != expected:
            odd = sorted(
                each[-4:] for each in shown.keys() | expected.keys() if shown.get(each) != expected.get(each)
            )
            self.wrong("I8", f"{device} shows other rows for {user} than its leads have: {odd}")
        counts = {each.key: each.count for each in desk.queue.sections()}
        sections = Counter(section_of(_shown_lead(cache, lead), desk.definitions) for lead in scope.values())
        if any(counts[key] != sections[key] for key in counts):
            self.wrong("I8", f"{device} counts {counts} for {user}, the server's leads make {dict(sections)}")
        if desk.queue.count(QueueView()) != sum(counts.values()):
            self.wrong("I8", f"{device} counts the whole queue otherwise than its sections")

    def _trail_holds(self, lead: Lead, trail: list[AuditEntry]) -> None:
        if not trail:
            self.wrong("I4", f"{lead.id[-4:]} has no trail")
            return
        if _rebuilt(trail) != lead:
            self.wrong("I4", f"{lead.id[-4:]} is not what its trail amounts to")
            return
        for number, entry in enumerate(trail):
            if entry.decision_id is None:
                continue
            before = rebuild(each.after for each in trail[:number])
            if not may_reach(before, entry.actor):
                self.wrong("I5", f"{entry.actor.name} decided {entry.decision_id[-4:]} on a lead of others")
        promised = [
            (self.promises[entry.decision_id], entry) for entry in trail if entry.decision_id in self.promises
        ]
        for promise, entry in promised:
            if entry.actor.id != self.site.users[promise.user].id:
                self.wrong("I4", f"{entry.actor.name} has in the trail what {promise.user} decided")
        places = sorted({promise.device for promise, _ in promised})
        for place in places:
            order = [promise.number for promise, _ in promised if promise.device == place]
            if order != sorted(order):
                self.wrong("I1", f"the decisions of {place} on {lead.id[-4:]} were applied out of order")

    def _ledger_holds(self, trails: dict[str, list[AuditEntry]]) -> None:
        """What was answered as applied stands in the trail, and nothing else does (I4)."""
        with self.site.database.read() as connection:
            rows = connection.execute(sa.text("SELECT id, status FROM decision")).all()
            alone = connection.execute(
                sa.text(
                    "SELECT lead.id FROM lead WHERE NOT EXISTS (SELECT 1 FROM feed WHERE "
                    "feed.lead_id = lead.id AND feed.kind = 'upsert' AND feed.audience = 'org')"
                )
            ).all()
        answered = {str(row.id) for row in rows if row.status == AnswerStatus.APPLIED.value}
        stands = {entry.decision_id for trail in trails.values() for entry in trail if entry.decision_id}
        for identifier in answered ^ stands:
            self.wrong("I4", f"{identifier[-4:]} stands in the ledger or in the trail, not in both")
        for row in alone:
            self.wrong("I2", f"{row.id[-4:]} is in no feed")

    def _clocks_hold(self, leads: dict[str, Lead]) -> None:
        """The clocks that the server watches are those of the leads."""
        with self.site.database.read() as connection:
            rows = connection.execute(
                sa.text("SELECT lead_id, kind, started_at, stopped_at FROM clock")
            ).all()
        watched = {(str(row.lead_id), str(row.kind), row.started_at): row.stopped_at for row in rows}
        for lead in leads.values():
            for clock in lead.clocks:
                key = (lead.id, clock.kind, to_micros(clock.started_at))
                stopped = optional_micros(clock.stopped_at)
                if key not in watched or watched[key] != stopped:
                    self.wrong("I6", f"the server does not watch {clock.kind} of {lead.id[-4:]} as it runs")

    def _escalated_once(self, clocks: object) -> None:
        with self.site.database.read() as connection:
            breached = connection.execute(
                sa.text(
                    "SELECT lead_id, kind, started_at FROM clock WHERE breached_at IS NOT NULL OR "
                    "(due_at < COALESCE(stopped_at, :now))"
                ),
                {"now": round(self.site.now().timestamp() * 1_000_000)},
            ).all()
            told = connection.execute(sa.text("SELECT lead_id, clock, started_at FROM escalation")).all()
        times = Counter((row.lead_id, row.clock, row.started_at) for row in told)
        for key, count in times.items():
            if count > 1:
                self.wrong("I6", f"the breach {key} was escalated {count} times")
        assert isinstance(clocks, dict)
        for row in breached:
            spec = clocks.get(row.kind)
            if spec is not None and spec.escalates and times[(row.lead_id, row.kind, row.started_at)] != 1:
                self.wrong("I6", f"a breach of {row.kind} on {row.lead_id[-4:]} was never escalated")


def _shown_lead(cache: CacheStore, lead: Lead) -> Lead:
    known = cache.shown(lead.id, cache.eyes())
    return lead if known is None else known.replay.lead


def _rebuilt(trail: list[AuditEntry]) -> Lead | None:
    """The lead as its trail tells it; None for a trail without its creation."""
    try:
        return rebuild(entry.after for entry in trail)
    except ValidationError:
        return None


def decisions_in(request: httpx.Request, body: bytes) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(unpacked(list(request.headers.raw), body))["decisions"]
    return found

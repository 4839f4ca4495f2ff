"""A local store in memory that keeps to the same contract as the real one."""

# ruff: noqa: ARG002 - a stand-in takes what the real one takes

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime

from tests.builders import new_id

from leadqueue.cache.views import OutboxItem, OutboxState
from leadqueue.definitions.loader import Published
from leadqueue.domain.decision import Decision
from leadqueue.domain.digest import scope_digest
from leadqueue.domain.lead import Lead
from leadqueue.wire.api import (
    Answer,
    AnswerStatus,
    ChangesPage,
    CompanyLeads,
    DecisionBody,
    Escalations,
    Session,
    TeamQueue,
    Upsert,
)


class FakeOutbox:
    def __init__(self) -> None:
        self.items: dict[str, OutboxItem] = {}
        self.payloads: dict[str, str] = {}
        self.answers: dict[str, tuple[Answer, datetime]] = {}
        self.attention: dict[str, Answer] = {}
        self.epoch: str | None = None
        self.released = 0
        self.seen: list[str] = []
        self.seen_due = datetime.min.replace(tzinfo=UTC)
        self.touched: set[str] = set()
        self.team_trouble = ""

    def add(self, decision: Decision) -> OutboxItem:
        item = OutboxItem(len(self.items) + len(self.attention) + 1, decision, OutboxState.WAITING)
        self.items[decision.id] = item
        self.payloads[decision.id] = DecisionBody(
            id=decision.id,
            lead_id=decision.lead_id,
            kind=decision.kind,
            values=decision.values,
            expected_version=decision.expected_version,
            definitions_version=decision.definitions_version,
            decided_at=decision.decided_at,
        ).model_dump_json()
        return item

    def state(self, decision: Decision) -> OutboxState:
        return self.items[decision.id].state

    def _set(self, ids: Sequence[str], **changes: object) -> None:
        for each in ids:
            self.items[each] = replace(self.items[each], **changes)  # type: ignore[arg-type]

    def save_epoch(self, epoch: str) -> None:
        self.epoch = epoch

    def due(self, now: datetime, limit: int) -> list[OutboxItem]:
        held = {item.decision.lead_id for item in self.items.values() if item.state is OutboxState.HELD}
        return [
            item
            for item in sorted(self.items.values(), key=lambda each: each.seq)
            if item.state is OutboxState.WAITING
            and item.decision.lead_id not in held
            and (item.next_try_at is None or item.next_try_at <= now)
        ][:limit]

    def unknown(self) -> list[OutboxItem]:
        return [item for item in self.items.values() if item.state is OutboxState.SENDING]

    def payload(self, decision_id: str) -> str:
        return self.payloads[decision_id]

    def mark_sending(self, ids: Sequence[str]) -> list[str]:
        taken = [each for each in ids if each in self.items and self.items[each].state is OutboxState.WAITING]
        for each in taken:
            self._set([each], state=OutboxState.SENDING, attempts=self.items[each].attempts + 1)
        return taken

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def answer(self, answer: Answer, at: datetime) -> None:
        if answer.status in (AnswerStatus.APPLIED, AnswerStatus.ALREADY):
            self._set([answer.id], state=OutboxState.ANSWERED)
            self.answers[answer.id] = (answer, at)
        else:
            del self.items[answer.id]
            self.attention[answer.id] = answer

    def postpone(self, ids: Sequence[str], next_try_at: datetime, trouble: str) -> None:
        self._set(ids, state=OutboxState.WAITING, next_try_at=next_try_at, trouble=trouble)

    def hold(self, ids: Sequence[str], trouble: str) -> None:
        self._set(ids, state=OutboxState.HELD, trouble=trouble)

    def release_held(self) -> None:
        self.released += 1
        held = [key for key, item in self.items.items() if item.state is OutboxState.HELD]
        self._set(held, state=OutboxState.WAITING, trouble="", next_try_at=None)

    def answered(self) -> list[OutboxItem]:
        return [self.items[key] for key in self.answers]

    def offer_again(self, ids: Sequence[str]) -> None:
        self._set(ids, state=OutboxState.WAITING, next_try_at=None)

    def forget_answered(self, before: datetime) -> None:
        old = [key for key, (_, at) in self.answers.items() if at < before]
        for key in old:
            del self.answers[key], self.items[key]

    def acknowledged_due(self, now: datetime) -> bool:
        return self.seen_due <= now and not self.touched.issuperset(self.seen)

    def acknowledged_to_send(self, now: datetime | None) -> list[str]:
        going = [each for each in self.seen if now is None or each in self.touched or self.seen_due <= now]
        self.touched.update(going)
        return going

    def save_team_trouble(self, trouble: str) -> None:
        self.team_trouble = trouble

    def acknowledged_there(self, breach_ids: Collection[str]) -> None:
        self.seen = [each for each in self.seen if each not in breach_ids]


class FakeCache:
    def __init__(self) -> None:
        self.team: list[tuple[TeamQueue, Escalations]] = []
        self.leads: dict[str, Lead] = {}
        self.companies: dict[str, CompanyLeads] = {}
        self.cursors: dict[str, str] = {}
        self.met: set[str] | None = set()
        self.passed = -1
        self.overtaken = 0
        self.definitions_digest: str | None = None
        self.definitions_etag: str | None = None
        self.definitions: Published | None = None
        self.saved_session: Session | None = None
        self.saved_clock: tuple[int, int | None] = (0, None)
        self.last_pull: datetime | None = None
        self.resets = 0
        self.full_reads = 0

    def save_definitions(self, published: Published, etag: str) -> None:
        self.definitions, self.definitions_digest, self.definitions_etag = published, published.digest, etag

    def save_company(self, lead_id: str, told: CompanyLeads) -> None:
        self.companies[lead_id] = told

    def session(self) -> Session | None:
        return self.saved_session

    def save_session(self, session: Session) -> None:
        self.saved_session = session

    def cursor(self, audience: str) -> str | None:
        return self.cursors.get(audience)

    def begin_full_read(self, audience: str) -> None:
        self.full_reads += 1
        self.cursors.pop(audience, None)
        self.met, self.passed = set(), -1

    def apply_page(self, audience: str, page: ChangesPage) -> None:
        for change in page.changes:
            if isinstance(change, Upsert):
                self.leads[change.lead.id] = change.lead
                if self.met is not None:
                    self.met.add(change.lead.id)
            else:
                self.leads.pop(change.lead_id, None)
        self.cursors[audience] = page.next

    def finish_full_read(self, audience: str) -> None:
        if self.met is not None:
            self.leads = {key: lead for key, lead in self.leads.items() if key in self.met}
            self.met, self.passed = None, 0

    def reset_scope(self) -> None:
        self.resets += 1
        self.cursors.clear()
        self.met, self.passed = set(), -1

    def digest(self) -> tuple[int, str]:
        return scope_digest((key, self.leads[key].versions) for key in sorted(self.leads))

    def clock(self) -> tuple[int, int | None]:
        return self.saved_clock

    def save_clock(self, offset_ms: int, error_ms: int | None) -> None:
        self.saved_clock = (offset_ms, error_ms)

    def pulled(self, at: datetime) -> None:
        self.last_pull = at

    def save_team(self, queue: TeamQueue, breaches: Escalations) -> None:
        self.team.append((queue, breaches))


class FakeStore:
    def __init__(self) -> None:
        self._outbox = FakeOutbox()
        self._cache = FakeCache()
        self.closed = 0
        self.tag = new_id()

    @property
    def outbox(self) -> FakeOutbox:
        return self._outbox

    @property
    def cache(self) -> FakeCache:
        return self._cache

    def close(self) -> None:
        self.closed += 1

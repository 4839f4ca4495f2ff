"""A CRM in memory behind the gateway's protocol: a ledger, a feed, the real rule book, scripted faults."""

# ruff: noqa: ARG002 - a stand-in takes what the real one takes

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

from tests.builders import DEFINITIONS, DIRECTORY, NOW, RITA, acting

from leadqueue.crm.gateway import (
    ClockSample,
    CursorExpired,
    DefinitionsFile,
    EpochChanged,
    GatewayError,
    NotFound,
    Unreachable,
)
from leadqueue.definitions.loader import Published, shipped
from leadqueue.domain.adjudicate import adjudicate
from leadqueue.domain.decision import Already, Applied, Conflict, Refused
from leadqueue.domain.digest import scope_digest
from leadqueue.domain.lead import Colleague, Lead
from leadqueue.domain.team import History, Load
from leadqueue.wire.api import (
    PROTOCOL,
    Acknowledged,
    Answer,
    AnswerStatus,
    ChangesPage,
    CompanyLeads,
    DecisionBody,
    Digest,
    Escalations,
    EventHint,
    Journey,
    KnownDecisions,
    Session,
    TeamLine,
    TeamQueue,
    Upsert,
)
from leadqueue.wire.intake import IntakeLeads, IntakeResults, IntakeSignals, Quarantine


class FakeServer:
    """What all connections share."""

    def __init__(self) -> None:
        self.leads: dict[str, Lead] = {}
        self.seqs: dict[str, int] = {}
        self.seq = 0
        self.ledger: dict[str, Answer] = {}
        self.applied: list[str] = []
        self.epoch = "epoch-1"
        self.published: Published = shipped()
        self.now: datetime = NOW
        self.page = 500

    def put(self, lead: Lead) -> Lead:
        self.seq += 1
        self.leads[lead.id] = lead
        self.seqs[lead.id] = self.seq
        return lead

    def decide(self, body: DecisionBody, user: Colleague) -> Answer:
        known = self.ledger.get(body.id)
        if known is not None:
            return known
        lead = self.leads[body.lead_id]
        verdict = adjudicate(lead, body.to_domain(), DEFINITIONS, acting(user), self.now, DIRECTORY)
        if isinstance(verdict, Applied):
            self.put(verdict.lead)
            self.applied.append(body.id)
            answer = Answer(id=body.id, status=AnswerStatus.APPLIED, seq=self.seq)
        elif isinstance(verdict, Already):
            answer = Answer(id=body.id, status=AnswerStatus.ALREADY, seq=self.seq)
        elif isinstance(verdict, Conflict):
            answer = Answer(
                id=body.id, status=AnswerStatus.CONFLICT, errors=verdict.errors, lead=verdict.lead
            )
        else:
            assert isinstance(verdict, Refused)
            answer = Answer(id=body.id, status=AnswerStatus.REFUSED, errors=verdict.errors)
        self.ledger[body.id] = answer
        return answer


Fault = Callable[[Sequence[DecisionBody]], GatewayError | None]


class FakeGateway:
    """A connection. `before` may refuse a batch unseen; `lose` errors come after the server did its work."""

    def __init__(self, server: FakeServer, user: Colleague = RITA) -> None:
        self.server = server
        self.user = user
        self.batches: list[list[str]] = []
        self.sent: list[str] = []
        self.calls: list[str] = []
        self.session_errors: list[GatewayError] = []
        self.before: list[Fault] = []
        self.lose: list[GatewayError] = []
        self.change: Callable[[list[Answer]], list[Answer]] | None = None
        self.down = False
        self.expired = 0
        self.samples: list[ClockSample] = []
        self.hints: list[EventHint | None] = []
        self.closed = False
        self.seen: list[list[str]] = []
        self.breaches: dict[str, Escalations] = {}
        self.companies: dict[str, CompanyLeads] = {}
        self.company_error: GatewayError | None = None
        self.company_gate: asyncio.Event | None = None
        self.audience = f"rep:{user.id}"
        self.epoch = server.epoch

    def _call(self, name: str) -> None:
        self.calls.append(name)
        if self.down:
            raise Unreachable

    def take_samples(self) -> tuple[ClockSample, ...]:
        taken, self.samples = tuple(self.samples), []
        return taken

    async def session(self) -> Session:
        self._call("session")
        if self.session_errors:
            raise self.session_errors.pop(0)
        self.epoch = self.server.epoch
        return Session(
            user_id=self.user.id,
            name=self.user.name,
            email="rita@example.com",
            role=self.user.role,
            zone=self.user.zone,
            team_id=self.user.team_id,
            team_name="Team",
            organisation_id="org",
            organisation_name="Org",
            audience=self.audience,
            members=(self.user,),
            protocol=PROTOCOL,
            server_version="1",
            definitions_version=self.server.published.definitions.version,
            definitions_digest=self.server.published.digest,
            server_time=self.server.now,
            epoch=self.server.epoch,
        )

    async def renew(self) -> bool:
        self._call("renew")
        return False

    async def definitions(self, etag: str | None = None) -> DefinitionsFile | None:
        self._call("definitions")
        return DefinitionsFile(self.server.published.text, f'"{self.server.published.digest}"')

    async def changes(self, audience: str, cursor: str | None, limit: int) -> ChangesPage:
        self._call("changes")
        if self.expired:
            self.expired -= 1
            raise CursorExpired
        epoch, seq = cursor.split("/") if cursor else (self.server.epoch, "0")
        if epoch != self.server.epoch:
            raise EpochChanged
        rows = sorted((at, key) for key, at in self.server.seqs.items() if at > int(seq))
        page = rows[: self.server.page]
        reached = page[-1][0] if page else int(seq)
        return ChangesPage(
            changes=tuple(Upsert(seq=at, lead=self.server.leads[key]) for at, key in page),
            next=f"{self.server.epoch}/{reached}",
            seq=reached,
            more=len(rows) > len(page),
        )

    async def submit(self, bodies: Sequence[str]) -> tuple[Answer, ...]:
        self._call("submit")
        if self.epoch != self.server.epoch:
            raise EpochChanged
        self.sent.extend(bodies)
        batch = [DecisionBody.model_validate(json.loads(body)) for body in bodies]
        self.batches.append([body.id for body in batch])
        for fault in self.before:
            error = fault(batch)
            if error is not None:
                raise error
        answers = [self.server.decide(body, self.user) for body in batch]
        if self.lose:
            raise self.lose.pop(0)
        if self.change is not None:
            answers = self.change(answers)
        return tuple(answers)

    async def decisions(self, ids: Sequence[str]) -> KnownDecisions:
        self._call("decisions")
        known = tuple(self.server.ledger[each] for each in ids if each in self.server.ledger)
        return KnownDecisions(
            answers=known, unknown=tuple(each for each in ids if each not in self.server.ledger)
        )

    async def digest(self, audience: str) -> Digest:
        self._call("digest")
        count, digest = scope_digest(
            (key, self.server.leads[key].versions) for key in sorted(self.server.leads)
        )
        return Digest(
            audience=audience, count=count, digest=digest, seq=self.server.seq, epoch=self.server.epoch
        )

    async def events(self) -> AsyncIterator[EventHint | None]:
        self._call("events")
        for hint in self.hints:
            yield hint
        raise Unreachable

    async def journey(self, lead_id: str) -> Journey:
        raise AssertionError("the sync asks for no journey")

    async def company(self, lead_id: str) -> CompanyLeads:
        self._call(f"company {lead_id}")
        if self.company_gate is not None:
            await self.company_gate.wait()
        if self.company_error is not None:
            raise self.company_error
        if lead_id not in self.companies:
            raise NotFound
        return self.companies[lead_id]

    async def intake_leads(self, leads: IntakeLeads) -> IntakeResults:
        raise AssertionError("the sync takes no leads in")

    async def intake_signals(self, signals: IntakeSignals) -> IntakeResults:
        raise AssertionError("the sync takes no signals in")

    async def quarantine(self, after: str = "", limit: int = 200) -> Quarantine:
        raise AssertionError("the sync asks for no quarantine")

    async def escalations(self, after: str = "", limit: int = 200) -> Escalations:
        self._call("escalations")
        return self.breaches.get(after, Escalations(escalations=()))

    async def acknowledge(self, ids: Sequence[str]) -> Acknowledged:
        self._call("acknowledge")
        self.seen.append(list(ids))
        return Acknowledged(escalations=(), unknown=())

    async def team_queue(self) -> TeamQueue:
        self._call("team_queue")
        return TeamQueue(
            team_id=self.user.team_id or "",
            team_name="Team",
            at=self.server.now,
            zone="UTC",
            since=self.server.now,
            first_day=self.server.now.date(),
            definitions_version="1",
            reps=(),
            total=TeamLine(owner_id="", name="Team", load=Load(), history=History()),
        )

    async def aclose(self) -> None:
        self.closed = True

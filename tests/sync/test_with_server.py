"""The sync against the real server: real app, real ledger, real feed, over HTTP without a network."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.builders import EXAMPLE_VALUES
from tests.server.world import World, open_world
from tests.sync.store_fake import FakeStore

from leadqueue.cache.views import OutboxState
from leadqueue.crm.gateway import ProtocolMismatch, TimedOut, Unauthorised, Unreachable
from leadqueue.crm.native import NativeGateway
from leadqueue.definitions.loader import parse, shipped
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decision import Decision
from leadqueue.domain.lead import FieldValues, Lead
from leadqueue.server.admin import Admin
from leadqueue.server.app import create_app
from leadqueue.server.database import Database
from leadqueue.sync.engine import VERIFY_EVERY, CycleReport, SyncEngine
from leadqueue.wire.api import PROTOCOL_HEADER, AnswerStatus


class Wire(httpx.AsyncBaseTransport):
    """The network: it may lose an answer after the server has done its work."""

    def __init__(self, world: World) -> None:
        self.app = httpx.ASGITransport(world.app)
        self.lose: Callable[[httpx.Request], Exception | None] = lambda _request: None
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        response = await self.app.handle_async_request(request)
        error = self.lose(request)
        if error is not None:
            await response.aclose()
            raise error
        return response

    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


class Device:
    """A rep's machine: a store, a connection and an engine."""

    def __init__(self, world: World, name: str = "rita") -> None:
        self.world = world
        self.late = timedelta()
        self.store = FakeStore()
        self.wire = Wire(world)
        self.gateway = NativeGateway("http://crm.test", world.tokens[name], self.now, transport=self.wire)
        user = next(user for user in world.admin.users(world.organisation.id) if user.name == name)
        self.engine = SyncEngine(self.store, self.gateway, self.now, user_id=user.id, rng=random.Random(5))

    def now(self) -> datetime:
        return self.world.clock.moment + self.late

    def add(self, lead: Lead, kind: str, values: FieldValues | None = None) -> Decision:
        chosen = DecisionKind(kind)
        made = Decision(
            id=self.world.new_id(),
            lead_id=lead.id,
            kind=chosen,
            values=EXAMPLE_VALUES[chosen] if values is None else values,
            expected_version=lead.versions.sales,
            definitions_version="2026.1",
            decided_at=self.now(),
        )
        self.store.outbox.add(made)
        return made

    async def cycle(self) -> CycleReport:
        return await self.engine.cycle(force=True)

    def sees(self, lead: Lead) -> Lead:
        return self.store.cache.leads[lead.id]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = open_world(tmp_path)
    yield made
    made.client.close()
    made.database.close()


@asynccontextmanager
async def device(world: World, name: str = "rita") -> AsyncIterator[Device]:
    made = Device(world, name)
    try:
        yield made
    finally:
        await made.gateway.aclose()


def applied(world: World, lead: Lead) -> int:
    """How many decisions stand in the lead's trail."""
    answer = world.client.get(f"/v1/leads/{lead.id}/journey", headers=world.as_("maya"))
    return sum(entry["decision_id"] is not None for entry in answer.json()["entries"])


async def test_a_first_cycle_brings_everything(world: World) -> None:
    leads = [world.lead() for _ in range(5)]
    world.lead(owner="otto")
    async with device(world) as rita:
        report = await rita.cycle()
        assert report.error is None
        assert set(rita.store.cache.leads) == {lead.id for lead in leads}
        assert rita.store.cache.definitions_digest == shipped().digest
        assert rita.store.cache.clock()[1] is not None
        again = await rita.cycle()
        assert again.pulled == 0
        assert not again.repaired


@pytest.mark.parametrize("error", [httpx.ReadError("reset"), httpx.ReadTimeout("slow")])
async def test_an_answer_lost_after_the_commit_is_applied_once(world: World, error: Exception) -> None:
    lead = world.lead()
    async with device(world) as rita:
        await rita.cycle()
        made = rita.add(lead, "accept")
        rita.wire.lose = lambda request: error if request.method == "POST" else None
        report = await rita.cycle()
        assert isinstance(report.error, Unreachable | TimedOut)
        assert rita.store.outbox.state(made) is OutboxState.WAITING
        assert world.get(lead.id).stage == "sal"
        rita.wire.lose = lambda _request: None
        report = await rita.cycle()
        posts = [request.content for request in rita.wire.requests if request.method == "POST"]
        assert posts[0] == posts[1]
        assert report.counts.applied == 1
        assert applied(world, lead) == 1
        assert rita.sees(lead).stage == "sal"


async def test_a_page_lost_on_its_way_moves_no_cursor(world: World) -> None:
    async with device(world) as rita:
        await rita.cycle()
        lead = world.lead()
        before = dict(rita.store.cache.cursors)
        rita.wire.lose = lambda request: httpx.ReadError("cut") if "changes" in request.url.path else None
        await rita.cycle()
        assert rita.store.cache.cursors == before
        rita.wire.lose = lambda _request: None
        await rita.cycle()
        assert lead.id in rita.store.cache.leads


async def test_two_devices_of_one_rep(world: World) -> None:
    one_lead, other_lead = world.lead(), world.lead()
    async with device(world) as laptop, device(world) as desktop:
        await laptop.cycle()
        await desktop.cycle()
        laptop.add(one_lead, "reject")
        desktop.add(other_lead, "reject")
        late = desktop.add(one_lead, "accept")
        await laptop.cycle()
        report = await desktop.cycle()
        assert report.counts.applied == 1
        answer = desktop.store.outbox.attention[late.id]
        assert answer.status is AnswerStatus.CONFLICT
        assert answer.lead is not None
        assert answer.lead.stage == "disqualified"
        await laptop.cycle()
        assert laptop.store.cache.leads == desktop.store.cache.leads
        assert applied(world, one_lead) == 1


async def test_a_reassigned_lead_leaves_and_the_late_decision_reaches_the_inbox(world: World) -> None:
    lead = world.lead()
    async with device(world) as rita, device(world, "maya") as maya, device(world, "raul") as raul:
        await rita.cycle()
        made = rita.add(lead, "accept")
        await maya.cycle()
        maya.add(lead, "reassign", {"assignee": world.raul.id, "why": "Speaks Spanish."})
        assert (await maya.cycle()).counts.applied == 1
        await rita.cycle()
        assert lead.id not in rita.store.cache.leads
        assert rita.store.outbox.attention[made.id].status is AnswerStatus.CONFLICT
        await raul.cycle()
        assert raul.sees(lead).owner_id == world.raul.id


async def test_a_refused_one_delays_no_other_lead(world: World) -> None:
    bad, good = world.lead(), world.lead()
    async with device(world) as rita:
        await rita.cycle()
        refused = rita.add(bad, "reject", {"reason": "not interested"})
        fine = rita.add(good, "accept")
        await rita.cycle()
        answer = rita.store.outbox.attention[refused.id]
        assert answer.status is AnswerStatus.REFUSED
        assert {error.field for error in answer.errors} == {"reason"}
        assert rita.store.outbox.state(fine) is OutboxState.ANSWERED


async def test_one_that_the_server_cannot_read_is_found_in_its_batch(world: World) -> None:
    leads = [world.lead() for _ in range(9)]
    async with device(world) as rita:
        await rita.cycle()
        made = [rita.add(lead, "accept") for lead in leads]
        broken = made[4]
        payloads = rita.store.outbox.payloads
        payloads[broken.id] = payloads[broken.id].replace('"accept"', '"levitate"', 1)
        report = await rita.cycle()
        assert report.counts.applied == 8
        answer = rita.store.outbox.attention[broken.id]
        assert answer.status is AnswerStatus.REFUSED
        assert any("kind" in error.field for error in answer.errors)


async def test_a_revoked_token_holds_what_was_on_its_way(world: World) -> None:
    lead = world.lead()
    async with device(world) as rita:
        await rita.cycle()
        made = rita.add(lead, "accept")
        for token in world.admin.tokens(world.organisation.id):
            if token.user_id == world.rita.id:
                world.admin.revoke_token(world.organisation.id, token.id)
        report = await rita.cycle()
        assert isinstance(report.error, Unauthorised)
        assert rita.store.outbox.state(made) is not OutboxState.ANSWERED
        fresh = world.admin.create_token(world.organisation.id, world.rita.id)[0]
        renewed = NativeGateway("http://crm.test", fresh, rita.now, transport=rita.wire)
        rita.engine.use(renewed)
        report = await rita.engine.cycle()
        assert report.counts.applied == 1
        await renewed.aclose()


async def test_a_server_restored_from_a_backup_gets_its_decisions_back(world: World, tmp_path: Path) -> None:
    lead = world.lead()
    async with device(world) as rita:
        await rita.cycle()
        folder = tmp_path / "restored"
        folder.mkdir()
        with world.database.engine.connect() as connection:
            backup = sqlite3.connect(folder / "crm.db")
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.backup(backup)
            backup.close()
        made = rita.add(lead, "accept")
        await rita.cycle()
        assert world.get(lead.id).stage == "sal"

        database = Database.open(f"sqlite:///{folder / 'crm.db'}")
        Admin(database, world.clock, world.new_id).new_epoch(world.organisation.id)
        rita.wire.app = httpx.ASGITransport(create_app(database, world.clock, world.new_id, sweeps=False))
        report = await rita.cycle()
        database.close()
        assert report.error is None
        assert report.new_epoch
        assert report.counts.applied == 1
        assert rita.store.outbox.state(made) is OutboxState.ANSWERED
        assert rita.sees(lead).stage == "sal"


async def test_new_definitions_come_along(world: World) -> None:
    async with device(world) as rita:
        await rita.cycle()
        published = parse(shipped().text + "\n# reviewed\n")
        world.admin.publish_definitions(world.organisation.id, published)
        report = await rita.cycle()
        assert report.new_definitions == published.definitions.version
        assert rita.store.cache.definitions_digest == published.digest


async def test_an_old_cursor_reads_all_anew(world: World) -> None:
    lead = world.lead()
    async with device(world) as rita:
        await rita.cycle()
        world.clock.moment += timedelta(days=40)
        report = await rita.cycle()
        assert report.reread
        assert set(rita.store.cache.leads) == {lead.id}


async def test_a_damaged_copy_is_found_and_repaired(world: World) -> None:
    lead, lost = world.lead(), world.lead()
    async with device(world) as rita:
        await rita.cycle()
        await rita.cycle()
        del rita.store.cache.leads[lost.id]
        rita.late = VERIFY_EVERY
        report = await rita.cycle()
        assert report.repaired
        assert set(rita.store.cache.leads) == {lead.id, lost.id}


async def test_another_protocol_sends_nothing(world: World) -> None:
    lead = world.lead()
    async with device(world) as rita:
        rita.add(lead, "accept")
        rita.gateway._client.headers[PROTOCOL_HEADER] = "2"
        report = await rita.cycle()
        assert isinstance(report.error, ProtocolMismatch)
        assert world.get(lead.id).stage == "mql"
        assert set(rita.wire.paths()) == {"/v1/session"}

"""The sync against the real server: real app, real ledger, real feed, over HTTP without a network."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.builders import EXAMPLE_VALUES
from tests.postgres import over_both
from tests.server.world import World

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import open_store
from leadqueue.cache.outbox import Draft, Outbox
from leadqueue.cache.views import AttentionItem, AttentionStatus, Colleagues, OutboxState
from leadqueue.crm.gateway import NotFound, ProtocolMismatch, TimedOut, Unauthorised, Unreachable
from leadqueue.crm.native import NativeGateway
from leadqueue.definitions.loader import parse, shipped
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decision import Decision
from leadqueue.domain.lead import FieldValues, Lead
from leadqueue.server.admin import Admin
from leadqueue.server.app import create_app
from leadqueue.server.database import Database
from leadqueue.sync.engine import VERIFY_EVERY, CycleReport, SyncEngine
from leadqueue.wire.api import PROTOCOL_HEADER, DecisionBody


class CutOff(BaseException):
    """The process ends here."""


class Wire(httpx.AsyncBaseTransport):
    """The network: it may lose an answer after the server has done its work."""

    def __init__(self, world: World) -> None:
        self.app = httpx.ASGITransport(world.app)
        self.lose: Callable[[httpx.Request], BaseException | None] = lambda _request: None
        self.on_its_way: Callable[[httpx.Request], None] = lambda _request: None
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.on_its_way(request)
        response = await self.app.handle_async_request(request)
        error = self.lose(request)
        if error is not None:
            await response.aclose()
            raise error
        return response

    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


class Device:
    """A rep's machine: real local files, a connection and an engine."""

    def __init__(self, world: World, name: str, folder: Path) -> None:
        self.world = world
        self.late = timedelta()
        self.wire = Wire(world)
        self.gateway = NativeGateway("http://crm.test", world.tokens[name], self.now, transport=self.wire)
        user = next(user for user in world.admin.users(world.organisation.id) if user.name == name)
        self.home = Home.locate({"LEADQUEUE_HOME": str(folder)})
        self.account = Account(
            "http://crm.test",
            user.id,
            user.name,
            user.email,
            user.role.value,
            world.organisation.id,
            world.organisation.name,
            user.team_id,
            user.zone,
        )
        self.audience = f"rep:{user.id}"
        self.open()

    def open(self) -> None:
        """As a newly started process."""
        self.store = open_store(self.home, self.account, self.now)
        self.engine = SyncEngine(
            self.store, self.gateway, self.now, user_id=self.account.user_id, rng=random.Random(5)
        )

    def now(self) -> datetime:
        return self.world.clock.moment + self.late

    def add(self, lead: Lead, kind: str, values: FieldValues | None = None) -> Decision:
        chosen = DecisionKind(kind)
        body = DecisionBody(
            id=self.world.new_id(),
            lead_id=lead.id,
            kind=chosen,
            values=EXAMPLE_VALUES[chosen] if values is None else values,
            expected_version=lead.versions.sales,
            definitions_version="2026.1",
            decided_at=self.now(),
        )
        (item,) = self.store.outbox.add([Draft(body, lead)], self.now(), batch=body.id)
        return item.decision

    async def cycle(self) -> CycleReport:
        return await self.engine.cycle(force=True)

    def state(self, made: Decision) -> OutboxState | None:
        item = self.store.outbox.get(made.id)
        return item.state if item else None

    def inbox(self, made: Decision) -> AttentionItem:
        item = self.store.outbox.attention_item(made.id)
        assert item is not None
        return item

    def sees(self, lead: Lead) -> Lead:
        found = self.store.cache.lead(lead.id)
        assert found is not None
        return found

    def scope(self) -> dict[str, Lead]:
        return {lead.id: lead for lead in self.store.cache.leads()}


@pytest.fixture
async def world(address: str) -> AsyncIterator[World]:
    made = World(Database.open(address))
    yield made
    made.client.close()
    made.database.close()


@pytest.fixture
async def devices(world: World, tmp_path: Path) -> AsyncIterator[Callable[[str], Device]]:
    """Makes devices, each with a folder of its own."""
    made: list[Device] = []

    def device(name: str) -> Device:
        made.append(Device(world, name, tmp_path / f"device-{len(made)}"))
        return made[-1]

    yield device
    for each in made:
        each.store.close()
        await each.gateway.aclose()


class Crash:
    """Ends the process when the answer to the request after so many comes."""

    def __init__(self, after: int) -> None:
        self._left = after

    def __call__(self, _request: httpx.Request) -> BaseException | None:
        self._left -= 1
        return CutOff() if self._left < 0 else None


Make = Callable[[str], Device]


def applied(world: World, lead: Lead) -> int:
    """How many decisions stand in the lead's trail."""
    answer = world.client.get(f"/v1/leads/{lead.id}/journey", headers=world.as_("maya"))
    return sum(entry["decision_id"] is not None for entry in answer.json()["entries"])


async def test_a_first_cycle_brings_everything(world: World, devices: Make) -> None:
    leads = [world.lead() for _ in range(5)]
    world.lead(owner="otto")
    rita = devices("rita")
    report = await rita.cycle()
    assert report.error is None
    assert set(rita.scope()) == {lead.id for lead in leads}
    assert rita.store.cache.definitions_digest == shipped().digest
    assert rita.store.cache.clock()[1] is not None
    again = await rita.cycle()
    assert again.pulled == 0
    assert not again.repaired


@over_both
async def test_a_day_at_the_desk(world: World, devices: Make) -> None:
    """What the rep decides at the desk is seen at once, sent, and stays the same when it comes back."""
    lead = world.lead()
    rita = devices("rita")
    await rita.cycle()
    desk = Desk.open(rita.home, rita.account, rita.now, world.new_id)
    try:
        desk.decide(lead.id, DecisionKind.ACCEPT, EXAMPLE_VALUES[DecisionKind.ACCEPT])
        desk.decide(lead.id, DecisionKind.TOUCH, EXAMPLE_VALUES[DecisionKind.TOUCH])
        before = desk.lead(lead.id)
        assert before is not None
        assert (before.lead.stage, before.server.stage, len(before.unsent)) == ("sal", "mql", 2)
        report = await rita.cycle()
        assert report.counts.applied == 2
        assert desk.changed()
        after = desk.lead(lead.id)
        assert after is not None
        assert after.unsent == ()
        assert after.lead == after.server
        assert (after.lead.stage, len(after.lead.touches)) == ("sal", 1)
        assert desk.status().unsent == 0
    finally:
        desk.close()


async def test_between_answer_and_pull_the_effect_stays_in_sight(world: World, devices: Make) -> None:
    lead = world.lead()
    rita = devices("rita")
    await rita.cycle()
    desk = Desk.open(rita.home, rita.account, rita.now, world.new_id)
    try:
        desk.decide(lead.id, DecisionKind.ACCEPT, EXAMPLE_VALUES[DecisionKind.ACCEPT])
        rita.wire.lose = lambda request: httpx.ReadError("cut") if "changes" in request.url.path else None
        report = await rita.cycle()
        assert report.counts.applied == 1
        desk.changed()
        view = desk.lead(lead.id)
        assert view is not None
        assert (view.lead.stage, view.server.stage, view.unsent) == ("sal", "mql", ())
    finally:
        desk.close()


@pytest.mark.parametrize("error", [httpx.ReadError("reset"), httpx.ReadTimeout("slow")])
@over_both
async def test_an_answer_lost_after_the_commit_is_applied_once(
    world: World, devices: Make, error: Exception
) -> None:
    lead = world.lead()
    rita = devices("rita")
    await rita.cycle()
    made = rita.add(lead, "accept")
    rita.wire.lose = lambda request: error if request.method == "POST" else None
    report = await rita.cycle()
    assert isinstance(report.error, Unreachable | TimedOut)
    assert rita.state(made) is OutboxState.WAITING
    assert world.get(lead.id).stage == "sal"
    rita.wire.lose = lambda _request: None
    report = await rita.cycle()
    posts = [request.content for request in rita.wire.requests if request.method == "POST"]
    assert posts[0] == posts[1]
    assert report.counts.applied == 1
    assert applied(world, lead) == 1
    assert rita.sees(lead).stage == "sal"


async def test_a_crash_at_any_moment_loses_nothing(world: World, devices: Make) -> None:
    """The engine is cut off at each request in turn, and a new one goes on from the files."""
    leads = [world.lead() for _ in range(4)]
    rita = devices("rita")
    await rita.cycle()
    for place, lead in enumerate(leads):
        rita.add(lead, "accept")
        rita.add(lead, "touch")
        rita.wire.lose = Crash(after=place)
        with suppress(CutOff):
            await rita.cycle()
        rita.wire.lose = lambda _request: None
        rita.store.close()
        rita.open()
    await rita.cycle()
    assert rita.store.outbox.unsent() == []
    assert rita.store.outbox.attention() == []
    assert [applied(world, lead) for lead in leads] == [2, 2, 2, 2]
    assert rita.scope() == {lead.id: world.get(lead.id) for lead in leads}


async def test_a_page_lost_on_its_way_moves_no_cursor(world: World, devices: Make) -> None:
    rita = devices("rita")
    await rita.cycle()
    lead = world.lead()
    before = rita.store.cache.cursor(rita.audience)
    rita.wire.lose = lambda request: httpx.ReadError("cut") if "changes" in request.url.path else None
    await rita.cycle()
    assert rita.store.cache.cursor(rita.audience) == before
    rita.wire.lose = lambda _request: None
    await rita.cycle()
    assert lead.id in rita.scope()


@over_both
async def test_two_devices_of_one_rep(world: World, devices: Make) -> None:
    one_lead, other_lead = world.lead(), world.lead()
    laptop, desktop = devices("rita"), devices("rita")
    await laptop.cycle()
    await desktop.cycle()
    laptop.add(one_lead, "reject")
    desktop.add(other_lead, "reject")
    late = desktop.add(one_lead, "accept")
    await laptop.cycle()
    report = await desktop.cycle()
    assert report.counts.applied == 1
    item = desktop.inbox(late)
    assert item.status is AttentionStatus.CONFLICT
    assert item.lead_then == one_lead
    assert item.lead_now is not None
    assert item.lead_now.stage == "disqualified"
    await laptop.cycle()
    assert laptop.scope() == desktop.scope()
    assert applied(world, one_lead) == 1


@over_both
async def test_a_reassigned_lead_leaves_and_the_late_decision_reaches_the_inbox(
    world: World, devices: Make
) -> None:
    lead = world.lead()
    rita, maya, raul = devices("rita"), devices("maya"), devices("raul")
    await rita.cycle()
    made = rita.add(lead, "accept")
    await maya.cycle()
    maya.add(lead, "reassign", {"assignee": world.raul.id, "why": "Speaks Spanish."})
    assert (await maya.cycle()).counts.applied == 1
    await rita.cycle()
    assert lead.id not in rita.scope()
    item = rita.inbox(made)
    assert item.status is AttentionStatus.CONFLICT
    assert item.lead_then == lead
    await raul.cycle()
    assert raul.sees(lead).owner_id == world.raul.id


@over_both
async def test_a_refused_one_delays_no_other_lead(world: World, devices: Make) -> None:
    bad, good = world.lead(), world.lead()
    rita = devices("rita")
    await rita.cycle()
    refused = rita.add(bad, "reject", {"reason": "not interested"})
    fine = rita.add(good, "accept")
    await rita.cycle()
    item = rita.inbox(refused)
    assert item.status is AttentionStatus.REFUSED
    assert {error.field for error in item.errors} == {"reason"}
    assert rita.state(fine) is OutboxState.ANSWERED


async def test_one_that_the_server_cannot_read_is_found_in_its_batch(
    world: World, devices: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita = devices("rita")
    leads = [world.lead() for _ in range(9)]
    await rita.cycle()
    made = [rita.add(lead, "accept") for lead in leads]
    broken = made[4]
    payload = rita.store.outbox.payload

    def of_a_later_program(_outbox: Outbox, decision_id: str) -> str:
        text = payload(decision_id)
        return text.replace('"accept"', '"levitate"', 1) if decision_id == broken.id else text

    monkeypatch.setattr(Outbox, "payload", of_a_later_program)
    report = await rita.cycle()
    assert report.counts.applied == 8
    item = rita.inbox(broken)
    assert item.status is AttentionStatus.REFUSED
    assert any("kind" in error.field for error in item.errors)


async def test_a_revoked_token_holds_what_was_on_its_way(world: World, devices: Make) -> None:
    lead = world.lead()
    rita = devices("rita")
    await rita.cycle()
    made = rita.add(lead, "accept")
    for token in world.admin.tokens(world.organisation.id):
        if token.user_id == world.rita.id:
            world.admin.revoke_token(world.organisation.id, token.id)
    report = await rita.cycle()
    assert isinstance(report.error, Unauthorised)
    assert rita.state(made) is not OutboxState.ANSWERED
    fresh = world.admin.create_token(world.organisation.id, world.rita.id)[0]
    renewed = NativeGateway("http://crm.test", fresh, rita.now, transport=rita.wire)
    rita.engine.use(renewed)
    report = await rita.engine.cycle()
    assert report.counts.applied == 1
    await renewed.aclose()


async def test_a_server_restored_from_a_backup_gets_its_decisions_back(
    world: World, devices: Make, tmp_path: Path
) -> None:
    lead = world.lead()
    rita = devices("rita")
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
    assert rita.state(made) is OutboxState.ANSWERED
    assert rita.sees(lead).stage == "sal"


async def test_new_definitions_come_along(world: World, devices: Make) -> None:
    rita = devices("rita")
    await rita.cycle()
    published = parse(shipped().text + "\n# reviewed\n")
    world.admin.publish_definitions(world.organisation.id, published)
    report = await rita.cycle()
    assert report.new_definitions == published.definitions.version
    assert rita.store.cache.definitions_digest == published.digest


@over_both
async def test_an_old_cursor_reads_all_anew_and_leaves_the_outbox_alone(world: World, devices: Make) -> None:
    lead, other = world.lead(), world.lead()
    rita = devices("rita")
    await rita.cycle()
    made = rita.add(other, "accept")
    rita.store.outbox.hold([made.id], "for the test")
    world.clock.moment += timedelta(days=40)
    report = await rita.engine.cycle()
    assert report.reread
    assert set(rita.scope()) == {lead.id, other.id}
    assert rita.state(made) is OutboxState.HELD


@over_both
async def test_a_damaged_copy_is_found_and_repaired(world: World, devices: Make) -> None:
    lead, lost = world.lead(), world.lead()
    rita = devices("rita")
    await rita.cycle()
    await rita.cycle()
    with closing(sqlite3.connect(rita.home.cache_file(rita.account))) as file, file:
        file.execute("DELETE FROM lead WHERE id = ?", (lost.id,))
    rita.late = VERIFY_EVERY
    report = await rita.cycle()
    assert report.repaired
    assert set(rita.scope()) == {lead.id, lost.id}


async def test_another_role_reads_another_scope(world: World, devices: Make) -> None:
    mine, team = world.lead(), world.lead(owner="raul")
    rita = devices("rita")
    await rita.cycle()
    with world.database.write() as connection:
        connection.exec_driver_sql("UPDATE user_account SET role = 'manager' WHERE name = 'rita'")
    await rita.cycle()
    assert set(rita.scope()) == {mine.id, team.id}
    with world.database.write() as connection:
        connection.exec_driver_sql("UPDATE user_account SET role = 'rep' WHERE name = 'rita'")
    await rita.cycle()
    assert set(rita.scope()) == {mine.id}
    assert rita.store.cache.passed >= 0


async def test_another_protocol_sends_nothing(world: World, devices: Make) -> None:
    lead = world.lead()
    rita = devices("rita")
    rita.add(lead, "accept")
    rita.gateway._client.headers[PROTOCOL_HEADER] = "2"  # as a later program would say
    report = await rita.cycle()
    assert isinstance(report.error, ProtocolMismatch)
    assert world.get(lead.id).stage == "mql"
    assert set(rita.wire.paths()) == {"/v1/session"}


@over_both
async def test_who_else_works_at_a_company_is_learned_and_stays_known_offline(
    world: World, devices: Make
) -> None:
    own = world.lead()
    bob = world.lead(owner="raul", first_name="Bob", last_name="Babbage", email="bob@engines.example")
    assert world.decide("raul", world.body(bob, "accept"))[0].status == "applied"
    rita = devices("rita")
    await rita.cycle()
    assert colleagues(rita, own) == Colleagues()
    rita.store.cache.save_company(own.id, await rita.gateway.company(own.id))
    rita.wire.lose = lambda _request: httpx.ConnectError("away")
    with pytest.raises(Unreachable):
        await rita.gateway.company(own.id)
    known = colleagues(rita, own)
    assert known is not None
    [lead] = known.leads
    assert (lead.id, lead.name, lead.stage, lead.owner_name) == (bob.id, "Bob Babbage", "sal", "raul")
    assert known.at is not None


async def test_a_lead_that_came_from_a_colleague_speaks_for_itself(world: World, devices: Make) -> None:
    own, bob = world.lead(), world.lead(owner="raul", email="bob@engines.example")
    rita = devices("rita")
    await rita.cycle()
    rita.store.cache.save_company(own.id, await rita.gateway.company(own.id))
    body = world.body(bob, "reassign", {"assignee": world.rita.id, "why": "Same company."})
    assert world.decide("maya", body)[0].status == "applied"
    await rita.cycle()
    known = colleagues(rita, own)
    assert known is not None
    assert (known.leads, known.more) == ((), 0)


async def test_a_server_from_before_the_call_has_no_such_path(world: World, devices: Make) -> None:
    own = world.lead()
    rita = devices("rita")
    await rita.cycle()

    def before(request: httpx.Request) -> None:
        request.url = request.url.copy_with(path=request.url.path.replace("/company", "/companions"))

    rita.wire.on_its_way = before
    with pytest.raises(NotFound):
        await rita.gateway.company(own.id)
    assert colleagues(rita, own) == Colleagues()


def colleagues(device: Device, lead: Lead) -> Colleagues | None:
    desk = Desk.open(device.home, device.account, device.now, device.world.new_id)
    try:
        view = desk.lead(lead.id)
        assert view is not None
        return view.colleagues
    finally:
        desk.close()

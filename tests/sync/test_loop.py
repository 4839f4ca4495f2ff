"""When the sync runs: by a clock that only the test moves."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.builders import MAYA, NOW, RITA, decision, mql
from tests.sync.server_fake import FakeGateway, FakeServer
from tests.sync.store_fake import FakeStore

from leadqueue.cache.errors import StorageFull
from leadqueue.cache.views import OutboxState
from leadqueue.crm.gateway import Gateway, GatewayError, NotTheApi, Throttled, TimedOut, Unauthorised
from leadqueue.definitions.model import Role
from leadqueue.domain.company import CompanyLead
from leadqueue.domain.decision import Decision
from leadqueue.domain.lead import Colleague
from leadqueue.sync.loop import POLL_S, SyncLoop
from leadqueue.sync.state import Phase, SyncState
from leadqueue.sync.store import OpenStore
from leadqueue.wire.api import CompanyLeads, EventHint, Session


class World:
    """A loop with everything around it. `at` puts acts on the clock; the run ends with the last one."""

    def __init__(self, user: Colleague = RITA) -> None:
        self.server = FakeServer()
        self.store = FakeStore()
        self.gateway = FakeGateway(self.server, user)
        self.seconds = 0.0
        self.cut = False
        self.logged_in = True
        self.states: list[SyncState] = []
        self.opened = 0
        self.connect: Callable[[], Gateway] = lambda: self.gateway
        self._acts: list[tuple[float, Callable[[], object]]] = []
        self.loop = SyncLoop(
            self._open,
            self._connect,
            self.now,
            lambda: self.seconds,
            user_id=user.id,
            publish=self.states.append,
            is_cut=lambda: self.cut,
            is_logged_in=lambda: self.logged_in,
            rng=random.Random(3),
            wait=self._wait,
        )

    def _open(self) -> OpenStore:
        self.opened += 1
        return self.store

    def _connect(self) -> Gateway:
        return self.connect()

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self._acts.append((seconds, act))

    async def _wait(self, bell: asyncio.Event, seconds: float) -> None:
        for _ in range(5):  # the listener gets its turn
            await asyncio.sleep(0)
        if bell.is_set():
            return
        self.seconds += seconds
        for moment, act in list(self._acts):
            if moment <= self.seconds:
                self._acts.remove((moment, act))
                act()
        if not self._acts:
            self.loop.stop()
            await asyncio.sleep(0)

    async def run(self, until: float = 0.0) -> None:
        self.at(until, lambda: None)
        await self.loop.run()

    def cycles(self) -> int:
        return self.gateway.calls.count("session")

    @property
    def phases(self) -> list[Phase]:
        """The phases in order, each run of the same one once, without the moments of syncing."""
        seen = [state.phase for state in self.states if state.phase is not Phase.SYNCING]
        return [phase for place, phase in enumerate(seen) if place == 0 or seen[place - 1] is not phase]

    def add(self) -> Decision:
        made = decision(self.server.put(mql()), "accept", {"acceptance_reason": "strong_fit"})
        self.store.outbox.add(made)
        return made

    def sent(self, made: Decision) -> bool:
        return self.store.outbox.state(made) is OutboxState.ANSWERED


@pytest.fixture
def world() -> World:
    return World()


async def test_it_syncs_at_the_start_and_then_from_time_to_time(world: World) -> None:
    made = world.add()
    await world.run(until=61)
    assert world.sent(made)
    assert 5 <= world.cycles() <= 6
    assert world.phases == [Phase.POLLING]
    assert world.states[-1].last_success_at is not None
    assert world.store.closed == world.opened == 1
    assert world.gateway.closed


async def test_a_new_decision_goes_out_at_once(world: World) -> None:
    made: list[Decision] = []
    world.at(3, lambda: made.append(world.add()))
    world.at(3, world.loop.wake)
    seen: list[bool] = []
    world.at(4, lambda: seen.append(world.sent(made[0])))
    await world.run()
    assert seen == [True]


async def test_a_decision_of_another_process_is_noticed_within_a_second(world: World) -> None:
    made: list[Decision] = []
    world.at(3, lambda: made.append(world.add()))
    seen: list[bool] = []
    world.at(4, lambda: seen.append(world.sent(made[0])))
    await world.run()
    assert seen == [True]


async def test_a_manager_s_figures_follow_a_change_within_seconds_though_nothing_else_is_due() -> None:
    world = World(MAYA)
    world.gateway.hints = [None]  # live: the next poll is most of a minute away

    def change() -> None:
        world.server.put(mql())
        world.loop.wake()

    world.at(5, change)
    await world.run(until=17)
    assert world.gateway.calls.count("team_queue") == 2


async def test_a_hint_is_followed_by_a_cycle_and_the_state_is_live(world: World) -> None:
    world.gateway.hints = [None, EventHint(seq=1, epoch="epoch-1")]
    await world.run(until=2)
    assert world.cycles() > 1
    assert world.gateway.calls.count("events") >= 1


async def test_a_standing_stream_is_live_and_a_broken_one_polls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()
    streams: list[None] = []

    async def events() -> object:
        streams.append(None)
        yield None
        await ended.wait()
        raise NotTheApi

    monkeypatch.setattr(world.gateway, "events", events)
    world.at(30, ended.set)
    before: list[int] = []
    world.at(29, lambda: before.append(world.cycles()))
    await world.run(until=32)
    assert world.phases[:3] == [Phase.POLLING, Phase.LIVE, Phase.POLLING]
    assert before == [2], "one at the start, one when the stream stood"
    assert len(streams) == 2, "a broken stream is asked for again after a pause"


async def test_offline_tries_again_by_itself_and_says_when(world: World) -> None:
    made = world.add()
    world.gateway.down = True
    world.at(40, lambda: setattr(world.gateway, "down", False))
    await world.run(until=40 + POLL_S + 1)
    assert world.phases == [Phase.OFFLINE, Phase.POLLING]
    assert world.sent(made)
    offline = [state for state in world.states if state.phase is Phase.OFFLINE]
    assert all(state.next_try_at is not None and state.message for state in offline)


async def test_the_network_switch_is_noticed_both_ways(world: World) -> None:
    def switch(*, off: bool) -> None:
        world.cut = world.gateway.down = off

    world.at(3, lambda: switch(off=True))
    world.at(100, lambda: switch(off=False))
    at_cut: list[Phase] = []
    back: list[Phase] = []
    world.at(4, lambda: at_cut.append(world.states[-1].phase))
    world.at(101, lambda: back.append(world.states[-1].phase))
    await world.run()
    assert at_cut == [Phase.OFFLINE]
    assert back == [Phase.POLLING]


async def test_a_pause_that_the_server_asks_for_holds_until_the_user_asks(world: World) -> None:
    world.gateway.session_errors = [Throttled(retry_after=120)]
    world.at(5, world.loop.wake)
    counts: list[int] = []
    world.at(60, lambda: counts.append(world.cycles()))
    world.at(61, world.loop.try_now)
    await world.run(until=63)
    assert counts == [1]
    assert world.cycles() == 2


async def test_what_could_still_be_undone_goes_out_where_the_user_asks_for_a_try(world: World) -> None:
    made = world.add()
    world.store.outbox.postpone([made.id], NOW + timedelta(minutes=30), "")
    sent: list[bool] = []
    world.at(5, lambda: sent.append(world.sent(made)))
    world.at(6, world.loop.try_now)
    await world.run(until=8)
    assert sent == [False]
    assert world.sent(made)


async def test_the_pause_ends_by_itself(world: World) -> None:
    world.gateway.session_errors = [Throttled(retry_after=120)]
    await world.run(until=125)
    assert world.cycles() == 2


async def test_a_refused_token_is_read_anew_once(world: World) -> None:
    made = world.add()
    first, second = world.gateway, FakeGateway(world.server)
    first.session_errors = [Unauthorised()]
    connections = iter([first, second])
    world.connect = lambda: next(connections)
    await world.run(until=2)
    assert first.closed
    assert world.phases == [Phase.POLLING]
    assert world.sent(made)


async def test_a_token_that_stays_refused_is_said(world: World) -> None:
    made = world.add()
    world.gateway.session_errors = [Unauthorised() for _ in range(4)]
    await world.run(until=45)
    assert world.phases == [Phase.UNAUTHORISED]
    assert world.cycles() == 4
    assert world.store.outbox.items[made.id].can_undo
    assert "leadqueue login" in world.states[-1].message


async def test_without_a_token_it_waits_for_one(world: World) -> None:
    made = world.add()
    connections: list[Gateway | GatewayError] = [Unauthorised(), world.gateway]

    def connect() -> Gateway:
        found = connections.pop(0)
        if isinstance(found, GatewayError):
            raise found
        return found

    world.connect = connect
    await world.run(until=35)
    assert world.phases == [Phase.UNAUTHORISED, Phase.POLLING]
    assert world.sent(made)


async def test_a_logout_on_this_machine_ends_the_sync_until_the_next_login(world: World) -> None:
    first, second = world.gateway, FakeGateway(world.server)
    connections = iter([first, second])
    world.connect = lambda: next(connections)
    made: list[Decision] = []
    waiting: list[bool] = []

    def log(*, here: bool) -> None:
        world.logged_in = here

    world.at(3, lambda: log(here=False))
    world.at(5, lambda: made.append(world.add()))
    world.at(5, world.loop.wake)
    world.at(70, lambda: waiting.append(not world.sent(made[0])))
    world.at(71, lambda: log(here=True))
    await world.run(until=73)
    assert first.closed
    assert waiting == [True]
    assert world.sent(made[0])
    assert world.phases == [Phase.POLLING, Phase.UNAUTHORISED, Phase.POLLING]
    assert "leadqueue login" in next(
        state.message for state in world.states if state.phase is Phase.UNAUTHORISED
    )


async def test_trouble_with_the_files_is_said_and_the_store_opened_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    saving = world.store.cache.save_session
    full = [StorageFull(Path("/x/cache.db"))]

    def failing(session: Session) -> None:
        if full:
            raise full.pop()
        saving(session)

    monkeypatch.setattr(world.store.cache, "save_session", failing)
    made = world.add()
    await world.run(until=20)
    assert world.phases == [Phase.HELD, Phase.POLLING]
    assert "disk is full" in next(state.message for state in world.states if state.phase is Phase.HELD)
    assert world.opened == 2
    assert world.sent(made)


async def test_a_fault_of_ours_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    faults = [ZeroDivisionError("for the test")]
    asking = world.gateway.session

    async def session() -> Session:
        if faults:
            raise faults.pop()
        return await asking()

    monkeypatch.setattr(world.gateway, "session", session)
    await world.run(until=20)
    assert world.phases == [Phase.HELD, Phase.POLLING]
    assert "ZeroDivisionError" in caplog.text


async def test_an_end_in_mid_request_leaves_the_outcome_unknown(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world.add()

    async def endless(bodies: object) -> object:
        world.loop.stop()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(world.gateway, "submit", endless)
    await world.run(until=1)
    assert world.store.outbox.state(made) is OutboxState.SENDING
    assert world.store.closed == 1
    assert world.gateway.closed


async def test_what_was_acknowledged_goes_out_when_its_time_has_come(world: World) -> None:
    world.gateway.user = replace(RITA, role=Role.MANAGER)
    outbox = world.store.outbox
    then: list[tuple[int, int]] = []

    def act() -> None:
        outbox.seen, outbox.seen_due = ["b-1"], NOW + timedelta(seconds=6)
        world.loop.wake()

    world.at(2, act)
    world.at(5, lambda: then.append((len(world.gateway.seen), world.cycles())))
    await world.run(until=9)
    [(sent, cycles)] = then
    assert sent == 0, "so long it can be taken back"
    assert world.gateway.seen == [["b-1"]]
    assert world.cycles() == cycles + 1


async def test_what_no_manager_may_send_any_more_hurries_nothing(world: World) -> None:
    world.store.outbox.seen = ["b-1"]
    await world.run(until=10)
    assert world.gateway.seen == []
    assert world.cycles() == 1


def company(*names: str) -> CompanyLeads:
    leads = tuple(CompanyLead(each, each, "CTO", "sal", "Raúl Rep", NOW, True, False) for each in names)
    return CompanyLeads(leads=leads, total=len(leads), beyond=len(leads), at=NOW)


def asked(world: World) -> list[str]:
    return [call for call in world.gateway.calls if call.startswith("company")]


async def test_a_company_is_asked_for_once_and_kept(world: World) -> None:
    world.gateway.companies = {"a": company("bob")}
    world.at(3, lambda: world.loop.look_up("a"))
    await world.run(until=40)
    assert asked(world) == ["company a"]
    assert world.store.cache.companies == {"a": company("bob")}


async def test_what_is_wanted_before_the_first_contact_waits_for_it(world: World) -> None:
    world.gateway.companies = {"a": company("bob"), "b": company()}
    world.gateway.down = True
    world.at(1, lambda: world.loop.look_up("a"))
    world.at(2, lambda: world.loop.look_up("b"))
    world.at(3, lambda: setattr(world.gateway, "down", False))
    world.at(3, world.loop.try_now)
    await world.run(until=10)
    assert asked(world) == ["company b"], "of what was looked at meanwhile, the last"
    assert set(world.store.cache.companies) == {"b"}


async def test_while_the_network_is_away_nobody_is_asked(world: World) -> None:
    world.at(2, lambda: setattr(world.gateway, "down", True))
    world.at(2, world.loop.try_now)
    world.at(4, lambda: world.loop.look_up("a"))
    await world.run(until=30)
    assert asked(world) == []
    assert world.states[-1].phase is Phase.OFFLINE


@pytest.mark.parametrize("wrong", [Throttled(), Unauthorised(), NotTheApi()])
async def test_a_company_that_is_not_told_is_nobodys_trouble(world: World, wrong: GatewayError) -> None:
    world.gateway.company_error = wrong
    world.at(3, lambda: world.loop.look_up("a"))
    await world.run(until=30)
    assert set(asked(world)) == {"company a"}
    assert world.store.cache.companies == {}
    assert world.phases == [Phase.POLLING]
    assert {state.message for state in world.states} == {""}


async def test_a_server_without_this_call_is_asked_once_for_each(world: World) -> None:
    world.at(3, lambda: world.loop.look_up("a"))
    await world.run(until=90)
    assert asked(world) == ["company a"]
    assert world.phases == [Phase.POLLING]


async def test_a_company_that_was_not_told_is_asked_for_with_the_next_cycle(world: World) -> None:
    world.gateway.companies = {"a": company("bob")}
    world.gateway.company_error = TimedOut()
    world.at(3, lambda: world.loop.look_up("a"))
    world.at(5, lambda: setattr(world.gateway, "company_error", None))
    await world.run(until=90)
    assert asked(world) == ["company a", "company a"]
    assert world.store.cache.companies == {"a": company("bob")}


async def test_of_one_that_was_not_told_and_one_wanted_since_the_last_is_asked_for(world: World) -> None:
    world.gateway.companies = {each: company() for each in "ab"}
    world.gateway.company_error = Throttled()
    world.at(3, lambda: world.loop.look_up("a"))
    world.at(4, lambda: setattr(world.gateway, "company_error", None))
    world.at(5, lambda: world.loop.look_up("b"))
    await world.run(until=90)
    assert asked(world) == ["company a", "company b"]


async def test_of_those_wanted_while_one_is_on_its_way_the_last_is_asked_for(world: World) -> None:
    world.gateway.companies = {each: company() for each in "abc"}
    world.gateway.company_gate = gate = asyncio.Event()
    for each in "abc":
        world.at(3, lambda each=each: world.loop.look_up(each))  # type: ignore[misc]
    world.at(5, gate.set)
    await world.run(until=8)
    assert asked(world) == ["company c"] or asked(world) == ["company a", "company c"]
    assert "b" not in world.store.cache.companies


async def test_a_slow_company_keeps_no_decision_back(world: World) -> None:
    world.gateway.company_gate = asyncio.Event()
    world.at(2, lambda: world.loop.look_up("a"))
    made: list[Decision] = []
    world.at(3, lambda: made.append(world.add()))
    world.at(3, world.loop.wake)
    seen: list[bool] = []
    world.at(5, lambda: seen.append(world.sent(made[0])))
    await world.run()
    assert seen == [True]
    assert world.gateway.closed, "what is on its way is dropped at the end"


async def test_a_company_that_cannot_be_kept_is_nobodys_trouble(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_lead_id: str, _told: CompanyLeads) -> None:
        raise StorageFull(Path("/x/cache.db"))

    monkeypatch.setattr(world.store.cache, "save_company", failing)
    world.gateway.companies = {"a": company()}
    world.at(3, lambda: world.loop.look_up("a"))
    await world.run(until=30)
    assert asked(world) == ["company a"]
    assert world.phases == [Phase.POLLING]

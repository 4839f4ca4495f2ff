"""The manager's part of the sync: figures in, acknowledgements out, and neither in the way of anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from tests.builders import MAYA, NOW, mql
from tests.postgres import over_both
from tests.server.world import World
from tests.sync.server_fake import FakeServer
from tests.sync.test_engine import Side
from tests.sync.test_with_server import Device, devices, world  # noqa: F401 - fixtures

from leadqueue.crm.gateway import (
    BadRequest,
    Forbidden,
    GatewayError,
    NotFound,
    ServerFault,
    Unauthorised,
)
from leadqueue.definitions.loader import shipped
from leadqueue.server import escalations
from leadqueue.server.store import DefinitionsCache
from leadqueue.sync.team import AT_MOST_EVERY, EVERY, MOST_BREACHES
from leadqueue.wire.api import Acknowledged, Escalation, Escalations, TeamQueue


@pytest.fixture
def manager() -> Side:
    side = Side(FakeServer())
    side.gateway.user = MAYA
    side.start()
    return side


def reads(side: Side) -> int:
    return side.gateway.calls.count("team_queue")


def due(side: Side) -> bool:
    return side.engine.team_is_due


async def test_a_rep_asks_for_nothing_of_it() -> None:
    side = Side(FakeServer())
    await side.engine.cycle()
    assert not {"team_queue", "escalations", "acknowledge"} & set(side.gateway.calls)


async def test_a_manager_reads_the_figures_at_once_and_then_now_and_then(manager: Side) -> None:
    await manager.engine.cycle()
    assert reads(manager) == len(manager.store.cache.team) == 1
    for _ in range(5):
        manager.now += EVERY / 10
        await manager.engine.cycle()
    assert reads(manager) == 1
    manager.now += EVERY
    await manager.engine.cycle()
    assert reads(manager) == 2


async def test_a_storm_of_changes_is_one_reading(manager: Side) -> None:
    await manager.engine.cycle()
    for number in range(20):
        manager.server.put(mql())
        manager.now += AT_MOST_EVERY / 40
        await manager.engine.cycle()
        assert reads(manager) == 1, number
    manager.server.put(mql())
    manager.now += AT_MOST_EVERY
    await manager.engine.cycle()
    assert reads(manager) == 2


async def test_a_change_too_soon_after_a_reading_is_read_as_soon_as_may_be(manager: Side) -> None:
    await manager.engine.cycle()
    assert not due(manager)
    manager.now += AT_MOST_EVERY / 5
    manager.server.put(mql())
    await manager.engine.cycle()
    assert reads(manager) == 1
    assert not due(manager)
    manager.now += AT_MOST_EVERY
    assert due(manager)
    await manager.engine.cycle()
    assert reads(manager) == 2
    manager.now += AT_MOST_EVERY
    assert not due(manager)


async def test_they_are_due_for_a_manager_alone_and_not_again_while_the_server_has_a_fault(
    manager: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    rep = Side(FakeServer())
    await rep.engine.cycle()
    await manager.engine.cycle()
    manager.now += EVERY
    rep.now += EVERY
    assert (due(rep), due(manager)) == (False, True)
    manager.store.outbox.seen = ["b-1"]
    monkeypatch.setattr(manager.gateway, "acknowledge", refusing(manager, "b-1", ServerFault()))
    await manager.engine.cycle()
    assert reads(manager) == 1
    assert not due(manager)


async def test_the_user_who_asks_gets_them_at_once(manager: Side) -> None:
    await manager.engine.cycle()
    await manager.engine.cycle(force=True)
    assert reads(manager) == 2


async def test_what_was_acknowledged_goes_out_in_parts_and_the_figures_come_back(manager: Side) -> None:
    await manager.engine.cycle()
    manager.store.outbox.seen = [f"b-{number}" for number in range(450)]
    await manager.engine.cycle()
    assert [len(part) for part in manager.gateway.seen] == [200, 200, 50]
    assert manager.store.outbox.seen == []
    assert reads(manager) == 2


def breaches(count: int, *, start: int = 0, seen: bool = False) -> tuple[Escalation, ...]:
    return tuple(
        Escalation(
            id=f"b-{number}", lead_id="l", clock="review", level=1, due_at=NOW, breached_at=NOW,
            owner_id=None, owner_name="", acknowledged_at=NOW if seen else None,
        )
        for number in range(start, start + count)
    )  # fmt: skip


async def test_all_that_wait_are_read_and_no_page_of_those_that_do_not(manager: Side) -> None:
    last = (*breaches(1, start=5), *breaches(2, start=1, seen=True))
    manager.gateway.breaches = {
        "": Escalations(escalations=breaches(5), waiting=6, next="second"),
        "second": Escalations(escalations=last, waiting=5, next="third"),
        "third": Escalations(escalations=breaches(5, start=10, seen=True), waiting=5),
    }
    await manager.engine.cycle()
    [(_, kept)] = manager.store.cache.team
    assert [each.id for each in kept.escalations] == [f"b-{number}" for number in range(6)]
    assert [each.id for each in kept.escalations if each.acknowledged_at] == ["b-1", "b-2"]
    assert kept.waiting == 6


async def test_of_very_many_the_latest_are_kept_and_all_are_counted(manager: Side) -> None:
    part = MOST_BREACHES // 2
    manager.gateway.breaches = {
        str(page or ""): Escalations(
            escalations=breaches(part, start=page * part), waiting=5 * part, next=str(page + 1)
        )
        for page in range(5)
    }
    await manager.engine.cycle()
    [(_, kept)] = manager.store.cache.team
    assert (len(kept.escalations), kept.waiting) == (MOST_BREACHES, 5 * part)


@pytest.mark.parametrize("error", [NotFound(), ServerFault()])
async def test_trouble_with_it_is_no_trouble_of_the_sync(
    manager: Side, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def fails() -> TeamQueue:
        raise error

    monkeypatch.setattr(manager.gateway, "team_queue", fails)
    manager.store.outbox.seen = ["b-1"]
    report = await manager.engine.cycle()
    assert report.ok
    assert manager.store.cache.last_pull == manager.now
    assert manager.store.cache.team == []
    assert manager.store.outbox.seen == []


async def test_what_could_not_be_sent_is_kept(manager: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_ids: object) -> None:
        raise ServerFault

    manager.store.outbox.seen = ["b-1"]
    with monkeypatch.context() as broken:
        broken.setattr(manager.gateway, "acknowledge", fails)
        assert (await manager.engine.cycle()).ok
    assert manager.store.outbox.seen == ["b-1"]
    await manager.engine.cycle()
    assert manager.store.outbox.seen == []


def refusing(side: Side, refused: str, error: GatewayError) -> Callable[..., Awaitable[Acknowledged]]:
    """What the server says to acknowledgements: a part with `refused` in it is not taken."""
    taking = side.gateway.acknowledge

    async def acknowledge(ids: Sequence[str]) -> Acknowledged:
        if refused in ids:
            raise error
        return await taking(ids)

    return acknowledge


@pytest.mark.parametrize("error", [BadRequest(), Forbidden("The token may only read."), NotFound()])
async def test_a_part_that_is_refused_is_told_and_keeps_no_other_back(
    manager: Side, monkeypatch: pytest.MonkeyPatch, error: GatewayError
) -> None:
    outbox = manager.store.outbox
    outbox.seen = [f"b-{number}" for number in range(450)]
    with monkeypatch.context() as broken:
        broken.setattr(manager.gateway, "acknowledge", refusing(manager, "b-7", error))
        assert (await manager.engine.cycle()).ok
    assert outbox.seen == [f"b-{number}" for number in range(200)]
    assert outbox.team_trouble == f"Acknowledgements are not sent: {error}"
    assert reads(manager) == 1
    await manager.engine.cycle()
    assert (outbox.seen, outbox.team_trouble) == ([], "")


async def test_a_server_with_a_fault_is_left_alone_until_the_next_cycle(
    manager: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox = manager.store.outbox
    outbox.seen = [f"b-{number}" for number in range(450)]
    monkeypatch.setattr(manager.gateway, "acknowledge", refusing(manager, "b-207", ServerFault()))
    assert (await manager.engine.cycle()).ok
    assert outbox.seen == [f"b-{number}" for number in range(200, 450)]
    assert outbox.team_trouble == f"Acknowledgements are not sent: {ServerFault()}"
    assert reads(manager) == 0


async def test_figures_that_are_not_read_are_told_until_they_are(
    manager: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails() -> TeamQueue:
        raise Forbidden("No \x1b[2J figures.")

    with monkeypatch.context() as broken:
        broken.setattr(manager.gateway, "team_queue", fails)
        await manager.engine.cycle()
        for _ in range(2):  # also in a cycle in which nothing of it was due
            assert manager.store.outbox.team_trouble.startswith("The team's figures are not read: No ")
            assert "\x1b" not in manager.store.outbox.team_trouble
            await manager.engine.cycle()
    manager.now += EVERY
    await manager.engine.cycle()
    assert manager.store.outbox.team_trouble == ""


async def test_the_same_trouble_is_written_once(manager: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    outbox = manager.store.outbox
    keeping = outbox.save_team_trouble

    def keep(trouble: str) -> None:
        written.append(trouble)
        keeping(trouble)

    monkeypatch.setattr(outbox, "save_team_trouble", keep)
    outbox.seen = ["b-1"]
    monkeypatch.setattr(manager.gateway, "acknowledge", refusing(manager, "b-1", Forbidden()))
    for _ in range(3):
        await manager.engine.cycle()
    assert len(written) == 1


async def test_a_token_that_is_not_accepted_is_told(manager: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(_after: str = "", limit: int = 0) -> Escalations:
        raise Unauthorised

    monkeypatch.setattr(manager.gateway, "escalations", fails)
    assert isinstance((await manager.engine.cycle()).error, Unauthorised)


@over_both
async def test_manager_and_server_count_the_same(
    world: World,  # noqa: F811 - the fixture
    devices: Callable[[str], Device],  # noqa: F811 - the fixture
) -> None:
    for owner in ("rita", "raul", "rita"):
        world.lead(owner=owner)
    world.clock.moment += timedelta(days=6)
    world.decide("rita", world.body(world.lead(), "accept"))
    escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
    maya = devices("maya")
    assert (await maya.cycle()).ok
    kept = maya.store.cache.team()
    assert kept is not None
    said, breaches = kept
    from leadqueue.cache.team import TeamSide

    side = TeamSide(maya.store, maya.now)
    table = side.facts().table(side.backlog(), said.at)
    assert [(line.name, line.load, line.history) for line in table.lines] == [
        (line.name, line.load, line.history) for line in said.reps
    ]
    assert table.total.load == said.total.load
    assert table.total.load.breached == 3
    assert said.definitions_version == shipped().definitions.version
    open_ones = [each.id for each in breaches.escalations]
    side.acknowledge(open_ones)
    assert side.facts().seen == set(open_ones)
    await maya.cycle()
    assert side.facts().seen == frozenset()
    assert {each.acknowledged_by_name for each in side.facts().breaches} == {"maya"}

"""Several processes over one PostgreSQL: events from any of them reach the listeners of all."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from httpx_sse import ServerSentEvent, connect_sse
from tests import postgres
from tests.e2e.serving import PROGRAM
from tests.server.world import World

from leadqueue.server import bell, hints
from leadqueue.server.database import Database
from leadqueue.server.embedded import EmbeddedServer
from leadqueue.wire.api import EventHint


@pytest.fixture(autouse=True)
def _only_the_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks without a ring here, and a lost connection is made again at once."""
    monkeypatch.setattr(bell, "LOOK_ANYWAY_S", 3600.0)
    monkeypatch.setattr(bell, "RECONNECT_S", 0.01)


@pytest.fixture
def shared() -> Iterator[str]:
    with postgres.fresh_database() as address:
        yield address


@pytest.fixture
def world(shared: str) -> Iterator[World]:
    made = World(Database.open(shared))
    yield made
    made.client.close()
    made.database.close()


@contextmanager
def listening(world: World, url: str, name: str = "rita") -> Iterator[Iterator[ServerSentEvent]]:
    with (
        httpx.Client(base_url=url, headers=world.as_(name), timeout=30, trust_env=False) as client,
        connect_sse(client, "GET", "/v1/events") as source,
    ):
        yield source.iter_sse()


def _seq(events: Iterator[ServerSentEvent]) -> int:
    return EventHint.model_validate_json(next(events).data).seq


def test_a_commit_of_another_process_is_heard_by_all(world: World, shared: str) -> None:
    lead = world.lead()
    other = Database.open(shared)
    with ExitStack() as stack:
        servers = [
            stack.enter_context(EmbeddedServer(database, now=world.clock))
            for database in (world.database, other)
        ]
        streams = [stack.enter_context(listening(world, server.url)) for server in servers]
        streams.append(stack.enter_context(listening(world, servers[1].url, "maya")))
        first = {_seq(stream) for stream in streams}
        [answer] = world.decide("rita", world.body(lead, "accept"))  # through neither of the two
        assert [_seq(stream) for stream in streams] == [answer.seq] * 3
        assert answer.seq not in first
    other.close()


def test_a_new_epoch_is_heard(world: World) -> None:
    with EmbeddedServer(world.database, now=world.clock) as server, listening(world, server.url) as events:
        next(events)
        epoch = world.admin.new_epoch(world.organisation.id)
        assert EventHint.model_validate_json(next(events).data).epoch == epoch


def test_a_lost_connection_is_made_again_and_what_rang_meanwhile_is_not_missed(world: World) -> None:
    lead = world.lead()
    with EmbeddedServer(world.database, now=world.clock) as server, listening(world, server.url) as events:
        before = _seq(events)
        for _ in range(3):
            with world.database.write() as connection:
                assert connection.execute(_END_OF_LISTENING).scalar_one() >= 0
            made = world.body(lead, "note")
            [answer] = world.decide("rita", made)
            assert _seq(events) == answer.seq == before + 1
            before += 1


_END_OF_LISTENING = sa.text(
    "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity "
    "WHERE application_name = 'leadqueue events' AND datname = current_database()"
)


async def test_listeners_share_one_watch_and_the_last_one_ends_it() -> None:
    looks: list[str] = []
    heads = {"o": (1, "e")}
    bells = {"o": asyncio.Event()}

    def head(organisation_id: str) -> tuple[int, str]:
        looks.append(organisation_id)
        return heads[organisation_id]

    async def rung(organisation_id: str) -> None:
        await bells[organisation_id].wait()
        bells[organisation_id].clear()

    asked: list[tuple[str, ...]] = []

    def still_good(texts: Collection[str]) -> Collection[str]:
        asked.append(tuple(texts))
        return texts

    shared = hints.Hints(head, still_good, rung)
    followers = [shared.follow("o", f"token {number}") for number in range(50)]
    assert {(await anext(each)).seq for each in followers} == {1}
    asked.clear()
    heads["o"] = (2, "e")
    waiting = [asyncio.ensure_future(anext(each)) for each in followers]
    await asyncio.sleep(0)
    bells["o"].set()
    assert {each.seq for each in await asyncio.gather(*waiting)} == {2}
    assert len(looks) == 2
    assert [len(each) for each in asked] == [50], "once for each news, not for each listener"
    for each in followers:
        await each.aclose()
    await asyncio.sleep(0)
    bells["o"].set()
    await asyncio.sleep(0)
    assert bells["o"].is_set()  # nobody waits for it any more


async def test_who_is_not_accepted_any_more_hears_no_more_and_the_others_do() -> None:
    heads = {"o": (1, "e")}
    bell = asyncio.Event()
    good = {"kept", "revoked"}

    async def rung(_organisation_id: str) -> None:
        await bell.wait()
        bell.clear()

    shared = hints.Hints(heads.__getitem__, good.intersection, rung)
    kept, revoked, again = (shared.follow("o", token) for token in ("kept", "revoked", "revoked"))
    assert [(await anext(each)).seq for each in (kept, revoked, again)] == [1, 1, 1]
    good.discard("revoked")
    heads["o"] = (2, "e")
    bell.set()
    assert (await anext(kept)).seq == 2
    for each in (revoked, again):
        with pytest.raises(StopAsyncIteration):
            await anext(each)
    late = shared.follow("o", "revoked")  # it passed the door before
    with pytest.raises(StopAsyncIteration):
        await anext(late)
    await kept.aclose()


async def test_a_head_that_cannot_be_read_is_read_again() -> None:
    answers: list[tuple[int, str] | Exception] = [OSError("away"), (7, "e")]

    def head(_organisation_id: str) -> tuple[int, str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def rung(_organisation_id: str) -> None:
        if not answers:
            await asyncio.Event().wait()

    follower = hints.Hints(head, lambda texts: texts, rung).follow("o", "token")
    assert (await anext(follower)).seq == 7
    await follower.aclose()


def test_several_workers_serve_one_address(world: World, shared: str, tmp_path: Path) -> None:
    """The real program with two processes: each answers, and a killed one is replaced."""
    lead = world.lead()
    command = [*PROGRAM, "serve", "--port", "0", "--workers", "2", "--pool-size", "2"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=log, env=_with(shared), text=True)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        assert "leadqueue serves http://" in said, said
        assert shared not in said or "@/" in said
        url = said.split()[2].rstrip(";")
        with httpx.Client(base_url=url, headers=world.as_("rita"), timeout=60, trust_env=False) as client:
            assert client.get("/v1/session").status_code == 200
            with listening(world, url) as events:
                _seq(events)
                made = {"decisions": [world.body(lead, "accept")]}
                answer = client.post("/v1/decisions", json=made).json()["answers"][0]
                assert answer["status"] == "applied"
                assert _seq(events) == answer["seq"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert process.returncode == 0


def _with(address: str) -> dict[str, str]:
    return {**os.environ, "LEADQUEUE_DATABASE": address}

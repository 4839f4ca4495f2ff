"""What may be asked of the server in how much time and memory, and how each refusal is told."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx
import limits.storage.memory
import pytest
from tests.server.world import World

from leadqueue.server.app import create_app
from leadqueue.server.limits import MAX_BODY, MAX_DEPTH, Bodies, Limits, check_depth
from leadqueue.server.problems import ApiError
from leadqueue.wire.problem import PROBLEM_JSON, Problem, ProblemType


def with_limits(world: World, **named: float) -> httpx.AsyncClient:
    chosen = Limits(**named)  # type: ignore[arg-type]
    app = create_app(world.database, world.clock, world.new_id, sweeps=False, limits=chosen)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://crm.test")


class Time:
    """The library's clock."""

    def __init__(self) -> None:
        self.moment = 1000.0

    def time(self) -> float:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(limits.storage.memory, "time", made)
    monkeypatch.setattr("leadqueue.server.limits.time", made)
    return made


def problem_of(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == PROBLEM_JSON
    assert "leadqueue-server-time" in answer.headers
    assert "x-request-id" in answer.headers
    return Problem.model_validate_json(answer.content).type


class TestPace:
    async def test_reads_are_counted_by_token(self, world: World, clock: Time) -> None:
        async with with_limits(world, reads=3) as client:
            rita, raul = world.as_("rita"), world.as_("raul")
            clock.moment += 7
            for _ in range(3):
                assert (await client.get("/v1/session", headers=rita)).status_code == 200
            clock.moment += 20
            over = await client.get("/v1/session", headers=rita)
            assert (over.status_code, problem_of(over)) == (429, ProblemType.THROTTLED)
            assert over.headers["retry-after"] == "40"
            assert (await client.get("/v1/session", headers=raul)).status_code == 200
            clock.moment += 41
            assert (await client.get("/v1/session", headers=rita)).status_code == 200

    @pytest.mark.usefixtures("clock")
    async def test_decisions_have_a_pace_of_their_own(self, world: World) -> None:
        lead = world.lead()
        async with with_limits(world, reads=1, decisions=2) as client:
            rita = world.as_("rita")
            for _ in range(2):
                body = {"decisions": [world.body(lead, "note", {"note": "x"})]}
                assert (await client.post("/v1/decisions", json=body, headers=rita)).status_code == 200
            assert (await client.post("/v1/decisions", json=body, headers=rita)).status_code == 429
            assert (await client.get("/v1/session", headers=rita)).status_code == 200
            assert (await client.get("/v1/session", headers=rita)).status_code == 429

    @pytest.mark.usefixtures("clock")
    async def test_renewing_a_token_brings_no_fresh_allowance(self, world: World) -> None:
        async with with_limits(world, reads=1) as client:
            token, _ = world.admin.create_token(
                world.organisation.id, world.rita.id, lifetime=timedelta(days=1)
            )
            rita = {"Authorization": f"Bearer {token}"}
            renewed = (await client.post("/v1/session/refresh", headers=rita)).json()["token"]
            assert (await client.get("/v1/session", headers=rita)).status_code == 200
            headers = {"Authorization": f"Bearer {renewed}"}
            assert (await client.get("/v1/session", headers=headers)).status_code == 429

    async def test_without_limits_nothing_is_counted(self, world: World) -> None:
        async with with_limits(world) as client:
            for _ in range(50):
                assert (await client.get("/v1/session", headers=world.as_("rita"))).status_code == 200


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


class TestDepth:
    @pytest.mark.parametrize("body", [nested(MAX_DEPTH), b'["' + b"[" * 500 + b'"]', b"[]," * 500, b""])
    def test_what_is_flat_enough_passes(self, body: bytes) -> None:
        check_depth(body)

    @pytest.mark.parametrize(
        "body",
        [
            nested(MAX_DEPTH + 1),
            b"[" * 100_000,
            b'["\\\\",' + b"[" * 100,
            b'{"a\\"b": ' + nested(MAX_DEPTH + 1) + b"}",
        ],
    )
    def test_what_is_not_is_refused(self, body: bytes) -> None:
        with pytest.raises(ApiError) as caught:
            check_depth(body)
        assert (caught.value.status, caught.value.kind) == (400, ProblemType.INVALID)

    def test_a_body_without_an_end_costs_no_more_than_another(self) -> None:
        """The scan goes over each byte once, also where strings never end."""
        for piece in (b'\\"', b'"', b'"\\', b'[{"', b'"a"['):
            whole = b"[" * 40 + b'"' + piece * (MAX_BODY // len(piece) // 8)
            with pytest.raises(ApiError):
                check_depth(whole)

    def test_over_the_wire_it_is_a_problem(self, world: World) -> None:
        content = b'{"decisions":' + b"[" * 50 + b"]" * 50 + b"}"
        answer = world.client.post("/v1/decisions", content=content, headers=world.as_("rita"))
        assert answer.status_code == 400
        assert "32 levels" in answer.json()["detail"]


class TestBodies:
    async def test_one_that_does_not_arrive_in_time_is_given_up(self, world: World) -> None:
        never = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield b'{"decisions":'
            await never.wait()

        async with with_limits(world, body_seconds=0.0) as client:
            answer = await client.post("/v1/decisions", content=slow(), headers=world.as_("rita"))
        assert (answer.status_code, problem_of(answer)) == (408, ProblemType.TOO_SLOW)
        assert answer.headers["connection"] == "close"

    async def test_all_bodies_together_have_a_bound(self, world: World) -> None:
        async with with_limits(world, bodies_at_once=1000) as client:
            content = json.dumps({"decisions": ["x" * 2000]}).encode()
            answer = await client.post("/v1/decisions", content=content, headers=world.as_("rita"))
            assert (answer.status_code, problem_of(answer)) == (503, ProblemType.UNAVAILABLE)
            assert answer.headers["retry-after"] == "1"
            packed = world.as_("rita") | {"Content-Encoding": "gzip"}
            answer = await client.post("/v1/decisions", content=gzip.compress(content), headers=packed)
            assert answer.status_code == 503
            answer = await client.post("/v1/decisions", content=b"{}", headers=world.as_("rita"))
            assert answer.status_code == 422

    @pytest.mark.parametrize("packed", [False, True])
    async def test_memory_is_given_back_whatever_happens(self, *, packed: bool) -> None:
        bodies = Bodies(Limits(bodies_at_once=3000))

        async def read(content: bytes) -> None:
            sent = gzip.compress(content) if packed else content
            async with bodies.read(receiver([sent[:10], sent[10:]]), packed=packed) as body:
                assert body == content
                assert bodies.held == len(content)

        await read(b"x" * 2000)
        assert bodies.held == 0
        with pytest.raises(ApiError):
            await read(b"x" * 4000)
        assert bodies.held == 0
        with pytest.raises(ApiError):
            await read(b"[" * 100)
        assert bodies.held == 0

    @pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"x" * 99, mtime=0)[:-4], b"[" * 99])
    async def test_a_bad_body_is_answered_at_its_end(self, content: bytes) -> None:
        """Whoever waits for more of it waits until the client gives up."""
        parts = [content]

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}

        with pytest.raises(ApiError):
            async with Bodies(Limits()).read(receive, packed=not content.startswith(b"[")):
                pass
        assert parts == []

    async def test_nothing_of_a_strangers_body_is_kept(self, world: World) -> None:
        """It is refused before it is read, and taken off the line."""
        app = create_app(world.database, world.clock, world.new_id, sweeps=False)
        taken: list[int] = []

        async def body() -> AsyncIterator[bytes]:
            for _ in range(20):
                taken.append(app.state.services.bodies.held)
                yield b"x" * 100_000

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://crm.test"
        ) as client:
            headers = {"Authorization": "Bearer lq_unknown"}
            answer = await client.post("/v1/decisions", content=body(), headers=headers)
        assert answer.status_code == 401
        assert taken == [0] * 20

    async def test_a_bomb_is_not_unpacked(self, world: World) -> None:
        bomb = gzip.compress(b"\0" * (20 * MAX_BODY))
        async with with_limits(world) as client:
            headers = world.as_("rita") | {"Content-Encoding": "gzip"}
            answer = await client.post("/v1/decisions", content=bomb, headers=headers)
        assert (answer.status_code, problem_of(answer)) == (413, ProblemType.TOO_LARGE)


def receiver(parts: list[bytes]) -> Callable[[], Awaitable[dict[str, object]]]:
    waiting = list(parts)

    async def receive() -> dict[str, object]:
        part = waiting.pop(0) if waiting else b""
        return {"type": "http.request", "body": part, "more_body": bool(waiting)}

    return receive

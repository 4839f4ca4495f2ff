"""The gateway to the native API: what it sends, and what it makes of every kind of answer."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, timedelta

import httpx
import pytest
from tests.builders import NOW, new_id
from tests.sync.server_fake import FakeGateway, FakeServer

from leadqueue.crm import native
from leadqueue.crm.gateway import (
    BadRequest,
    CursorExpired,
    EpochChanged,
    Forbidden,
    GatewayError,
    NotAccepted,
    NotFound,
    NoTls,
    NotTheApi,
    ProtocolMismatch,
    ServerFault,
    Throttled,
    TimedOut,
    TooLarge,
    Unauthorised,
    Unreachable,
    Untrusted,
)
from leadqueue.crm.native import NativeGateway, is_loopback
from leadqueue.wire.api import (
    EPOCH_HEADER,
    PROTOCOL_HEADER,
    SERVER_TIME_HEADER,
    Answer,
    AnswerStatus,
    ChangesPage,
    EventHint,
)
from leadqueue.wire.problem import PROBLEM_JSON, ProblemType

Handler = Callable[[httpx.Request], httpx.Response]


def caused(error: Exception, cause: Exception) -> Exception:
    """The error as httpx raises it, two steps from its cause."""
    between = RuntimeError("of the library below")
    between.__context__ = cause
    error.__cause__ = between
    return error


EMPTY_PAGE = ChangesPage(changes=(), next="c", seq=0, more=False).model_dump(mode="json")
FROM_API = {SERVER_TIME_HEADER: NOW.isoformat()}


def gateway(handler: Handler, **more: object) -> NativeGateway:
    return NativeGateway(
        "https://crm.example/base",
        "lq_secret",
        lambda: NOW,
        transport=httpx.MockTransport(handler),
        **more,  # type: ignore[arg-type]
    )


def problem(status: int, kind: str = "about:blank", **headers: str) -> httpx.Response:
    return httpx.Response(
        status,
        json={"type": kind, "title": "Title", "status": status, "detail": "A detail\x1b[31m."},
        headers={"content-type": PROBLEM_JSON, **headers},
    )


async def failing(response: httpx.Response | Exception) -> GatewayError:
    def handler(_request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    connection = gateway(handler)
    with pytest.raises(GatewayError) as caught:
        await connection.changes("rep:1", None, 10)
    await connection.aclose()
    return caught.value


class TestRequests:
    async def test_every_request_says_who_and_in_which_protocol(self) -> None:
        seen: list[httpx.Request] = []

        def handler(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(200, json=EMPTY_PAGE)

        connection = gateway(handler)
        await connection.changes("rep:1&x", "a/b=", 7)
        await connection.aclose()
        (request,) = seen
        assert request.url.path == "/base/v1/changes"
        assert dict(request.url.params) == {"audience": "rep:1&x", "cursor": "a/b=", "limit": "7"}
        assert request.headers["authorization"] == "Bearer lq_secret"
        assert request.headers[PROTOCOL_HEADER] == "1"
        assert "gzip" in request.headers["accept-encoding"]

    async def test_decisions_name_the_epoch_that_the_session_told(self) -> None:
        session = await FakeGateway(FakeServer()).session()
        seen: list[str | None] = []

        def handler(request: httpx.Request) -> httpx.Response:
            if request.method == "GET":
                return httpx.Response(200, json=session.model_dump(mode="json"))
            seen.append(request.headers.get(EPOCH_HEADER))
            return problem(409, ProblemType.EPOCH_CHANGED)

        connection = gateway(handler)
        await connection.session()
        with pytest.raises(EpochChanged):
            await connection.submit(["{}"])
        await connection.aclose()
        assert seen == [session.epoch]

    @pytest.mark.parametrize("size", [10, 100_000])
    async def test_decisions_travel_byte_for_byte(self, size: int) -> None:
        bodies = ['{"id": "1",  "values": {"note": "é' + "x" * size + '"}}', '{"id":"2"}']
        seen: list[bytes] = []

        def handler(request: httpx.Request) -> httpx.Response:
            zipped = request.headers.get("content-encoding") == "gzip"
            assert zipped is (size > 1024)
            seen.append(gzip.decompress(request.content) if zipped else request.content)
            return httpx.Response(200, json={"answers": []})

        connection = gateway(handler)
        await connection.submit(bodies)
        await connection.aclose()
        assert seen == [('{"decisions":[' + ",".join(bodies) + "]}").encode()]

    async def test_a_server_that_takes_no_compression_gets_none(self) -> None:
        seen: list[bool] = []

        def handler(request: httpx.Request) -> httpx.Response:
            seen.append("content-encoding" in request.headers)
            return problem(415) if seen[-1] else httpx.Response(200, json={"answers": []})

        connection = gateway(handler)
        for _ in range(2):
            await connection.submit(['{"note":"' + "x" * 5000 + '"}'])
        await connection.aclose()
        assert seen == [True, False, False]

    async def test_definitions_are_asked_for_with_their_etag(self) -> None:
        def handler(request: httpx.Request) -> httpx.Response:
            if request.headers.get("if-none-match") == '"d1"':
                return httpx.Response(304)
            return httpx.Response(200, text="version = 'x'", headers={"etag": '"d1"', **FROM_API})

        connection = gateway(handler)
        file = await connection.definitions()
        assert file is not None
        assert (file.text, file.etag) == ("version = 'x'", '"d1"')
        assert await connection.definitions(file.etag) is None
        await connection.aclose()


class TestErrors:
    @pytest.mark.parametrize(
        ("response", "kind"),
        [
            (problem(400), BadRequest),
            (problem(401), Unauthorised),
            (problem(403), Forbidden),
            (problem(404), NotFound),
            (problem(409), NotAccepted),
            (problem(409, ProblemType.PROTOCOL), ProtocolMismatch),
            (problem(409, ProblemType.EPOCH_CHANGED), EpochChanged),
            (problem(410), CursorExpired),
            (problem(413), TooLarge),
            (problem(422), BadRequest),
            (problem(429), Throttled),
            (problem(500), ServerFault),
            (problem(503), ServerFault),
            (httpx.Response(401, text="Unauthorized", headers=FROM_API), Unauthorised),
            (httpx.Response(413, html="<h1>nginx</h1>"), TooLarge),
            (httpx.Response(429, html="<h1>slow</h1>"), Throttled),
            (httpx.Response(502, html="<h1>Bad gateway</h1>"), ServerFault),
        ],
    )
    async def test_each_has_its_class(self, response: httpx.Response, kind: type[GatewayError]) -> None:
        assert type(await failing(response)) is kind

    @pytest.mark.parametrize(
        "response",
        [
            httpx.Response(200, html="<h1>Welcome to the hotel</h1>"),
            httpx.Response(302, headers={"location": "https://hotel.example/login"}),
            httpx.Response(401, html="<h1>Log in</h1>"),
            httpx.Response(403, html="<h1>Forbidden</h1>"),
            httpx.Response(404, text="not found"),
            httpx.Response(511, html="<h1>Log in</h1>"),
            httpx.Response(200, json=["not", "a", "page"]),
            httpx.Response(200, content=b"{", headers={"content-type": "application/json"}),
            httpx.Response(200, content=b"junk", headers={"content-type": "application/json", "x": "1"}),
        ],
    )
    async def test_what_is_not_the_api_is_seen(self, response: httpx.Response) -> None:
        assert isinstance(await failing(response), NotTheApi)

    @pytest.mark.parametrize(
        ("error", "kind"),
        [
            (httpx.ConnectError("no route"), Unreachable),
            (caused(httpx.ConnectError("no"), OSError("no route")), Unreachable),
            (caused(httpx.ConnectError("no"), ssl.SSLError("wrong version number")), NoTls),
            (caused(httpx.ConnectError("no"), ssl.SSLCertVerificationError("self-signed")), Untrusted),
            (httpx.ConnectTimeout("slow"), Unreachable),
            (httpx.ReadTimeout("slow"), TimedOut),
            (httpx.WriteTimeout("slow"), TimedOut),
            (httpx.ReadError("reset"), Unreachable),
            (httpx.RemoteProtocolError("cut off"), Unreachable),
            (httpx.DecodingError("bad gzip"), NotTheApi),
            (httpx.UnsupportedProtocol("ftp"), NotAccepted),
        ],
    )
    async def test_trouble_on_the_way(self, error: Exception, kind: type[GatewayError]) -> None:
        assert type(await failing(error)) is kind

    async def test_every_error_has_a_sentence_without_control_characters(self) -> None:
        for status in (400, 401, 403, 404, 409, 410, 413, 422, 429, 500):
            message = str(await failing(problem(status)))
            assert message
            assert message.isprintable()
        assert str(await failing(problem(403))).startswith("A detail")

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("120", 120.0),
            ("Mon, 23 Nov 2026 09:00:30 GMT", 30.0),
            ("Mon, 23 Nov 2026 08:00:00 GMT", 0.0),
            ("soon", None),
            ("-5", None),
        ],
    )
    async def test_the_pause_asked_for_is_read_in_both_forms(
        self, header: str, seconds: float | None
    ) -> None:
        assert (await failing(problem(429, **{"retry-after": header}))).retry_after == seconds


class TestAnswers:
    async def test_one_that_cannot_be_read_delays_no_other(self) -> None:
        good, strange, new = new_id(), new_id(), new_id()

        def handler(_request: httpx.Request) -> httpx.Response:
            answers = [
                {"id": strange, "status": "conflict", "lead": {"of": "another shape"}},
                {"id": new, "status": "postponed by committee"},
                {"id": good, "status": "applied", "seq": 3},
            ]
            return httpx.Response(200, json={"answers": answers})

        connection = gateway(handler)
        answers = await connection.submit(["{}"])
        await connection.aclose()
        assert answers == (
            Answer(id=strange, status=AnswerStatus.CONFLICT),
            Answer(id=good, status=AnswerStatus.APPLIED, seq=3),
        )


class TestClock:
    async def test_each_answer_gives_a_sample(self) -> None:
        ticks = iter([100.0, 100.4, 200.0, 200.1])
        server = (NOW + timedelta(seconds=5)).astimezone(UTC).isoformat()
        connection = gateway(
            lambda _request: httpx.Response(200, json=EMPTY_PAGE, headers={SERVER_TIME_HEADER: server}),
            steady=lambda: next(ticks),
        )
        await connection.changes("rep:1", None, 1)
        await connection.changes("rep:1", None, 1)
        samples = connection.take_samples()
        assert [(each.offset_ms, each.round_trip_ms) for each in samples] == [(5200, 400), (5050, 100)]
        assert connection.take_samples() == ()
        await connection.aclose()

    @pytest.mark.parametrize("header", ["yesterday", "2026-11-23T09:00:00", ""])
    async def test_a_strange_time_gives_none(self, header: str) -> None:
        connection = gateway(
            lambda _request: httpx.Response(200, json=EMPTY_PAGE, headers={SERVER_TIME_HEADER: header})
        )
        await connection.changes("rep:1", None, 1)
        assert connection.take_samples() == ()
        await connection.aclose()


class TestCutNetwork:
    async def test_nothing_goes_out(self) -> None:
        seen: list[httpx.Request] = []

        def handler(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return problem(500)

        connection = gateway(handler, is_cut=lambda: True)
        with pytest.raises(Unreachable):
            await connection.session()
        assert seen == []
        await connection.aclose()

    async def test_an_answer_on_its_way_is_lost(self) -> None:
        cut: list[bool] = []

        def handler(_request: httpx.Request) -> httpx.Response:
            cut.append(True)
            return httpx.Response(200, json={"answers": []})

        connection = gateway(handler, is_cut=lambda: bool(cut))
        with pytest.raises(Unreachable):
            await connection.submit(["{}"])
        await connection.aclose()


class Stream(httpx.AsyncByteStream):
    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self._parts:
            yield part


class Silence(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""


class TestEvents:
    async def test_a_cut_ends_a_silent_stream(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(native, "CUT_CHECK_S", 0)
        checks = itertools.count()
        connection = gateway(
            lambda _request: httpx.Response(
                200, headers={"content-type": "text/event-stream"}, stream=Silence()
            ),
            is_cut=lambda: next(checks) > 5,
        )
        with pytest.raises(Unreachable):
            [hint async for hint in connection.events()]
        await connection.aclose()

    async def test_hints_come_as_they_are_sent(self) -> None:
        data = json.dumps({"seq": 7, "epoch": "e", "more": 1})

        def handler(request: httpx.Request) -> httpx.Response:
            assert request.headers["accept"] == "text/event-stream"
            return httpx.Response(
                200,
                headers={"content-type": "text/event-stream"},
                stream=Stream(b": heartbeat\n\n", f"event: changed\ndata: {data}\n\n".encode()),
            )

        connection = gateway(handler)
        heard: list[EventHint | None] = []

        async def listen() -> None:
            async for hint in connection.events():
                heard.append(hint)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(Unreachable):
            await listen()
        assert heard == [None, EventHint(seq=7, epoch="e")]
        await connection.aclose()

    @pytest.mark.parametrize(
        ("response", "kind"),
        [
            (httpx.Response(200, html="<h1>Welcome</h1>"), NotTheApi),
            (problem(404), NotFound),
            (problem(401), Unauthorised),
        ],
    )
    async def test_no_stream_is_an_error(self, response: httpx.Response, kind: type[GatewayError]) -> None:
        connection = gateway(lambda _request: response)
        with pytest.raises(kind):
            [hint async for hint in connection.events()]
        await connection.aclose()


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8040", True),
        ("http://localhost/x", True),
        ("http://[::1]:80", True),
        ("http://127.0.0.1.evil.example", False),
        ("https://crm.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_loopback(url: str, local: bool) -> None:
    assert is_loopback(url) is local

"""The network between the devices and the server, and everything that it does to a request."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import httpx
from tests.faults.site import Answered, Site, unpacked

from leadqueue.wire.api import SERVER_TIME_HEADER

if TYPE_CHECKING:
    from tests.faults.device import Run

READ_TIMEOUT_S = 20.0

LOST = ("no address", "request lost", "answer lost", "reset", "cut short", "garbled")
LATE = ("slow", "slow beyond patience", "repeated", "repeated late")
REFUSING = ("401", "403", "404", "413", "418", "429", "500", "502", "503")
PORTAL = ("captive portal", "redirect", "portal 403")
DEVIOUS = ("answers shuffled", "answers missing", "error after the commit", "known decisions lost")
FAULTS = LOST + LATE + REFUSING + PORTAL + DEVIOUS


@dataclass
class Weather:
    """How bad the network is: `rate` of the requests meet one of `faults`."""

    rate: float = 0.0
    faults: tuple[str, ...] = FAULTS
    cut: bool = False
    poison: dict[str, int] = field(default_factory=dict)
    """Decisions that a filter on the way does not let through, each with the status that it answers."""


class _Stream(httpx.AsyncByteStream):
    """A body on its way; with `breaks` the connection ends before it is whole."""

    def __init__(self, part: bytes, *, breaks: bool) -> None:
        self._part = part
        self._breaks = breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._part
        if self._breaks:
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


@dataclass
class Network:
    """Carries requests to the site. `told` hears of each delivered answer."""

    site: Site
    rng: random.Random
    trace: Callable[[str], None]
    met: Counter[str] = field(default_factory=Counter)
    weather: Weather = field(default_factory=Weather)
    in_flight: set[asyncio.Task[Answered]] = field(default_factory=set)
    ahead_of_push: Callable[[], None] | None = None
    """What happens to the server before decisions arrive, when they have done so `pushes_until` times."""
    pushes_until: int = 0

    def transport(self, run: Run) -> httpx.AsyncBaseTransport:
        return _Transport(self, run)

    async def carry(self, run: Run, request: httpx.Request) -> httpx.Response:
        run.process.alive()
        if request.url.path == "/v1/events":  # hints only wake the sync; here it polls
            raise httpx.ConnectError("no events in this network")
        body = await request.aread()
        path = request.url.raw_path.decode()
        call = f"{run.device.name} {request.method} {request.url.path}"
        if self.weather.cut:
            await asyncio.sleep(0.01)
            self.trace(f"{call}: no network")
            self._met("cut")
            raise httpx.ConnectError("no address for the host")
        fault = self._fault(request)
        if fault:
            self._met(fault)
        run.device.witness.sent(run, request, body)
        carried = asyncio.get_running_loop().create_task(
            self._delivered(request.method, path, list(request.headers.raw), body, fault)
        )
        self.in_flight.add(carried)
        carried.add_done_callback(self._landed)
        try:
            answered = await asyncio.wait_for(asyncio.shield(carried), READ_TIMEOUT_S)
        except TimeoutError:
            self.trace(f"{call}: {fault or 'waited'}, timed out")
            raise httpx.ReadTimeout("too slow") from None
        except httpx.HTTPError as error:
            self.trace(f"{call}: {fault or 'broken'}, {type(error).__name__}")
            raise
        run.process.alive()
        self.trace(f"{call}: {fault or 'fine'}, {answered.status}")
        if not fault and answered.status != httpx.codes.OK:
            self._met(f"answered {answered.status}")
        run.device.witness.answered(run, request, answered, fault, run.forced)
        headers = httpx.Headers(answered.headers)
        body = answered.body[:40] if fault == "reset" else answered.body
        return httpx.Response(answered.status, headers=headers, stream=_Stream(body, breaks=fault == "reset"))

    def _met(self, what: str) -> None:
        self.met[f"network: {what}"] += 1

    def _landed(self, task: asyncio.Task[Answered]) -> None:
        self.in_flight.discard(task)
        if not task.cancelled():
            task.exception()  # an answer that nobody waits for any more is nobody's trouble

    def _fault(self, request: httpx.Request) -> str:
        if self.rng.random() >= self.weather.rate:
            return ""
        fault = self.rng.choice(self.weather.faults)
        decides = request.method == "POST" and request.url.path == "/v1/decisions"
        asks = request.method == "GET" and request.url.path == "/v1/decisions"
        if fault in ("answers shuffled", "answers missing") and not decides:
            return ""
        if fault == "known decisions lost" and not asks:
            return ""
        return fault

    async def _delivered(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes, fault: str
    ) -> Answered:
        if fault == "no address":
            raise httpx.ConnectError("[Errno -2] Name or service not known")
        await self._way(fault)
        made = self._made_on_the_way(fault) or self._poisoned(method, path, headers, body)
        if made is not None:
            return made
        if fault == "request lost":
            raise httpx.ReadError("lost")
        if fault == "answers missing":
            headers, body = _without_first_lead(headers, body)
        if (method, path) == ("POST", "/v1/decisions"):
            self._push_arrives()
        answered = await self.site.answer(method, path, headers, body)
        if fault == "repeated":
            answered = await self.site.answer(method, path, headers, body)
        elif fault == "repeated late":
            late = asyncio.get_running_loop().create_task(self._again(method, path, headers, body))
            self.in_flight.add(late)
            late.add_done_callback(self._landed)
        await self._way("")
        if fault == "answer lost":
            raise httpx.ReadError("lost")
        return _spoilt(answered, fault, self.rng)

    def _push_arrives(self) -> None:
        self.pushes_until -= 1
        if self.ahead_of_push is not None and self.pushes_until < 0:
            happens, self.ahead_of_push = self.ahead_of_push, None
            happens()

    async def _again(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Answered:
        await asyncio.sleep(self.rng.uniform(1.0, 30.0))
        return await self.site.answer(method, path, headers, body)

    async def _way(self, fault: str) -> None:
        if fault == "slow":
            await asyncio.sleep(self.rng.uniform(1.0, READ_TIMEOUT_S - 2))
        elif fault == "slow beyond patience":
            await asyncio.sleep(self.rng.uniform(READ_TIMEOUT_S + 1, 3 * READ_TIMEOUT_S))
        else:
            await asyncio.sleep(self.rng.uniform(0.002, 0.08))

    def _made_on_the_way(self, fault: str) -> Answered | None:
        """The answer of somebody else than the app, or of a proxy in its name."""
        page = b"<html><body>Please log in to the hotel's network.</body></html>"
        html = [(b"content-type", b"text/html")]
        if fault == "captive portal":
            return Answered(200, html, page)
        if fault == "portal 403":
            return Answered(403, html, page)
        if fault == "redirect":
            return Answered(302, [(b"location", b"http://portal.example/"), *html], b"")
        if fault not in REFUSING:
            return None
        if fault not in ("429", "503"):
            return self._problem(int(fault))
        date = format_datetime(self.site.now(), usegmt=True).encode()
        return self._problem(int(fault), (b"retry-after", self._retry_after().encode()), (b"date", date))

    def _poisoned(
        self, method: str, path: str, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Answered | None:
        if method != "POST" or path != "/v1/decisions" or not self.weather.poison:
            return None
        text = unpacked(headers, body).decode()
        for identifier, status in self.weather.poison.items():
            if identifier in text:
                return self._problem(status)
        return None

    def _problem(self, status: int, *more: tuple[bytes, bytes]) -> Answered:
        """A problem in the app's form."""
        headers = [(b"content-type", b"application/problem+json"), *more]
        headers.append((SERVER_TIME_HEADER.encode(), self.site.now().isoformat().encode()))
        problem = {"type": "about:blank", "title": "made up", "status": status, "detail": "made up"}
        return Answered(status, headers, json.dumps(problem).encode())

    def _retry_after(self) -> str:
        seconds = self.rng.randint(1, 40)
        if self.rng.random() < 0.7:
            return str(seconds)
        return format_datetime(
            self.site.now().replace(microsecond=0) + timedelta(seconds=seconds), usegmt=True
        )


class _Transport(httpx.AsyncBaseTransport):
    """A device's connection."""

    def __init__(self, network: Network, run: Run) -> None:
        self._network = network
        self._run = run

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._network.carry(self._run, request)


def _without_first_lead(
    headers: list[tuple[bytes, bytes]], body: bytes
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """A batch of which only a part is taken: what is decided on other leads than its first."""
    decisions = json.loads(unpacked(headers, body))["decisions"]
    taken = [each for each in decisions if each["lead_id"] != decisions[0]["lead_id"]]
    if not taken:
        return headers, body
    plain = [each for each in headers if each[0].lower() not in (b"content-encoding", b"content-length")]
    return plain, json.dumps({"decisions": taken}).encode()


def _spoilt(answered: Answered, fault: str, rng: random.Random) -> Answered:
    """The app's answer after what the way did to it."""
    plain = [(key, value) for key, value in answered.headers if key.lower() != b"content-encoding"]
    if fault == "cut short":
        whole = unpacked(answered.headers, answered.body)
        return Answered(answered.status, plain, whole[: len(whole) * 2 // 3])
    if fault == "garbled":
        return Answered(answered.status, plain, b"\x1f\x8b\x00" + answered.body[:30])
    if fault == "error after the commit":
        return Answered(
            rng.choice((500, 502, 503)), [(b"content-type", b"text/html")], b"<h1>Bad Gateway</h1>"
        )
    if fault == "known decisions lost":
        return Answered(404, plain, b'{"type":"about:blank","title":"gone","status":404}')
    if fault in ("answers shuffled", "answers missing") and answered.status == httpx.codes.OK:
        document = json.loads(unpacked(answered.headers, answered.body))
        answers = document["answers"]
        rng.shuffle(answers)
        if fault == "answers missing":
            del answers[: rng.randint(0, len(answers))]
        return Answered(200, plain, json.dumps(document).encode())
    return answered

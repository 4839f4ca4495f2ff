"""The gateway to leadqueue's own CRM API."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import quote, urlsplit

import httpx
from httpx_sse import EventSource, SSEError
from pydantic import ValidationError

from leadqueue import __version__
from leadqueue.crm.answers import check_json, error_of, read_answers, read_model, unreadable
from leadqueue.crm.gateway import (
    ClockSample,
    DefinitionsFile,
    GatewayError,
    NotAccepted,
    NoTls,
    NotTheApi,
    Revoked,
    TimedOut,
    Unauthorised,
    Unreachable,
    Untrusted,
)
from leadqueue.crm.steady import steady_seconds
from leadqueue.domain.moments import NowFn
from leadqueue.wire.api import (
    EPOCH_HEADER,
    PROTOCOL,
    PROTOCOL_HEADER,
    SERVER_TIME_HEADER,
    Acknowledged,
    Acknowledgement,
    Answer,
    ChangesPage,
    CompanyLeads,
    Digest,
    Escalations,
    EventHint,
    Journey,
    KnownDecisions,
    RenewedToken,
    Session,
    TeamQueue,
)
from leadqueue.wire.intake import IntakeLeads, IntakeResults, IntakeSignals, Quarantine
from leadqueue.wire.pages import read_page

Result = TypeVar("Result")

CONNECT_S = 5.0
READ_S = 20.0
WHOLE_CALL_S = 120.0
"""The longest that one call may take, however slowly its answer trickles in."""

EVENTS_SILENCE_S = 60.0
"""A stream of events without even a heartbeat for this long is dead."""

MOST_ANSWER = 128 * 1024 * 1024
"""Bytes of an answer, unpacked, above which nothing of ours can be in it."""

CUT_CHECK_S = 0.5
_SAMPLES_KEPT = 64
_LARGEST_OFFSET_S = 200 * 366 * 86_400
"""Two hundred years: a clock that lost its battery shows 1970, but one further off is none."""
_COMPRESS_OVER = 1024
_UNSUPPORTED_MEDIA = 415


def is_loopback(url: str) -> bool:
    """True for an address that never leaves this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def never_cut() -> bool:
    return False


class _Bounded(httpx.AsyncByteStream):
    """A body as it travels, of which `NotTheApi` ends one that has no end."""

    def __init__(self, body: httpx.AsyncByteStream) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._body:
            size += len(part)
            if size > MOST_ANSWER:
                raise NotTheApi
            yield part

    async def aclose(self) -> None:
        await self._body.aclose()


async def _whole(response: httpx.Response) -> httpx.Response:
    """The response with its body read and unpacked. `NotTheApi` for one without an end."""
    parts: list[bytes] = []
    size = 0
    if isinstance(response.stream, httpx.AsyncByteStream):
        response.stream = _Bounded(response.stream)
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MOST_ANSWER:
            raise NotTheApi
        parts.append(part)
    packing = (b"content-encoding", b"content-length", b"transfer-encoding")
    headers = [(key, value) for key, value in response.headers.raw if key.lower() not in packing]
    return httpx.Response(response.status_code, headers=headers, content=b"".join(parts))


Keep = Callable[[str, str], bool]
"""Stores a token's successor durably, given the one before; false where it must not or cannot be stored."""

Stored = Callable[[], str | None]
"""The account's token as it is stored now; None where there is none."""


class NativeGateway:
    """Speaks `/v1` over HTTP. Not safe for use by several threads; each opens its own.

    `is_cut` is the demo's network switch: while it answers true, nothing comes through. Without `keep` the
    token is never renewed. With `stored` it is read once more where it is refused: another process may have
    renewed it.
    """

    def __init__(
        self,
        url: str,
        token: str,
        now: NowFn,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        is_cut: Callable[[], bool] = never_cut,
        steady: Callable[[], float] = steady_seconds,
        keep: Keep | None = None,
        stored: Stored | None = None,
    ) -> None:
        self._keep = keep
        self._stored = stored
        self._now = now
        self._is_cut = is_cut
        self._steady = steady
        self._samples: list[ClockSample] = []
        self._compress = True
        self._epoch = ""
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={
                PROTOCOL_HEADER: str(PROTOCOL),
                "Accept": "application/json",
                "User-Agent": f"leadqueue/{__version__}",
                # Packing costs more than it saves where nothing leaves the machine.
                "Accept-Encoding": "identity" if is_loopback(url) else "gzip",
            },
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            transport=transport,
            # A proxy cannot reach our loopback, and without TLS no certificates need to be loaded.
            trust_env=not is_loopback(url),
            verify=not url.startswith("http://"),
        )
        self._use(token)

    def _use(self, token: str) -> None:
        self._token = token
        self._client.headers["Authorization"] = f"Bearer {token}"

    def _use_stored(self) -> bool:
        """Go on with the stored token; false where it is the one in use."""
        token = self._stored() if self._stored else None
        if token is None or token == self._token:
            return False
        self._use(token)
        return True

    @property
    def can_renew(self) -> bool:
        return self._keep is not None

    async def aclose(self) -> None:
        await self._client.aclose()

    def take_samples(self) -> tuple[ClockSample, ...]:
        taken, self._samples = tuple(self._samples), []
        return taken

    async def session(self) -> Session:
        session = read_model(Session, await self._call("GET", "/v1/session"))
        self._epoch = session.epoch
        return session

    async def renew(self) -> bool:
        if self._keep is None:
            return False
        if self._use_stored():
            return True
        renewed = read_model(RenewedToken, await self._call("POST", "/v1/session/refresh"))
        if not self._keep(self._token, renewed.token):
            return False
        self._use(renewed.token)
        return True

    async def definitions(self, etag: str | None = None) -> DefinitionsFile | None:
        response = await self._call(
            "GET", "/v1/definitions", headers={"If-None-Match": etag} if etag else None, accept="*/*"
        )
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        media = response.headers.get("content-type", "").partition(";")[0].strip()
        if media == "text/html" or SERVER_TIME_HEADER not in response.headers:
            raise NotTheApi
        return DefinitionsFile(response.content.decode("utf-8", "replace"), response.headers.get("etag", ""))

    async def changes(self, audience: str, cursor: str | None, limit: int) -> ChangesPage:
        params = {"audience": audience, "limit": str(limit)}
        if cursor is not None:
            params["cursor"] = cursor
        response = await self._call("GET", "/v1/changes", params=params)
        check_json(response)
        try:
            return read_page(response.content)
        except ValidationError as error:
            raise unreadable(error) from error

    async def submit(self, bodies: Sequence[str]) -> tuple[Answer, ...]:
        body = '{"decisions":[' + ",".join(bodies) + "]}"
        headers = {EPOCH_HEADER: self._epoch} if self._epoch else None
        return read_answers(await self._call("POST", "/v1/decisions", body=body, headers=headers))

    async def decisions(self, ids: Sequence[str]) -> KnownDecisions:
        response = await self._call("GET", "/v1/decisions", params={"ids": ",".join(ids)})
        return read_model(KnownDecisions, response)

    async def digest(self, audience: str) -> Digest:
        return read_model(Digest, await self._call("GET", "/v1/digest", params={"audience": audience}))

    async def journey(self, lead_id: str) -> Journey:
        return read_model(Journey, await self._call("GET", f"/v1/leads/{quote(lead_id, safe='')}/journey"))

    async def company(self, lead_id: str) -> CompanyLeads:
        return read_model(
            CompanyLeads, await self._call("GET", f"/v1/leads/{quote(lead_id, safe='')}/company")
        )

    async def intake_leads(self, leads: IntakeLeads) -> IntakeResults:
        response = await self._call("POST", "/v1/intake/leads", body=leads.model_dump_json())
        return read_model(IntakeResults, response)

    async def intake_signals(self, signals: IntakeSignals) -> IntakeResults:
        response = await self._call("POST", "/v1/intake/signals", body=signals.model_dump_json())
        return read_model(IntakeResults, response)

    async def quarantine(self, after: str = "", limit: int = 200) -> Quarantine:
        params = {"limit": str(limit)} | ({"after": after} if after else {})
        return read_model(Quarantine, await self._call("GET", "/v1/quarantine", params=params))

    async def escalations(self, after: str = "", limit: int = 200) -> Escalations:
        params = {"limit": str(limit)} | ({"after": after} if after else {})
        return read_model(Escalations, await self._call("GET", "/v1/escalations", params=params))

    async def acknowledge(self, ids: Sequence[str]) -> Acknowledged:
        body = Acknowledgement(ids=tuple(ids)).model_dump_json()
        return read_model(Acknowledged, await self._call("POST", "/v1/escalations/acknowledge", body=body))

    async def team_queue(self) -> TeamQueue:
        return read_model(TeamQueue, await self._call("GET", "/v1/team/queue"))

    async def events(self) -> AsyncIterator[EventHint | None]:
        request = self._client.build_request(
            "GET",
            "/v1/events",
            headers={"Accept": "text/event-stream", "Cache-Control": "no-store"},
            timeout=httpx.Timeout(EVENTS_SILENCE_S, connect=CONNECT_S),
        )
        async with self._translated():
            response = await self._send(request)
            try:
                if not response.is_success:
                    await response.aread()
                    raise error_of(response, self._now())
                source = EventSource(response)
                yield None
                events = aiter(source.aiter_sse())
                while True:
                    event = await self._unless_cut(anext(events, None))
                    if event is None:
                        raise Unreachable("The server ended the stream of events.")
                    if event.event == "changed":
                        yield EventHint.model_validate_json(event.data)
            finally:
                await response.aclose()

    async def _unless_cut(self, coming: Awaitable[Result]) -> Result:
        """Await the next event, but notice within a second when the network is cut."""
        task = asyncio.ensure_future(coming)
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=CUT_CHECK_S)
                if self._is_cut():
                    raise Unreachable
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        accept: str = "application/json",
    ) -> httpx.Response:
        """One request and its whole answer; every outcome outside success as a `GatewayError`."""
        sent = {"Accept": accept, **(headers or {})}
        content: bytes | None = None
        if body is not None:
            content = body.encode()
            sent["Content-Type"] = "application/json"
            if self._compress and len(content) > _COMPRESS_OVER:
                content = gzip.compress(content, 6, mtime=0)
                sent["Content-Encoding"] = "gzip"
        request = self._client.build_request(method, path, params=params, content=content, headers=sent)
        async with self._translated(), asyncio.timeout(WHOLE_CALL_S):
            coming = await self._send(request)
            try:
                response = await _whole(coming)
            finally:
                await coming.aclose()
        if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
            return response
        if response.status_code == _UNSUPPORTED_MEDIA and "Content-Encoding" in sent and self._compress:
            self._compress = False
            return await self._call(method, path, params=params, body=body, headers=headers, accept=accept)
        error = error_of(response, self._now())
        if isinstance(error, Unauthorised) and not isinstance(error, Revoked) and self._use_stored():
            return await self._call(method, path, params=params, body=body, headers=headers, accept=accept)
        raise error

    async def _send(self, request: httpx.Request) -> httpx.Response:
        if self._is_cut():
            raise Unreachable
        started = self._steady()
        response = await self._client.send(request, stream=True)
        if self._is_cut():  # the answer would not have come through either
            await response.aclose()
            raise Unreachable
        self._sample(response, started, self._steady())
        return response

    def _sample(self, response: httpx.Response, started: float, ended: float) -> None:
        try:
            server = datetime.fromisoformat(response.headers.get(SERVER_TIME_HEADER, ""))
        except ValueError:
            return
        if server.tzinfo is None:
            return
        local = self._now()
        round_trip = max(ended - started, 0.0)
        offset = (server - local).total_seconds() + round_trip / 2
        if abs(offset) > _LARGEST_OFFSET_S:
            return
        self._samples.append(
            ClockSample(round(offset * 1000), round(round_trip * 1000), local.timestamp(), ended)
        )
        del self._samples[:-_SAMPLES_KEPT]

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """Turn what httpx raises into the errors that the rest of the program knows."""
        try:
            yield
        except GatewayError:
            raise
        except (httpx.TimeoutException, TimeoutError) as error:
            kind = Unreachable if isinstance(error, httpx.ConnectTimeout) else TimedOut
            raise kind from error
        except (httpx.DecodingError, SSEError, ValidationError) as error:
            raise NotTheApi from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NotAccepted("The server's address is not a web address; log in again.") from error
        except httpx.ConnectError as error:
            raise _not_connected(error) from error
        except httpx.HTTPError as error:
            raise Unreachable from error


def _not_connected(error: BaseException) -> Unreachable:
    """Why no connection came about, which only the cause of httpx's error tells."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Untrusted()
        if isinstance(cause, ssl.SSLError):
            return NoTls()
        cause = cause.__cause__ or cause.__context__
    return Unreachable()

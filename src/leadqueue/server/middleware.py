"""What holds for every request: its size, its protocol version, and the headers of its answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from datetime import datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadqueue.server.problems import problem
from leadqueue.wire.api import EPOCH_HEADER, PROTOCOL, PROTOCOL_HEADER, SERVER_TIME_HEADER, ProblemType

MAX_BODY = 8 * 1024 * 1024
"""Bytes of a request's body, after it is unpacked."""

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_GZIP = 16 + zlib.MAX_WBITS


class _Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, kind: ProblemType, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail


def _too_large() -> _Refused:
    return _Refused(413, ProblemType.TOO_LARGE, f"A request's body may have {MAX_BODY} bytes.")


def _unreadable() -> _Refused:
    return _Refused(400, ProblemType.INVALID, "The body cannot be unpacked: it is not whole gzip.")


class Doorkeeper:
    """Refuses what is too large or speaks another protocol, unpacks gzip, and stamps every answer."""

    def __init__(self, app: ASGIApp, now: Callable[[], datetime]) -> None:
        self._app = app
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        send = self._stamped(scope, send)
        headers = Headers(scope=scope)
        refusal = _refusal(headers)
        if refusal is None and scope["method"] in _WITH_BODY:
            packed = headers.get("content-encoding", "").lower() == "gzip"
            try:
                body = await _read(receive, packed=packed)
            except _Refused as error:
                refusal = error
            else:
                scope, receive = _replayed(scope, receive, body, packed=packed)
        if refusal is not None:
            answer = problem(refusal.status, refusal.kind, refusal.detail, scope["path"])
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _stamped(self, scope: Scope, send: Send) -> Send:
        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[SERVER_TIME_HEADER] = self._now().isoformat().replace("+00:00", "Z")
                headers[PROTOCOL_HEADER] = str(PROTOCOL)
                headers.setdefault("Cache-Control", "no-store")
                headers["X-Content-Type-Options"] = "nosniff"
                if epoch := scope.get("state", {}).get("epoch"):
                    headers[EPOCH_HEADER] = epoch
            await send(message)

        return stamped


def _refusal(headers: Headers) -> _Refused | None:
    asked = headers.get(PROTOCOL_HEADER)
    if asked is not None and asked.strip() != str(PROTOCOL):
        detail = f"This server speaks protocol {PROTOCOL}, the request asks for {asked[:20]}."
        return _Refused(409, ProblemType.PROTOCOL, detail)
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        detail = f"Bodies may be packed with gzip, not with '{encoding[:20]}'."
        return _Refused(415, ProblemType.INVALID, detail)
    return None


def _replayed(scope: Scope, receive: Receive, body: bytes, *, packed: bool) -> tuple[Scope, Receive]:
    """Scope and channel of the request with its body as it was read, unpacked."""
    if packed:
        dropped = (b"content-encoding", b"content-length")
        kept = [(name, value) for name, value in scope["headers"] if name not in dropped]
        scope["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return scope, replay


async def _read(receive: Receive, *, packed: bool) -> bytes:
    parts: list[bytes] = []
    size = 0
    unpacker = zlib.decompressobj(_GZIP) if packed else None
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _unreadable()
        part: bytes = message.get("body", b"")
        if unpacker is not None and part:
            try:
                part = unpacker.decompress(part, MAX_BODY + 1 - size)
            except zlib.error as error:
                raise _unreadable() from error
            if unpacker.unconsumed_tail:
                raise _too_large()
        size += len(part)
        if size > MAX_BODY:
            raise _too_large()
        parts.append(part)
        if not message.get("more_body", False):
            break
    if unpacker is not None and parts and not unpacker.eof:
        raise _unreadable()
    return b"".join(parts)

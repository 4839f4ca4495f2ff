"""What holds for every request: its id, the protocol, the headers of its answer, its line in the log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leadqueue.server import logs
from leadqueue.server.problems import problem
from leadqueue.wire.api import EPOCH_HEADER, PROTOCOL, PROTOCOL_HEADER, REQUEST_ID_HEADER, SERVER_TIME_HEADER
from leadqueue.wire.problem import ProblemType

_SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_FOR_DATA = "default-src 'none'; frame-ancestors 'none'"
MOST_QUERY = 32_768
"""Bytes of a query: the ids of a full batch, spelt out, are 24,000."""
_HSTS = "max-age=31536000"


class Doorkeeper:
    """Gives each request an id, turns away what speaks another protocol, stamps and logs every answer.

    A fault of the app is answered here too, so that its answer carries the same headers as any other.
    """

    def __init__(self, app: ASGIApp, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._app = app
        self._now = now
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Nothing here is told by cookies, and the framework would parse them for each call.
        scope["headers"] = [each for each in scope["headers"] if each[0] != b"cookie"]
        headers = Headers(scope=scope)
        asked = headers.get(REQUEST_ID_HEADER, "")
        request_id = asked if _SANE_ID.fullmatch(asked) else self._new_id()
        scope.setdefault("state", {})
        status = 0

        async def stamped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._stamp(scope, MutableHeaders(scope=message), request_id)
            await send(message)

        started = time.perf_counter()
        with logs.request(request_id):
            try:
                refusal = _refusal(headers, scope)
                await (refusal or self._app)(scope, receive, stamped)
            except Exception as error:
                logs.fault(_route(scope), error)
                if status:  # an answer is on its way already: only breaking it off says that it is not whole
                    raise
                answer = problem(
                    500, ProblemType.FAULT, "The server has a fault; it is logged.", scope["path"]
                )
                await answer(scope, receive, stamped)
            finally:
                logs.answered(
                    scope["method"],
                    _route(scope),
                    status,
                    time.perf_counter() - started,
                    scope["state"].get("token_line"),
                )

    def _stamp(self, scope: Scope, headers: MutableHeaders, request_id: str) -> None:
        headers[SERVER_TIME_HEADER] = self._now().isoformat().replace("+00:00", "Z")
        headers[PROTOCOL_HEADER] = str(PROTOCOL)
        headers[REQUEST_ID_HEADER] = request_id
        if epoch := scope["state"].get("epoch"):
            headers[EPOCH_HEADER] = epoch
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("Content-Security-Policy", _FOR_DATA)
        headers.update(_SECURITY)
        if scope["scheme"] == "https":
            headers["Strict-Transport-Security"] = _HSTS


def _route(scope: Scope) -> str:
    """The call's path as the contract has it: what was really asked for may hold anything."""
    return str(getattr(scope.get("route"), "path", "-"))


def _refusal(headers: Headers, scope: Scope) -> Response | None:
    path = scope["path"]
    if len(scope["query_string"]) > MOST_QUERY:
        detail = f"What follows the question mark may have at most {MOST_QUERY:,} bytes."
        return problem(414, ProblemType.TOO_LARGE, detail, path)
    asked = headers.get(PROTOCOL_HEADER)
    if asked is not None and asked.strip() != str(PROTOCOL):
        detail = f"This server speaks protocol {PROTOCOL}, the request asks for {asked[:20]}."
        return problem(409, ProblemType.PROTOCOL, detail, path)
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip"):
        detail = f"Bodies may be packed with gzip, not with '{encoding[:20]}'."
        return problem(415, ProblemType.INVALID, detail, path)
    return None

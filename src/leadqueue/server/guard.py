"""The door of every route of `/v1`: token, pace, rule and body, in this order, before anything is parsed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import cast

from fastapi import Request
from fastapi.routing import APIRoute
from fastapi.security.utils import get_authorization_scheme_param
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Message

from leadqueue.server import access, tokens
from leadqueue.server.limits import Traffic
from leadqueue.server.problems import ApiError
from leadqueue.server.services import Services
from leadqueue.server.tokens import Holder, Refused

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class GuardedRoute(APIRoute):
    """A route that nobody enters without a token which is good for it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handle = super().get_route_handler()
        operation = self.name

        async def guarded(request: Request) -> Response:
            services = services_of(request)
            sends = request.method in _WITH_BODY
            try:
                request.state.holder = await run_in_threadpool(_admitted, services, request, operation)
            except ApiError:
                if sends:
                    await services.bodies.discard(request.receive)
                raise
            if not sends:
                return await handle(request)
            packed = request.headers.get("content-encoding", "").lower() == "gzip"
            async with services.bodies.read(request.receive, packed=packed) as body:
                return await handle(_with_body(request, body))

        return guarded


def services_of(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def token_of(request: Request) -> str | None:
    """The bearer token that came with the request."""
    scheme, text = get_authorization_scheme_param(request.headers.get("authorization"))
    return text if scheme.lower() == "bearer" and text else None


def _admitted(services: Services, request: Request, operation: str) -> Holder:
    """Whom the request comes from, if they may make this call now. Raises `ApiError`."""
    text = token_of(request)
    if text is None:
        raise access.no_token()
    with services.database.read() as connection:
        found = tokens.holder_of(connection, text, services.now(), to_renew=operation == access.RENEWAL)
        if isinstance(found, Refused):
            raise access.not_accepted(found)
    request.state.epoch = found.epoch
    request.state.token_line = found.line_id
    services.pace.count(found.line_id, Traffic.READS if request.method == "GET" else Traffic.DECISIONS)
    if found.new:
        with services.database.write() as connection:
            tokens.first_used(connection, found, services.now())
    access.admit(found, operation)
    return found


def _with_body(request: Request, body: bytes) -> Request:
    """The request with its body as it was read, unpacked."""
    dropped = (b"content-encoding", b"content-length")
    kept = [(name, value) for name, value in request.scope["headers"] if name not in dropped]
    request.scope["headers"] = [*kept, (b"content-length", str(len(body)).encode())]
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await request.receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return Request(request.scope, replay)

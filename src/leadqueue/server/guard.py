"""The door of every route of `/v1`: token, pace, rule and body, in this order, before anything is done.

A call that only asks a short question is let in and answered in one step through a thread: each such step
costs as much as the look at the token. Its few parameters are parsed before, and nothing is said of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from functools import wraps
from typing import Any, cast

from fastapi import Request
from fastapi.exceptions import RequestValidationError
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

ASKER = "asker"
"""The parameter in which an endpoint is told who asks."""
Endpoint = Callable[..., object]
_SHORT = 2000
"""Bytes of a question that are parsed before the token is looked at."""
_admitting_endpoints: set[Endpoint] = set()
_at_the_door: ContextVar[Request] = ContextVar("at_the_door")


class GuardedRoute(APIRoute):
    """A route that nobody enters without a token which is good for it."""

    def __init__(self, path: str, endpoint: Endpoint, **how: Any) -> None:
        self._asks_only = set(how.get("methods") or ()) == {"GET"} and _is_plain(endpoint)
        super().__init__(path, _admitting(endpoint) if self._asks_only else endpoint, **how)
        if self._asks_only and self.body_field is not None:
            raise TypeError(f"'{self.name}' takes a body, which would be read before the token")

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        handle = super().get_route_handler()
        operation, asks_only = self.name, self._asks_only

        async def asked(request: Request) -> Response:
            request.state.operation = operation
            if token_of(request) is None:
                raise access.no_token()
            if len(request.scope["query_string"]) > _SHORT:
                await run_in_threadpool(_admit, request)
            told = _at_the_door.set(request)
            try:
                return await handle(request)
            except RequestValidationError:  # who may not ask at all is told that, and no more
                if not _is_in(request):
                    await run_in_threadpool(_admit, request)
                raise
            finally:
                _at_the_door.reset(told)

        async def guarded(request: Request) -> Response:
            services = services_of(request)
            sends = request.method in _WITH_BODY
            request.state.operation = operation
            try:
                await run_in_threadpool(_admit, request)
            except ApiError:
                if sends:
                    await services.bodies.discard(request.receive)
                raise
            if not sends:
                return await handle(request)
            packed = request.headers.get("content-encoding", "").lower() == "gzip"
            async with services.bodies.read(request.receive, packed=packed) as body:
                return await handle(_with_body(request, body))

        return asked if asks_only else guarded


def _admitting(endpoint: Endpoint) -> Endpoint:
    """The endpoint, which lets its request in before anything else, in its own thread. It learns there who
    asks: nobody knew when its parameters were read."""
    if ASKER not in inspect.signature(endpoint).parameters:
        raise TypeError(f"'{endpoint.__name__}' takes no '{ASKER}'")
    if endpoint in _admitting_endpoints:
        return endpoint

    @wraps(endpoint)
    def admitted(**parameters: object) -> object:
        request = _at_the_door.get()
        if not _is_in(request):
            _admit(request)
        return endpoint(**(parameters | {ASKER: _holder_of(request)}))

    _admitting_endpoints.add(admitted)
    return admitted


def _is_plain(endpoint: Endpoint) -> bool:
    """Whether it is run in a thread: one that is not runs its first step on the event loop."""
    innermost = inspect.unwrap(endpoint)
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    return not any(is_kind(innermost) for is_kind in kinds)


def services_of(request: Request) -> Services:
    return cast("Services", request.app.state.services)


def asker_of(request: Request) -> Holder | None:
    """Whom the guard let in; None for a call whose endpoint lets it in. Raises AttributeError where neither
    is so."""
    return None if _at_the_door.get(None) is request else _holder_of(request)


def _holder_of(request: Request) -> Holder:
    return cast("Holder", request.state.holder)


def _is_in(request: Request) -> bool:
    return hasattr(request.state, "holder")


def token_of(request: Request) -> str | None:
    """The bearer token that came with the request."""
    scheme, text = get_authorization_scheme_param(request.headers.get("authorization"))
    return text if scheme.lower() == "bearer" and text else None


def _admit(request: Request) -> None:
    """Note whom the request comes from, if they may make this call now. Raises `ApiError`."""
    services, operation = services_of(request), str(request.state.operation)
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
    request.state.holder = found


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

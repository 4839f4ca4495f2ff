"""RFC 9457 problem details for everything that goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from leadqueue.definitions.validation import rule_said
from leadqueue.domain.decision import FieldError
from leadqueue.server.trouble import Outrun, passing
from leadqueue.wire.problem import PROBLEM_JSON, Problem, ProblemType

_LOG = logging.getLogger(__name__)
_MOST_ERRORS = 50
RETRY_AFTER_S = "1"
_OF_STATUS = {
    400: ProblemType.INVALID,
    401: ProblemType.UNAUTHENTICATED,
    403: ProblemType.FORBIDDEN,
    404: ProblemType.NOT_FOUND,
    405: ProblemType.METHOD,
    408: ProblemType.TOO_SLOW,
    413: ProblemType.TOO_LARGE,
    414: ProblemType.TOO_LARGE,
    422: ProblemType.INVALID,
    429: ProblemType.THROTTLED,
    503: ProblemType.UNAVAILABLE,
}


class ApiError(Exception):
    """A request that is answered with a problem."""

    def __init__(
        self,
        status: int,
        kind: ProblemType,
        detail: str,
        errors: tuple[FieldError, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}


def problem(
    status: int,
    kind: ProblemType,
    detail: str,
    instance: str = "",
    errors: tuple[FieldError, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    body = Problem(
        type=kind.value,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=instance,
        errors=errors,
    )
    return Response(body.model_dump_json(), status, headers, PROBLEM_JSON)


def _methods(app: FastAPI, scope: Scope) -> list[str]:
    """All methods of the path; the router itself names those of the first route that fits."""
    fitting = (route for route in _routes(app) if route.matches(scope)[0] is not Match.NONE)
    return sorted({method for route in fitting for method in getattr(route, "methods", None) or ()})


def _routes(app: FastAPI) -> Iterator[BaseRoute]:
    """The app's own routes, and those of the routers in it."""
    for route in app.routes:
        router = getattr(route, "original_router", None)
        yield from [route] if router is None else router.routes


def install(app: FastAPI) -> None:
    """Answer every error that the app knows with a problem; the doorkeeper answers its faults."""

    @app.exception_handler(ApiError)
    async def _api(request: Request, error: ApiError) -> Response:
        return problem(error.status, error.kind, error.detail, request.url.path, error.errors, error.headers)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        kind = _OF_STATUS.get(error.status_code, ProblemType.INVALID)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = ", ".join(_methods(app, request.scope))
        return problem(error.status_code, kind, str(error.detail), request.url.path, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        errors = tuple(
            FieldError(
                field=".".join(str(part) for part in each["loc"][1:] if part != "body")[:200] or "body",
                code="required" if each["type"] == "missing" else "type",
                message=rule_said(str(each["msg"]))[:500],
            )
            for each in error.errors()[:_MOST_ERRORS]
        )
        detail = "The request does not have the form that this call asks for."
        return problem(422, ProblemType.INVALID, detail, request.url.path, errors)

    @app.exception_handler(RecursionError)
    async def _deep(request: Request, _error: RecursionError) -> Response:
        return problem(400, ProblemType.INVALID, "The request is nested too deeply.", request.url.path)

    @app.exception_handler(Outrun)
    @app.exception_handler(SQLAlchemyError)
    async def _database(request: Request, error: Exception) -> Response:
        if not passing(error):
            raise error  # a fault, which the doorkeeper answers
        cause = getattr(error, "orig", None) or error
        _LOG.error("the database could not serve a call: %s", type(cause).__name__)
        return problem(
            503,
            ProblemType.UNAVAILABLE,
            "The database is busy; try again.",
            request.url.path,
            headers={"Retry-After": RETRY_AFTER_S},
        )

"""Telling the API's answers from those of anything else, and errors from one another."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from leadqueue.crm.gateway import (
    BadRequest,
    CursorExpired,
    EpochChanged,
    Forbidden,
    GatewayError,
    NotAccepted,
    NotFound,
    NotTheApi,
    ProtocolMismatch,
    Revoked,
    ServerFault,
    Throttled,
    TimedOut,
    TooLarge,
    Unauthorised,
)
from leadqueue.domain.text import one_line
from leadqueue.wire.api import SERVER_TIME_HEADER, Answer
from leadqueue.wire.problem import Problem, ProblemType

Model = TypeVar("Model", bound=BaseModel)

_BY_TYPE: dict[str, type[GatewayError]] = {
    ProblemType.PROTOCOL: ProtocolMismatch,
    ProblemType.EPOCH_CHANGED: EpochChanged,
    ProblemType.CURSOR_EXPIRED: CursorExpired,
    ProblemType.TOKEN_REVOKED: Revoked,
}
_ANYWHERE: dict[int, type[GatewayError]] = {
    408: TimedOut,
    413: TooLarge,
    429: Throttled,
    511: NotTheApi,
}
_FROM_THE_API: dict[int, type[GatewayError]] = {
    400: BadRequest,
    401: Unauthorised,
    403: Forbidden,
    404: NotFound,
    410: CursorExpired,
    422: BadRequest,
}
_DETAIL_HELPS = (BadRequest, Forbidden, NotFound, NotAccepted, ProtocolMismatch)


def error_of(response: httpx.Response, now: datetime) -> GatewayError:
    """The error that a response outside 2xx stands for.

    A proxy in between answers 413, 429 and 5xx on the server's behalf, so these count whoever sent them.
    Other codes count only from the API itself: a captive portal's 403 must not hold decisions back.
    """
    problem = _problem(response)
    status = response.status_code
    kind = _BY_TYPE.get(problem.type) if problem else None
    if kind is None:
        kind = _ANYWHERE.get(status)
    if kind is None and status >= 500:
        kind = ServerFault
    if kind is None:
        from_the_api = problem is not None or SERVER_TIME_HEADER in response.headers
        ours = from_the_api and status >= 400
        kind = _FROM_THE_API.get(status, NotAccepted) if ours else NotTheApi
    detail = one_line(problem.detail or problem.title) if problem else ""
    message = detail if detail and issubclass(kind, _DETAIL_HELPS) else kind.sentence
    return kind(message, problem=problem, retry_after=retry_after(response, now))


def retry_after(response: httpx.Response, now: datetime) -> float | None:
    """The pause in seconds that the response asks for, in either of the header's two forms."""
    header = response.headers.get("retry-after", "").strip()
    if not header:
        return None
    if header.isdecimal():
        return float(header[:9])
    try:
        until = parsedate_to_datetime(header)
        sent = parsedate_to_datetime(response.headers["date"]) if "date" in response.headers else now
    except ValueError:
        return None
    pause = (_aware(until) - _aware(sent)).total_seconds()
    return max(pause, 0.0)


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _problem(response: httpx.Response) -> Problem | None:
    media = response.headers.get("content-type", "").partition(";")[0].strip()
    if media not in ("application/problem+json", "application/json"):
        return None
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        return None


def read_model(model: type[Model], response: httpx.Response) -> Model:
    """The body as `model`; `NotTheApi` where it is anything else."""
    check_json(response)
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise unreadable(error) from error


def check_json(response: httpx.Response) -> None:
    media = response.headers.get("content-type", "").partition(";")[0].strip()
    if media != "application/json":
        raise NotTheApi


def unreadable(error: ValidationError) -> GatewayError:
    """What a JSON body that does not fit is: said with the place, which helps whoever looks into it."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = one_line(".".join(str(part) for part in first["loc"]) or "the document", 120)
    return NotTheApi(f"The server's answer cannot be read (at {place}); an update of leadqueue may help.")


class _LooseAnswers(BaseModel):
    answers: list[dict[str, object]]


def read_answers(response: httpx.Response) -> tuple[Answer, ...]:
    """The answers to a batch, each read for itself, so that one that cannot be read delays no other."""
    loose = read_model(_LooseAnswers, response)
    answers: list[Answer] = []
    for raw in loose.answers:
        answer = _answer(raw) or _answer({key: value for key, value in raw.items() if key != "lead"})
        if answer is not None:
            answers.append(answer)
    return tuple(answers)


def _answer(raw: dict[str, object]) -> Answer | None:
    try:
        return Answer.model_validate(raw)
    except ValidationError:
        return None

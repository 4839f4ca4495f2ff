"""What a request is answered that cannot be served (RFC 9457)."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from leadqueue.domain.decision import FieldError


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="ignore")

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: tuple[FieldError, ...] = ()


PROBLEM_JSON = "application/problem+json"


class ProblemType(StrEnum):
    """The stable `type` of each problem."""

    UNAUTHENTICATED = "urn:leadqueue:problem:unauthenticated"
    TOKEN_EXPIRED = "urn:leadqueue:problem:token-expired"  # noqa: S105 - a problem's name
    TOKEN_REVOKED = "urn:leadqueue:problem:token-revoked"  # noqa: S105 - a problem's name
    FORBIDDEN = "urn:leadqueue:problem:forbidden"
    NOT_FOUND = "urn:leadqueue:problem:not-found"
    METHOD = "urn:leadqueue:problem:method-not-allowed"
    INVALID = "urn:leadqueue:problem:invalid-request"
    TOO_LARGE = "urn:leadqueue:problem:too-large"
    CURSOR_EXPIRED = "urn:leadqueue:problem:cursor-expired"
    EPOCH_CHANGED = "urn:leadqueue:problem:epoch-changed"
    PROTOCOL = "urn:leadqueue:problem:protocol-mismatch"
    TOO_SLOW = "urn:leadqueue:problem:request-timeout"
    THROTTLED = "urn:leadqueue:problem:too-many-requests"
    UNAVAILABLE = "urn:leadqueue:problem:unavailable"
    FAULT = "urn:leadqueue:problem:server-fault"

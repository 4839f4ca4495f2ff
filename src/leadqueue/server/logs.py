"""The server's log: one line for each answer and fault, as text or JSON.

No line holds a query or a body, nor what `domain.log_lines` keeps out of every line. A call is named as the
contract has it, its caller by the id of the token's line.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import TextIO

from leadqueue.domain.log_lines import as_text, facts_of, trace

_LOG = logging.getLogger("leadqueue.server")
_REQUEST: ContextVar[str] = ContextVar("request_id", default="")


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


LEVELS = ("critical", "error", "warning", "info", "debug")


@contextmanager
def request(request_id: str) -> Iterator[None]:
    """Give every line that is logged within the request's id."""
    token = _REQUEST.set(request_id)
    try:
        yield
    finally:
        _REQUEST.reset(token)


def answered(method: str, route: str, status: int, seconds: float, token_line: str | None) -> None:
    facts = {
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 1),
        "token": token_line,
    }
    _LOG.info("answered", extra={"facts": facts})


def fault(route: str, error: BaseException) -> None:
    _LOG.error("fault", extra={"facts": {"route": route, "error": trace(error)}})


def configure(level: str, form: LogFormat, stream: TextIO | None = None) -> None:
    """Send what this process logs from now on to `stream`, stderr where it is None."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(_Json() if form is LogFormat.JSON else _Text())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    chosen = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(max(chosen, logging.WARNING))  # what libraries say in detail may quote data
    for name in ("leadqueue", "uvicorn"):
        logging.getLogger(name).setLevel(chosen)


def _facts(record: logging.LogRecord) -> dict[str, object]:
    request_id = _REQUEST.get()
    return facts_of(record) | ({"request_id": request_id} if request_id else {})


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_facts(record))


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return as_text(_facts(record))

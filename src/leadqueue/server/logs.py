"""The server's log: one line for each answer and fault, as text or JSON.

No line holds a name, an address, a lead, a token, a query or a body. A call is named as the contract has it,
its caller by the id of the token's line. What an exception says may quote data, so only its kind and the
places it came through are written.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from traceback import extract_tb
from typing import TextIO

from leadqueue.domain.text import one_line

_LOG = logging.getLogger("leadqueue.server")
_REQUEST: ContextVar[str] = ContextVar("request_id", default="")
_MOST_FRAMES = 12
_LONGEST = 2000


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


def trace(error: BaseException) -> str:
    """The exception's kind and the places it came through, innermost first, without what it says."""
    frames = extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    places = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(error).__module__}.{type(error).__qualname__} at {places or 'an unknown place'}"


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


class _Facts(logging.Formatter):
    """What a record says, by name."""

    def facts(self, record: logging.LogRecord) -> dict[str, object]:
        found: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": one_line(record.getMessage(), _LONGEST),
        }
        if request_id := _REQUEST.get():
            found["request_id"] = request_id
        found.update(getattr(record, "facts", {}))
        if record.exc_info and record.exc_info[1] is not None:
            found["error"] = trace(record.exc_info[1])
        return found


class _Json(_Facts):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self.facts(record))


class _Text(_Facts):
    def format(self, record: logging.LogRecord) -> str:
        found = self.facts(record)
        start = [str(found.pop(key)) for key in ("at", "level", "logger", "message")]
        return " ".join([*start, *(f"{key}={value}" for key, value in found.items() if value is not None)])

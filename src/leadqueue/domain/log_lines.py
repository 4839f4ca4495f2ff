"""What a log's line says, on the client and on the server: never a name, an address, a lead or a token.

What an exception says may quote data, and so may the further lines of what a library says; neither is
written. Of an exception its kind and the places it came through are.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb

from leadqueue.domain.text import harmless, one_line

_MOST_FRAMES = 12
_LONGEST = 2000
_OURS = "leadqueue"


def trace(error: BaseException) -> str:
    """The exception's kind and the places it came through, innermost first, without what it says."""
    frames = extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    places = " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )
    return f"{type(error).__module__}.{type(error).__qualname__} at {places or 'an unknown place'}"


def facts_of(record: logging.LogRecord) -> dict[str, object]:
    """What a record says, by name: `at` (UTC), `level`, `logger`, `message`, its own facts, `error`."""
    found: dict[str, object] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": _message(record),
    }
    found.update(getattr(record, "facts", {}))
    if record.exc_info and record.exc_info[1] is not None:
        found["error"] = trace(record.exc_info[1])
    return found


def as_text(facts: dict[str, object]) -> str:
    """The facts of a record on one harmless line."""
    start = ("at", "level", "logger", "message")
    more = (f"{key}={value}" for key, value in facts.items() if key not in start and value is not None)
    return harmless(" ".join([*(str(facts[key]) for key in start), *more]))


def _message(record: logging.LogRecord) -> str:
    text = record.getMessage()
    if record.name.partition(".")[0] != _OURS:  # asyncio for one adds a task with its exception's words
        text = text.partition("\n")[0]
    return one_line(text, _LONGEST)

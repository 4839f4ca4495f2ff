"""Exit codes. They are an interface: scripts may rely on them."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """DONE also stands for a decision that is stored and waits to be sent."""

    DONE = 0
    FAULT = 1
    USAGE = 2
    REFUSED = 3
    CONFLICT = 4
    UNREACHABLE = 5
    NOT_LOGGED_IN = 6
    NOT_FOUND = 7
    LOCAL_FILES = 8
    PROTOCOL = 9
    INTERRUPTED = 130

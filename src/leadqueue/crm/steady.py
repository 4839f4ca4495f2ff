"""A clock that nobody sets and that runs on while the machine sleeps."""

from __future__ import annotations

import time


def steady_seconds() -> float:
    """Seconds since some moment; differences count, also across a suspend where the system can tell."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    if boot is not None:
        return time.clock_gettime(boot)
    return time.monotonic()

"""What a countdown says, the same on every screen and command. Only the standard library: the first frame
counts down too."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from leadqueue.domain.clock_state import ClockState, state_of


class Urgency(StrEnum):
    """How a row's countdown stands; `target` while a shown target before the limit can still be met."""

    NONE = "none"
    CALM = "calm"
    TARGET = "target"
    SOON = "soon"
    BREACHED = "breached"


class Counted(Protocol):
    """What is counted down: moments in UTC, None where there is none."""

    @property
    def due_at(self) -> datetime | None: ...

    @property
    def target_at(self) -> datetime | None: ...

    @property
    def soon_at(self) -> datetime | None: ...


def urgency(counted: Counted, now: datetime) -> tuple[Urgency, timedelta | None]:
    """How the countdown stands at `now`, and what is left of it: negative once the limit has passed."""
    if counted.due_at is None:
        return Urgency.NONE, None
    state = state_of(counted.due_at, counted.soon_at, now)
    if state is ClockState.BREACHED:
        return Urgency.BREACHED, counted.due_at - now
    if counted.target_at is not None and counted.target_at >= now:
        return Urgency.TARGET, counted.target_at - now
    return (Urgency.SOON if state is ClockState.SOON else Urgency.CALM), counted.due_at - now


def countdown_text(left: timedelta) -> str:
    """The time left in its two largest units; under ten minutes to the second, beyond the limit negative.

    >>> countdown_text(timedelta(hours=2, minutes=5))
    '2h 05m'
    >>> countdown_text(timedelta(minutes=4, seconds=59))
    '4:59'
    >>> countdown_text(timedelta(hours=-1, minutes=-3))
    '-1h 03m'
    """
    total = int(left.total_seconds() // 1)
    if total < 0:
        total = -total
        sign = "-"
    else:
        sign = ""
    minutes, seconds = divmod(total, 60)
    if minutes < 10:
        return f"{sign}{minutes}:{seconds:02}"
    hours, minutes = divmod(minutes, 60)
    if hours < 1:
        return f"{sign}{minutes}m"
    if hours < 48:
        return f"{sign}{hours}h {minutes:02}m"
    days, hours = divmod(hours, 24)
    return f"{sign}{days}d {hours:02}h" if days < 100 else f"{sign}{days}d"


def brief(length: timedelta) -> str:
    """A span in one unit: `45s`, `12m`, `3h`, `2d`.

    >>> brief(timedelta(minutes=12, seconds=40))
    '12m'
    """
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def ago(length: timedelta) -> str:
    """How long something is past: `just now`, `12m ago`."""
    return "just now" if length < timedelta(seconds=90) else f"{brief(length)} ago"

"""How a clock stands. Only the standard library: each countdown of the first frame asks it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class ClockState(StrEnum):
    """A running clock is calm, soon or breached; a stopped one was met or missed."""

    CALM = "calm"
    SOON = "soon"
    BREACHED = "breached"
    MET = "met"
    MISSED = "missed"


def state_of(
    due_at: datetime, soon_at: datetime | None, now: datetime, stopped_at: datetime | None = None
) -> ClockState:
    """The state at `now` of a clock with these moments. One that stops just when it is due is met."""
    if stopped_at is not None:
        return ClockState.MET if stopped_at <= due_at else ClockState.MISSED
    if now > due_at:
        return ClockState.BREACHED
    if soon_at is not None and now >= soon_at:
        return ClockState.SOON
    return ClockState.CALM

"""What a clock says, in its colour."""

from __future__ import annotations

from datetime import datetime

from leadqueue.definitions.model import Definitions
from leadqueue.domain.ages import countdown_told
from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import clock_state
from leadqueue.domain.lead import RunningClock

STATE_STYLES = {
    ClockState.CALM: "$text-success",
    ClockState.SOON: "bold $text-warning",
    ClockState.BREACHED: "bold $text-error",
    ClockState.MET: "$text-muted",
    ClockState.MISSED: "$text-muted",
}


def countdown(clock: RunningClock, definitions: Definitions, now: datetime) -> tuple[str, str]:
    """What a clock says and in which style."""
    return countdown_told(clock, definitions, now), STATE_STYLES[clock_state(clock, now)]

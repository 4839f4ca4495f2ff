"""Moments and spans of time in the fewest words that still say enough, for screen and command line."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from leadqueue.definitions.model import Definitions
from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import clock_state
from leadqueue.domain.lead import RunningClock


def span(length: timedelta, *, hours_until: int = 3) -> str:
    """A span in its two largest units: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`, `5 weeks`, `8 months`; from
    `hours_until` days on without the hours."""
    seconds = abs(int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    if days < 14:
        return f"{days} d {hours} h" if hours and days < hours_until else f"{days} d"
    return f"{days // 7} weeks" if days < 70 else f"{round(days / 30.44)} months"


def age(at: datetime, now: datetime) -> str:
    """How long ago a moment was, or in how long it will be."""
    if abs(now - at) < timedelta(minutes=1):
        return "now"
    return f"{span(now - at)} ago" if at < now else f"in {span(at - now)}"


def age_column(at: datetime, now: datetime) -> str:
    """How long ago in at most five cells: `now`, `45m`, `3h`, `12d`, `9w`, `8mo`, `3y`; ahead with a plus."""
    minutes = abs(int((now - at).total_seconds())) // 60
    sign = "+" if at > now and minutes else ""
    days = minutes // 1440
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{sign}{minutes}m"
    if days < 2:
        return f"{sign}{minutes // 60}h"
    if days < 21:
        return f"{sign}{days}d"
    if days < 70:
        return f"{sign}{days // 7}w"
    return f"{sign}{round(days / 30.44)}mo" if days < 730 else f"{sign}{days // 365}y"


def stamp(at: datetime, zone: tzinfo) -> str:
    """A moment on the viewer's own clock: `23 Nov 2026 09:00`."""
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y %H:%M}"


def countdown_told(clock: RunningClock, definitions: Definitions, now: datetime) -> str:
    """What a clock says: label, lane, and how long is left or how long it is over."""
    spec = definitions.clocks.get(clock.kind)
    label = spec.label if spec else clock.kind
    lane = next((lane.label for lane in spec.lanes if lane.key == clock.lane), "") if spec else ""
    state = clock_state(clock, now)
    words = f"{label}, {lane.lower()}" if lane else label
    match state:
        case ClockState.BREACHED:
            words += f": over by {span(now - clock.due_at, hours_until=14)}"
        case ClockState.MET | ClockState.MISSED:
            words += f": {state.value}"
        case _:
            words += f": {span(clock.due_at - now)} left"
            if clock.target_at is not None:
                ahead = clock.target_at >= now
                goal = f"target in {span(clock.target_at - now)}" if ahead else "target passed"
                words += f" ({goal})"
    return words

"""The SLA clocks: when they start, when they stop, when they are due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from leadqueue.definitions.model import ClockDef, ClockStart, ClockStop, Definitions, Lane, TimeKind
from leadqueue.domain.business_time import calendar_for
from leadqueue.domain.clock_state import ClockState, state_of
from leadqueue.domain.lead import Lead, RunningClock, Signal
from leadqueue.domain.touches import present_touches

_TICK = timedelta(microseconds=1)
"""Two clocks of a kind never start at the same moment: kind and start tell them apart."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class ClockEvent(StrEnum):
    """What happened to the lead."""

    CREATED = "created"
    STAGE = "stage"
    TOUCH = "touch"
    STATUS = "status"
    SIGNAL = "signal"
    OWNER = "owner"


def clock_state(clock: RunningClock, now: datetime) -> ClockState:
    """The clock's state at `now`."""
    return state_of(clock.due_at, clock.soon_at, now, clock.stopped_at)


def running(lead: Lead) -> tuple[RunningClock, ...]:
    """The clocks that have not stopped, the nearest first."""
    return tuple(
        sorted((clock for clock in lead.clocks if clock.stopped_at is None), key=lambda clock: clock.due_at)
    )


def run_clocks(
    before: Lead | None, after: Lead, event: ClockEvent, definitions: Definitions, at: datetime
) -> tuple[RunningClock, ...]:
    """The clocks of `after`, given those of `before` and what happened at the moment `at`.

    Of each kind the running clock is kept, and the one that stopped last. A standby clock never runs beside
    another: it stops when one starts, one that other definitions left running at this very step. Once the
    last other one has stopped it starts there, or at its own start event where that came later.
    """
    found: dict[str, tuple[RunningClock, ...]] = {}
    for kind, spec in sorted(definitions.clocks.items(), key=lambda item: item[1].standby):
        of_kind = [clock for clock in (before.clocks if before else ()) if clock.kind == kind]
        current = next((clock for clock in of_kind if clock.stopped_at is None), None)
        stopped = max(
            (clock for clock in of_kind if clock.stopped_at is not None),
            key=lambda clock: clock.stopped_at or clock.started_at,
            default=None,
        )
        begin = _begin(before, after, spec)
        held = False
        if spec.standby:
            others = [clock for clocks in found.values() for clock in clocks]
            held = any(clock.stopped_at is None for clock in others)
            if begin is None and current is None:
                begin = _start_event(after, spec)
            begin = None if begin is None or held else max(begin, *_ends_of(others))
        if begin is not None and current is not None and begin <= current.started_at:
            # A touch that was logged late does not turn the clock back, nor does a start event before the
            # other clocks stopped; anything else starts just after.
            kept = spec.standby or spec.starts is ClockStart.TOUCH
            begin = None if kept else current.started_at + _TICK
        if begin is not None and stopped is not None and begin <= stopped.started_at:
            begin = stopped.started_at + _TICK
        done = _touched(before, after) and spec.starts is ClockStart.TOUCH and _enough_touches(after, spec)
        ends = begin is not None or done or held or _ends(before, after, spec)
        if current is not None and ends:
            stopped = replace(current, stopped_at=max(at, current.started_at))
            current = None
        if begin is not None and not _enough_touches(after, spec):
            current = _started(kind, spec, begin, after, definitions)
        elif (
            current is not None
            and event is ClockEvent.OWNER
            and before
            and before.owner_zone != after.owner_zone
        ):
            current = _started(kind, spec, current.started_at, after, definitions)
        if current is not None:
            current = _in_lane(current, spec, after, definitions)
        found[kind] = tuple(clock for clock in (stopped, current) if clock is not None)
    return tuple(clock for kind in definitions.clocks for clock in found[kind])


def _ends_of(clocks: Iterable[RunningClock]) -> Iterator[datetime]:
    yield _NEVER
    yield from (clock.stopped_at for clock in clocks if clock.stopped_at is not None)


def _start_event(lead: Lead, spec: ClockDef) -> datetime | None:
    """The clock's last start event as the lead stands, None where there is none or a touch answered it."""
    if lead.stage not in spec.stages:
        return None
    touches = [touch.at for touch in lead.touches if touch.at >= lead.stage_since]
    match spec.starts:
        case ClockStart.STAGE:
            return None if spec.stops is ClockStop.TOUCH and touches else lead.stage_since
        case ClockStart.TOUCH:
            return max(touches, default=None)
        case ClockStart.UPDATE:
            answered = spec.stops is ClockStop.TOUCH and any(each > lead.status_at for each in touches)
            return None if answered else lead.status_at


def _begin(before: Lead | None, after: Lead, spec: ClockDef) -> datetime | None:
    """When the clock starts anew, None where this step does not start it."""
    if after.stage not in spec.stages:
        return None
    entered = before is None or before.stage not in spec.stages or before.stage_since != after.stage_since
    match spec.starts:
        case ClockStart.STAGE:
            return after.stage_since if entered else None
        case ClockStart.TOUCH:
            return max(touch.at for touch in after.touches) if _touched(before, after) else None
        case ClockStart.UPDATE:
            updated = before is None or before.status_at != after.status_at
            return after.status_at if entered or updated else None


def _ends(before: Lead | None, after: Lead, spec: ClockDef) -> bool:
    if after.stage not in spec.stages:
        return True
    return spec.stops is ClockStop.TOUCH and _touched(before, after)


def _touched(before: Lead | None, after: Lead) -> bool:
    return len(after.touches) > (len(before.touches) if before else 0)


def _enough_touches(lead: Lead, spec: ClockDef) -> bool:
    if spec.until_touches is None:
        return False
    return len(present_touches(lead)) >= spec.until_touches


def _started(
    kind: str, spec: ClockDef, start: datetime, lead: Lead, definitions: Definitions
) -> RunningClock:
    due = _later(spec, start, spec.minutes, lead, definitions)
    return RunningClock(kind, start, due, soon_at=_soon(spec, start, due, lead, definitions))


def _in_lane(clock: RunningClock, spec: ClockDef, lead: Lead, definitions: Definitions) -> RunningClock:
    """The clock in the fastest lane that the lead's signals ask for; a lane never moves it later.

    A lane counts from its signal, or from the clock's start where the signal came before it. A signal from
    before the lead was given back or closed was answered by that: a lead that returns starts afresh. What an
    override undid answered nothing.
    """
    for lane in spec.lanes:
        start = _lane_start(clock, lane, lead)
        if start is None:
            continue
        due = _later(spec, start, lane.minutes, lead, definitions)
        if due < clock.due_at:
            target = (
                _later(spec, start, lane.target_minutes, lead, definitions) if lane.target_minutes else None
            )
            soon = _soon(spec, start, due, lead, definitions)
            clock = replace(clock, lane=lane.key, due_at=due, target_at=target, soon_at=soon)
    return clock


def _lane_start(clock: RunningClock, lane: Lane, lead: Lead) -> datetime | None:
    oldest = clock.started_at - timedelta(days=lane.within_days)
    moments = [
        signal.at
        for signal in lead.signals
        if signal.kind in lane.signals and signal.at >= oldest and _unanswered(signal, lead)
    ]
    return max(min(moments), clock.started_at) if moments else None


def _unanswered(signal: Signal, lead: Lead) -> bool:
    return lead.disposed_at is None or signal.at > lead.disposed_at


def _soon(spec: ClockDef, start: datetime, due: datetime, lead: Lead, definitions: Definitions) -> datetime:
    if spec.time is TimeKind.BUSINESS and spec.calendar:
        calendar = calendar_for(definitions, spec.calendar, lead.owner_zone)
        return max(calendar.subtract(due, spec.soon_minutes), start)
    return max(due - timedelta(minutes=spec.soon_minutes), start)


def _later(spec: ClockDef, start: datetime, minutes: int, lead: Lead, definitions: Definitions) -> datetime:
    if spec.time is TimeKind.BUSINESS and spec.calendar:
        return calendar_for(definitions, spec.calendar, lead.owner_zone).add(start, minutes)
    return start + timedelta(minutes=minutes)

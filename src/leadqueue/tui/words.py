"""What the screen says about time and about the sync, in few words. Pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leadqueue.domain.clock_state import ClockState, state_of
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.glyphs import Glyphs

if TYPE_CHECKING:
    from leadqueue.cache.errors import StoreError
    from leadqueue.cache.queue_views import QueueRow

CLOCK_ERROR_MS = 5000
"""From this bound of the clock's error on, a countdown is marked as approximate."""


class Level(StrEnum):
    """How a message is meant; each has a sign and a colour."""

    GOOD = "good"
    PLAIN = "plain"
    WARNING = "warning"
    ERROR = "error"


class Urgency(StrEnum):
    """How a row's countdown stands; `target` while a shown target before the limit can still be met."""

    NONE = "none"
    CALM = "calm"
    TARGET = "target"
    SOON = "soon"
    BREACHED = "breached"


def store_words(error: StoreError) -> str:
    """What is wrong with a local file, and what to do about it, in a line."""
    return f"{error.message}. {error.fix}"


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


def urgency(row: QueueRow, now: datetime) -> tuple[Urgency, timedelta | None]:
    """How the row's countdown stands and what is left of it; the rule itself is the domain's."""
    if row.due_at is None:
        return Urgency.NONE, None
    state = state_of(row.due_at, row.soon_at, now)
    if state is ClockState.BREACHED:
        return Urgency.BREACHED, row.due_at - now
    if row.target_at is not None and row.target_at >= now:
        return Urgency.TARGET, row.target_at - now
    return (Urgency.SOON if state is ClockState.SOON else Urgency.CALM), row.due_at - now


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


def data_age(last: datetime | None, now: datetime) -> str:
    """How old the data is; within a few seconds it is fresh, so that the header does not flicker."""
    if last is None:
        return "none yet"
    age = now - last
    return "fresh" if age < timedelta(seconds=10) else brief(age)


def sync_words(state: SyncState | None, now: datetime) -> tuple[str, Level]:
    """The sync's state as the header says it."""
    if state is None:
        return "No sync", Level.PLAIN
    if state.phase in _RETRIED:
        words, level = _PHASES[state.phase]
        return f"{words}{_next_try(state, now - timedelta(milliseconds=state.offset_ms))}", level
    if state.phase is Phase.SYNCING and state.progress is not None:
        return "Reading", Level.PLAIN
    return _PHASES[state.phase]


_PHASES: dict[Phase, tuple[str, Level]] = {
    Phase.OFFLINE: ("Offline", Level.WARNING),
    Phase.STARTING: ("Starting", Level.PLAIN),
    Phase.SYNCING: ("Syncing", Level.PLAIN),
    Phase.LIVE: ("Live", Level.GOOD),
    Phase.POLLING: ("Online", Level.GOOD),
    Phase.UNAUTHORISED: ("Log in again", Level.ERROR),
    Phase.REVOKED: ("Login ended", Level.ERROR),
    Phase.HELD: ("Held back", Level.ERROR),
    Phase.ELSEWHERE: ("Synced elsewhere", Level.GOOD),
    Phase.STOPPED: ("Sync stopped", Level.WARNING),
}

_RETRIED = frozenset({Phase.OFFLINE, Phase.HELD})
"""Phases that end by themselves with a later try."""


def trouble_words(state: SyncState | None, trouble: str, try_key: str) -> str:
    """What keeps the sync from its work, and the key that tries it at once; '' where nothing does."""
    message = (state.message if state else "") or trouble
    if state is not None and state.phase in _RETRIED and not message:
        message = "The server cannot be reached; what you decide is safe here."
    retried = state is not None and state.phase in _RETRIED
    return f"{message} {try_key} tries now." if message and retried and try_key else message


def _next_try(state: SyncState, now: datetime) -> str:
    """The countdown to the next try. Both moments are this computer's own."""
    if state.next_try_at is None:
        return ""
    if state.next_try_at <= now:
        return ", trying"
    return f", next try {brief(state.next_try_at - now)}"


def progress_words(state: SyncState) -> str:
    """How far the first read is, as a sentence; '' where there is none."""
    return "" if state.progress is None else f"{state.progress:,} leads read"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def urgency_sign(state: Urgency, glyphs: Glyphs) -> str:
    return {
        Urgency.NONE: glyphs.none,
        Urgency.CALM: glyphs.calm,
        Urgency.TARGET: glyphs.target,
        Urgency.SOON: glyphs.soon,
        Urgency.BREACHED: glyphs.breached,
    }[state]

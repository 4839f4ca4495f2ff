"""What the screen says about time and about the sync, in few words. Pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leadqueue.domain.countdown import Urgency, brief
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.glyphs import Glyphs

if TYPE_CHECKING:
    from leadqueue.cache.errors import StoreError

CLOCK_ERROR_MS = 5000
"""From this bound of the clock's error on, a countdown is marked as approximate."""


class Level(StrEnum):
    """How a message is meant; each has a sign and a colour."""

    GOOD = "good"
    PLAIN = "plain"
    WARNING = "warning"
    ERROR = "error"


def store_words(error: StoreError) -> str:
    """What is wrong with a local file, and what to do about it, in a line."""
    return f"{error.message}. {error.fix}"


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

_AT_WORK = frozenset({Phase.STARTING, Phase.SYNCING, Phase.LIVE, Phase.POLLING, Phase.ELSEWHERE})

_RETRIED = frozenset({Phase.OFFLINE, Phase.HELD})
"""Phases that end by themselves with a later try."""


_WITHIN_REACH = frozenset({Phase.SYNCING, Phase.LIVE, Phase.POLLING})


def within_reach(state: SyncState) -> bool:
    """Whether the sync of this very program talks with the server, as far as it knows."""
    return state.phase in _WITHIN_REACH


def is_retried(state: SyncState | None) -> bool:
    """Whether the sync waits for a later try, so that trying at once makes sense."""
    return state is not None and state.phase in _RETRIED


def trouble_words(state: SyncState | None, trouble: str, try_key: str) -> str:
    """The key that tries the sync at once, and what keeps it from its work; '' where nothing does."""
    message = (state.message if state else "") or trouble
    retried = is_retried(state)
    if retried and not message:
        message = "The server cannot be reached; what you decide is safe here."
    return f"{try_key} tries now. {message}" if message and retried and try_key else message


def standstill(state: SyncState | None) -> str:
    """Why no decision goes out now, in a sentence; '' where the sync is at work."""
    if state is None or state.phase in _AT_WORK:
        return ""
    return state.message or f"{_PHASES[state.phase][0]}."


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


def urgency_sign(state: Urgency, glyphs: Glyphs) -> str:
    return {
        Urgency.NONE: glyphs.none,
        Urgency.CALM: glyphs.calm,
        Urgency.TARGET: glyphs.target,
        Urgency.SOON: glyphs.soon,
        Urgency.BREACHED: glyphs.breached,
    }[state]

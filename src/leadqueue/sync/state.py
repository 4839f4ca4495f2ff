"""How the sync stands, as a screen shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """`starting` before the first try; `live` listens for events; `polling` asks from time to time;
    `revoked` says that the login was ended on purpose; `elsewhere` means that another process of this
    account syncs."""

    STARTING = "starting"
    SYNCING = "syncing"
    LIVE = "live"
    POLLING = "polling"
    OFFLINE = "offline"
    UNAUTHORISED = "unauthorised"
    REVOKED = "revoked"
    HELD = "held"
    ELSEWHERE = "elsewhere"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SyncState:
    """`message` says in words what keeps the sync from being done, '' where nothing does.

    `offset_ms` is server time minus local time; `offset_error_ms` its bound, None while unknown.
    `progress` counts the leads read while page after page comes in, None at any other time.
    """

    phase: Phase
    message: str = ""
    last_success_at: datetime | None = None
    next_try_at: datetime | None = None
    offset_ms: int = 0
    offset_error_ms: int | None = None
    progress: int | None = None

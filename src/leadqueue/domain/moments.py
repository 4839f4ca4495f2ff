"""Moments in time: always UTC-aware, to the microsecond. Only the standard library, for the first frame."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

NowFn = Callable[[], datetime]
"""The injected clock: answers the present moment in UTC."""


def in_utc(moment: datetime) -> datetime:
    """`moment` in UTC. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone, e.g. 2026-11-23T09:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the moment lies outside the years 1 to 9999 in UTC") from error


def system_now() -> datetime:
    """The system's clock. Only the edges of the program pass this on as a `NowFn`."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Whole microseconds since 1970, UTC: the form in which every store keeps a moment."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of this name; UTC where this machine knows none of it."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - the first frame names no zone

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones, "America", is no zone
        return ZoneInfo("UTC")


def day_start(moment: datetime, zone: tzinfo) -> datetime:
    """When the day of `moment` began where `zone` is, in UTC. Where midnight was left out, the first moment
    after it."""
    return day_begins(moment.astimezone(zone).date(), zone)


def day_begins(day: date, zone: tzinfo) -> datetime:
    """When that day begins where `zone` is, in UTC, as `day_start` tells it. Raises OverflowError outside the
    years 1 to 9999."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)

"""Business time: minutes that count, between moments that need not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from leadqueue.definitions.model import CalendarDef, Definitions
from leadqueue.domain.moments import zone_named

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_LONGEST_BREAK = 400


class BusinessCalendar:
    """A calendar in one time zone: which stretches of time count as business time.

    A stretch is measured in real time, so a whole business day in which the clocks go forward has 23
    hours. Holidays are those of the holidays library for the calendar's country, and the extra ones.
    """

    def __init__(self, spec: CalendarDef, zone: ZoneInfo) -> None:
        self._spec = spec
        self._zone = zone
        self._workdays = frozenset(_WEEKDAYS.index(day) for day in spec.workdays)
        self._extra = frozenset(spec.extra_holidays)
        self._public: dict[int, frozenset[date]] = {}
        self._stretches: dict[date, tuple[datetime, datetime] | None] = {}

    def is_business_day(self, day: date) -> bool:
        """True for a workday that is no holiday; `day` is local to the calendar's zone."""
        if day.weekday() not in self._workdays or day in self._extra:
            return False
        return day not in self._public_holidays(day.year)

    def add(self, start: datetime, minutes: int) -> datetime:
        """The moment, in UTC, at which `minutes` of business time have passed since `start`.

        Raises ValueError where the calendar has no business time within 400 days.
        """
        left = minutes * _MINUTE
        if not left:
            return start.astimezone(UTC)
        for opens, closes in self._from(start):
            begins = max(opens, start)
            if closes - begins >= left:
                return begins + left
            left -= max(closes - begins, timedelta())
        raise AssertionError("unreachable")  # pragma: no cover - _from raises before it ends

    def subtract(self, end: datetime, minutes: int) -> datetime:
        """The latest moment, in UTC, from which `minutes` of business time pass until `end`."""
        left = minutes * _MINUTE
        day = end.astimezone(self._zone).date()
        idle = 0
        while left:
            stretch = self._stretch(day)
            day -= _DAY
            idle += 1
            if idle > _LONGEST_BREAK:
                raise ValueError(f"calendar '{self._spec.label}' has no business time for {idle} days")
            if stretch is None or stretch[0] >= end:
                continue
            idle = 0
            opens, closes = stretch
            ends = min(closes, end)
            if ends - opens >= left:
                return ends - left
            left -= ends - opens
        return end.astimezone(UTC)

    def minutes_between(self, start: datetime, end: datetime) -> int:
        """Whole minutes of business time from `start` to `end`; negative where `end` comes first."""
        if end < start:
            return -self.minutes_between(end, start)
        passed = timedelta()
        day = start.astimezone(self._zone).date()
        last = end.astimezone(self._zone).date()
        while day <= last:
            stretch = self._stretch(day)
            if stretch is not None:
                passed += max(min(stretch[1], end) - max(stretch[0], start), timedelta())
            day += _DAY
        return passed // _MINUTE

    def _from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = start.astimezone(self._zone).date()
        idle = 0
        while idle <= _LONGEST_BREAK:
            stretch = self._stretch(day)
            day += _DAY
            idle += 1
            if stretch is not None and stretch[1] > start:
                idle = 0
                yield stretch
        raise ValueError(f"calendar '{self._spec.label}' has no business time for {idle} days")

    def _stretch(self, day: date) -> tuple[datetime, datetime] | None:
        """Opening and closing of a local day in UTC, None where the day does not count."""
        if day not in self._stretches:
            self._stretches[day] = self._measured(day) if self.is_business_day(day) else None
        return self._stretches[day]

    def _measured(self, day: date) -> tuple[datetime, datetime]:
        opens, closes = self._spec.opens or time(0), self._spec.closes
        begins = datetime.combine(day, opens, self._zone)
        ends = (
            datetime.combine(day + _DAY, time(0), self._zone)
            if closes is None
            else datetime.combine(day, closes, self._zone)
        )
        return begins.astimezone(UTC), ends.astimezone(UTC)

    def _public_holidays(self, year: int) -> frozenset[date]:
        if self._spec.country is None:
            return frozenset()
        if year not in self._public:
            import holidays  # noqa: PLC0415 - slow to import, and a screen that only shows needs none

            days = holidays.country_holidays(self._spec.country, subdiv=self._spec.subdivision, years=year)
            self._public[year] = frozenset(days)
        return self._public[year]


@lru_cache(maxsize=256)
def _calendar(spec: CalendarDef, zone: str) -> BusinessCalendar:
    return BusinessCalendar(spec, zone_named(zone))


def calendar_for(definitions: Definitions, key: str, zone: str) -> BusinessCalendar:
    """The calendar `key`; in the IANA zone `zone` of the rep where the definitions say so."""
    spec = definitions.calendars[key]
    return _calendar(spec, zone if spec.use_rep_zone else spec.zone)

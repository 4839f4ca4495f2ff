"""Business time: weekends, holidays, office hours and both changes of the clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, RITA, mql

from leadqueue.definitions.model import CalendarDef
from leadqueue.domain.business_time import BusinessCalendar, calendar_for

DAY = 24 * 60
UTC_DAYS = calendar_for(DEFINITIONS, "default", "UTC")


def whole_days(zone: str, **kwargs: object) -> BusinessCalendar:
    spec = CalendarDef.model_validate(
        {"label": "test", "zone": zone, "workdays": ["mon", "tue", "wed", "thu", "fri"], **kwargs}
    )
    return BusinessCalendar(spec, ZoneInfo(zone))


def office(zone: str, **kwargs: object) -> BusinessCalendar:
    return whole_days(zone, opens=time(9), closes=time(17), **kwargs)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


class TestWholeDays:
    def test_24_hours_within_the_week(self) -> None:
        assert UTC_DAYS.add(utc(2026, 11, 17, 9), DAY) == utc(2026, 11, 18, 9)

    def test_24_hours_over_a_weekend(self) -> None:
        assert UTC_DAYS.add(utc(2026, 11, 20, 15), DAY) == utc(2026, 11, 23, 15)

    def test_from_within_a_weekend_counts_from_monday(self) -> None:
        assert UTC_DAYS.add(utc(2026, 11, 21, 15), DAY) == utc(2026, 11, 24, 0)

    def test_24_hours_over_a_holiday(self) -> None:
        """Thanksgiving, 26 November 2026."""
        assert UTC_DAYS.add(utc(2026, 11, 25, 9), DAY) == utc(2026, 11, 27, 9)

    def test_a_holiday_and_a_weekend_in_a_row(self) -> None:
        """Christmas 2026 is a Friday."""
        assert UTC_DAYS.add(utc(2026, 12, 24, 12), DAY) == utc(2026, 12, 28, 12)

    def test_no_minutes_end_where_they_start(self) -> None:
        assert UTC_DAYS.add(utc(2026, 11, 21, 15), 0) == utc(2026, 11, 21, 15)

    def test_the_end_of_a_day_is_not_the_next_opening(self) -> None:
        assert UTC_DAYS.add(utc(2026, 11, 20, 0), DAY) == utc(2026, 11, 21, 0)

    def test_an_extra_holiday_stops_the_clock(self) -> None:
        calendar = whole_days("UTC", extra_holidays=[date(2026, 11, 18)])
        assert calendar.add(utc(2026, 11, 17, 12), DAY) == utc(2026, 11, 19, 12)


class TestClockChanges:
    """Sunday work weeks, so that the change itself falls into business time."""

    SUNDAYS = ("sat", "sun", "mon")

    def test_spring_forward_loses_no_business_hour(self) -> None:
        calendar = whole_days("Europe/Berlin", workdays=self.SUNDAYS)
        start = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
        due = calendar.add(start, DAY)
        assert due - start.astimezone(UTC) == timedelta(hours=24)
        assert due.astimezone(ZoneInfo("Europe/Berlin")).hour == 13

    def test_fall_back_gains_none(self) -> None:
        calendar = whole_days("Europe/Berlin", workdays=self.SUNDAYS)
        start = datetime(2026, 10, 24, 12, tzinfo=ZoneInfo("Europe/Berlin"))
        due = calendar.add(start, DAY)
        assert due - start.astimezone(UTC) == timedelta(hours=24)
        assert due.astimezone(ZoneInfo("Europe/Berlin")).hour == 11

    @pytest.mark.parametrize(("friday", "monday_hour"), [((2026, 3, 27), 6), ((2026, 10, 23), 8)])
    def test_over_the_change_on_a_weekend(self, friday: tuple[int, int, int], monday_hour: int) -> None:
        """Friday 09:00 in Berlin plus a business day is Monday 09:00 there, an hour off in UTC."""
        calendar = whole_days("Europe/Berlin")
        start = datetime(*friday, 9, tzinfo=ZoneInfo("Europe/Berlin"))
        due = calendar.add(start, DAY)
        assert due.astimezone(ZoneInfo("Europe/Berlin")).weekday() == 0
        assert due.astimezone(ZoneInfo("Europe/Berlin")).hour == 9
        assert due.hour == monday_hour + 1 if monday_hour == 6 else due.hour == monday_hour


class TestOfficeHours:
    def test_24_hours_are_three_office_days(self) -> None:
        calendar = office("UTC")
        assert calendar.add(utc(2026, 11, 17, 9), DAY) == utc(2026, 11, 19, 17)

    def test_an_evening_lead_counts_from_the_morning(self) -> None:
        assert office("UTC").add(utc(2026, 11, 17, 20), 60) == utc(2026, 11, 18, 10)

    def test_over_a_weekend(self) -> None:
        assert office("UTC").add(utc(2026, 11, 20, 16), 120) == utc(2026, 11, 23, 10)

    def test_in_the_reps_zone(self) -> None:
        tokyo = calendar_for(DEFINITIONS, "office", "Asia/Tokyo")
        assert tokyo.add(utc(2026, 11, 17, 0), 60) == utc(2026, 11, 17, 1)
        berlin = calendar_for(DEFINITIONS, "office", "Europe/Berlin")
        assert berlin.add(utc(2026, 11, 17, 0), 60) == utc(2026, 11, 17, 9)

    def test_office_hours_follow_the_change_of_the_clocks(self) -> None:
        berlin = office("Europe/Berlin")
        assert berlin.add(utc(2026, 3, 27, 15), 120) == utc(2026, 3, 30, 8)
        assert berlin.add(utc(2026, 10, 23, 14), 120) == utc(2026, 10, 26, 9)


def test_a_calendar_that_never_opens_says_so() -> None:
    calendar = office("UTC", extra_holidays=[date(2026, 1, 1) + timedelta(days=n) for n in range(900)])
    with pytest.raises(ValueError, match="no business time"):
        calendar.add(utc(2026, 1, 5), 60)
    with pytest.raises(ValueError, match="no business time"):
        calendar.subtract(utc(2028, 1, 5), 60)


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis wants naive bounds
    lambda moment: moment.replace(second=0, microsecond=0)
)
CALENDARS = st.sampled_from(
    [
        UTC_DAYS,
        office("Europe/Berlin", country="DE"),
        office("America/New_York", country="US"),
        whole_days("Australia/Lord_Howe", workdays=["sun", "mon", "tue"]),
        calendar_for(DEFINITIONS, "office", "Asia/Kolkata"),
    ]
)


@given(CALENDARS, MOMENTS, st.integers(0, 8000), st.integers(0, 8000))
def test_adding_in_two_steps_is_adding_at_once(
    calendar: BusinessCalendar, start: datetime, first: int, second: int
) -> None:
    assert calendar.add(calendar.add(start, first), second) == calendar.add(start, first + second) or not (
        second
    )


@given(CALENDARS, MOMENTS, st.integers(0, 8000))
def test_what_is_added_is_what_lies_between(
    calendar: BusinessCalendar, start: datetime, minutes: int
) -> None:
    due = calendar.add(start, minutes)
    assert due >= start
    assert calendar.minutes_between(start, due) == minutes
    assert calendar.minutes_between(due, start) == -minutes


@given(CALENDARS, MOMENTS, st.integers(1, 8000))
def test_subtracting_undoes_adding(calendar: BusinessCalendar, end: datetime, minutes: int) -> None:
    start = calendar.subtract(end, minutes)
    assert calendar.minutes_between(start, end) == minutes
    assert calendar.add(start, minutes) <= end


@given(CALENDARS, MOMENTS, st.integers(0, 4000), st.integers(0, 4000))
def test_a_later_start_is_never_due_earlier(
    calendar: BusinessCalendar, start: datetime, wait: int, minutes: int
) -> None:
    assert calendar.add(start, minutes) <= calendar.add(start + timedelta(minutes=wait), minutes)


@pytest.mark.parametrize("zone", ["Nowhere/Land", "America", "../etc", ""])
def test_an_owner_in_a_zone_that_nobody_knows_works_in_utc(zone: str) -> None:
    owner = replace(RITA, zone=zone)
    assert mql(owner=owner).clocks == mql(owner=replace(RITA, zone="UTC")).clocks

"""Days as people write them."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadqueue.domain.days import NotADay, read_day, say_day

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(1990, 1, 1), date(2190, 1, 1))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-01", "2026-12-01"),
        (" 2026-12-1 ", "2026-12-01"),
        ("20261201", "2026-12-01"),
        ("1 dec", "2026-12-01"),
        ("1 Dec 2027", "2027-12-01"),
        ("1dec", "2026-12-01"),
        ("1st of december", "2026-12-01"),
        ("Dec 1", "2026-12-01"),
        ("dec 1, 2027", "2027-12-01"),
        ("1.12.", "2026-12-01"),
        ("1.12.2027", "2027-12-01"),
        ("1 jan", "2027-01-01"),
        ("23 nov", "2026-11-23"),
        ("29 feb", "2028-02-29"),
        ("march", "2027-03-01"),
        ("next march", "2027-03-01"),
        ("march 2028", "2028-03-01"),
        ("q1", "2027-01-01"),
        ("Q2 2028", "2028-04-01"),
        ("today", "2026-11-23"),
        ("tomorrow", "2026-11-24"),
        ("monday", "2026-11-30"),
        ("next monday", "2026-11-30"),
        ("next fri", "2026-12-04"),
        ("friday", "2026-11-27"),
        ("next week", "2026-11-30"),
        ("next month", "2026-12-01"),
        ("next quarter", "2027-01-01"),
        ("next year", "2027-01-01"),
        ("end of month", "2026-11-30"),
        ("in 3 months", "2027-02-23"),
        ("3 months", "2027-02-23"),
        ("in three months", "2027-02-23"),
        ("in a week", "2026-11-30"),
        ("+10d", "2026-12-03"),
        ("2w", "2026-12-07"),
        ("in a year", "2027-11-23"),
    ],
)
def test_the_forms_that_are_promised(text: str, day: str) -> None:
    assert read_day(text, MONDAY).isoformat() == day


def test_a_later_month_that_is_shorter_gives_its_last_day() -> None:
    assert read_day("in 3 months", date(2026, 11, 30)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "soon", "31 feb", "30 feb 2027", "2026-13-01", "in x months", "in 9999 years", "mo", "q5"],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(NotADay):
        read_day(text, MONDAY)


def test_numbers_that_could_be_read_in_two_ways_are_refused_with_the_way_out() -> None:
    with pytest.raises(NotADay, match="two ways"):
        read_day("3/4/2027", MONDAY)


@given(DAYS, DAYS)
def test_an_iso_day_is_that_day_whatever_today_is(day: date, today: date) -> None:
    assert read_day(day.isoformat(), today) == day


@given(DAYS)
def test_a_weekday_lies_one_to_seven_days_ahead(today: date) -> None:
    for name in ("monday", "wed", "sunday"):
        assert timedelta(days=1) <= read_day(name, today) - today <= timedelta(days=7)


@given(DAYS)
def test_a_day_without_a_year_is_never_past(today: date) -> None:
    assert today <= read_day("15 july", today) <= today + timedelta(days=366)


@given(st.text(max_size=40), DAYS)
def test_any_text_is_a_day_or_refused(text: str, today: date) -> None:
    with contextlib.suppress(NotADay):
        assert isinstance(read_day(text, today), date)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 1), "Tue 1 Dec 2026, in 8 days"),
        (date(2026, 11, 24), "Tue 24 Nov 2026, tomorrow"),
        (date(2027, 2, 23), "Tue 23 Feb 2027, in 3 months"),
        (date(2026, 11, 20), "Fri 20 Nov 2026, 3 days ago"),
    ],
)
def test_the_interpretation_is_said_in_words(day: date, words: str) -> None:
    assert say_day(day, MONDAY) == words

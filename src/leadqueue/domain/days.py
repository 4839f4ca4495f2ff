"""Days as people write them, read into dates. Pure: `today` is given."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_COUNTS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
}
_NEAR = {"today": 0, "tomorrow": 1, "yesterday": -1}
_NUMBERS_ONLY = re.compile(r"^\d{1,2}[./-]\d{1,2}([./-]\d{2,4})?$")
_EUROPEAN = re.compile(r"^(\d{1,2})\.(\d{1,2})\.(\d{4})?$")
_AHEAD = re.compile(r"^(?:in |\+ ?)?(\d{1,4} ?|[a-z]+ )(d|days?|w|weeks?|m|months?|q|quarters?|y|years?)$")
_DAY_MONTH = re.compile(r"^(\d{1,2})(?:st|nd|rd|th|\.)? ?(?:of )?([a-z]{3,9})\.?,?(?: (\d{4}))?$")
_MONTH_DAY = re.compile(r"^([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,?(?: (\d{4}))?$")
_MONTH = re.compile(r"^(next )?([a-z]{3,9})\.?(?: (\d{4}))?$")
_QUARTER = re.compile(r"^q([1-4])(?: (\d{4}))?$")

EXAMPLES = "2026-12-01, 1 dec, tomorrow, next monday, in 3 months"


class NotADay(ValueError):
    """The text names no day; the message says what to write."""


def read_day(text: str, today: date) -> date:
    """The day that `text` names, seen from `today`. Raises `NotADay`.

    A day without its year is the next one from today on. "monday" is the next Monday after today, and
    "next monday" the one in the calendar week after this one. A month or quarter alone is its first day.
    """
    clean = " ".join(text.casefold().replace(",", " ").split())
    if not clean:
        raise NotADay("no day is given")
    try:
        found = _iso(clean) or _relative(clean, today) or _named(clean, today)
    except (ValueError, OverflowError) as error:
        raise NotADay(f"there is no such day as '{clean[:40]}'") from error
    if found is not None:
        return found
    if _NUMBERS_ONLY.match(clean):
        raise NotADay(f"'{clean}' could be read in two ways; write {today.year}-12-01 or 1 dec")
    raise NotADay(f"'{clean[:40]}' is no day; write e.g. {EXAMPLES}")


def say_day(day: date, today: date) -> str:
    """A day in words with its distance: `Tue 1 Dec 2026, in 8 days`."""
    words = (
        f"{_WEEKDAYS[day.weekday()][:3].title()} {day.day} {_MONTHS[day.month - 1][:3].title()} {day.year}"
    )
    return f"{words}, {_distance((day - today).days)}"


def _distance(days: int) -> str:
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    size = abs(days)
    if size < 60:
        amount = f"{size} days"
    elif size < 730:
        amount = f"{round(size / 30.44)} months"
    else:
        amount = f"{round(size / 365.25)} years"
    return f"in {amount}" if days > 0 else f"{amount} ago"


def _iso(text: str) -> date | None:
    if re.match(r"^\d{4}-\d{1,2}-\d{1,2}$", text):
        year, month, day = (int(part) for part in text.split("-"))
        return date(year, month, day)
    if re.match(r"^\d{8}$", text):
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return None


def _relative(text: str, today: date) -> date | None:
    if text in _NEAR:
        return today + timedelta(days=_NEAR[text])
    if text == "end of month":
        return today.replace(day=monthrange(today.year, today.month)[1])
    if text == "next week":
        return today + timedelta(days=7 - today.weekday())
    if text in ("next month", "next quarter", "next year"):
        return _first_of_next(text.removeprefix("next "), today)
    if match := _AHEAD.match(text):
        word = match[1].strip()
        count = int(word) if word.isdecimal() else _COUNTS.get(word)
        return None if count is None else _ahead(today, count, match[2][0])
    return _weekday(text, today)


def _ahead(today: date, count: int, unit: str) -> date:
    match unit:
        case "d":
            return today + timedelta(days=count)
        case "w":
            return today + timedelta(weeks=count)
        case _:
            return add_months(today, count * {"m": 1, "q": 3, "y": 12}[unit])


def add_days(day: date, days: int) -> date:
    """The day so many days on; the first or the last there is where there is none such."""
    number = min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    return date.fromordinal(number)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _first_of_next(unit: str, today: date) -> date:
    match unit:
        case "month":
            return add_months(today.replace(day=1), 1)
        case "quarter":
            return add_months(today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1), 3)
        case _:
            return date(today.year + 1, 1, 1)


def _weekday(text: str, today: date) -> date | None:
    following, _, name = text.rpartition(" ")
    if following not in ("", "next", "this", "on") or len(name) < 3:
        return None
    wanted = next((index for index, day in enumerate(_WEEKDAYS) if day.startswith(name)), None)
    if wanted is None:
        return None
    if following == "next":
        return today + timedelta(days=7 - today.weekday() + wanted)
    return today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)


def _named(text: str, today: date) -> date | None:
    if match := _EUROPEAN.match(text):
        return _dated(today, int(match[1]), int(match[2]), match[3])
    if (match := _DAY_MONTH.match(text)) and (month := _month(match[2])):
        return _dated(today, int(match[1]), month, match[3])
    if (match := _MONTH_DAY.match(text)) and (month := _month(match[1])):
        return _dated(today, int(match[2]), month, match[3])
    if match := _QUARTER.match(text):
        return _dated(today, 1, int(match[1]) * 3 - 2, match[2])
    if (match := _MONTH.match(text)) and (month := _month(match[2])):
        return _dated(today, 1, month, match[3])
    return None


def _month(name: str) -> int | None:
    return next((index for index, month in enumerate(_MONTHS, 1) if month.startswith(name)), None)


def _dated(today: date, day: int, month: int, year: str | None) -> date:
    if year:
        return date(int(year), month, day)
    this_year = today.year
    for candidate in range(this_year, this_year + 9):
        if day > monthrange(candidate, month)[1] and not (month == 2 and day == 29):
            break
        if day <= monthrange(candidate, month)[1] and date(candidate, month, day) >= today:
            return date(candidate, month, day)
    raise ValueError(f"month {month} has no day {day}")

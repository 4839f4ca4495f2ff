"""Figures in the words in which every screen and command shows them."""

from __future__ import annotations

UNKNOWN = "–"
"""Stands for a figure that there is not."""

ID_SHOWN = 8
"""Characters of an id that lists show: its end, for ids begin with the time and begin alike."""

SHORTEST_NAME = 4
"""Characters of an id that call a thing at the least."""


def id_shown(full: str) -> str:
    """An id as lists show it.

    >>> id_shown("019aca2b-7d38-7a41-9d52-43f95625d4b5")
    '5625d4b5'
    """
    return full[-ID_SHOWN:]


def goes_by(full: str, text: str) -> bool:
    """Whether an id may be called so: by its beginning or end, or the beginning of what is shown of it.

    >>> goes_by("019aca2b-7d38-7a41-9d52-43f95625d4b5", "5625d")
    True
    """
    ways = full.startswith(text) or full.endswith(text) or id_shown(full).startswith(text)
    return ways and len(text) >= SHORTEST_NAME


def too_short(text: str, what: str) -> str:
    """Why `text` calls nothing: of `what`, like "the lead's id", it is too little."""
    return f"'{text}' is too short; give {SHORTEST_NAME} characters or more of {what}"


def percent(rate: float | None) -> str:
    """A share (0 to 1) in whole per cent, the nearest; 100 only where it is all, 0 only where it is none.

    >>> percent(0.915), percent(0.914), percent(0.999), percent(0.001)
    ('92%', '91%', '99%', '1%')
    """
    if rate is None:
        return UNKNOWN
    nearest = int(rate * 100 + 0.5 + 1e-9)
    return f"{nearest if rate in (0, 1) else min(max(nearest, 1), 99)}%"


def minutes_text(minutes: int | None) -> str:
    """Minutes in hours and minutes: business hours have no days.

    >>> minutes_text(95)
    '1h 35m'
    """
    if minutes is None:
        return UNKNOWN
    hours, rest = divmod(minutes, 60)
    return f"{hours:,}h {rest:02}m" if hours else f"{rest}m"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 lead`, `2 leads`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

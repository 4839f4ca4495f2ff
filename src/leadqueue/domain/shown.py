"""Figures in the words in which every screen and command shows them."""

from __future__ import annotations

UNKNOWN = "–"
"""Stands for a figure that there is not."""


def percent(rate: float | None) -> str:
    """A share in whole per cent; 100 only where it is all of them.

    >>> percent(0.999)
    '99%'
    """
    return UNKNOWN if rate is None else f"{int(rate * 100 + 1e-9)}%"


def minutes_text(minutes: int | None) -> str:
    """Minutes in hours and minutes: business hours have no days.

    >>> minutes_text(95)
    '1h 35m'
    """
    if minutes is None:
        return UNKNOWN
    hours, rest = divmod(minutes, 60)
    return f"{hours:,}h {rest:02}m" if hours else f"{rest}m"

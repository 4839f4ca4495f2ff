"""The queue as sentences, for screen readers: a lead a line, whole words, no columns, no signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from leadqueue.domain.countdown import Urgency, urgency
from leadqueue.domain.shown import id_shown
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueRow


def sentence(row: QueueRow, sections: Mapping[str, str], now: datetime) -> str:
    """What a rep needs to know of a lead, in the order in which it matters."""
    who = [one_line(each) for each in (row.person, row.title, row.company)]
    said = [", ".join(each for each in who if each) or "A lead without a name"]
    if row.section:
        said.append(one_line(sections.get(row.section, row.section), 60))
    said.append(due(row, now))
    said.append("No score" if row.score is None else f"Score {row.score}")
    if row.returned:
        said.append("Returned after an earlier rejection")
    if row.unsent:
        said.append(f"{count(row.unsent, 'decision')} not sent yet")
    if row.attention:
        said.append(f"{count(row.attention, 'decision')} in the inbox")
    said.append(f"Id {id_shown(row.id)}")
    return ". ".join(each.rstrip(".") for each in said) + "."


def due(row: QueueRow, now: datetime) -> str:
    """How the lead's clock stands, in words alone."""
    state, left = urgency(row, now)
    if left is None:
        return "No clock runs"
    match state:
        case Urgency.BREACHED:
            return f"Overdue by {span(-left)}"
        case Urgency.TARGET:
            return f"Target in {span(left)}"
        case Urgency.SOON:
            return f"Due soon, in {span(left)}"
        case _:
            return f"Due in {span(left)}"


def span(length: timedelta) -> str:
    """The two largest units, written out.

    >>> span(timedelta(hours=2, minutes=5, seconds=9))
    '2 hours 5 minutes'
    """
    seconds = int(length.total_seconds())
    parts: list[str] = []
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(count(number, unit))
    return " ".join(parts[:2]) or "less than a minute"


def count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"

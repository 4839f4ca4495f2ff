"""What the rep decided today, and in words how far each decision has come. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from leadqueue.cache.both_sides import named, tried
from leadqueue.cache.queue_views import QueueRow
from leadqueue.cache.views import DecidedItem, Fate
from leadqueue.definitions.model import Definitions
from leadqueue.domain.countdown import brief
from leadqueue.domain.decision import Decision
from leadqueue.domain.lead import Directory, Lead
from leadqueue.domain.shown import plural
from leadqueue.domain.text import one_line
from leadqueue.domain.values import values_labelled, values_told

MOST = 500
"""Decisions that are listed; a day with more of them shows its latest."""
_MOST_TOLD = 300
"""Signs of a value of an earlier try."""
_MOST_FILLED = 10_000
"""Signs of a value that is told in full: more than any field takes."""
_STANDS = "It stands for one that did not hold."


def whom(row: QueueRow | None, kept: Lead | None = None) -> str:
    """The lead's person and company; `kept` is how the outbox or the inbox remembers one that has no row."""
    if row is None:
        return named(kept) if kept else "a lead that is no longer yours"
    return f"{row.person}, {row.company}" if row.company else row.person


def reason(decision: Decision, definitions: Definitions, directory: Directory) -> str:
    """The reason of a decision, or what else was filled in, in the form's order."""
    return values_told(decision.kind, decision.values, definitions, directory)


def in_full(
    item: DecidedItem, whom: str, definitions: Definitions, directory: Directory, zone: tzinfo
) -> list[str]:
    """What was decided, when and about whom, then each thing that was filled in, by its label."""
    decision = item.decision
    done = definitions.decisions[decision.kind].done
    filled = values_labelled(decision.kind, decision.values, definitions, directory, _MOST_FILLED)
    return [
        f"{done} at {decision.decided_at.astimezone(zone):%H:%M}: {one_line(whom, 400)}",
        *(f"{label}: {text}" for label, text in filled),
    ]


def detail(
    item: DecidedItem,
    now: datetime,
    zone: tzinfo,
    waits: str = "",
    tried_at: datetime | None = None,
) -> str:
    """How far a decision has come, in a sentence.

    `waits` says why nothing goes out now, '' where the sync is at work, and `tried_at` when it tries next.
    `now` is this computer's clock, as are the moments of the next try.
    """
    at = f"{item.settled_at.astimezone(zone):%H:%M}" if item.settled_at else ""
    why = item.trouble
    match item.fate:
        case Fate.ANSWERED:
            said = f"The server answered at {at}: it holds."
        case Fate.INBOX:
            said = f"It did not hold ({at}) and waits in the inbox."
        case Fate.HELD:
            said = "Held back until that is put right."
        case Fate.SENDING:
            said = "It is being sent; what became of it is asked for until the server answers."
        case _ if waits:
            why = why or waits
            said = f"It is safe on this computer and waits{_again(item.next_try_at, tried_at, now)}."
        case _:
            wait = f"in {brief(left)}" if (left := _left(item.next_try_at, now)) else "as soon as it can be"
            said = f"It is safe on this computer and goes out {wait}."
    told = (said, one_line(why, 300), _STANDS if item.replaces and not item.earlier else "")
    return " ".join(part for part in told if part)


def earlier(item: DecidedItem, definitions: Definitions, directory: Directory, zone: tzinfo) -> list[str]:
    """What was tried before it, and why that did not hold: a line for each try, the newest first."""
    lines: list[str] = []
    today = item.decision.decided_at.astimezone(zone).date()
    for each in item.earlier:
        values, why = tried(each, definitions, directory, _MOST_TOLD)
        at = each.decision.decided_at.astimezone(zone)
        when = f"{at:%H:%M}" if at.date() == today else f"{at:%Y-%m-%d %H:%M}"
        lines.append(f"Earlier try, {when}: {values}; {why}")
    return lines


def _again(own: datetime | None, tried_at: datetime | None, now: datetime) -> str:
    """When it is tried again: with the sync's next try, and not before its own time."""
    if tried_at is None:
        return ""
    left = _left(max(own, tried_at) if own else tried_at, now)
    return f"; next try in {brief(left)}" if left else ""


def _left(at: datetime | None, now: datetime) -> timedelta | None:
    return at - now if at is not None and at > now else None


def totals(items: list[DecidedItem], limit: int) -> str:
    """How many decisions, and how many of them in each state."""
    if not items:
        return "Today: nothing decided yet"
    counts = {fate: sum(item.fate is fate for item in items) for fate in Fate}
    told = ", ".join(f"{count} {fate.value}" for fate, count in counts.items() if count)
    if len(items) >= limit:
        return f"Today: {limit} decisions or more; of the latest {limit}, {told}"
    return f"Today: {plural(len(items), 'decision')}, {told}"

"""What the rep decided, line by line, and in words how far each decision has come. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from textual.content import Content

from leadqueue.cache.views import DecidedItem, Fate
from leadqueue.definitions.model import Definitions
from leadqueue.domain.countdown import brief
from leadqueue.domain.decision import Decision
from leadqueue.domain.lead import Directory
from leadqueue.domain.text import one_line
from leadqueue.domain.values import show_value
from leadqueue.tui.words import plural

_FATES = {
    Fate.WAITING: ("↑ waiting", "$text-warning"),
    Fate.SENDING: ("→ sending", "$text-warning"),
    Fate.HELD: ("! held", "bold $text-error"),
    Fate.ANSWERED: ("✓ answered", "$text-success"),
    Fate.INBOX: ("! inbox", "bold $text-warning"),
}
_LEFT = 35
"""Cells of time, state and kind."""


def line(
    item: DecidedItem, whom: str, definitions: Definitions, directory: Directory, zone: tzinfo, width: int
) -> Content:
    """Time, state, what was decided, about whom, and with which reason."""
    decision = item.decision
    state, style = _FATES[item.fate]
    label = one_line(definitions.decisions[decision.kind].label, 15)
    rest = max(width - _LEFT, 20)
    people = min(max(rest // 2, 18), 44)
    return Content.assemble(
        (f" {decision.decided_at.astimezone(zone):%H:%M}  ", "$text-muted"),
        (f"{state:<12}", style),
        (f"{label:<16}", "bold"),
        Content(one_line(whom, 200)).truncate(people - 1, ellipsis=True, pad=True),
        (f" {reason(decision, definitions, directory)}", "$text-muted"),
    )


def reason(decision: Decision, definitions: Definitions, directory: Directory) -> str:
    """The reason of a decision, or what else was filled in, in the form's order."""
    spec = definitions.decisions[decision.kind]
    keys = [entry.field for entry in definitions.form_fields(decision.kind) if entry.field in decision.values]
    keys += [key for key in decision.values if key not in keys]
    if spec.reason in keys:
        keys.remove(spec.reason)
        keys.insert(0, spec.reason)
    told = [show_value(key, decision.values[key], definitions, decision.values, directory) for key in keys]
    return " · ".join(one_line(text, 80) for text in told if text)


def detail(item: DecidedItem | None, now: datetime, zone: tzinfo) -> str:
    """How far the decision under the cursor has come, in a sentence. `now` is this computer's clock, as is
    the moment of the next try."""
    if item is None:
        return ""
    trouble = f" {one_line(item.trouble, 300)}" if item.trouble else ""
    trouble += " It stands for one that did not hold." if item.replaces else ""
    at = f"{item.settled_at.astimezone(zone):%H:%M}" if item.settled_at else ""
    match item.fate:
        case Fate.ANSWERED:
            return f"The server answered at {at}: it holds.{trouble}"
        case Fate.INBOX:
            return f"It did not hold ({at}) and waits in the inbox.{trouble}"
        case Fate.HELD:
            return f"Held back until that is put right.{trouble}"
        case Fate.SENDING:
            return f"It is being sent; what became of it is asked for until the server answers.{trouble}"
        case _:
            left = item.next_try_at - now if item.next_try_at else None
            wait = (
                f" in {brief(left)}"
                if left is not None and left.total_seconds() > 0
                else " as soon as it can be"
            )
            return f"It is safe on this computer and goes out{wait}.{trouble}"


def totals(items: list[DecidedItem], limit: int) -> str:
    """How many decisions, and how many of them in each state."""
    if not items:
        return "Today: nothing decided yet"
    counts = {fate: sum(item.fate is fate for item in items) for fate in Fate}
    more = "more than " if len(items) >= limit else ""
    told = ", ".join(f"{count} {fate.value}" for fate, count in counts.items() if count)
    return f"Today: {more}{plural(len(items), 'decision')}, {told}"

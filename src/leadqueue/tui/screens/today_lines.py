"""What the rep decided, line by line as the screen shows it. Pure."""

from __future__ import annotations

from datetime import tzinfo

from textual.content import Content

from leadqueue.cache.today import reason
from leadqueue.cache.views import DecidedItem, Fate
from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Directory
from leadqueue.domain.text import one_line

_FATES = {
    Fate.WAITING: ("↑ waiting", "$text-warning"),
    Fate.SENDING: ("→ sending", "$text-warning"),
    Fate.HELD: ("! held", "bold $text-error"),
    Fate.ANSWERED: ("✓ answered", "$text-success"),
    Fate.INBOX: ("! inbox", "bold $text-warning"),
}
_LEFT = 34
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
        (f"{decision.decided_at.astimezone(zone):%H:%M}  ", "$text-muted"),
        (f"{state:<12}", style),
        (f"{label:<16}", "bold"),
        Content(one_line(whom, 200)).truncate(people - 1, ellipsis=True, pad=True),
        (f" {reason(decision, definitions, directory)}", "$text-muted"),
    )

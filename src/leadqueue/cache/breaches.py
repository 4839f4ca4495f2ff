"""An escalation in the words in which the team screen and the command show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadqueue.cache.queue_views import QueueRow
from leadqueue.cache.team import TeamFacts
from leadqueue.definitions.model import Definitions
from leadqueue.domain.countdown import brief
from leadqueue.domain.decision import OVERRIDE
from leadqueue.wire.api import Escalation


@dataclass(frozen=True, slots=True)
class Breach:
    """An escalation as it is listed; the texts are as they came, not yet harmless.

    `clock` is its label, and `told` ''; of an override `told` says who did it, why, and from where to where.
    `seen` says who acknowledged it and when, '' while nobody has.
    """

    id: str
    lead_id: str
    owner_id: str
    breached_at: datetime
    clock: str
    person: str
    company: str
    owner: str
    told: str = ""
    seen: str = ""


def breach(
    each: Escalation, row: QueueRow | None, facts: TeamFacts, definitions: Definitions, now: datetime
) -> Breach:
    """The escalation at `now`; `row` is its lead's, None where that is out of reach."""
    clock = definitions.clocks.get(each.clock)
    label = clock.label if clock else each.clock
    seen = ""
    if each.id in facts.seen:
        seen = "you, not sent yet"
    elif each.acknowledged_at is not None:
        who = each.acknowledged_by_name or each.acknowledged_by
        seen = f"{who}, {brief(now - each.acknowledged_at)} ago"
    return Breach(
        each.id,
        each.lead_id,
        (row.owner_id if row else each.owner_id) or "",
        each.breached_at,
        "Override" if each.kind == OVERRIDE else label,
        row.person if row else "a lead out of reach",
        row.company if row else "",
        (row.owner_name if row else each.owner_name) or "nobody",
        each.message,
        seen,
    )

"""Whom a lead may be given to.

A team's manager gives leads to the own team: what goes to another one leaves the manager's reach for good.
Across teams an administrator gives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from leadqueue.definitions.model import Definitions, Role
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Actor, Colleague, Directory, FieldValue, Lead
from leadqueue.domain.people import labels, owners, told
from leadqueue.domain.text import one_line
from leadqueue.domain.values import check_value

ASSIGNEE = "assignee"
"""The field of the decision that names the new owner."""

_OF_A_TEAM = frozenset({Role.REP, Role.MANAGER})


def _may_choose(actor: Actor, person: Colleague) -> bool:
    return actor.role not in _OF_A_TEAM or person.team_id == actor.team_id


def assignees(leads: Sequence[Lead], actor: Actor, directory: Directory) -> tuple[tuple[str, str], ...]:
    """The people to whom the actor may give these leads, as ids with names; who has all of them is none."""
    have = {lead.owner_id for lead in leads}
    alone = have.pop() if len(have) == 1 else None
    called = labels(directory)
    return tuple(
        (person.id, called[person.id])
        for person in owners(directory)
        if person.id != alone and _may_choose(actor, person)
    )


def assignee_error(
    lead: Lead, value: FieldValue, definitions: Definitions, today: date, actor: Actor, directory: Directory
) -> FieldError | None:
    """Why the actor may not give the lead to the person with the id `value`, or None."""
    if lead.owner_id and value == lead.owner_id:
        return FieldError(ASSIGNEE, "unchanged", f"the lead belongs to {lead.owner_name} already")
    within = {each.id: each for each in owners(directory) if _may_choose(actor, each)}
    person = directory.get(value) if isinstance(value, str) and value not in within else None
    if person is None or person.id not in labels(directory):
        return check_value(ASSIGNEE, value, definitions, today, directory=within or directory)
    allowed = tuple(key for key, _ in assignees((lead,), actor, directory))
    choose = f"choose {told(allowed, directory)}, or " if allowed else ""
    return FieldError(
        ASSIGNEE,
        "other_team",
        f"{definitions.fields[ASSIGNEE].label}: {one_line(person.name, 60)} is not in your team; {choose}"
        "ask an administrator, who gives leads across teams",
        allowed,
    )

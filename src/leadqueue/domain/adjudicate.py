"""What a decision is worth on the lead as it stands by now: whether it holds, is done already, or somebody
else was first. Both sides of the sync ask here, the server once and the cache with each replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from leadqueue.definitions.model import DecisionKind, Definitions, FieldScope
from leadqueue.domain.decide import chosen_move, decide, may_reach
from leadqueue.domain.decision import (
    ABOUT_THE_LEAD,
    Already,
    Applied,
    Conflict,
    Decision,
    FieldError,
    Refused,
    Verdict,
)
from leadqueue.domain.form_rules import NOBODY, editable_fields
from leadqueue.domain.lead import Actor, Directory, FieldValue, Lead
from leadqueue.domain.values import is_empty


def adjudicate(
    lead: Lead,
    decision: Decision,
    definitions: Definitions,
    actor: Actor,
    now: datetime,
    directory: Directory = NOBODY,
) -> Verdict:
    """`decide`, and whether somebody else was first.

    An older expected version is no reason by itself. With it, a decision that scope, stage or role now
    forbid is `Already` where the lead stands as the decision wanted it, else a `Conflict`; and so is one that
    would undo unseen what somebody else decided: move the lead from another stage, take it from another
    owner or write over another value than its decider saw.
    """
    outcome = decide(lead, decision, definitions, actor, now, directory)
    overtaken = decision.expected_version != lead.versions.sales
    if isinstance(outcome, Applied):
        unseen = _unseen(lead, outcome.lead, decision, definitions) if overtaken else ()
        return Conflict(lead, unseen) if unseen else outcome
    if overtaken and any(error.code in ABOUT_THE_LEAD for error in outcome.errors):
        if may_reach(lead, actor) and _same_effect(lead, decision, definitions):
            return Already(lead)
        return Conflict(lead, outcome.errors)
    return outcome


def as_seen(lead: Lead, after: Lead, decision: Decision, definitions: Definitions) -> Decision:
    """The decision that makes `after` of `lead`, with what its decider sees of that which it changes."""
    writes = {*editable_fields(decision.kind, definitions)} & decision.values.keys()
    return replace(
        decision,
        seen_stage=lead.stage if after.stage != lead.stage else None,
        seen_owner=lead.owner_id or "" if decision.kind is DecisionKind.REASSIGN else None,
        seen_fields={key: lead.fields.get(key) for key in sorted(writes)},
    )


def _unseen(lead: Lead, after: Lead, decision: Decision, definitions: Definitions) -> tuple[FieldError, ...]:
    """What the decision, which makes `after` of `lead`, would undo without that its decider saw it."""
    stage, owner, fields = decision.seen_stage, decision.seen_owner, decision.seen_fields
    if stage not in (None, lead.stage) and after.stage != lead.stage:
        here = definitions.stages[lead.stage].label if lead.stage in definitions.stages else lead.stage
        return (FieldError("stage", "stage", f"the lead was moved to {here} since this was decided"),)
    if owner is not None and owner != (lead.owner_id or "") and after.owner_id != lead.owner_id:
        to = f"to {lead.owner_name} " if lead.owner_name else ""
        return (FieldError("owner", "owner", f"the lead was given {to}since this was decided"),)
    return tuple(
        FieldError(key, "changed", f"{definitions.fields[key].label} was changed since this was decided")
        for key, seen in fields.items()
        if key in definitions.fields
        and _differ(seen, lead.fields.get(key))
        and _differ(after.fields.get(key), lead.fields.get(key))
    )


def _differ(one: FieldValue, other: FieldValue) -> bool:
    return one != other and not (is_empty(one) and is_empty(other))


def _same_effect(lead: Lead, decision: Decision, definitions: Definitions) -> bool:
    spec = definitions.decisions.get(decision.kind)
    if spec is None:
        return False
    wanted = [move for move in spec.moves if move.to == lead.stage and lead.stage not in move.from_]
    if chosen_move(wanted, decision.values) is None or _says_more(decision, definitions):
        return False
    return all(
        lead.fields.get(key) == (value.strip() if isinstance(value, str) else value)
        for key, value in decision.values.items()
        if not is_empty(value)
        and key in definitions.fields
        and definitions.fields[key].scope is FieldScope.LEAD
    )


def _says_more(decision: Decision, definitions: Definitions) -> bool:
    """Whether the decision carries words of its own, a note say, which nobody's same decision holds."""
    spec = definitions.decisions[decision.kind]
    chooses = {move.when.field for move in spec.moves if move.when}
    return any(
        not is_empty(value)
        and key in definitions.fields
        and definitions.fields[key].scope is FieldScope.DECISION
        and key not in chooses
        for key, value in decision.values.items()
    )


def fold(
    lead: Lead,
    decisions: Iterable[Decision],
    definitions: Definitions,
    actor: Actor,
    now: datetime,
    directory: Directory = NOBODY,
) -> tuple[Lead, tuple[tuple[Decision, Already | Refused | Conflict], ...]]:
    """The lead as its decider sees it: server state with the unsent decisions replayed in order.

    Also the decisions that no longer hold, each with why.
    """
    void: list[tuple[Decision, Already | Refused | Conflict]] = []
    for decision in decisions:
        verdict = adjudicate(lead, decision, definitions, actor, now, directory)
        if isinstance(verdict, Applied):
            lead = verdict.lead
        else:
            void.append((decision, verdict))
    return lead, tuple(void)

"""What has changed on a lead since it was last rejected (T3)."""

from __future__ import annotations

from dataclasses import dataclass

from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Lead, Rejection
from leadqueue.domain.values import show_value


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """One fact then and now, both ready to be shown; '' where there was or is none.

    `growth` is by how much a number grew; None where it is no number of the lead's engagement.
    """

    label: str
    before: str
    after: str
    growth: int | None = None


def changed_since(lead: Lead, rejection: Rejection, definitions: Definitions) -> tuple[ChangedFact, ...]:
    """Score, signals and fields that differ from what was known at the rejection."""
    facts: list[ChangedFact] = []
    if lead.score and rejection.score is not None and lead.score.total != rejection.score:
        facts.append(
            ChangedFact(
                "Score", str(rejection.score), str(lead.score.total), lead.score.total - rejection.score
            )
        )
    kinds = definitions.vocabularies["signal_kind"].values
    earlier = {tally.kind: tally.count for tally in rejection.tallies}
    for tally in lead.tallies:
        before = earlier.get(tally.kind, 0)
        if tally.count != before:
            label = kinds.get(tally.kind, tally.kind)
            facts.append(
                ChangedFact(label, f"{before}×" if before else "", f"{tally.count}×", tally.count - before)
            )
    for key, spec in definitions.fields.items():
        then, present = rejection.fields.get(key), lead.fields.get(key)
        comparable = (
            spec.group not in ("outcome", "sales", "qualification", "pipeline") and spec.max_length <= 500
        )
        told = spec.group == "handoff" and (str(then), str(present)) in {
            (fact.before, fact.after) for fact in facts
        }
        if comparable and then != present and not told:
            facts.append(
                ChangedFact(
                    spec.label,
                    show_value(key, then, definitions, rejection.fields),
                    show_value(key, present, definitions, lead.fields),
                )
            )
    return tuple(facts)


def news(lead: Lead, definitions: Definitions) -> tuple[Rejection, tuple[ChangedFact, ...]] | None:
    """The last disposition of a lead that came back or was taken up again, and what is new since; None
    where it never went."""
    if not lead.rejections:
        return None
    last = lead.rejections[-1]
    return last, changed_since(lead, last, definitions)

"""What has changed on a lead since it was last rejected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo

from leadqueue.definitions.model import Definitions
from leadqueue.domain.ages import stamp
from leadqueue.domain.form_rules import NOBODY
from leadqueue.domain.lead import Directory, FieldValues, Lead, Rejection
from leadqueue.domain.text import one_line
from leadqueue.domain.values import show_value

_SALES_OWN = frozenset({"outcome", "sales", "qualification", "pipeline"})
"""Groups of fields that sales itself wrote: no news from marketing."""


@dataclass(frozen=True, slots=True)
class ChangedFact:
    """One fact then and now, both ready to be shown; '' where there was or is none.

    `growth` is by how much a number grew; None where it is no number of the lead's engagement. `origin` is
    who or what wrote the field last, '' where nobody did.
    """

    label: str
    before: str
    after: str
    growth: int | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A labelled text about a rejection, harmless but where `long`: that is as a person wrote it."""

    label: str
    text: str
    long: bool = False


def last_standing(lead: Lead) -> Rejection | None:
    """The last time that the lead was given back, but for those that were undone."""
    return next((past for past in reversed(lead.rejections) if past.undone_at is None), None)


def past_told(past: Rejection, definitions: Definitions, directory: Directory, zone: tzinfo) -> list[Told]:
    """What is known of the time that a lead was given back, the reason first; moments as `zone` has them."""
    reason = definitions.reasons.get(past.reason)
    told = [
        Told("Reason", reason.label if reason else one_line(past.reason)),
        Told("By", f"{one_line(past.by_name)}, {stamp(past.at, zone)}"),
    ]
    for key, value in past.details.items():
        spec = definitions.fields.get(key)
        shown = show_value(key, value, definitions, past.details, directory)
        told.append(Told(spec.label if spec else one_line(key, 40), shown))
    if past.nurture:
        track = definitions.nurture.get(past.nurture)
        told.append(Told("Nurture track", track.label if track else one_line(past.nurture)))
    if past.note:
        told.append(Told("Note", past.note, long=True))
    if past.returned_at:
        told.append(Told("Back since", stamp(past.returned_at, zone)))
    if past.undone_at:
        by = f"{one_line(past.undone_by_name)}, " if past.undone_by_name else ""
        told.append(Told("Undone", f"{by}{stamp(past.undone_at, zone)}"))
        if past.undone_because:
            told.append(Told("Because", past.undone_because, long=True))
    return told


def changed_since(
    lead: Lead, rejection: Rejection, definitions: Definitions, directory: Directory = NOBODY
) -> tuple[ChangedFact, ...]:
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
    told = {(fact.before, fact.after) for fact in facts}
    for key in _differing(rejection.fields, lead.fields, definitions):
        spec = definitions.fields[key]
        if spec.group in _SALES_OWN:
            continue
        then, present = rejection.fields.get(key), lead.fields.get(key)
        if spec.group == "handoff" and (str(then), str(present)) in told:
            continue  # the score at hand-over says again what the score says
        facts.append(_fact(key, rejection.fields, lead, definitions, directory))
    return tuple(facts)


def changed_between(
    then: Lead,
    now: Lead,
    definitions: Definitions,
    directory: Directory = NOBODY,
    *,
    beside: Collection[str] = (),
) -> tuple[ChangedFact, ...]:
    """Every field that differs between two states of a lead, but for those `beside`."""
    keys = [key for key in _differing(then.fields, now.fields, definitions) if key not in beside]
    return tuple(_fact(key, then.fields, now, definitions, directory) for key in keys)


def _differing(then: FieldValues, now: FieldValues, definitions: Definitions) -> list[str]:
    """The fields that differ; long texts are left out, for they are not compared at a glance."""
    return [
        key
        for key, spec in definitions.fields.items()
        if spec.max_length <= 500 and then.get(key) != now.get(key)
    ]


def _fact(
    key: str, then: FieldValues, now: Lead, definitions: Definitions, directory: Directory
) -> ChangedFact:
    return ChangedFact(
        definitions.fields[key].label,
        show_value(key, then.get(key), definitions, then, directory),
        show_value(key, now.fields.get(key), definitions, now.fields, directory),
        origin=now.provenance.get(key, ""),
    )

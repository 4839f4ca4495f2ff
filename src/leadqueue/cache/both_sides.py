"""A decision that did not hold, as two sides: what the rep decided, and how the lead stands now. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadqueue.cache.views import AttentionItem, AttentionStatus, EarlierTry
from leadqueue.definitions.model import Definitions, FieldScope
from leadqueue.domain.history import ChangedFact, changed_between
from leadqueue.domain.lead import Directory, FieldValue, FieldValues, Lead
from leadqueue.domain.text import one_line
from leadqueue.domain.timeline import DISPOSED
from leadqueue.domain.values import show_value, values_told

OUT_OF_REACH = "no longer yours to see"

_STATUS = {
    AttentionStatus.REFUSED: "refused",
    AttentionStatus.CONFLICT: "somebody was first",
    AttentionStatus.OVERTAKEN: "the lead or the definitions changed",
}


@dataclass(frozen=True, slots=True)
class Facing:
    """One line of the comparison: a fact as the rep saw or decided it, and as it stands now."""

    label: str
    mine: str
    now: str
    comparable: bool = True

    @property
    def differs(self) -> bool:
        return self.comparable and self.mine != self.now


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did with the lead since the rep decided."""

    at: datetime | None
    by: str
    what: str


def status_words(item: AttentionItem | EarlierTry) -> str:
    """What became of the decision; of a conflict who was first, or that the lead is another's now."""
    told = one_line(item.message, 80) if item.status is AttentionStatus.CONFLICT else ""
    return told or _STATUS[item.status]


def reasons(item: AttentionItem | EarlierTry) -> list[str]:
    """Why it did not hold, a line for each field at fault."""
    told = [one_line(error.message, 400) for error in item.errors] or [one_line(item.message, 400)]
    return [each for each in told if each]


def tried(
    item: EarlierTry, definitions: Definitions, directory: Directory, most: int = 2000
) -> tuple[str, str]:
    """What was filled in the earlier time, each value cut to `most` signs, and why that did not hold."""
    decision = item.decision
    values = values_told(decision.kind, decision.values, definitions, directory, most)
    told = dict.fromkeys((status_words(item), "; ".join(reasons(item))))
    return values or "nothing filled in", ": ".join(each for each in told if each)


def whom(item: AttentionItem) -> str:
    """The lead's name as far as it is still known."""
    lead = item.lead_now or item.lead_then
    return f"lead {item.decision.lead_id[:8]}" if lead is None else named(lead)


def named(lead: Lead) -> str:
    """A lead's person and company."""
    company = f", {one_line(lead.company, 60)}" if lead.company else ""
    return f"{one_line(lead.person, 60)}{company}"


def sides(item: AttentionItem, definitions: Definitions, directory: Directory) -> list[Facing]:
    """Stage, owner and every field of the decision, on both sides."""
    then, now = item.lead_then, item.lead_now
    lines: list[Facing] = []
    if then is not None or now is not None:
        lines.append(Facing("Stage", _stage(then, definitions), _stage(now, definitions)))
        lines.append(Facing("Owner", _owner(then), _owner(now)))
    present: FieldValues = now.fields if now else {}
    for key, value in item.decision.values.items():
        spec = definitions.fields.get(key)
        label = spec.label if spec else one_line(key, 40)
        mine = _shown(key, value, definitions, item.decision.values, directory)
        current = _shown(key, present.get(key), definitions, present, directory)
        on_lead = spec is not None and spec.scope is FieldScope.LEAD
        if not on_lead:
            current = ""
        lines.append(Facing(label, mine, current if now else OUT_OF_REACH, comparable=on_lead))
    return lines


def _stage(lead: Lead | None, definitions: Definitions) -> str:
    if lead is None:
        return OUT_OF_REACH
    stage = definitions.stages.get(lead.stage)
    return stage.label if stage else one_line(lead.stage, 40)


def _owner(lead: Lead | None) -> str:
    if lead is None:
        return OUT_OF_REACH
    return one_line(lead.owner_name, 60) or "nobody"


def _shown(
    key: str, value: FieldValue, definitions: Definitions, around: FieldValues, directory: Directory
) -> str:
    return one_line(show_value(key, value, definitions, around, directory), 300)


def deeds(item: AttentionItem, definitions: Definitions) -> list[Deed]:
    """What others did with the lead that the rep had not seen, newest first, as far as the lead tells."""
    then, now = item.lead_then, item.lead_now
    if now is None:
        return []
    seen = _remembered(then) | {item.decision.id}
    found: list[Deed] = []
    for rejection in now.rejections:
        if rejection.id not in seen:
            reason = definitions.reasons.get(rejection.reason)
            label = reason.label if reason else one_line(rejection.reason, 60)
            what = f"{DISPOSED[rejection.disposition]}: {label}"
            found.append(Deed(rejection.at, one_line(rejection.by_name, 60), what))
    told = {deed.at for deed in found}
    if then is not None and then.stage != now.stage and now.stage_since not in told:
        moved = f"moved it to {_stage(now, definitions)}"
        found.append(Deed(now.stage_since, one_line(now.stage_by, 60), moved))
    channels = definitions.vocabularies["touch_channel"].values
    for touch in now.touches:
        if touch.id not in seen:
            channel = channels.get(touch.channel) or one_line(touch.channel, 40)
            found.append(Deed(touch.at, one_line(touch.by_name, 60), f"logged a touch: {channel}"))
    for note in now.notes:
        if note.id not in seen:
            text = one_line(note.text, 200)
            found.append(Deed(note.at, one_line(note.by_name, 60), f"wrote: {text}"))
    if then is not None and then.owner_id != now.owner_id:
        because = one_line(now.assigned_because, 200)
        found.append(Deed(None, "", f"the lead went to {_owner(now)}" + (f", {because}" if because else "")))
    return sorted(found, key=lambda deed: (deed.at is None, deed.at or item.at), reverse=True)


def changes(item: AttentionItem, definitions: Definitions, directory: Directory) -> list[Facing]:
    """Fields of the lead that changed since the rep decided and that the decision itself did not touch."""
    then, now = item.lead_then, item.lead_now
    if then is None or now is None:
        return []
    return [
        Facing(one_line(fact.label, 40), one_line(fact.before, 300), _with_origin(fact))
        for fact in changed_between(then, now, definitions, directory, beside=item.decision.values)
    ]


def _with_origin(fact: ChangedFact) -> str:
    after, origin = one_line(fact.after, 300), one_line(fact.origin, 60)
    return f"{after or 'none'} (from {origin})" if origin else after


def _remembered(lead: Lead | None) -> set[str]:
    """Ids of what the rep had before their eyes."""
    if lead is None:
        return set()
    rejected = {rejection.id for rejection in lead.rejections}
    return rejected | {touch.id for touch in lead.touches} | {note.id for note in lead.notes}

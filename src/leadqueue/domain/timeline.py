"""What happened to a lead, on one axis: signals, touches, notes, hand-overs, dispositions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from leadqueue.definitions.model import ClockStart, Definitions, Disposition
from leadqueue.domain.assigned import named_by_marketing, why_given
from leadqueue.domain.lead import Lead
from leadqueue.domain.text import one_line
from leadqueue.domain.utc_field import UtcDatetime


class EventKind(StrEnum):
    """What kind of thing happened; `fast` is a signal that puts a lead into a faster lane."""

    SIGNAL = "signal"
    FAST = "fast"
    TOUCH = "touch"
    NOTE = "note"
    HANDOVER = "handover"
    ASSIGNED = "assigned"
    REJECTION = "rejection"
    RETURN = "return"
    CREATED = "created"


DISPOSED = {
    Disposition.REJECT: "Rejected",
    Disposition.RECYCLE: "Recycled",
    Disposition.CLOSE_LOST: "Closed lost",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One moment of the lead. Texts are as they came, not yet harmless; '' where there is none."""

    at: UtcDatetime
    kind: EventKind
    what: str
    who: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events, newest first, and how many earlier signals are counted only."""

    events: tuple[Event, ...]
    earlier_signals: int = 0


def timeline(lead: Lead, definitions: Definitions) -> Timeline:
    """The lead's story as far as the lead itself keeps it."""
    events = sorted(_events(lead, definitions), key=lambda event: event.at, reverse=True)
    counted = sum(tally.count for tally in lead.tallies)
    return Timeline(tuple(events), max(counted - len(lead.signals), 0))


def fast_signals(definitions: Definitions) -> frozenset[str]:
    """The kinds of signals that put a lead into a faster lane of some clock."""
    return frozenset(
        kind for clock in definitions.clocks.values() for lane in clock.lanes for kind in lane.signals
    )


def page_told(detail: str) -> str:
    """A page's title, or of its address what tells it from the others of the site; harmless."""
    text = one_line(detail, 200)
    start, _, rest = text.partition("://")
    return f"/{rest.partition('/')[2]}" if start in ("http", "https") and rest else text


def _events(lead: Lead, definitions: Definitions) -> Iterator[Event]:
    """Events of one moment come in the order in which they follow from each other, the last one first."""
    yield from _dispositions(lead, definitions)
    yield from _work(lead, definitions)
    yield from _assignment(lead)
    yield from _handovers(lead, definitions)
    fast = fast_signals(definitions)
    kinds = definitions.vocabularies["signal_kind"].values
    for signal in lead.signals:
        kind = EventKind.FAST if signal.kind in fast else EventKind.SIGNAL
        yield Event(signal.at, kind, kinds.get(signal.kind, signal.kind), detail=signal.title or signal.url)
    yield Event(lead.created_at, EventKind.CREATED, "First seen", detail=lead.text("campaign"))


def _work(lead: Lead, definitions: Definitions) -> Iterator[Event]:
    channels = definitions.vocabularies["touch_channel"].values
    outcomes = definitions.vocabularies["touch_outcome"].values
    for touch in lead.touches:
        outcome = outcomes.get(touch.outcome, touch.outcome).lower()
        what = f"{channels.get(touch.channel, touch.channel)}: {outcome}"
        yield Event(touch.at, EventKind.TOUCH, what, touch.by_name, touch.note)
    for note in lead.notes:
        yield Event(note.at, EventKind.NOTE, "Note", note.by_name, note.text)


def _dispositions(lead: Lead, definitions: Definitions) -> Iterator[Event]:
    for past in lead.rejections:
        reason = definitions.reasons.get(past.reason)
        what = f"{DISPOSED[past.disposition]}: {reason.label if reason else past.reason}"
        yield Event(past.at, EventKind.REJECTION, what, past.by_name, past.note)
        if past.returned_at is not None:
            yield Event(
                past.returned_at, EventKind.RETURN, "Came back", detail=_handed_to(lead, past.returned_at)
            )
        if past.undone_at is not None:
            yield Event(
                past.undone_at,
                EventKind.RETURN,
                "Undone by an override",
                past.undone_by_name,
                past.undone_because,
            )


def _assignment(lead: Lead) -> Iterator[Event]:
    """How the lead came to its owner, if a person saw to it. Whom marketing named, a hand-over tells."""
    if lead.assigned_at is None or named_by_marketing(lead):
        return
    why = why_given(lead)
    what = "Taken" if why is None else f"Reassigned to {lead.owner_name}"
    yield Event(lead.assigned_at, EventKind.ASSIGNED, what, lead.assigned_by, why or "")


def _handovers(lead: Lead, definitions: Definitions) -> Iterator[Event]:
    """Entries into stages, as far as clocks remember them, but for those that a disposition tells already."""
    told = {at for past in lead.rejections for at in (past.at, past.returned_at, past.undone_at)}
    entered = {lead.stage_since: lead.stage}
    for clock in lead.clocks:
        spec = definitions.clocks.get(clock.kind)
        if spec and spec.starts is ClockStart.STAGE and len(spec.stages) == 1 and not spec.standby:
            entered.setdefault(clock.started_at, spec.stages[0])
    for at, stage in entered.items():
        if at in told or stage == definitions.handoff.entry_stage:
            continue
        known = definitions.stages.get(stage)
        who = lead.stage_by if at == lead.stage_since else ""
        why = _handed_to(lead, at) if stage == definitions.handoff.mql_stage else ""
        named = "" if who in why else who  # "named by the website form" says it already
        yield Event(at, EventKind.HANDOVER, f"To {known.label if known else stage}", named, why)


def _handed_to(lead: Lead, at: UtcDatetime) -> str:
    """Why marketing's lead came to its owner: of the latest entry, and while nobody else had a say in it."""
    return lead.assigned_because if at == lead.stage_since and named_by_marketing(lead) else ""

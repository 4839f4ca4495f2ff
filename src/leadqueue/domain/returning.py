"""When a recycled lead is over the MQL bar again: by what it did since, not by what it had done before."""

from __future__ import annotations

from datetime import date, datetime

from leadqueue.definitions.model import Definitions, Disposition
from leadqueue.domain.lead import FieldValue, Lead, Rejection, ScoreLine, SignalTally
from leadqueue.domain.scoring import MqlCheck, compute_score, tally
from leadqueue.domain.timeline import fast_signals
from leadqueue.domain.today import owners_day, owners_day_begins


def waits(past: Rejection) -> bool:
    """Whether it is a recycling from which the lead has not come back yet."""
    return past.disposition is Disposition.RECYCLE and past.returned_at is None and past.undone_at is None


def waiting_recycling(lead: Lead) -> Rejection | None:
    """The last recycling from which the lead has not come back yet, None where there is none."""
    return max(filter(waits, lead.rejections), key=lambda past: past.at, default=None)


def ended_recycling(lead: Lead) -> Rejection | None:
    """The recycling from which the lead came back last, None for one that never did."""
    back = lead.returned_at
    return next((past for past in reversed(lead.rejections) if back and past.returned_at == back), None)


def engagement_since(lead: Lead, past: Rejection) -> tuple[SignalTally, ...]:
    """The signals made after `past`, counted by kind. One made before it and sent late is none of them.

    The signals that the lead keeps tell it to the moment. Where they do not reach back to `past`, those that
    are only counted are known by how much a kind's count has grown since.
    """
    kept = tally((), (signal for signal in lead.signals if signal.at > past.at))
    if any(signal.at <= past.at for signal in lead.signals):
        return kept
    seen = {entry.kind: entry.count for entry in kept}
    then = {entry.kind: entry.count for entry in past.tallies}
    return tuple(
        SignalTally(
            entry.kind,
            max(seen.get(entry.kind, 1), entry.count - then.get(entry.kind, 0)),
            entry.last_at,
        )
        for entry in lead.tallies
        if entry.last_at > past.at
    )


def lines_since(lead: Lead, past: Rejection, definitions: Definitions, at: datetime) -> tuple[ScoreLine, ...]:
    """What the engagement since `past` is worth as of `at`, line by line; no field adds to it."""
    return compute_score({}, engagement_since(lead, past), definitions, at).lines


def since_check(lead: Lead, past: Rejection, definitions: Definitions, at: datetime) -> MqlCheck:
    """Whether the engagement since `past` alone makes the behavioural part of the bar, as of `at`."""
    since = engagement_since(lead, past)
    points = compute_score({}, since, definitions, at).behaviour
    least = definitions.mql.behaviour
    label = f"{least} or more of it since it was recycled"
    return MqlCheck("since", label, bool(since) and points >= least, str(points))


def may_return(lead: Lead, past: Rejection, definitions: Definitions, now: datetime) -> bool:
    """Whether what the lead did since it was recycled may bring it back at `now`; the bar is asked besides.

    Before the day to revisit, if the recycling names one, only a signal of a fast lane does. The day is the
    owner's.
    """
    if not since_check(lead, past, definitions, now).passed:
        return False
    day = revisit_day(past, definitions)
    if day is None or owners_day(lead, now) >= day:
        return True
    fast = fast_signals(definitions)
    return any(entry.kind in fast for entry in engagement_since(lead, past))


def revisit_day(past: Rejection, definitions: Definitions) -> date | None:
    """The day on which the recycling's nurture track comes back to the lead, None where it names none."""
    track = definitions.nurture.get(past.nurture) if past.nurture else None
    return _day(past.details.get(track.revisit_field)) if track and track.revisit_field else None


def next_look(lead: Lead, at: datetime, *, asked: bool) -> datetime | None:
    """When (UTC) it is to be asked whether a recycled lead may return, though nothing new comes in; None for
    never.

    `at` is when the lead changed last, and `asked` whether it was asked then; else it is due at once. What a
    lead did only fades, so after that nothing makes a difference but the beginning of its day to revisit.
    Which of a recycling's dates that is, the definitions say that hold by then: it is asked on each.
    """
    past = waiting_recycling(lead)
    if past is None:
        return None
    if not asked:
        return at
    days = (day for value in past.details.values() if (day := _day(value)) is not None)
    begins = (owners_day_begins(lead, day) for day in days)
    return min((moment for moment in begins if moment is not None and moment > at), default=None)


def _day(value: FieldValue) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:  # a field that was no date under the definitions of then
        return None

"""A lead as labelled lines of plain text, for people and screen readers: what the screen's context says."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from leadqueue.cache.views import WAITING_TOLD
from leadqueue.definitions.model import Definitions
from leadqueue.domain.ages import age, countdown_told, stamp
from leadqueue.domain.clocks import running
from leadqueue.domain.company import is_open
from leadqueue.domain.history import ChangedFact, changed_since, last_standing, past_told
from leadqueue.domain.lead import Rejection
from leadqueue.domain.scoring import score_told
from leadqueue.domain.text import one_line
from leadqueue.domain.timeline import DISPOSED, Event, EventKind, page_told, timeline
from leadqueue.domain.values import show_value
from leadqueue.domain.why import condition_told, signal_label, why_here

if TYPE_CHECKING:
    from leadqueue.cache.views import LeadView

_LONGEST = 2000
_EVENTS = {
    EventKind.SIGNAL: "Signal",
    EventKind.FAST: "Signal",
    EventKind.TOUCH: "Touch",
    EventKind.NOTE: "Note",
}
"""The events that have lines of their own; the others are told by stage, owner and rejections."""


def lead_lines(view: LeadView, definitions: Definitions, now: datetime, zone: tzinfo) -> list[str]:
    """What is known of the lead; moments as `zone`, the viewer's, has them."""
    lead = view.lead
    stage = definitions.stages[lead.stage]
    status = f" ({stage.status})" if stage.status else ""
    lines = [
        f"{one_line(lead.person)} at {one_line(lead.company)}",
        f"Id: {lead.id}",
        *_why(view, definitions, now),
        f"Stage: {stage.label}{status}, {stamp(lead.stage_since, zone)}",
        f"Owner: {one_line(lead.owner_name) or 'nobody'} ({one_line(lead.assigned_because) or 'unsaid why'})"
        f"{f', {stamp(lead.assigned_at, zone)}' if lead.assigned_at else ''}",
    ]
    lines += [
        f"Clock: {countdown_told(clock, definitions, now)}, due {stamp(clock.due_at, zone)}"
        for clock in running(lead)
    ]
    if lead.score:
        lines.append(f"Score: {score_told(lead.score)}")
        lines += [f"  {line.points:+d} {line.label}" for line in lead.score.lines]
    for key, spec in definitions.fields.items():
        shown = show_value(key, lead.fields.get(key), definitions, lead.fields, view.directory)
        if shown:
            source = lead.provenance.get(key)
            lines.append(f"{spec.label}: {one_line(shown, 500)}{f' [{one_line(source)}]' if source else ''}")
    last = last_standing(lead)
    for past in reversed(lead.rejections):
        lines += _rejection(past, view, definitions, zone, last=past is last)
    told = timeline(lead, definitions)
    lines += [
        _event(event, zone)
        for label in dict.fromkeys(_EVENTS.values())
        for event in told.events
        if _EVENTS.get(event.kind) == label
    ]
    if told.earlier_signals:
        lines.append(f"Earlier signals, counted only: {told.earlier_signals:,}")
    return lines


def _why(view: LeadView, definitions: Definitions, now: datetime) -> list[str]:
    """What brought the lead, and how it stands against each condition of the bar."""
    found = why_here(view.lead, definitions)
    brought = ["back from nurture"] if found.returned else []
    if found.trigger is not None:
        fast = ", a fast lane" if found.fast else ""
        label = signal_label(found.trigger.kind, definitions)
        brought.append(f"{label} {age(found.trigger.last_at, now)}{fast}")
    lines = [f"Why here: {'; '.join(brought)}"] if brought else []
    for label, passed in (("met", True), ("not met", False)):
        checks = found.verdict.checks if found.verdict else ()
        told = [condition_told(check, definitions) for check in checks if check.passed is passed]
        if any(told):
            lines.append(f"MQL bar, {label}: {'; '.join(one_line(words) for words in told if words)}")
    return lines


def _rejection(
    past: Rejection, view: LeadView, definitions: Definitions, zone: tzinfo, *, last: bool
) -> list[str]:
    reason, *others = past_told(past, definitions, view.directory, zone)
    lines = [f"{DISPOSED[past.disposition]}: {one_line(reason.text)}"]
    lines += [f"  {told.label}: {one_line(told.text, _LONGEST)}" for told in others]
    if last:
        facts = changed_since(view.lead, past, definitions, view.directory)
        lines += [f"  Changed since, {_changed(fact)}" for fact in facts] or ["  Nothing has changed since"]
    return lines


def _changed(fact: ChangedFact) -> str:
    before, after = one_line(fact.before, 80) or "none", one_line(fact.after, 80) or "none"
    grown = f" ({fact.growth:+d})" if fact.growth else ""
    origin = f" (from {one_line(fact.origin, 60)})" if fact.origin else ""
    return f"{one_line(fact.label)}: was {before}, now {after}{grown}{origin}"


def _event(event: Event, zone: tzinfo) -> str:
    """What happened, with the page, the note or what else there is to it, by whom, and when."""
    label, when = _EVENTS[event.kind], stamp(event.at, zone)
    by = one_line(event.who, 60)
    if event.kind is EventKind.NOTE:
        return f"{label}: {one_line(event.detail, _LONGEST)} ({by}, {when})"
    if event.kind is EventKind.TOUCH:
        detail = f": {one_line(event.detail, _LONGEST)}" if event.detail else ""
        return f"{label}: {one_line(event.what)} by {by}, {when}{detail}"
    detail = page_told(event.detail)
    what = one_line(event.what)
    return f"{label}: {what}{f', {detail}' if detail and detail != what else ''}, {when}"


def unsent_lines(view: LeadView, definitions: Definitions, zone: tzinfo) -> list[str]:
    """The decisions that are not sent yet, and that others wait in the inbox."""
    lines = []
    for item in view.unsent:
        decision = item.decision
        trouble = f": {one_line(item.trouble)}" if item.trouble else ""
        done = definitions.decisions[decision.kind].done
        lines.append(
            f"Unsent: {done}, {stamp(decision.decided_at, zone)}, {WAITING_TOLD[item.state]}{trouble}"
        )
    if view.attention:
        lines.append(f"Inbox: {view.attention} of your decisions on this lead did not hold")
    return lines


def company_lines(view: LeadView, definitions: Definitions, zone: tzinfo) -> list[str]:
    """The other leads of the company as plain text: one's own as they stand, then those of colleagues as the
    server last told them."""
    told = [
        _company_line((row.person, row.title), row.stage, "", row.owner_name, definitions)
        for row in view.same_company
    ]
    if view.same_company_more:
        told.append(f"Same company: {view.same_company_more} more within your reach")
    colleagues = view.colleagues
    if colleagues is None:
        return told
    if colleagues.at is None:
        return [
            *told,
            "Same company: colleagues' leads are not known here yet; the queue asks for them online",
        ]
    told += [
        _company_line(
            (each.name, each.title), each.stage, f"{stamp(each.since, zone)}, ", each.owner_name, definitions
        )
        for each in colleagues.leads
    ]
    if colleagues.more:
        told.append(f"Same company: {colleagues.more} more of colleagues")
    none = "" if colleagues.leads or colleagues.more else ": none"
    return [*told, f"Colleagues' leads at the company, as of {stamp(colleagues.at, zone)}{none}"]


def _company_line(
    words: tuple[str, str], stage: str, since: str, owner: str, definitions: Definitions
) -> str:
    who = ", ".join(text for text in (one_line(word, 60) for word in words) if text) or "(no name)"
    spec = definitions.stages.get(stage)
    label = spec.label if spec else one_line(stage, 40)
    state = "open" if is_open(stage, definitions) else "not open"
    return f"Same company: {who}; {label}, {since}{state}; owner {one_line(owner, 60) or 'nobody'}"

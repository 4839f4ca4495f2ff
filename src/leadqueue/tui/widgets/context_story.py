"""What happened with the lead so far, on one axis, and what is new since it was last given back. Pure."""

from __future__ import annotations

from textual.content import Content

from leadqueue.cache.views import Colleagues
from leadqueue.domain.ages import age, age_column
from leadqueue.domain.company import is_open
from leadqueue.domain.history import ChangedFact, changed_since, last_standing, past_told
from leadqueue.domain.lead import Rejection
from leadqueue.domain.text import one_line
from leadqueue.domain.timeline import DISPOSED, Event, EventKind, page_told, timeline
from leadqueue.domain.touches import present_touches
from leadqueue.tui.widgets.sheet import Section, SheetLines

MOST_EVENTS = 12
"""Events in sight until the rep asks for all of them."""

MOST_OF_COLLEAGUES = 8
"""Colleagues' leads in sight until the rep asks for all of them."""

_SIGNS = {
    EventKind.SIGNAL: ("·", ""),
    EventKind.FAST: ("▲", "bold $text-accent"),
    EventKind.TOUCH: ("→", "$text-success"),
    EventKind.NOTE: ("✎", ""),
    EventKind.HANDOVER: ("▸", "bold $text-primary"),
    EventKind.ASSIGNED: ("▸", "$text-primary"),
    EventKind.REJECTION: ("✗", "bold $text-error"),
    EventKind.RETURN: ("↺", "bold $text-primary"),
    EventKind.CREATED: ("○", "$text-muted"),
}
_AXIS = 9
"""Cells of sign and age, left of what happened."""


def story(sheet: SheetLines) -> Section:
    """The lead's events, newest first, with the age of each on one axis."""
    told = timeline(sheet.lead, sheet.definitions)
    shown = told.events if sheet.full else told.events[:MOST_EVENTS]
    lines = [line for event in shown for line in _event(event, sheet)]
    if hidden := len(told.events) - len(shown):
        lines.append(_remark(f"{hidden} earlier, Enter shows them"))
    if told.earlier_signals:
        lines.append(_remark(f"and {told.earlier_signals:,} more signals, counted only"))
    owed = sheet.definitions.cadence
    touches = len(present_touches(sheet.lead))
    count = f", touches {touches} of {owed.touches_min} to {owed.touches_max}" if touches else ""
    return Section(f"Timeline{count}", lines)


def _event(event: Event, sheet: SheetLines) -> list[Content]:
    sign, style = _SIGNS[event.kind]
    what = Content.styled(one_line(event.what, 120), style)
    if event.who:
        what += Content.styled(f"  {one_line(event.who, 40)}", "$text-muted")
    long = event.kind in (EventKind.TOUCH, EventKind.NOTE, EventKind.REJECTION)
    if event.detail and not long:
        detail = one_line(event.detail, 500) if sheet.full else page_told(event.detail)
        what += Content(f"  {detail}" if detail != event.what else "")
    head = Content.styled(f"{sign} ", style) + Content.styled(
        f"{age_column(event.at, sheet.now):>6} ", "$text-muted"
    )
    first, *rest = sheet.wrapped(what, _AXIS)
    lines = [head + first, *rest]
    if event.detail and long and event.kind is not EventKind.NOTE:
        lines += sheet.wrapped(Content(" " * _AXIS + sheet.long(event.detail)), _AXIS)
    return lines


def _remark(words: str) -> Content:
    return Content.styled(f"{'':{_AXIS}}{words}", "$text-muted")


def past(sheet: SheetLines) -> list[Section]:
    """Every time that the lead was given back, the last one first; what is new is told of the last that
    was not undone."""
    rejections = sheet.lead.rejections
    last = last_standing(sheet.lead)
    sections = [_rejection(past, sheet, last=past is last) for past in rejections]
    return sections[::-1]


def _rejection(past: Rejection, sheet: SheetLines, *, last: bool) -> Section:
    definitions = sheet.definitions
    rows: list[tuple[str, Content | str]] = []
    for place, told in enumerate(past_told(past, definitions, sheet.view.directory, sheet.zone)):
        text = sheet.long(told.text) if told.long else told.text
        rows.append((told.label, text if place else Content.styled(text, "bold")))
    lines = sheet.rows(rows)
    if last:
        facts = changed_since(sheet.lead, past, definitions, sheet.view.directory)
        heading = "Changed since" if facts else "Nothing has changed since"
        lines.append(Content.styled(heading, "underline"))
        for fact in facts:
            lines += sheet.row(fact.label, _change(fact))
    return Section(f"{DISPOSED[past.disposition]} {age(past.at, sheet.now)}", lines)


def _change(fact: ChangedFact) -> Content:
    change = Content(f"{one_line(fact.before, 80) or 'none'} → {one_line(fact.after, 80) or 'none'}")
    if fact.origin:
        change += Content.styled(f"  from {one_line(fact.origin, 60)}", "$text-muted")
    if not fact.growth:
        return change
    style = "bold $text-success" if fact.growth > 0 else "bold $text-error"
    return change + Content.styled(f"  {fact.growth:+d}", style)


def company_people(sheet: SheetLines) -> Section:
    """Other people of the company: who, what they are, where their lead stands and with whom. First one's own
    leads as they stand, then those of colleagues as the server last told them, with the age of that."""
    lines: list[Content] = []
    for row in sheet.view.same_company:
        score = f", score {row.score}" if row.score is not None else ""
        lines += _person(sheet, (row.person, row.title), row.stage, f"{_owner(row.owner_name)}{score}")
    if more := sheet.view.same_company_more:
        lines += sheet.wrapped(Content.styled(f"and {more:,} more within your reach", "$text-muted"), 2)
    colleagues = sheet.view.colleagues
    if colleagues is not None:
        lines += _of_colleagues(sheet, colleagues)
    people = sheet.view.same_company or (colleagues is not None and colleagues.leads)
    return Section("Others at this company" + (", ▸ open" if people else ""), lines)


def _of_colleagues(sheet: SheetLines, colleagues: Colleagues) -> list[Content]:
    if colleagues.at is None:
        remark = "Colleagues' leads: not known here yet, asked for while online"
        return sheet.wrapped(Content.styled(remark, "$text-muted"), 2)
    shown = colleagues.leads if sheet.full else colleagues.leads[:MOST_OF_COLLEAGUES]
    lines: list[Content] = []
    for each in shown:
        where = f"{age(each.since, sheet.now)}, {_owner(each.owner_name)}"
        lines += _person(sheet, (each.name or "(no name)", each.title), each.stage, where)
    hidden = len(colleagues.leads) - len(shown)
    told = f"Colleagues' leads as of {age(colleagues.at, sheet.now)}"
    if not colleagues.leads and not colleagues.more:
        told = f"Colleagues have no lead here, as of {age(colleagues.at, sheet.now)}"
    if hidden:
        told += f", {hidden} more: Enter shows them"
    if colleagues.more:
        told += f", and {colleagues.more:,} more in number only"
    return lines + sheet.wrapped(Content.styled(told, "$text-muted"), 2)


def _person(sheet: SheetLines, words: tuple[str, str], stage: str, where: str) -> list[Content]:
    spec = sheet.definitions.stages.get(stage)
    what = ", ".join(text for text in (one_line(word, 60) for word in words) if text)
    stands = f"  {spec.short if spec else one_line(stage, 20)}, {where}"
    mark = Content.styled("▸ ", "$text-accent") if is_open(stage, sheet.definitions) else Content("  ")
    return sheet.wrapped(mark + Content(what) + Content.styled(stands, "$text-muted"), 4)


def _owner(name: str) -> str:
    return one_line(name, 40) or "nobody"

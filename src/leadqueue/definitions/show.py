"""Definitions as plain text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from leadqueue.definitions.model import ClockDef, ClockStart, DecisionDef, Definitions, Side, Sync
from leadqueue.definitions.wording import (
    asked_label,
    condition_words,
    field_label,
    listed,
    span,
    stage_label,
    test_words,
    track_label,
)

_SYNC = {
    Sync.MARKETING_TO_CRM: "marketing → CRM",
    Sync.CRM_TO_MARKETING: "CRM → marketing",
    Sync.BOTH: "both ways",
    Sync.NONE: "stays here",
}


def _stages(definitions: Definitions) -> Iterator[str]:
    for key, stage in definitions.stages.items():
        status = f", {stage.status}" if stage.status else ""
        yield f"{key:<13} {stage.label}{status}; owner {stage.owner}{'' if stage.open else '; not open'}"
        needs = [field_label(each, definitions) for each in definitions.required_to_enter(key)]
        if needs:
            yield f"{'':<13} needs {', '.join(needs)}"
    for move in definitions.handoff.moves:
        starts = ", ".join(stage_label(start, definitions) for start in move.from_)
        yield f"{'handoff':<13} {starts} → {stage_label(move.to, definitions)}; for {', '.join(move.roles)}"


def _decisions(definitions: Definitions) -> Iterator[str]:
    for kind, spec in definitions.decisions.items():
        yield f"{kind:<12} {spec.label}: {spec.description}".rstrip(": ")
        asks = list(_form(spec, definitions))
        if asks:
            yield f"{'':<12} asks for {'; '.join(asks)}"
        for move in spec.moves:
            starts = ", ".join(stage_label(start, definitions) for start in move.from_)
            target = f" → {stage_label(move.to, definitions)}" if move.to else ""
            when = f" {condition_words(move.when, definitions)}" if move.when else ""
            mark = "; an override" if move.override else ""
            yield f"{'':<12} {starts}{target}{when}; for {', '.join(move.roles)}{mark}"


def _form(spec: DecisionDef, definitions: Definitions) -> Iterator[str]:
    for entry in spec.fields:
        when = f" {condition_words(entry.when, definitions)}" if entry.when else ""
        yield f"{asked_label(entry.field, definitions)}{'' if entry.required else ' (optional)'}{when}"
    if spec.edits is not None:
        yield f"any field that {spec.edits} owns"


def _reasons(definitions: Definitions) -> Iterator[str]:
    for key, reason in definitions.reasons.items():
        parts = [f"serves {listed(reason.dispositions)}"]
        if reason.fields:
            parts.append(f"asks for {listed(asked_label(each, definitions) for each in reason.fields)}")
        if reason.min_touches:
            parts.append(f"needs {reason.min_touches} logged touches")
        if reason.nurture:
            parts.append(f"recycled to {track_label(reason.nurture, definitions)}")
        yield f"{key:<24} {reason.label}: {'; '.join(parts)}"


def _clocks(definitions: Definitions) -> Iterator[str]:
    for key, clock in definitions.clocks.items():
        yield f"{key:<16} {clock.label}: {span(clock.minutes, clock.time)} {_start(clock, definitions)}"
        if clock.calendar is not None:
            yield f"{'':<16} calendar: {definitions.calendars[clock.calendar].label}"
        reminders = "".join(
            f", reminder {span(each, clock.time)} before (not sent yet)" for each in clock.remind_minutes
        )
        yield f"{'':<16} due soon {span(clock.soon_minutes, clock.time)} before{reminders}"
        for lane in clock.lanes:
            target = f", target {span(lane.target_minutes, clock.time)}" if lane.target_minutes else ""
            limit = span(lane.minutes, clock.time)
            yield f"{'':<16} {lane.label} after {listed(lane.signals)}: {limit}{target}"
    cadence = definitions.cadence
    yield (
        f"{'cadence':<16} {cadence.touches_min} to {cadence.touches_max} touches "
        f"in {cadence.days_min} to {cadence.days_max} days"
    )


def _start(clock: ClockDef, definitions: Definitions) -> str:
    return _start_event(clock, definitions) + (", while no other clock runs" if clock.standby else "")


def _start_event(clock: ClockDef, definitions: Definitions) -> str:
    stages = listed(stage_label(each, definitions) for each in clock.stages)
    match clock.starts:
        case ClockStart.STAGE:
            return f"from the entry of {stages}"
        case ClockStart.TOUCH:
            enough = f", until {clock.until_touches} touches" if clock.until_touches else ""
            return f"from each touch in {stages}{enough}"
        case ClockStart.UPDATE:
            return f"from each status update in {stages}"


def _sections(definitions: Definitions) -> Iterator[str]:
    for section in definitions.sections:
        stages = listed(stage_label(each, definitions) for each in section.stages)
        clocks = listed(definitions.clocks[each].label for each in section.clocks)
        yield f"{section.key:<16} {section.label}: {stages}, counted down by {clocks}"


def _score(definitions: Definitions) -> Iterator[str]:
    score = definitions.score
    yield f"Model {score.version} of {score.dated}, from {score.minimum} to {score.maximum}"
    yield f"Behaviour halves every {score.half_life_days} days without activity"
    for rule in score.rules:
        most = f", at most {rule.most}×" if rule.most else ""
        test = f": {test_words(rule.test, definitions)}" if rule.test else ""
        yield f"{rule.points:>+5} {rule.label}{test}{most} ({rule.part})"


def _mql(definitions: Definitions) -> Iterator[str]:
    bar = definitions.mql
    yield f"Score {bar.score} or more, of which {bar.behaviour} or more from behaviour"
    yield f"At least {bar.fit_matches} of: " + "; ".join(
        test_words(each.test, definitions) for each in bar.fit
    )
    for each in bar.exclusions:
        yield f"Never: {each.label} ({test_words(each.test, definitions)})"


def _ownership(definitions: Definitions) -> Iterator[str]:
    """Who owns which field."""
    for side in Side:
        owned = [(key, spec) for key, spec in definitions.fields.items() if spec.owner is side]
        if owned:
            yield f"owned by {side}:"
        for key, spec in owned:
            kind = f"{spec.type} {spec.vocabulary}" if spec.vocabulary else spec.type.value
            yield f"  {key:<26} {spec.label:<26} {kind:<26} {_SYNC[spec.sync]}"


def _vocabularies(definitions: Definitions) -> Iterator[str]:
    for key, vocabulary in definitions.vocabularies.items():
        yield f"{key}: {', '.join(vocabulary.values)}"


def _routing(definitions: Definitions) -> Iterator[str]:
    routing, model = definitions.routing, definitions.attribution
    yield "Routing: " + ", then ".join(step.replace("_", " ") for step in routing.steps)
    for territory in routing.territories:
        yield f"  {territory.label}: {', '.join(territory.countries)} → team {territory.team}"
    how = model.model.replace("_", " ")
    yield f"Attribution: {how}; conflicts are settled by the {model.conflicts.upper()}"
    sla = definitions.marketing_sla
    yield (
        f"Marketing owes: {sla.accepted_share_min:.0%} accepted or more; "
        f"over {sla.accepted_share_high:.0%} the bar may be too high; "
        f"over {sla.rejected_share_flag:.0%} rejected is flagged"
    )
    for tier in sla.tiers:
        yield f"  {tier.label}: {tier.monthly_target} a month"
    report = definitions.reporting
    yield (
        f"Reports: zone {report.zone}, fiscal year from month {report.fiscal_year_starts_month}, "
        f"weeks from {report.week_starts}"
    )


PARTS: dict[str, Callable[[Definitions], Iterator[str]]] = {
    "stages": _stages,
    "decisions": _decisions,
    "reasons": _reasons,
    "clocks": _clocks,
    "sections": _sections,
    "score": _score,
    "mql": _mql,
    "ownership": _ownership,
    "routing": _routing,
    "vocabularies": _vocabularies,
}


def overview(definitions: Definitions, part: str | None = None) -> Iterator[str]:
    """The definitions line by line, or one of `PARTS` of them. Raises KeyError for an unknown part."""
    if part is None:
        yield f"{definitions.name}, version {definitions.version} of {definitions.dated}"
        yield f"qualification by {definitions.qualification.upper()}"
    for name in PARTS if part is None else (part,):
        if part is None:
            yield ""
            yield name.upper()
        yield from PARTS[name](definitions)

"""Figures and words of the definitions that fit the format but make no sense."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import time

from leadqueue.definitions.findings import Collector
from leadqueue.definitions.lines import Path
from leadqueue.definitions.model import (
    CalendarDef,
    ClockDef,
    ClockStart,
    Definitions,
    FieldDef,
    FieldScope,
    FieldType,
    RoutingStep,
    ScorePart,
    ScoreRule,
    Side,
    Sync,
    TimeKind,
)

_WORDS = re.compile(r"[^a-z]+")
_NO_REASONS = ("not interested", "no interest", "uninterested", "disinterested")
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.MONEY})
_TEXTS = frozenset(
    {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.DOMAIN, FieldType.URL, FieldType.PHONE}
)
_LARGEST = 2**53 - 1
_COMPUTED_LINES = ("decay", "bounds")
_COMPUTED_CHECKS = ("score", "behaviour", "fit")
_AGAINST = {Side.MARKETING: Sync.CRM_TO_MARKETING, Side.CRM: Sync.MARKETING_TO_CRM}


def check_sense(definitions: Definitions, to: Collector) -> None:
    """Limits the wrong way round, words that are no reasons, parts that can have no effect."""
    _labels(definitions, to)
    _lists(definitions, to)
    for key, spec in definitions.fields.items():
        _field(key, spec, ("fields", key), to)
    for name, calendar in definitions.calendars.items():
        _calendar(calendar, ("calendars", name), to)
    for key, clock in definitions.clocks.items():
        _clock(key, clock, ("clocks", key), to)
    _standby(definitions, to)
    _cadence(definitions, to)
    _score(definitions, to)
    _mql(definitions, to)
    _shares(definitions, to)
    _routing(definitions, to)
    _unused(definitions, to)


def _labels(definitions: Definitions, to: Collector) -> None:
    for name, vocabulary in definitions.vocabularies.items():
        path: Path = ("vocabularies", name, "values")
        _distinct(path, vocabulary.values, to)
        folded: dict[str, str] = {}
        for value in vocabulary.values:
            if value.casefold() in folded:
                to.error((*path, value), f"'{value}' differs from '{folded[value.casefold()]}' only in case")
            folded.setdefault(value.casefold(), value)
    reasons = {key: reason.label for key, reason in definitions.reasons.items()}
    _distinct(("reasons",), reasons, to, "label")
    for key, label in reasons.items():
        for text, path in ((label, ("reasons", key, "label")), (key, ("reasons", key))):
            words = _WORDS.sub(" ", text.casefold()).strip()
            if any(f" {phrase} " in f" {words} " for phrase in _NO_REASONS):
                to.error(path, f"'{text}' is not a reason: say what keeps the lead from buying")
                break
    _distinct(("nurture",), {key: track.label for key, track in definitions.nurture.items()}, to, "label")
    _distinct(("stages",), {key: stage.label for key, stage in definitions.stages.items()}, to, "label")


def _distinct(path: Path, labels: Mapping[str, str], to: Collector, *inner: str) -> None:
    """Labels stand for their keys where people type them, so no two are equal, and none is padded."""
    seen: dict[str, str] = {}
    for key, label in labels.items():
        here = (*path, key, *inner)
        if label != label.strip():
            to.error(here, f"the label '{label}' begins or ends with a space")
        if label in seen:
            to.error(here, f"'{key}' has the same label as '{seen[label]}': {label}")
        seen.setdefault(label, key)


def _lists(definitions: Definitions, to: Collector) -> None:
    for name, entries in definitions.lists.items():
        path: Path = ("lists", name)
        to.unique(path, entries, "entry")
        for number, entry in enumerate(entries):
            if not entry or entry != entry.strip():
                to.error((*path, number), f"the entry '{entry}' is empty, or begins or ends with a space")


def _field(key: str, spec: FieldDef, path: Path, to: Collector) -> None:
    if spec.min_length > spec.max_length:
        to.error(
            (*path, "min_length"),
            f"'{key}' needs at least {spec.min_length} characters but at most {spec.max_length}",
        )
    if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
        to.error((*path, "minimum"), f"the minimum {spec.minimum} lies above the maximum {spec.maximum}")
    for name in ("minimum", "maximum"):
        bound = getattr(spec, name)
        if bound is not None and spec.type not in _NUMBERS:
            to.warning((*path, name), f"'{key}' is no number, so its {name} has no effect")
        elif bound is not None and abs(bound) > _LARGEST:
            to.error((*path, name), f"numbers reach from -{_LARGEST} to {_LARGEST}")
    if spec.min_length and spec.type not in _TEXTS:
        to.warning((*path, "min_length"), f"'{key}' is no text, so its min_length has no effect")
    if spec.future and spec.type is not FieldType.DATE:
        to.warning((*path, "future"), f"'{key}' is no date, so 'future' has no effect")
    if spec.scope is FieldScope.DECISION and spec.sync is not Sync.NONE:
        to.warning((*path, "sync"), f"'{key}' lives in a decision and is never synced as a field")
    if _AGAINST.get(spec.owner) is spec.sync:
        to.error((*path, "sync"), f"'{key}' belongs to {spec.owner}, so it cannot come from the other side")


def _calendar(calendar: CalendarDef, path: Path, to: Collector) -> None:
    to.unique((*path, "workdays"), calendar.workdays, "day")
    to.unique((*path, "extra_holidays"), (day.isoformat() for day in calendar.extra_holidays), "holiday")
    opens, closes = calendar.opens, calendar.closes
    if any(each is not None and each.tzinfo is not None for each in (opens, closes)):
        to.error(
            (*path, "opens"), "office hours are times of day without a zone; the zone stands beside them"
        )
    elif closes is not None and closes <= (opens or time(0)):
        to.error(
            (*path, "closes"), f"closes at {closes:%H:%M}, not after it opens at {opens or time(0):%H:%M}"
        )


def _clock(key: str, clock: ClockDef, path: Path, to: Collector) -> None:
    if clock.time is TimeKind.ELAPSED and clock.calendar is not None:
        to.warning((*path, "calendar"), f"the clock '{key}' counts every hour, so its calendar has no effect")
    if clock.soon_minutes >= clock.minutes:
        to.error(
            (*path, "soon_minutes"),
            f"due soon {clock.soon_minutes} minutes before a limit of {clock.minutes}: "
            "it would be due soon from its start",
        )
    for number, minutes in enumerate(clock.remind_minutes):
        if minutes >= clock.minutes:
            to.error(
                (*path, "remind_minutes", number),
                f"a reminder {minutes} minutes before a limit of {clock.minutes} would come before the start",
            )
    if clock.until_touches is not None and clock.starts is not ClockStart.TOUCH:
        to.warning(
            (*path, "until_touches"), f"the clock '{key}' does not start with a touch, so this has no effect"
        )
    for number, lane in enumerate(clock.lanes):
        here: Path = (*path, "lanes", number)
        if lane.minutes >= clock.minutes:
            to.error((*here, "minutes"), f"the lane '{lane.key}' is no faster than the clock's limit")
        if lane.target_minutes is not None and lane.target_minutes > lane.minutes:
            to.error((*here, "target_minutes"), f"the target of the lane '{lane.key}' lies after its limit")


def _standby(definitions: Definitions, to: Collector) -> None:
    earlier: dict[str, set[str]] = {}
    for key, clock in definitions.clocks.items():
        if not clock.standby:
            continue
        path: Path = ("clocks", key, "standby")
        beside = {stage for name, each in definitions.clocks.items() if name != key for stage in each.stages}
        if not beside & set(clock.stages):
            to.warning(path, f"no other clock runs in a stage of '{key}', so this has no effect")
        for name, stages in earlier.items():
            if shared := [stage for stage in clock.stages if stage in stages]:
                to.warning(
                    path, f"'{name}' stands by too and goes first: '{key}' waits for it in '{shared[0]}'"
                )
        earlier[key] = set(clock.stages)


def _cadence(definitions: Definitions, to: Collector) -> None:
    cadence = definitions.cadence
    for what in ("touches", "days"):
        least, most = getattr(cadence, f"{what}_min"), getattr(cadence, f"{what}_max")
        if least > most:
            to.error(("cadence", f"{what}_min"), f"at least {least} {what} but at most {most}")


def _score(definitions: Definitions, to: Collector) -> None:
    model = definitions.score
    if model.minimum >= model.maximum:
        to.error(
            ("score", "minimum"),
            f"the score's minimum {model.minimum} is not below its maximum {model.maximum}",
        )
    for number, rule in enumerate(model.rules):
        _rule(rule, ("score", "rules", number), to)
    spec = definitions.fields.get("lead_score")
    if spec is not None:
        low = spec.minimum is not None and spec.minimum > model.minimum
        high = spec.maximum is not None and spec.maximum < model.maximum
        if low or high:
            to.error(
                ("fields", "lead_score"),
                f"'lead_score' must hold every score from {model.minimum} to {model.maximum}",
            )


def _rule(rule: ScoreRule, path: Path, to: Collector) -> None:
    given = [
        name
        for name, there in (("signal", rule.signal), ("test", rule.test), ("only_signals", rule.only_signals))
        if there
    ]
    if len(given) != 1:
        to.error(path, f"the rule '{rule.key}' needs exactly one of signal, test, only_signals")
    if rule.most is not None and rule.signal is None:
        to.warning((*path, "most"), f"the rule '{rule.key}' counts no signals, so 'most' has no effect")
    if rule.key in _COMPUTED_LINES:
        to.error((*path, "key"), f"'{rule.key}' is the name of a line that the program adds itself")
    if rule.part is ScorePart.NEGATIVE and rule.points > 0:
        to.error((*path, "points"), f"the rule '{rule.key}' is negative but adds {rule.points} points")
    if rule.part is not ScorePart.NEGATIVE and rule.points < 0:
        to.error((*path, "points"), f"the rule '{rule.key}' takes points: its part is 'negative'")
    if rule.part is ScorePart.BEHAVIOUR and rule.test is not None:
        to.error((*path, "part"), f"the rule '{rule.key}' tests a field: that is fit, and does not fade")


def _attainable(rules: Iterable[ScoreRule]) -> float:
    """The most points that the rules give together."""
    return sum(
        (math.inf if rule.signal and rule.most is None else rule.points * (rule.most or 1))
        for rule in rules
        if rule.points > 0
    )


def _mql(definitions: Definitions, to: Collector) -> None:
    bar, model = definitions.mql, definitions.score
    if not model.minimum <= bar.score <= model.maximum:
        to.error(("mql", "score"), f"the bar {bar.score} lies outside {model.minimum} to {model.maximum}")
    elif bar.score > (most := _attainable(model.rules)):
        to.error(("mql", "score"), f"no lead can reach {bar.score}: all rules together give {most:g}")
    behaviour = [rule for rule in model.rules if rule.part is ScorePart.BEHAVIOUR]
    if bar.behaviour > (most := _attainable(behaviour)):
        to.error(("mql", "behaviour"), f"no lead can reach {bar.behaviour}: behaviour gives {most:g} at most")
    if bar.fit_matches > len(bar.fit):
        to.error(("mql", "fit_matches"), f"{bar.fit_matches} matches are asked of only {len(bar.fit)} tests")
    for number, entry in enumerate(bar.exclusions):
        if entry.key in _COMPUTED_CHECKS:
            to.error(("mql", "exclusions", number, "key"), f"'{entry.key}' is the name of a check of its own")


def _shares(definitions: Definitions, to: Collector) -> None:
    shares = definitions.attribution
    if shares.first_share + shares.last_share > 1:
        to.error(
            ("attribution", "first_share"),
            f"first and last touch together take {shares.first_share + shares.last_share:.0%}; at most 100%",
        )
    sla = definitions.marketing_sla
    low, high = sla.accepted_share_min, sla.accepted_share_high
    if low > high:
        to.error(
            ("marketing_sla", "accepted_share_min"),
            f"the least share {low:.0%} lies above the high one {high:.0%}",
        )
    for number, tier in enumerate(sla.tiers[:-1]):
        if not tier.tests:
            to.error(
                ("marketing_sla", "tiers", number),
                f"the tier '{tier.key}' has no test and so takes every lead; the tiers after it get none",
            )


def _routing(definitions: Definitions, to: Collector) -> None:
    routing = definitions.routing
    low, full = routing.capacity_low_share, routing.capacity_full_share
    for name, share in (("capacity_low_share", low), ("capacity_full_share", full)):
        if not math.isfinite(share):
            to.error(("routing", name), "a share is a finite number")
    if low >= full:
        to.error(
            ("routing", "capacity_low_share"), f"the low share {low:g} is not below the full one {full:g}"
        )
    if RoutingStep.ACCOUNT_OWNER in routing.steps and "account_owner" not in definitions.fields:
        to.error(("routing", "steps"), "the step 'account_owner' needs the field 'account_owner'")


def _unused(definitions: Definitions, to: Collector) -> None:
    """Entries that nothing uses: most often the trace of a name that was changed in one place only."""
    vocabularies = {spec.vocabulary for spec in definitions.fields.values()} | {"signal_kind"}
    tests = [rule.test for rule in definitions.score.rules if rule.test]
    tests += [entry.test for entry in (*definitions.mql.fit, *definitions.mql.exclusions)]
    tests += [test for tier in definitions.marketing_sla.tiers for test in tier.tests]
    lists = {name for test in tests for name in (test.in_list, test.not_in_list)}
    tracks = {reason.nurture for reason in definitions.reasons.values()}
    groups = {spec.group for spec in definitions.fields.values()}
    for part, keys, used in (
        ("vocabularies", list(definitions.vocabularies), vocabularies),
        ("lists", list(definitions.lists), lists),
        ("nurture", list(definitions.nurture), tracks),
        ("groups", list(definitions.groups), groups),
    ):
        for key in keys:
            if key not in used:
                to.warning((part, key), f"nothing uses '{key}'")

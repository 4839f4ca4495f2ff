"""The references between the parts of a definitions file, and the rules that hold them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from rapidfuzz import process

from leadqueue.definitions.model import (
    CalendarDef,
    ClockStart,
    DecisionKind,
    Definitions,
    Disposition,
    FieldTest,
    FieldType,
    TimeKind,
)

_CLOSE_ENOUGH = 55
_QUALIFICATION = "qualification"
_NO_REASON = "not interested"
_WITHOUT_REASON_FIELDS = frozenset({FieldType.REASON, FieldType.NURTURE, FieldType.USER})


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong at `path`, a tuple of keys and numbers into the file."""

    path: tuple[str | int, ...]
    message: str
    severity: Literal["error", "warning"] = "error"


def nearest(value: str, allowed: Iterable[str]) -> str:
    """'; did you mean …?' with the nearest allowed value, or nothing where none is near."""
    found = process.extractOne(value, list(allowed), score_cutoff=_CLOSE_ENOUGH)
    return f"; did you mean '{found[0]}'?" if found else ""


def flaws(definitions: Definitions) -> Iterator[Flaw]:
    """Every broken reference and rule, in the order of the file."""
    yield from _stages(definitions)
    yield from _handoff(definitions)
    yield from _decisions(definitions)
    yield from _reasons(definitions)
    yield from _fields(definitions)
    yield from _calendars(definitions)
    yield from _clocks(definitions)
    yield from _sections(definitions)
    yield from _score(definitions)
    yield from _rest(definitions)


def _known(path: tuple[str | int, ...], value: str, allowed: Iterable[str], what: str) -> Iterator[Flaw]:
    names = list(allowed)
    if value not in names:
        yield Flaw(path, f"'{value}' is no {what}{nearest(value, names)}")


def _field(path: tuple[str | int, ...], key: str, definitions: Definitions) -> Iterator[Flaw]:
    if key != _QUALIFICATION:
        yield from _known(path, key, definitions.fields, "field")


def _stages(definitions: Definitions) -> Iterator[Flaw]:
    if definitions.qualification not in definitions.frameworks:
        yield Flaw(("qualification",), f"there is no framework '{definitions.qualification}'")
    for name, keys in definitions.frameworks.items():
        for number, key in enumerate(keys):
            yield from _known(("frameworks", name, number), key, definitions.fields, "field")
    for key, stage in definitions.stages.items():
        for number, field in enumerate(stage.requires):
            yield from _field(("stages", key, "requires", number), field, definitions)


def _handoff(definitions: Definitions) -> Iterator[Flaw]:
    handoff = definitions.handoff
    for name in ("entry_stage", "mql_stage", "quarantine_stage"):
        yield from _known(("handoff", name), getattr(handoff, name), definitions.stages, "stage")
    for number, move in enumerate(handoff.moves):
        path = ("handoff", "moves", number)
        for place, stage in enumerate(move.from_):
            yield from _known((*path, "from", place), stage, definitions.stages, "stage")
        yield from _known((*path, "to"), move.to, definitions.stages, "stage")
        for place, group in enumerate(move.clears):
            yield from _known((*path, "clears", place), group, definitions.groups, "group")
    if not any(move.to == handoff.mql_stage for move in handoff.moves):
        yield Flaw(("handoff", "moves"), f"no move leads to '{handoff.mql_stage}'")


def _decisions(definitions: Definitions) -> Iterator[Flaw]:
    for kind in DecisionKind:
        if kind not in definitions.decisions:
            yield Flaw(("decisions",), f"the decision '{kind}' is missing")
    for kind, spec in definitions.decisions.items():
        path = ("decisions", kind.value)
        asked = {entry.field for entry in spec.fields}
        for number, entry in enumerate(spec.fields):
            yield from _field((*path, "fields", number, "field"), entry.field, definitions)
            if entry.when is not None and entry.when.field not in asked:
                yield Flaw(
                    (*path, "fields", number, "when"), f"'{entry.when.field}' is not asked by this form"
                )
        if (spec.reason is None) is not (spec.disposition is None):
            yield Flaw(path, "'reason' and 'disposition' go together")
        if spec.reason is not None and spec.reason not in asked:
            yield Flaw(
                (*path, "reason"), f"'{spec.reason}' is not asked by this form{nearest(spec.reason, asked)}"
            )
        for number, move in enumerate(spec.moves):
            yield from _move((*path, "moves", number), kind, number, definitions)
            if move.when is not None and move.when.field not in asked:
                yield Flaw((*path, "moves", number, "when"), f"'{move.when.field}' is not asked by this form")


def _move(
    path: tuple[str | int, ...], kind: DecisionKind, number: int, definitions: Definitions
) -> Iterator[Flaw]:
    move = definitions.decisions[kind].moves[number]
    for place, stage in enumerate(move.from_):
        yield from _known((*path, "from", place), stage, definitions.stages, "stage")
    if move.to is not None:
        yield from _known((*path, "to"), move.to, definitions.stages, "stage")
    for key in move.sets:
        yield from _known((*path, "sets", key), key, definitions.fields, "field")
    for place, group in enumerate(move.clears):
        yield from _known((*path, "clears", place), group, definitions.groups, "group")
    known = definitions.stages
    if move.to in known and not move.override:
        for stage in move.from_:
            if stage in known and known[stage].rank > known[move.to].rank:
                message = f"leads backward, from '{stage}' to '{move.to}'; only an override may (D5)"
                yield Flaw((*path, "to"), message)
    if move.override and "why" not in {entry.field for entry in definitions.decisions[kind].fields}:
        yield Flaw(path, "an override must ask why (D5)")


def _reasons(definitions: Definitions) -> Iterator[Flaw]:  # noqa: C901 - one rule after the other
    served = {spec.disposition for spec in definitions.decisions.values() if spec.disposition}
    for key, reason in definitions.reasons.items():
        path = ("reasons", key)
        if _NO_REASON in reason.label.casefold():
            yield Flaw((*path, "label"), f"'{reason.label}' is not a reason (D6); say what is behind it")
        for number, disposition in enumerate(reason.dispositions):
            if disposition not in served:
                message = f"no decision asks for a reason to '{disposition}'"
                yield Flaw((*path, "dispositions", number), message, "warning")
        for number, field in enumerate(reason.fields):
            yield from _known((*path, "fields", number), field, definitions.fields, "field")
        if reason.nurture is not None:
            yield from _known((*path, "nurture"), reason.nurture, definitions.nurture, "nurture track")
        elif Disposition.RECYCLE in reason.dispositions:
            yield Flaw(path, "serves 'recycle' and so needs a nurture track (R1)")
        if reason.min_touches > definitions.cadence.touches_max:
            yield Flaw((*path, "min_touches"), "asks for more touches than the cadence has", "warning")
    for disposition in served:
        if not any(disposition in reason.dispositions for reason in definitions.reasons.values()):
            yield Flaw(("reasons",), f"no reason serves '{disposition}', so nobody could decide it")
    for key, track in definitions.nurture.items():
        if track.revisit_field is not None:
            place = ("nurture", key, "revisit_field")
            yield from _known(place, track.revisit_field, definitions.fields, "field")


def _fields(definitions: Definitions) -> Iterator[Flaw]:
    for key, spec in definitions.fields.items():
        path = ("fields", key)
        yield from _known((*path, "group"), spec.group, definitions.groups, "group")
        if spec.type is FieldType.CHOICE and spec.vocabulary is None:
            yield Flaw(path, "a choice needs a vocabulary")
        if spec.vocabulary is not None:
            yield from _known((*path, "vocabulary"), spec.vocabulary, definitions.vocabularies, "vocabulary")
        if spec.type is FieldType.MONEY and spec.currency_field is None:
            yield Flaw(path, "money needs a currency_field")
        if spec.currency_field is not None:
            yield from _known((*path, "currency_field"), spec.currency_field, definitions.fields, "field")
        if spec.min_length > spec.max_length:
            yield Flaw((*path, "min_length"), "is more than max_length")
        if spec.minimum is not None and spec.maximum is not None and spec.minimum > spec.maximum:
            yield Flaw((*path, "minimum"), "is more than maximum")


def _calendars(definitions: Definitions) -> Iterator[Flaw]:
    for key, calendar in definitions.calendars.items():
        path = ("calendars", key)
        yield from _zone((*path, "zone"), calendar.zone)
        if calendar.opens is not None and calendar.closes is not None and calendar.closes <= calendar.opens:
            yield Flaw((*path, "closes"), "must come after opens")
        yield from _holidays(path, calendar)


def _zone(path: tuple[str | int, ...], zone: str) -> Iterator[Flaw]:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        yield Flaw(path, f"'{zone}' is no time zone; give one like Europe/Berlin")


def _holidays(path: tuple[str | int, ...], calendar: CalendarDef) -> Iterator[Flaw]:
    if calendar.country is None:
        if calendar.subdivision is not None:
            yield Flaw((*path, "subdivision"), "needs a country")
        return
    from holidays.utils import list_supported_countries  # noqa: PLC0415 - slow to import

    supported = list_supported_countries()
    if calendar.country not in supported:
        hint = nearest(calendar.country, supported)
        yield Flaw((*path, "country"), f"no holidays are known for '{calendar.country}'{hint}")
    elif calendar.subdivision is not None and calendar.subdivision not in supported[calendar.country]:
        hint = nearest(calendar.subdivision, supported[calendar.country])
        yield Flaw(
            (*path, "subdivision"), f"'{calendar.subdivision}' is no part of '{calendar.country}'{hint}"
        )


def _clocks(definitions: Definitions) -> Iterator[Flaw]:  # noqa: C901 - one rule after the other
    kinds = (
        definitions.vocabularies["signal_kind"].values if "signal_kind" in definitions.vocabularies else {}
    )
    for key, clock in definitions.clocks.items():
        path = ("clocks", key)
        for number, stage in enumerate(clock.stages):
            yield from _known((*path, "stages", number), stage, definitions.stages, "stage")
        if clock.time is TimeKind.BUSINESS and clock.calendar is None:
            yield Flaw(path, "business time needs a calendar")
        if clock.calendar is not None:
            yield from _known((*path, "calendar"), clock.calendar, definitions.calendars, "calendar")
        if clock.soon_minutes >= clock.minutes:
            yield Flaw(
                (*path, "soon_minutes"), "is not less than minutes: every lead would be due soon at once"
            )
        if clock.until_touches is not None and clock.starts is not ClockStart.TOUCH:
            yield Flaw((*path, "until_touches"), "is for a clock that starts with a touch")
        for number, lane in enumerate(clock.lanes):
            place = (*path, "lanes", number)
            for index, kind in enumerate(lane.signals):
                yield from _known((*place, "signals", index), kind, kinds, "signal")
            if lane.minutes >= clock.minutes:
                yield Flaw((*place, "minutes"), "a lane is faster than its clock")
            if lane.target_minutes is not None and lane.target_minutes > lane.minutes:
                yield Flaw((*place, "target_minutes"), "the target comes before the limit")


def _sections(definitions: Definitions) -> Iterator[Flaw]:
    seen: set[str] = set()
    for number, section in enumerate(definitions.sections):
        path = ("sections", number)
        if section.key in seen:
            yield Flaw((*path, "key"), f"'{section.key}' is there twice")
        seen.add(section.key)
        for index, stage in enumerate(section.stages):
            yield from _known((*path, "stages", index), stage, definitions.stages, "stage")
        for index, clock in enumerate(section.clocks):
            yield from _known((*path, "clocks", index), clock, definitions.clocks, "clock")


def _score(definitions: Definitions) -> Iterator[Flaw]:  # noqa: C901 - one rule after the other
    score = definitions.score
    if score.minimum >= score.maximum:
        yield Flaw(("score", "minimum"), "is not less than maximum")
    kinds = (
        definitions.vocabularies["signal_kind"].values if "signal_kind" in definitions.vocabularies else {}
    )
    seen: set[str] = set()
    for number, rule in enumerate(score.rules):
        path = ("score", "rules", number)
        if rule.key in seen:
            yield Flaw((*path, "key"), f"'{rule.key}' is there twice")
        seen.add(rule.key)
        given = [rule.signal is not None, rule.test is not None, bool(rule.only_signals)]
        if sum(given) != 1:
            yield Flaw(path, "a rule has just one of: signal, test, only_signals")
        if rule.signal is not None:
            yield from _known((*path, "signal"), rule.signal, kinds, "signal")
        for index, kind in enumerate(rule.only_signals):
            yield from _known((*path, "only_signals", index), kind, kinds, "signal")
        if rule.test is not None:
            yield from _test((*path, "test"), rule.test, definitions)
    for group in ("fit", "exclusions"):
        for number, named in enumerate(getattr(definitions.mql, group)):
            yield from _test(("mql", group, number, "test"), named.test, definitions)
    if definitions.mql.fit_matches > len(definitions.mql.fit):
        yield Flaw(
            ("mql", "fit_matches"), f"asks for more than the {len(definitions.mql.fit)} tests that there are"
        )
    if not score.minimum <= definitions.mql.score <= score.maximum:
        yield Flaw(
            ("mql", "score"), f"no lead can score it: scores lie in {score.minimum} to {score.maximum}"
        )


def _test(path: tuple[str | int, ...], test: FieldTest, definitions: Definitions) -> Iterator[Flaw]:
    yield from _known((*path, "field"), test.field, definitions.fields, "field")
    ranged = test.minimum is not None or test.maximum is not None
    given = [ranged, test.in_list is not None, test.not_in_list is not None, test.equals is not None]
    if sum(given) != 1:
        yield Flaw(path, "a test has just one of: minimum or maximum, in_list, not_in_list, equals")
    for name in ("in_list", "not_in_list"):
        value = getattr(test, name)
        if value is not None:
            yield from _known((*path, name), value, definitions.lists, "list")
    spec = definitions.fields.get(test.field)
    listed = test.in_list or test.not_in_list
    if spec and spec.vocabulary in definitions.vocabularies and listed in definitions.lists:
        allowed = definitions.vocabularies[spec.vocabulary or ""].values
        for number, value in enumerate(definitions.lists[listed or ""]):
            if value not in allowed:
                hint = nearest(value, allowed)
                yield Flaw(("lists", listed or "", number), f"'{value}' is not in '{spec.vocabulary}'{hint}")


def _rest(definitions: Definitions) -> Iterator[Flaw]:
    cadence = definitions.cadence
    for low, high in (("touches_min", "touches_max"), ("days_min", "days_max")):
        if getattr(cadence, low) > getattr(cadence, high):
            yield Flaw(("cadence", low), f"is more than {high}")
    attribution = definitions.attribution
    if attribution.first_share + attribution.last_share > 1:
        yield Flaw(("attribution", "last_share"), "first_share and last_share are more than the whole")
    routing = definitions.routing
    countries = definitions.vocabularies["country"].values if "country" in definitions.vocabularies else {}
    for number, territory in enumerate(routing.territories):
        for index, country in enumerate(territory.countries):
            yield from _known(
                ("routing", "territories", number, "countries", index), country, countries, "country"
            )
    if routing.capacity_low_share >= routing.capacity_full_share:
        yield Flaw(("routing", "capacity_low_share"), "is not less than capacity_full_share")
    sla = definitions.marketing_sla
    if sla.accepted_share_min >= sla.accepted_share_high:
        yield Flaw(("marketing_sla", "accepted_share_min"), "is not less than accepted_share_high")
    for number, tier in enumerate(sla.tiers):
        for index, test in enumerate(tier.tests):
            yield from _test(("marketing_sla", "tiers", number, "tests", index), test, definitions)
    yield from _zone(("reporting", "zone"), definitions.reporting.zone)

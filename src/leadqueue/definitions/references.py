"""Names that parts of the definitions call each other by: each must be there, and be of the right kind."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from leadqueue.definitions.findings import Collector, nearest_name
from leadqueue.definitions.lines import Path
from leadqueue.definitions.model import (
    CalendarDef,
    DecisionDef,
    Definitions,
    FieldCondition,
    FieldDef,
    FieldScope,
    FieldTest,
    FieldType,
    Move,
    TimeKind,
)

QUALIFICATION = "qualification"
"""In required fields and forms this word stands for the fields of the chosen framework."""

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.MONEY})
_BY_DOMAIN = frozenset({FieldType.EMAIL, FieldType.DOMAIN})

NEEDED_FIELDS: dict[str, tuple[FieldType, FieldScope]] = {
    "lead_score": (FieldType.INTEGER, FieldScope.LEAD),
    "icp_fit": (FieldType.CHOICE, FieldScope.LEAD),
    "nurture_track": (FieldType.NURTURE, FieldScope.LEAD),
    "sal_date": (FieldType.DATE, FieldScope.LEAD),
    "assigned_rep": (FieldType.USER, FieldScope.LEAD),
    "touch_channel": (FieldType.CHOICE, FieldScope.DECISION),
    "touch_outcome": (FieldType.CHOICE, FieldScope.DECISION),
    "note": (FieldType.LONG_TEXT, FieldScope.DECISION),
    "why": (FieldType.LONG_TEXT, FieldScope.DECISION),
    "assignee": (FieldType.USER, FieldScope.DECISION),
}
"""Fields that the program writes or reads itself, by the rules of the handoff and of the decisions."""

NEEDED_VOCABULARIES: dict[str, tuple[str, ...]] = {
    "signal_kind": (),
    "touch_channel": (),
    "touch_outcome": (),
    "icp_fit": ("strong", "partial", "weak"),
}
"""Vocabularies, and values in them, that the program itself uses."""


def check_references(definitions: Definitions, to: Collector) -> None:
    """Every name that is used but not there, and what the program itself counts on."""
    _needed(definitions, to)
    _frameworks(definitions, to)
    _stages(definitions, to)
    _fields(definitions, to)
    _decisions(definitions, to)
    _reasons(definitions, to)
    _handoff(definitions, to)
    for key, calendar in definitions.calendars.items():
        _calendar(calendar, ("calendars", key), to)
    _clocks(definitions, to)
    _sections(definitions, to)
    _score(definitions, to)
    _territories(definitions, to)
    _zone(definitions.reporting.zone, ("reporting", "zone"), to)


def _needed(definitions: Definitions, to: Collector) -> None:
    for key, (kind, scope) in NEEDED_FIELDS.items():
        spec = definitions.fields.get(key)
        if spec is None:
            to.error(("fields", key), f"the field '{key}' must be there: the program itself uses it")
        elif spec.type is not kind:
            to.error(("fields", key, "type"), f"'{key}' must be of type '{kind}': the program itself uses it")
        elif spec.scope is not scope:
            to.error(("fields", key, "scope"), f"'{key}' must have the scope '{scope}'")
    for key, values in NEEDED_VOCABULARIES.items():
        vocabulary = definitions.vocabularies.get(key)
        if vocabulary is None:
            to.error(("vocabularies", key), f"the vocabulary '{key}' must be there: the program uses it")
            continue
        for value in values:
            if value not in vocabulary.values:
                message = f"the value '{value}' must be there: the program sets it"
                to.error(("vocabularies", key, "values"), message)
        spec = definitions.fields.get(key)
        if spec is not None and spec.type is FieldType.CHOICE and spec.vocabulary != key:
            to.error(("fields", key, "vocabulary"), f"'{key}' must use the vocabulary '{key}'")


def _frameworks(definitions: Definitions, to: Collector) -> None:
    to.known((QUALIFICATION,), definitions.qualification, definitions.frameworks, "framework")
    for name, keys in definitions.frameworks.items():
        path: Path = ("frameworks", name)
        if not keys:
            to.error(path, f"the framework '{name}' has no field")
        to.unique(path, keys, "field")
        for number, key in enumerate(keys):
            lead_field((*path, number), key, definitions, to)


def lead_field(path: Path, key: str, definitions: Definitions, to: Collector) -> FieldDef | None:
    """The field `key`, which must be one that is stored on the lead; None after an error."""
    if not to.known(path, key, definitions.fields, "field"):
        return None
    spec = definitions.fields[key]
    if spec.scope is FieldScope.DECISION:
        to.error(path, f"'{key}' lives in a decision, not on the lead")
        return None
    return spec


def _stages(definitions: Definitions, to: Collector) -> None:
    for key, stage in definitions.stages.items():
        path: Path = ("stages", key, "requires")
        to.unique(path, stage.requires, "field")
        for number, name in enumerate(stage.requires):
            if name != QUALIFICATION:
                lead_field((*path, number), name, definitions, to)


def _fields(definitions: Definitions, to: Collector) -> None:
    if QUALIFICATION in definitions.fields:
        to.error(
            ("fields", QUALIFICATION),
            "no field may be called 'qualification': the word stands for the fields of the chosen framework",
        )
    for key, spec in definitions.fields.items():
        path: Path = ("fields", key)
        to.known((*path, "group"), spec.group, definitions.groups, "group")
        if spec.type is FieldType.CHOICE:
            if spec.vocabulary is None:
                to.error(path, f"the picklist '{key}' names no vocabulary")
            else:
                to.known((*path, "vocabulary"), spec.vocabulary, definitions.vocabularies, "vocabulary")
        elif spec.vocabulary is not None:
            to.error((*path, "vocabulary"), f"only a field of type 'choice' has a vocabulary, not '{key}'")
        if spec.type is FieldType.MONEY:
            _currency(key, spec, definitions, to)
        elif spec.currency_field is not None:
            to.error((*path, "currency_field"), f"only a field of type 'money' has a currency, not '{key}'")


def _currency(key: str, spec: FieldDef, definitions: Definitions, to: Collector) -> None:
    path: Path = ("fields", key, "currency_field")
    if spec.currency_field is None:
        to.error(path[:-1], f"the amount '{key}' names no field for its currency")
    elif to.known(path, spec.currency_field, definitions.fields, "field"):
        other = definitions.fields[spec.currency_field]
        if other.type is not FieldType.CHOICE:
            to.error(path, f"'{spec.currency_field}' must be a picklist of currencies")
        elif other.scope is not spec.scope:
            to.error(path, f"'{key}' and its currency '{spec.currency_field}' must have the same scope")


def value_fits(
    path: Path, value: str | int | bool, key: str, definitions: Definitions, to: Collector
) -> None:
    """An error where `value` could never stand in the field `key`."""
    spec = definitions.fields[key]
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    if spec.type is FieldType.BOOLEAN:
        if not isinstance(value, bool):
            to.error(path, f"'{key}' is true or false, never '{shown}'")
    elif spec.type in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, int):
            to.error(path, f"'{key}' is a whole number, never '{shown}'")
    elif not isinstance(value, str):
        to.error(path, f"'{key}' is text, never {shown}")
    elif spec.type is FieldType.CHOICE and spec.vocabulary in definitions.vocabularies:
        allowed = definitions.vocabularies[spec.vocabulary].values
        to.known(path, value, allowed, f"value in the vocabulary '{spec.vocabulary}' called")
    elif spec.type is FieldType.REASON:
        to.known(path, value, definitions.reasons, "reason")
    elif spec.type is FieldType.NURTURE:
        to.known(path, value, definitions.nurture, "nurture track")


def _condition(
    path: Path, condition: FieldCondition, asked: list[str], definitions: Definitions, to: Collector
) -> None:
    if to.known((*path, "field"), condition.field, definitions.fields, "field"):
        if condition.field not in asked:
            to.error((*path, "field"), f"the form does not ask for '{condition.field}' before this")
        value_fits((*path, "equals"), condition.equals, condition.field, definitions, to)


def _decisions(definitions: Definitions, to: Collector) -> None:
    for kind, spec in definitions.decisions.items():
        path: Path = ("decisions", kind.value)
        asked = _form(spec, path, definitions, to)
        reason = spec.reason
        if reason is not None and to.known((*path, "reason"), reason, asked, "field of this form called"):
            known = definitions.fields.get(reason)
            if known is not None and known.type is not FieldType.REASON:
                to.error((*path, "reason"), f"'{reason}' is not a field of type 'reason'")
        for number, move in enumerate(spec.moves):
            _move(move, (*path, "moves", number), asked, definitions, to)


def _form(spec: DecisionDef, path: Path, definitions: Definitions, to: Collector) -> list[str]:
    """The keys of a form's fields, after their check."""
    asked: list[str] = []
    for number, entry in enumerate(spec.fields):
        here: Path = (*path, "fields", number)
        if entry.field == QUALIFICATION:
            asked.extend(definitions.frameworks.get(definitions.qualification, ()))
            continue
        to.known((*here, "field"), entry.field, definitions.fields, "field")
        if entry.field in asked:
            to.error((*here, "field"), f"the form asks for '{entry.field}' twice")
        if entry.when is not None:
            _condition((*here, "when"), entry.when, asked, definitions, to)
        asked.append(entry.field)
    return asked


def _move(move: Move, path: Path, asked: list[str], definitions: Definitions, to: Collector) -> None:
    for place, stage in enumerate(move.from_):
        to.known((*path, "from", place), stage, definitions.stages, "stage")
    if move.to is not None:
        to.known((*path, "to"), move.to, definitions.stages, "stage")
    if move.when is not None:
        _condition((*path, "when"), move.when, asked, definitions, to)
    for key, value in move.sets.items():
        if lead_field((*path, "sets", key), key, definitions, to) is not None:
            value_fits((*path, "sets", key), value, key, definitions, to)
    _groups((*path, "clears"), move.clears, definitions, to)


def _groups(path: Path, groups: tuple[str, ...], definitions: Definitions, to: Collector) -> None:
    for number, group in enumerate(groups):
        to.known((*path, number), group, definitions.groups, "group")


def _reasons(definitions: Definitions, to: Collector) -> None:
    for key, reason in definitions.reasons.items():
        path: Path = ("reasons", key)
        to.unique((*path, "fields"), reason.fields, "field")
        to.unique((*path, "dispositions"), reason.dispositions, "disposition")
        for number, name in enumerate(reason.fields):
            to.known((*path, "fields", number), name, definitions.fields, "field")
        if reason.nurture is not None:
            to.known((*path, "nurture"), reason.nurture, definitions.nurture, "nurture track")
    for key, track in definitions.nurture.items():
        if track.revisit_field is not None:
            here: Path = ("nurture", key, "revisit_field")
            spec = lead_field(here, track.revisit_field, definitions, to)
            if spec is not None and spec.type is not FieldType.DATE:
                to.error(here, f"'{track.revisit_field}' is not a date")


def _handoff(definitions: Definitions, to: Collector) -> None:
    handoff = definitions.handoff
    for name, stage in (
        ("entry_stage", handoff.entry_stage),
        ("mql_stage", handoff.mql_stage),
        ("quarantine_stage", handoff.quarantine_stage),
    ):
        to.known(("handoff", name), stage, definitions.stages, "stage")
    for number, move in enumerate(handoff.moves):
        path: Path = ("handoff", "moves", number)
        for place, stage in enumerate(move.from_):
            to.known((*path, "from", place), stage, definitions.stages, "stage")
        to.known((*path, "to"), move.to, definitions.stages, "stage")
        _groups((*path, "clears"), move.clears, definitions, to)


def _zone(zone: str, path: Path, to: Collector) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        close = nearest_name(zone, sorted(available_timezones()))
        to.error(path, f"there is no time zone '{zone[:64]}'", close)


def _calendar(calendar: CalendarDef, path: Path, to: Collector) -> None:
    import holidays  # noqa: PLC0415 - slow to import, and most who read definitions need none

    _zone(calendar.zone, (*path, "zone"), to)
    if calendar.country is None:
        if calendar.subdivision is not None:
            to.error((*path, "subdivision"), "a subdivision needs its country")
        return
    countries = holidays.list_supported_countries()
    if not to.known((*path, "country"), calendar.country, countries, "country with known holidays called"):
        return
    if calendar.subdivision is not None:
        parts = holidays.country_holidays(calendar.country)
        names = [*parts.subdivisions, *parts.subdivisions_aliases]
        to.known((*path, "subdivision"), calendar.subdivision, names, f"part of {calendar.country} called")


def _clocks(definitions: Definitions, to: Collector) -> None:
    signals = _values("signal_kind", definitions)
    for key, clock in definitions.clocks.items():
        path: Path = ("clocks", key)
        to.unique((*path, "stages"), clock.stages, "stage")
        for number, stage in enumerate(clock.stages):
            to.known((*path, "stages", number), stage, definitions.stages, "stage")
        if clock.calendar is not None:
            to.known((*path, "calendar"), clock.calendar, definitions.calendars, "calendar")
        elif clock.time is TimeKind.BUSINESS:
            to.error(path, f"the clock '{key}' counts business time but names no calendar")
        to.unique((*path, "lanes"), (lane.key for lane in clock.lanes), "lane", at_key=True)
        for number, lane in enumerate(clock.lanes):
            for place, signal in enumerate(lane.signals):
                to.known((*path, "lanes", number, "signals", place), signal, signals, "signal")


def _values(vocabulary: str, definitions: Definitions) -> tuple[str, ...]:
    known = definitions.vocabularies.get(vocabulary)
    return tuple(known.values) if known else ()


def _sections(definitions: Definitions, to: Collector) -> None:
    to.unique(("sections",), (section.key for section in definitions.sections), "section", at_key=True)
    for number, section in enumerate(definitions.sections):
        path: Path = ("sections", number)
        for place, stage in enumerate(section.stages):
            to.known((*path, "stages", place), stage, definitions.stages, "stage")
        for place, clock in enumerate(section.clocks):
            if not to.known((*path, "clocks", place), clock, definitions.clocks, "clock"):
                continue
            if not set(definitions.clocks[clock].stages) & set(section.stages):
                to.error((*path, "clocks", place), f"the clock '{clock}' runs in no stage of this section")


def _score(definitions: Definitions, to: Collector) -> None:
    signals = _values("signal_kind", definitions)
    to.unique(("score", "rules"), (rule.key for rule in definitions.score.rules), "rule", at_key=True)
    for number, rule in enumerate(definitions.score.rules):
        path: Path = ("score", "rules", number)
        if rule.signal is not None:
            to.known((*path, "signal"), rule.signal, signals, "signal")
        for place, signal in enumerate(rule.only_signals):
            to.known((*path, "only_signals", place), signal, signals, "signal")
        if rule.test is not None:
            _test((*path, "test"), rule.test, definitions, to)
    for part, tests in (("fit", definitions.mql.fit), ("exclusions", definitions.mql.exclusions)):
        to.unique(("mql", part), (entry.key for entry in tests), "test", at_key=True)
        for number, entry in enumerate(tests):
            _test(("mql", part, number, "test"), entry.test, definitions, to)
    tiers = definitions.marketing_sla.tiers
    to.unique(("marketing_sla", "tiers"), (tier.key for tier in tiers), "tier", at_key=True)
    for number, tier in enumerate(tiers):
        for place, test in enumerate(tier.tests):
            _test(("marketing_sla", "tiers", number, "tests", place), test, definitions, to)


def _test(path: Path, test: FieldTest, definitions: Definitions, to: Collector) -> None:
    """A test of a field: the field is there, there is one comparison, and it suits the field's type."""
    spec = lead_field((*path, "field"), test.field, definitions, to)
    in_range = test.minimum is not None or test.maximum is not None
    lists = [
        (name, key) for name, key in (("in_list", test.in_list), ("not_in_list", test.not_in_list)) if key
    ]
    if in_range + len(lists) + (test.equals is not None) != 1:
        message = "a test has one comparison: minimum and maximum, in_list, not_in_list, or equals"
        to.error(path, message)
    if test.minimum is not None and test.maximum is not None and test.minimum > test.maximum:
        to.error((*path, "minimum"), f"the minimum {test.minimum} lies above the maximum {test.maximum}")
    if spec is None:
        return
    if in_range and spec.type not in _NUMBERS:
        to.error((*path, "field"), f"'{test.field}' is no number; only numbers lie between two others")
    if test.equals is not None:
        value_fits((*path, "equals"), test.equals, test.field, definitions, to)
    for name, key in lists:
        if to.known((*path, name), key, definitions.lists, "list"):
            _list_suits(key, test.field, spec, definitions, to)


def _list_suits(name: str, field: str, spec: FieldDef, definitions: Definitions, to: Collector) -> None:
    for number, entry in enumerate(definitions.lists[name]):
        path: Path = ("lists", name, number)
        if spec.type in _BY_DOMAIN:
            if entry != entry.strip().casefold() or "@" in entry or "." not in entry:
                to.error(path, f"'{entry[:64]}' is no domain in lower case, as the test of '{field}' wants")
        else:
            value_fits(path, entry, field, definitions, to)


def _territories(definitions: Definitions, to: Collector) -> None:
    routing = definitions.routing
    to.unique(("routing", "steps"), routing.steps, "step")
    to.unique(
        ("routing", "territories"), (entry.key for entry in routing.territories), "territory", at_key=True
    )
    countries = _values("country", definitions)
    taken: dict[str, str] = {}
    for number, territory in enumerate(routing.territories):
        for place, country in enumerate(territory.countries):
            path: Path = ("routing", "territories", number, "countries", place)
            to.known(path, country, countries, "country")
            if country in taken:
                to.error(path, f"'{country}' belongs to the territory '{taken[country]}' already")
            taken.setdefault(country, territory.key)

"""The sentence for each kind of difference between two definitions files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from leadqueue.definitions.differences import ORDER, Difference
from leadqueue.definitions.model import (
    DecisionDef,
    DecisionKind,
    Definitions,
    Disposition,
    Move,
    TimeKind,
)
from leadqueue.definitions.wording import (
    condition_words,
    field_label,
    listed,
    plain,
    span,
    stage_label,
    track_label,
)

Speak = Callable[[Difference], Iterator[str]]

_NOUNS = {
    "stages": "Stage", "decisions": "Decision", "reasons": "Reason", "nurture": "Nurture track",
    "groups": "Group", "fields": "Field", "vocabularies": "Vocabulary", "lists": "List",
    "calendars": "Calendar", "clocks": "Clock", "sections": "Section", "frameworks": "Framework",
}  # fmt: skip
_SERVES = {
    Disposition.REJECT: "reject",
    Disposition.RECYCLE: "recycle",
    Disposition.CLOSE_LOST: "close as lost",
}


def generic(at: Difference) -> str:
    """A sentence for any difference: whose, what, from what to what."""
    path, was, now = at.path, at.was, at.now
    if path[-1] == ORDER:
        place = subject(path[:-1], at.old, at.new)
        return f"{place}: the order is now {', '.join(cast('list[str]', now))}"
    if len(path) == 2 and path[0] in _NOUNS and (was is None or now is None):
        return f"{subject(path, at.old, at.new)} is {'new' if was is None else 'gone'}"
    if isinstance(was, dict) or isinstance(now, dict):
        state = "new" if was is None else "gone" if now is None else "other"
        return f"{subject(path, at.old, at.new)} is {state}"
    what = path[-1].replace("_", " ")
    if isinstance(was, list) and isinstance(now, list):
        named = len(path) == 2 and path[0] in _NOUNS
        whose = subject(path if named else path[:-1], at.old, at.new)
        return f"{whose}{'' if named else f', {what}'}: {_list_words(was, now)}"
    return f"{subject(path[:-1], at.old, at.new)}, {what}: {plain(was)} → {plain(now)}"


def _list_words(was: list[object], now: list[object]) -> str:
    added = [str(each) for each in now if each not in was]
    removed = [str(each) for each in was if each not in now]
    parts = [f"new {listed(added)}"] if added else []
    parts += [f"gone {listed(removed)}"] if removed else []
    return "; ".join(parts) or f"{plain(was)} → {plain(now)}"


def subject(path: tuple[str, ...], old: Definitions, new: Definitions) -> str:
    """Whose difference it is: `Field 'Amount'`, `Clock 'Review', lanes 'Fast lane'`."""
    if not path:
        return "The definitions"
    if len(path) == 1 or path[0] not in _NOUNS:
        name = " ".join(step.replace("_", " ") for step in path)
        return name[0].upper() + name[1:]
    label = _label(path[0], path[1], new) or _label(path[0], path[1], old) or path[1]
    rest = "".join(f", {step.replace('_', ' ')}" for step in path[2:])
    return f"{_NOUNS[path[0]]} '{label}'{rest}"


def _label(area: str, key: str, definitions: Definitions) -> str | None:
    part = getattr(definitions, area)
    if area == "sections":
        return next((section.label for section in definitions.sections if section.key == key), None)
    if key not in part:
        return None
    entry = part[key]
    return entry if isinstance(entry, str) else getattr(entry, "label", None)


def _decision(name: str, definitions: Definitions) -> DecisionDef | None:
    return definitions.decisions.get(DecisionKind(name))


def _renamed(at: Difference) -> Iterator[str]:
    noun = _NOUNS[at.path[0]]
    yield f"{noun} '{at.was}' is now called '{at.now}'"


def _requires(at: Difference) -> Iterator[str]:
    was, now = cast("list[str]", at.was), cast("list[str]", at.now)
    label = stage_label(at.path[1], at.new)
    for key in [each for each in now if each not in was]:
        yield f"To enter {label} a lead now needs {field_label(key, at.new)}"
    for key in [each for each in was if each not in now]:
        yield f"To enter {label} a lead no longer needs {field_label(key, at.old)}"


def _form_entry(at: Difference) -> Iterator[str]:
    """A field joined or left a form."""
    _, kind, _, key = at.path
    here = at.new if at.was is None else at.old
    spec = _decision(kind, here)
    entry = next((entry for entry in spec.fields if entry.field == key), None) if spec else None
    if spec is None or entry is None:
        return
    when = condition_words(entry.when, here)
    tail = f", {when}" if when else ""
    label = field_label(key, here)
    if at.was is not None:
        yield f"{spec.label} no longer asks for {label}"
    elif entry.required:
        yield f"{spec.label} now also asks for {label}{tail}"
    else:
        yield f"{spec.label} now also offers {label}, which may be left empty{tail}"


def _form_required(at: Difference) -> Iterator[str]:
    spec = _decision(at.path[1], at.new)
    label = spec.label if spec else at.path[1]
    must = "must now be filled in" if at.now else "may now be left empty"
    yield f"{label}: {field_label(at.path[3], at.new)} {must}"


def _form_when(at: Difference) -> Iterator[str]:
    kind, key = at.path[1], at.path[3]
    spec = _decision(kind, at.new)
    entry = next((entry for entry in spec.fields if entry.field == key), None) if spec else None
    if spec is None or entry is None:
        return
    when = condition_words(entry.when, at.new) or "always"
    yield f"{spec.label} now asks for {field_label(key, at.new)} {when}"


def _qualification(at: Difference) -> Iterator[str]:
    fields = listed(field_label(key, at.new) for key in at.new.frameworks.get(at.new.qualification, ()))
    yield (
        f"Leads are qualified by {at.new.qualification.upper()}, before {at.old.qualification.upper()}: "
        f"the form now asks for {fields}"
    )


_Way = tuple[str, str | None, str]


def _ways(spec: DecisionDef, definitions: Definitions) -> dict[_Way, Move]:
    """The moves one by one: from which stage to which, and under what condition."""
    ways: dict[_Way, Move] = {}
    for move in spec.moves:
        for stage in move.from_:
            ways.setdefault((stage, move.to, condition_words(move.when, definitions)), move)
    return ways


def _moves(at: Difference) -> Iterator[str]:
    before, after = _decision(at.path[1], at.old), _decision(at.path[1], at.new)
    if before is None or after is None:
        return
    was, now = _ways(before, at.old), _ways(after, at.new)
    for way in now:
        if way not in was:
            yield f"{after.label} is now open: {_way_words(way, at.new)}"
    for way in was:
        if way not in now:
            yield f"{after.label} is no longer open: {_way_words(way, at.old)}"
    for way in [each for each in was if each in now]:
        for words in _move_words(was[way], now[way], at.new):
            yield f"{after.label}, {_way_words(way, at.new)}: {words}"


def _way_words(way: _Way, definitions: Definitions) -> str:
    start, end, when = way
    target = f" → {stage_label(end, definitions)}" if end else ""
    return f"{stage_label(start, definitions)}{target}{f' {when}' if when else ''}"


def _move_words(was: Move, now: Move, definitions: Definitions) -> Iterator[str]:
    if was.roles != now.roles:
        yield f"for {listed(now.roles)}, before {listed(was.roles)}"
    if was.override != now.override:
        yield "is now an override" if now.override else "is no longer an override"
    if was.sets != now.sets:
        sets = listed(f"{field_label(key, definitions)} to {plain(value)}" for key, value in now.sets.items())
        yield f"now sets {sets}"
    if was.clears != now.clears:
        yield f"now empties the fields of {listed(now.clears)}"


def _serves(at: Difference) -> Iterator[str]:
    was, now = cast("list[str]", at.was), cast("list[str]", at.now)
    label = at.new.reasons[at.path[1]].label
    for each in [each for each in now if each not in was]:
        yield f"Reason '{label}' now serves {_SERVES[Disposition(each)]}"
    for each in [each for each in was if each not in now]:
        yield f"Reason '{label}' no longer serves {_SERVES[Disposition(each)]}"


def _reason_entry(at: Difference) -> Iterator[str]:
    key = at.path[1]
    if key not in at.new.reasons:
        yield f"Reason '{at.old.reasons[key].label}' is gone"
        return
    reason = at.new.reasons[key]
    serves = listed(_SERVES[each] for each in reason.dispositions)
    asks = listed(field_label(each, at.new) for each in reason.fields)
    yield f"Reason '{reason.label}' is new, for {serves}" + (f"; it asks for {asks}" if reason.fields else "")


def _reason_fields(at: Difference) -> Iterator[str]:
    was, now = cast("list[str]", at.was), cast("list[str]", at.now)
    label = at.new.reasons[at.path[1]].label
    for key in [each for each in now if each not in was]:
        yield f"Reason '{label}' now also asks for {field_label(key, at.new)}"
    for key in [each for each in was if each not in now]:
        yield f"Reason '{label}' no longer asks for {field_label(key, at.old)}"


def _min_touches(at: Difference) -> Iterator[str]:
    label = at.new.reasons[at.path[1]].label
    yield f"Reason '{label}' needs {at.now} logged touches, before {at.was}"


def _track(at: Difference) -> Iterator[str]:
    label = at.new.reasons[at.path[1]].label
    was, now = cast("str | None", at.was), cast("str | None", at.now)
    yield f"Reason '{label}' leads to {track_label(now, at.new)}, before {track_label(was, at.old)}"


def _clock_minutes(at: Difference) -> Iterator[str]:
    before, after = at.old.clocks[at.path[1]], at.new.clocks[at.path[1]]
    what = " counts as due soon" if at.path[2] == "soon_minutes" else ""
    was, now = getattr(before, at.path[2]), getattr(after, at.path[2])
    until = " before its limit" if what else ""
    yield f"The clock '{after.label}'{what}: {span(was, before.time)} → {span(now, after.time)}{until}"


def _clock_time(at: Difference) -> Iterator[str]:
    before, after = at.old.clocks[at.path[1]], at.new.clocks[at.path[1]]
    counts = "business time only" if after.time is TimeKind.BUSINESS else "every hour"
    was, now = span(before.minutes, before.time), span(after.minutes, after.time)
    yield f"The clock '{after.label}' now counts {counts}: {was} → {now}"


def _standby(at: Difference) -> Iterator[str]:
    clock = at.new.clocks[at.path[1]]
    when = "only while no other clock of the lead runs" if clock.standby else "beside the lead's other clocks"
    yield f"The clock '{clock.label}' now runs {when}"


def _reminders(at: Difference) -> Iterator[str]:
    clock = at.new.clocks[at.path[1]]
    when = listed(span(minutes, clock.time) for minutes in clock.remind_minutes)
    yield f"The clock '{clock.label}' is to remind: {when} before its limit (nothing sends that yet)"


def _lane(at: Difference) -> Iterator[str]:
    _, key, _, name, what = at.path
    clock = at.new.clocks[key]
    lane = next(lane for lane in clock.lanes if lane.key == name)
    was, now = cast("int | None", at.was), cast("int | None", at.now)
    before = span(was, at.old.clocks[key].time) if was else "none"
    after = span(now, clock.time) if now else "none"
    target = " target" if what == "target_minutes" else ""
    yield f"The lane '{lane.label}' of the clock '{clock.label}',{target or ' limit'}: {before} → {after}"


def _value(at: Difference) -> Iterator[str]:
    name = at.path[1]
    here = at.new if name in at.new.vocabularies else at.old
    label = here.vocabularies[name].label
    if at.was is None:
        yield f"{label}: '{at.now}' can now be chosen"
    elif at.now is None:
        yield f"{label}: '{at.was}' can no longer be chosen"
    else:
        yield f"{label}: '{at.was}' is now called '{at.now}'"


def _bar(at: Difference) -> Iterator[str]:
    what = {"score": "score", "behaviour": "of it from behaviour", "fit_matches": "ICP matches"}
    yield f"The MQL bar, {what[at.path[1]]}: {at.was} → {at.now}"


def _points(at: Difference) -> Iterator[str]:
    rule = next(rule for rule in at.new.score.rules if rule.key == at.path[2])
    yield f"Score, '{rule.label}': {at.was:+} → {at.now:+} points"


def _rule(at: Difference) -> Iterator[str]:
    here, word = (at.new, "new") if at.was is None else (at.old, "gone")
    rule = next(rule for rule in here.score.rules if rule.key == at.path[2])
    yield f"Score rule '{rule.label}' ({rule.points:+} points) is {word}"


_BY_PATH: tuple[tuple[str, Speak], ...] = (
    ("stages.*.label", _renamed),
    ("stages.*.requires", _requires),
    ("decisions.*.label", _renamed),
    ("decisions.*.fields.*", _form_entry),
    ("decisions.*.fields.*.required", _form_required),
    ("decisions.*.fields.*.when", _form_when),
    ("decisions.*.fields.*.when.*", _form_when),
    ("decisions.*.moves", _moves),
    ("qualification", _qualification),
    ("reasons.*", _reason_entry),
    ("reasons.*.label", _renamed),
    ("reasons.*.dispositions", _serves),
    ("reasons.*.fields", _reason_fields),
    ("reasons.*.min_touches", _min_touches),
    ("reasons.*.nurture", _track),
    ("nurture.*.label", _renamed),
    ("fields.*.label", _renamed),
    ("vocabularies.*.values.*", _value),
    ("clocks.*.label", _renamed),
    ("clocks.*.minutes", _clock_minutes),
    ("clocks.*.soon_minutes", _clock_minutes),
    ("clocks.*.time", _clock_time),
    ("clocks.*.remind_minutes", _reminders),
    ("clocks.*.standby", _standby),
    ("clocks.*.lanes.*.minutes", _lane),
    ("clocks.*.lanes.*.target_minutes", _lane),
    ("mql.score", _bar),
    ("mql.behaviour", _bar),
    ("mql.fit_matches", _bar),
    ("score.rules.*", _rule),
    ("score.rules.*.points", _points),
)

SENTENCES = tuple((tuple(pattern.split(".")), speak) for pattern, speak in _BY_PATH)
"""Who speaks for which path; `*` stands for any one step. What nobody speaks for, `generic` tells."""

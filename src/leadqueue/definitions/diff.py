"""What changes for a rep between two definitions files, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from leadqueue.definitions.model import ClockDef, DecisionDef, Definitions, Reason, StageDef, TimeKind


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `area` is the part of the file, `path` the dotted key, `words` the sentence for people.

    `stages` are those whose open leads it touches; empty for all of them or none.
    """

    area: str
    path: str
    words: str
    stages: tuple[str, ...] = ()


Flat = dict[str, object]


def diff(old: Definitions, new: Definitions) -> tuple[Change, ...]:
    """Every change, those that a rep feels first in words of their own, the others by their key."""
    told = [
        *_stages(old, new),
        *_decisions(old, new),
        *_reasons(old, new),
        *_clocks(old, new),
        *_bar(old, new),
    ]
    covered = {change.path for change in told}
    return (*told, *_others(old, new, covered))


def _stages(old: Definitions, new: Definitions) -> Iterator[Change]:
    yield from _came_and_went("stages", "Stage", _labels(old.stages), _labels(new.stages))
    for key in old.stages.keys() & new.stages.keys():
        before, after = old.required_to_enter(key), new.required_to_enter(key)
        label = new.stages[key].label
        for field in [each for each in after if each not in before]:
            words = f"To enter {label} a lead now needs {_field(field, new)}"
            yield Change("stages", f"stages.{key}.requires", words, (key,))
        for field in [each for each in before if each not in after]:
            words = f"To enter {label} a lead no longer needs {_field(field, old)}"
            yield Change("stages", f"stages.{key}.requires", words, (key,))


def _labels(parts: Mapping[str, StageDef] | Mapping[str, Reason] | Mapping[str, ClockDef]) -> dict[str, str]:
    return {key: part.label for key, part in parts.items()}


def _field(key: str, definitions: Definitions) -> str:
    spec = definitions.fields.get(key)
    return spec.label if spec else key


def _came_and_went(area: str, what: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for key in [each for each in new if each not in old]:
        yield Change(area, f"{area}.{key}", f"{what} '{new[key]}' is new")
    for key in [each for each in old if each not in new]:
        yield Change(area, f"{area}.{key}", f"{what} '{old[key]}' is gone")
    for key in [each for each in old if each in new and old[each] != new[each]]:
        yield Change(area, f"{area}.{key}.label", f"{what} '{old[key]}' is now called '{new[key]}'")


def _decisions(old: Definitions, new: Definitions) -> Iterator[Change]:
    for kind in [each for each in old.decisions if each in new.decisions]:
        before, after = old.decisions[kind], new.decisions[kind]
        path = f"decisions.{kind.value}.fields"
        had = {entry.field: entry.required for entry in old.form_fields(kind)}
        has = {entry.field: entry.required for entry in new.form_fields(kind)}
        stages = _from(after)
        for field in [each for each in has if each not in had]:
            must = "asks for" if has[field] else "offers"
            yield Change("decisions", path, f"{after.label} now {must} {_field(field, new)}", stages)
        for field in [each for each in had if each not in has]:
            words = f"{before.label} no longer asks for {_field(field, old)}"
            yield Change("decisions", path, words, stages)
        for field in [each for each in had if each in has and had[each] != has[each]]:
            must = "must be filled" if has[field] else "may be left empty"
            yield Change("decisions", path, f"{after.label}: {_field(field, new)} now {must}", stages)


def _from(spec: DecisionDef) -> tuple[str, ...]:
    return tuple(dict.fromkeys(stage for move in spec.moves for stage in move.from_))


def _reasons(old: Definitions, new: Definitions) -> Iterator[Change]:
    yield from _came_and_went("reasons", "Reason", _labels(old.reasons), _labels(new.reasons))
    for key in [each for each in old.reasons if each in new.reasons]:
        before, after = old.reasons[key], new.reasons[key]
        path = f"reasons.{key}"
        for served in [each for each in after.dispositions if each not in before.dispositions]:
            yield Change(
                "reasons", f"{path}.dispositions", f"Reason '{after.label}' now serves {served.value}"
            )
        for served in [each for each in before.dispositions if each not in after.dispositions]:
            words = f"Reason '{after.label}' no longer serves {served.value}"
            yield Change("reasons", f"{path}.dispositions", words)
        for field in [each for each in after.fields if each not in before.fields]:
            words = f"Reason '{after.label}' now asks for {_field(field, new)}"
            yield Change("reasons", f"{path}.fields", words)
        for field in [each for each in before.fields if each not in after.fields]:
            words = f"Reason '{after.label}' no longer asks for {_field(field, old)}"
            yield Change("reasons", f"{path}.fields", words)
        if before.min_touches != after.min_touches:
            needs = f"needs {after.min_touches} logged touches, before {before.min_touches}"
            words = f"Reason '{after.label}' {needs}"
            yield Change("reasons", f"{path}.min_touches", words)
        if before.nurture != after.nurture:
            leads, led = _track(after.nurture, new), _track(before.nurture, old)
            words = f"Reason '{after.label}' leads to {leads}, before {led}"
            yield Change("reasons", f"{path}.nurture", words)


def _track(key: str | None, definitions: Definitions) -> str:
    if key is None:
        return "no nurture track"
    track = definitions.nurture.get(key)
    return f"'{track.label}'" if track else f"'{key}'"


def _clocks(old: Definitions, new: Definitions) -> Iterator[Change]:
    yield from _came_and_went("clocks", "Clock", _labels(old.clocks), _labels(new.clocks))
    for key in [each for each in old.clocks if each in new.clocks]:
        before, after = old.clocks[key], new.clocks[key]
        was, now = span(before.minutes, before.time), span(after.minutes, after.time)
        if was != now:
            words = f"The clock '{after.label}': {was} → {now}"
            yield Change("clocks", f"clocks.{key}.minutes", words, after.stages)
        lanes = {lane.key: lane for lane in before.lanes}
        for number, lane in enumerate(after.lanes):
            earlier = lanes.get(lane.key)
            if earlier is not None and earlier.minutes != lane.minutes:
                was, now = span(earlier.minutes, before.time), span(lane.minutes, after.time)
                words = f"The lane '{lane.label}' of '{after.label}': {was} → {now}"
                yield Change("clocks", f"clocks.{key}.lanes.{number}.minutes", words, after.stages)


def span(minutes: int, time: TimeKind) -> str:
    """A limit in words: '24 business hours', '90 minutes'."""
    kind = "business " if time is TimeKind.BUSINESS else ""
    if minutes % 60:
        return f"{minutes} {kind}minutes"
    hours = minutes // 60
    return f"{hours} {kind}hour{'' if hours == 1 else 's'}"


def _bar(old: Definitions, new: Definitions) -> Iterator[Change]:
    for name, words in (
        ("score", "score"),
        ("behaviour", "points from behaviour"),
        ("fit_matches", "ICP matches"),
    ):
        before, after = getattr(old.mql, name), getattr(new.mql, name)
        if before != after:
            yield Change("mql", f"mql.{name}", f"The MQL bar: {before} → {after} {words}")


def _others(old: Definitions, new: Definitions, covered: set[str]) -> Iterator[Change]:
    before, after = (
        flattened(old.model_dump(mode="json", by_alias=True)),
        flattened(new.model_dump(mode="json", by_alias=True)),
    )
    for path in [*before, *(each for each in after if each not in before)]:
        if before.get(path) == after.get(path) and (path in before) == (path in after):
            continue
        if any(path == each or path.startswith(f"{each}.") for each in covered):
            continue
        area = path.split(".", 1)[0]
        if path not in before:
            words = f"{path} is new: {_shown(after[path])}"
        elif path not in after:
            words = f"{path} is gone, it was {_shown(before[path])}"
        else:
            words = f"{path}: {_shown(before[path])} → {_shown(after[path])}"
        yield Change(area, path, words)


def flattened(value: object, path: str = "") -> Flat:
    """Every leaf of nested tables and lists by its dotted path."""
    if isinstance(value, dict) and value:
        parts = value.items()
    elif isinstance(value, list) and value:
        parts = dict(enumerate(value)).items()
    else:
        return {path: value}
    found: Flat = {}
    for key, part in parts:
        found |= flattened(part, f"{path}.{key}" if path else str(key))
    return found


def _shown(value: object) -> str:
    return "nothing" if value in (None, [], {}, "") else str(value)

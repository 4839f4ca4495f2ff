"""Definitions as plain text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from leadqueue.definitions.diff import span
from leadqueue.definitions.model import Definitions


def _stages(definitions: Definitions) -> Iterator[str]:
    for key, stage in definitions.stages.items():
        needs = ", ".join(definitions.required_to_enter(key))
        status = f", {stage.status}" if stage.status else ""
        yield f"{key:<13} {stage.label}{status}; owner {stage.owner.value}" + (
            f"; needs {needs}" if needs else ""
        )


def _decisions(definitions: Definitions) -> Iterator[str]:
    for kind, spec in definitions.decisions.items():
        yield f"{kind.value:<12} {spec.label}: {spec.description}".rstrip(": ")
        fields = [f"{entry.field}{'' if entry.required else '?'}" for entry in definitions.form_fields(kind)]
        if fields:
            yield f"{'':<12} asks: {', '.join(fields)}"
        for move in spec.moves:
            target = move.to or "stays"
            mark = " (override)" if move.override else ""
            yield f"{'':<12} {', '.join(move.from_)} → {target}{mark}; for {', '.join(move.roles)}"


def _reasons(definitions: Definitions) -> Iterator[str]:
    for key, reason in definitions.reasons.items():
        parts = [f"serves {', '.join(reason.dispositions)}"]
        if reason.fields:
            parts.append(f"asks for {', '.join(reason.fields)}")
        if reason.min_touches:
            parts.append(f"needs {reason.min_touches} touches")
        if reason.nurture:
            parts.append(f"nurture: {definitions.nurture[reason.nurture].label}")
        yield f"{key:<24} {reason.label}: {'; '.join(parts)}"


def _clocks(definitions: Definitions) -> Iterator[str]:
    for key, clock in definitions.clocks.items():
        yield f"{key:<16} {clock.label}: {span(clock.minutes, clock.time)} in {', '.join(clock.stages)}"
        for lane in clock.lanes:
            target = f", target {span(lane.target_minutes, clock.time)}" if lane.target_minutes else ""
            limit = span(lane.minutes, clock.time)
            yield f"{'':<16} {lane.label} after {', '.join(lane.signals)}: {limit}{target}"


def _score(definitions: Definitions) -> Iterator[str]:
    score, bar = definitions.score, definitions.mql
    yield f"Model {score.version} of {score.dated}; behaviour halves every {score.half_life_days} days"
    for rule in score.rules:
        yield f"{rule.points:>+5} {rule.label}" + (f", at most {rule.most}×" if rule.most else "")
    yield f"MQL: {bar.score}+, of which {bar.behaviour}+ behaviour, {bar.fit_matches}+ ICP matches"
    yield f"ICP: {'; '.join(test.label for test in bar.fit)}"
    yield f"Never: {'; '.join(test.label for test in bar.exclusions)}"


def _fields(definitions: Definitions) -> Iterator[str]:
    for key, spec in definitions.fields.items():
        kind = spec.vocabulary or spec.type.value
        yield f"{key:<26} {spec.label:<26} {kind:<18} {spec.owner.value}, {spec.sync.value}"


def _vocabularies(definitions: Definitions) -> Iterator[str]:
    for key, vocabulary in definitions.vocabularies.items():
        yield f"{key}: {', '.join(vocabulary.values)}"


PARTS: dict[str, Callable[[Definitions], Iterator[str]]] = {
    "stages": _stages,
    "decisions": _decisions,
    "reasons": _reasons,
    "clocks": _clocks,
    "score": _score,
    "fields": _fields,
    "vocabularies": _vocabularies,
}


def overview(definitions: Definitions, part: str | None = None) -> Iterator[str]:
    """The definitions line by line, or one of `PARTS` of them. Raises KeyError for an unknown part."""
    if part is None:
        yield f"{definitions.name}, version {definitions.version} of {definitions.dated}"
    for name in PARTS if part is None else (part,):
        if part is None:
            yield ""
            yield name.upper()
        yield from PARTS[name](definitions)

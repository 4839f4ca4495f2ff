"""Score and MQL bar as code: the same definitions and the same lead give the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

from leadqueue.definitions.model import Definitions, FieldTest, FieldType, NamedTest, ScorePart, ScoreRule
from leadqueue.domain.lead import FieldValue, FieldValues, Score, ScoreLine, Signal, SignalTally
from leadqueue.domain.lists import domain_on

_DAY_SECONDS = 86_400
_BOUNDS = "bounds"
"""The line that keeps a total within what the model allows."""


@dataclass(frozen=True, slots=True)
class MqlCheck:
    """One condition of the MQL bar, with what the lead has in words."""

    key: str
    label: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class MqlVerdict:
    """`qualified` is true where every check passed."""

    qualified: bool
    checks: tuple[MqlCheck, ...]


def tally(existing: tuple[SignalTally, ...], new: Iterable[Signal]) -> tuple[SignalTally, ...]:
    """The tallies with the new signals counted in, in order of kind."""
    tallies = {entry.kind: entry for entry in existing}
    for signal in new:
        known = tallies.get(signal.kind)
        tallies[signal.kind] = SignalTally(
            signal.kind,
            known.count + 1 if known else 1,
            max(known.last_at, signal.at) if known else signal.at,
        )
    return tuple(tallies[kind] for kind in sorted(tallies))


def passes(test: FieldTest, fields: FieldValues, definitions: Definitions) -> bool:
    """True where the field has a value and the value passes; an empty field passes no test."""
    value = fields.get(test.field)
    if value is None or value == "":
        return False
    if test.equals is not None:
        return value == test.equals and isinstance(value, bool) is isinstance(test.equals, bool)
    if test.in_list is not None:
        return _listed(test.field, value, test.in_list, definitions)
    if test.not_in_list is not None:
        return not _listed(test.field, value, test.not_in_list, definitions)
    if isinstance(value, bool) or not isinstance(value, int):
        return False
    above = test.minimum is None or value >= test.minimum
    return above and (test.maximum is None or value <= test.maximum)


def _listed(field: str, value: FieldValue, name: str, definitions: Definitions) -> bool:
    """Whether a list holds the value. Of an e-mail address the domain counts; a domain's subdomains too."""
    entries = definitions.lists[name]
    kind = definitions.fields[field].type
    if kind not in (FieldType.EMAIL, FieldType.DOMAIN):
        return str(value) in entries
    return domain_on(str(value), entries)


def compute_score(
    fields: FieldValues, tallies: tuple[SignalTally, ...], definitions: Definitions, at: datetime
) -> Score:
    """The score as of `at`, line by line; the lines add up to the total.

    The behavioural part is worth `0.5 ** (days since the last signal / half-life)` of its points,
    rounded half up to whole points; the arithmetic is decimal, so every machine rounds alike.
    """
    model = definitions.score
    lines = [line for rule in model.rules if (line := _line(rule, fields, tallies, definitions))]
    behaviour = sum(line.points for line in lines if line.part is ScorePart.BEHAVIOUR)
    last = max((entry.last_at for entry in tallies), default=None)
    if behaviour > 0 and last is not None:
        kept = _decayed(behaviour, (at - last).total_seconds(), model.half_life_days)
        if kept != behaviour:
            label = f"Fades: halves every {model.half_life_days} days without activity"
            lines.append(ScoreLine("decay", label, ScorePart.BEHAVIOUR, kept - behaviour, last_at=last))
        behaviour = kept
    total = sum(line.points for line in lines)
    bounded = min(max(total, model.minimum), model.maximum)
    if bounded != total:
        label = f"Kept within {model.minimum} to {model.maximum}"
        part = ScorePart.NEGATIVE if bounded < total else ScorePart.FIT
        lines.append(ScoreLine(_BOUNDS, label, part, bounded - total))
    return Score(bounded, behaviour, at, model.version, tuple(lines))


def score_told(score: Score) -> str:
    """A total and its behavioural part, in words. Where the part is more than the total, what was taken off
    or is beyond the most is told too: `100: 101 behaviour + 45 other, less 46`."""
    if score.behaviour <= score.total:
        return f"{score.total}, of it {score.behaviour} behaviour"
    other = sum(
        line.points
        for line in score.lines
        if line.points > 0 and line.part is not ScorePart.BEHAVIOUR and line.key != _BOUNDS
    )
    less = score.behaviour + other - score.total
    return f"{score.total}: {score.behaviour} behaviour{f' + {other} other' if other else ''}, less {less}"


def _line(
    rule: ScoreRule, fields: FieldValues, tallies: tuple[SignalTally, ...], definitions: Definitions
) -> ScoreLine | None:
    if rule.signal is not None:
        found = next((entry for entry in tallies if entry.kind == rule.signal), None)
        if found is None:
            return None
        counted = found.count if rule.most is None else min(found.count, rule.most)
        return ScoreLine(rule.key, rule.label, rule.part, rule.points * counted, found.count, found.last_at)
    if rule.only_signals:
        holds = bool(tallies) and all(entry.kind in rule.only_signals for entry in tallies)
    else:
        holds = rule.test is not None and passes(rule.test, fields, definitions)
    return ScoreLine(rule.key, rule.label, rule.part, rule.points) if holds else None


def _decayed(points: int, idle_seconds: float, half_life_days: int) -> int:
    if idle_seconds <= 0:
        return points
    with localcontext() as context:
        context.prec = 28
        half_lives = Decimal(int(idle_seconds)) / (_DAY_SECONDS * half_life_days)
        return int((points * Decimal(2) ** -half_lives).to_integral_value(ROUND_HALF_UP))


def mql_verdict(fields: FieldValues, score: Score, definitions: Definitions) -> MqlVerdict:
    """Whether the lead is over the MQL bar, condition by condition."""
    bar = definitions.mql
    matched = _matching(bar.fit, fields, definitions)
    checks = [
        MqlCheck("score", f"Score {bar.score} or more", score.total >= bar.score, str(score.total)),
        MqlCheck(
            "behaviour",
            f"of which {bar.behaviour} or more from behaviour",
            score.behaviour >= bar.behaviour,
            str(score.behaviour),
        ),
        MqlCheck(
            "fit",
            f"ICP matches: {bar.fit_matches} or more",
            len(matched) >= bar.fit_matches,
            ", ".join(test.label for test in matched) or "none",
        ),
    ]
    excluded = _matching(bar.exclusions, fields, definitions)
    checks += [
        MqlCheck(test.key, f"Not: {test.label}", test not in excluded, "yes" if test in excluded else "no")
        for test in bar.exclusions
    ]
    return MqlVerdict(all(check.passed for check in checks), tuple(checks))


def icp_fit(fields: FieldValues, definitions: Definitions) -> str:
    """`strong` where every ICP test passes, `partial` where enough for the MQL bar do, else `weak`."""
    bar = definitions.mql
    matched = len(_matching(bar.fit, fields, definitions))
    if matched == len(bar.fit):
        return "strong"
    return "partial" if matched and matched >= bar.fit_matches else "weak"


def _matching(
    tests: tuple[NamedTest, ...], fields: FieldValues, definitions: Definitions
) -> tuple[NamedTest, ...]:
    return tuple(entry for entry in tests if passes(entry.test, fields, definitions))

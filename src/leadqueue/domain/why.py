"""Why a lead is here: what brought it, and how it stands against the MQL bar."""

from __future__ import annotations

from dataclasses import dataclass

from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Lead, Rejection, ScoreLine, SignalTally
from leadqueue.domain.returning import ended_recycling, engagement_since, lines_since, since_check
from leadqueue.domain.scoring import MqlCheck, MqlVerdict, mql_verdict
from leadqueue.domain.text import one_line
from leadqueue.domain.timeline import fast_signals


@dataclass(frozen=True, slots=True)
class Why:
    """`trigger` is the engagement that says most: the latest of a fast lane, else the one worth most.

    It is None for a lead without any. `returned` is a lead that came back from nurture. `verdict` is None
    for a lead without a score.
    """

    trigger: SignalTally | None
    fast: bool
    returned: bool
    verdict: MqlVerdict | None


def why_here(lead: Lead, definitions: Definitions) -> Why:
    """What to tell in one line about why the lead stands in a rep's queue.

    What brought a returned lead is what it did since it was recycled; the verdict then tells too what that is
    worth, at the moment of the score.
    """
    ended = ended_recycling(lead)
    at = lead.score.at if lead.score else lead.status_at
    if ended is None:
        ranked = ranked_signals(lead, definitions)
    else:
        since = engagement_since(lead, ended)
        ranked = _ranked(since, lines_since(lead, ended, definitions, at), definitions)
    quick = fast_signals(definitions)
    fast = [tally for tally in ranked if tally.kind in quick]
    trigger = max(fast, key=lambda tally: tally.last_at) if fast else next(iter(ranked), None)
    return Why(trigger, bool(fast), lead.returned, _verdict(lead, ended, definitions))


def _verdict(lead: Lead, ended: Rejection | None, definitions: Definitions) -> MqlVerdict | None:
    if lead.score is None:
        return None
    verdict = mql_verdict(lead.fields, lead.score, definitions)
    if ended is None:
        return verdict
    again = since_check(lead, ended, definitions, lead.score.at)
    checks: list[MqlCheck] = []
    for check in verdict.checks:
        checks += (check, again) if check.key == "behaviour" else (check,)
    return MqlVerdict(verdict.qualified and again.passed, tuple(checks))


def signal_label(kind: str, definitions: Definitions) -> str:
    """A kind of signal in words, harmless."""
    return definitions.vocabularies["signal_kind"].values.get(kind) or one_line(kind, 40)


def condition_told(check: MqlCheck, definitions: Definitions) -> str:
    """A condition of the bar with what the lead has; '' for one that is told only where it fails."""
    bar = definitions.mql
    match check.key:
        case "score":
            return f"score {_needed(check, bar.score)}"
        case "behaviour":
            return f"behaviour {_needed(check, bar.behaviour)}"
        case "since":
            return f"since recycled {_needed(check, bar.behaviour)}"
        case "fit":
            return f"ICP: {check.detail}"
        case _:
            return "" if check.passed else check.label.removeprefix("Not: ")


def _needed(check: MqlCheck, least: int) -> str:
    """What the lead has, as a part of what the bar asks for or, once over it, beside that."""
    return f"{check.detail}, bar {least}" if check.passed else f"{check.detail} of {least}"


def ranked_signals(lead: Lead, definitions: Definitions) -> list[SignalTally]:
    """The kinds of signals: those of a fast lane first, then by the points that they bring."""
    return _ranked(lead.tallies, lead.score.lines if lead.score else (), definitions)


def _ranked(
    tallies: tuple[SignalTally, ...], lines: tuple[ScoreLine, ...], definitions: Definitions
) -> list[SignalTally]:
    fast = fast_signals(definitions)
    rules = {rule.key: rule.signal for rule in definitions.score.rules}
    points = {kind: line.points for line in lines if (kind := rules.get(line.key))}
    return sorted(
        tallies,
        key=lambda tally: (tally.kind not in fast, -points.get(tally.kind, 0), -tally.last_at.timestamp()),
    )

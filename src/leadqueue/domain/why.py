"""Why a lead is here: what brought it, and how it stands against the MQL bar."""

from __future__ import annotations

from dataclasses import dataclass

from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Lead, SignalTally
from leadqueue.domain.scoring import MqlVerdict, mql_verdict
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
    """What to tell in one line about why the lead stands in a rep's queue."""
    ranked = ranked_signals(lead, definitions)
    quick = fast_signals(definitions)
    fast = [tally for tally in ranked if tally.kind in quick]
    trigger = max(fast, key=lambda tally: tally.last_at) if fast else next(iter(ranked), None)
    verdict = mql_verdict(lead.fields, lead.score, definitions) if lead.score else None
    return Why(trigger, bool(fast), lead.returned, verdict)


def ranked_signals(lead: Lead, definitions: Definitions) -> list[SignalTally]:
    """The kinds of signals: those of a fast lane first, then by the points that they bring."""
    fast = fast_signals(definitions)
    rules = {rule.key: rule.signal for rule in definitions.score.rules}
    scored = lead.score.lines if lead.score else ()
    points = {kind: line.points for line in scored if (kind := rules.get(line.key))}
    return sorted(
        lead.tallies,
        key=lambda tally: (tally.kind not in fast, -points.get(tally.kind, 0), -tally.last_at.timestamp()),
    )

"""Which touches count: those since the lead last came back from recycling."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    MAYA,
    NOW,
    RITA,
    acting,
    after,
    decision,
    mql,
    received,
    refusal,
    signal,
)

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decide import available, decide
from leadqueue.domain.decision import Refused
from leadqueue.domain.lead import FieldValues, Lead, Touch
from leadqueue.domain.timeline import EventKind, timeline
from leadqueue.domain.touches import present_touches

HOUR = timedelta(hours=1)
OWED = DEFINITIONS.reasons["unresponsive"].min_touches


def touched(lead: Lead, times: int, since: int) -> Lead:
    """The lead after so many touches, one an hour from `since` hours after now on."""
    for number in range(times):
        lead = after(lead, "touch", at=NOW + (since + number) * HOUR)
    return lead


def come_back(lead: Lead, hours: int) -> Lead:
    at = NOW + hours * HOUR
    back = received(existing=lead, signals=(signal("demo_request", at),), now=at).lead
    assert back is not None
    assert (back.stage, back.returned_at) == ("mql", at)
    return back


def hot() -> Lead:
    return mql(signals=(signal("demo_request"), signal("webinar")))


def test_touches_before_a_recycling_do_not_open_a_reason_again() -> None:
    lead = touched(hot(), OWED, since=1)
    lead = come_back(after(lead, "recycle", {"reason": "unresponsive"}, at=NOW + 20 * HOUR), hours=50)
    assert refusal(lead, "reject", {"reason": "unresponsive"}, at=NOW + 51 * HOUR) == {
        "reason": "min_touches"
    }
    outcome = decide(
        lead,
        decision(lead, "reject", {"reason": "unresponsive"}, at=NOW + 51 * HOUR),
        DEFINITIONS,
        acting(RITA),
        NOW + 51 * HOUR,
        DIRECTORY,
    )
    assert isinstance(outcome, Refused)
    assert outcome.errors[0].message.endswith("this lead has 0 since it came back")
    lead = touched(lead, OWED - 1, since=52)
    assert refusal(lead, "reject", {"reason": "unresponsive"}, at=NOW + 70 * HOUR) == {
        "reason": "min_touches"
    }
    lead = touched(lead, 1, since=70)
    assert after(lead, "reject", {"reason": "unresponsive"}, at=NOW + 71 * HOUR).stage == "disqualified"


def test_the_history_stays_whole() -> None:
    lead = touched(come_back(after(touched(hot(), 3, since=1), "recycle", at=NOW + 9 * HOUR), 50), 2, 51)
    assert len(lead.touches) == 5
    assert present_touches(lead) == lead.touches[3:]
    told = timeline(lead, DEFINITIONS).events
    assert sum(event.kind is EventKind.TOUCH for event in told) == 5


def test_a_recycled_lead_that_never_came_back_counts_them_all() -> None:
    lead = after(touched(hot(), 3, since=1), "recycle", at=NOW + 9 * HOUR)
    assert len(present_touches(lead)) == 3


STEPS = ("touch", "touch", "touch", "accept", "reject", "recycle", "reopen", "back")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 300)), max_size=25))
def test_they_are_those_of_the_present_round(steps: list[tuple[str, int]]) -> None:
    lead, now = hot(), NOW
    counted: list[Touch] = []
    for kind, minutes in steps:
        now += timedelta(minutes=minutes, microseconds=1)
        if kind == "back":
            was = lead.stage
            outcome = received(existing=lead, signals=(signal("demo_request", now),), now=now)
            assert outcome.lead is not None
            if (was, outcome.lead.stage) == ("recycled", "mql"):
                counted.clear()
            lead = outcome.lead
            continue
        by = MAYA if kind == "reopen" else RITA
        if DecisionKind(kind) not in available(lead, DEFINITIONS, acting(by)):
            continue
        values: FieldValues | None = {"reason": "no_pain"} if kind in ("reject", "recycle") else None
        lead = after(lead, kind, values, by=by, at=now)
        if kind == "touch":
            counted.append(lead.touches[-1])
        assert list(present_touches(lead)) == counted

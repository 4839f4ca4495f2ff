"""Why a lead is here."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import DEFINITIONS, GOOD_FIELDS, NOW, after, mql, received, signal

from leadqueue.domain.why import ranked_signals, why_here

DAY = timedelta(days=1)


def test_the_latest_signal_of_a_fast_lane_is_what_brought_it() -> None:
    signals = (
        signal("demo_request", NOW - 9 * DAY),
        signal("pricing_page", NOW - DAY),
        signal("webinar", NOW),
    )
    why = why_here(mql(signals=signals), DEFINITIONS)
    assert why.trigger is not None
    assert (why.trigger.kind, why.fast, why.returned) == ("pricing_page", True, False)


def test_without_one_the_signal_that_brings_most_is() -> None:
    signals = (signal("email_click", NOW), signal("webinar", NOW - DAY))
    why = why_here(mql(signals=signals), DEFINITIONS)
    assert why.trigger is not None
    assert (why.trigger.kind, why.fast) == ("webinar", False)


def test_a_lead_without_signals_or_score_has_little_to_tell() -> None:
    why = why_here(mql(), DEFINITIONS)
    assert why.trigger is None
    assert not why.fast


def test_one_that_came_back_says_so_and_the_verdict_is_the_bar_s() -> None:
    lead = after(
        mql(signals=(signal("demo_request", NOW - DAY),), now=NOW - DAY), "recycle", at=NOW - DAY / 2
    )
    back = received(existing=lead, fields=GOOD_FIELDS, signals=(signal("demo_request", NOW),)).lead
    assert back is not None
    why = why_here(back, DEFINITIONS)
    assert why.returned
    assert why.verdict is not None
    assert {check.key for check in why.verdict.checks} >= {"score", "behaviour", "fit"}


def test_fast_kinds_come_before_those_worth_more_or_later() -> None:
    signals = (signal("webinar", NOW), signal("pricing_page", NOW - 9 * DAY))
    assert [tally.kind for tally in ranked_signals(mql(signals=signals), DEFINITIONS)] == [
        "pricing_page",
        "webinar",
    ]

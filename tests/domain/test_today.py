"""The day of "today" is the decider's own, in the form and on both sides of a sync (D9, T4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, NOW, RITA, acting, decision, mql

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decide import decide
from leadqueue.domain.decision import Applied, Refused
from leadqueue.domain.forms import check_form
from leadqueue.domain.lead import Directory, FieldValues
from leadqueue.domain.today import day_for

ZONES = ("America/Los_Angeles", "Pacific/Auckland", "Pacific/Kiritimati", "Etc/GMT+12", "UTC", "Asia/Kolkata")
EVENING_IN_LOS_ANGELES = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
MORNING_IN_AUCKLAND = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def working_in(zone: str) -> Directory:
    return {RITA.id: replace(RITA, zone=zone)}


def revisit(day: date) -> FieldValues:
    return {"reason": "bad_timing", "revisit_on": day.isoformat()}


@pytest.mark.parametrize(
    ("zone", "at", "today"),
    [
        ("America/Los_Angeles", EVENING_IN_LOS_ANGELES, date(2026, 11, 23)),
        ("Pacific/Auckland", MORNING_IN_AUCKLAND, date(2026, 11, 24)),
        ("UTC", EVENING_IN_LOS_ANGELES, date(2026, 11, 24)),
    ],
)
def test_tomorrow_is_in_the_future_and_today_is_not(zone: str, at: datetime, today: date) -> None:
    lead, directory = mql(), working_in(zone)
    tomorrow = decision(lead, "recycle", revisit(today + timedelta(days=1)), at=at)
    assert isinstance(decide(lead, tomorrow, DEFINITIONS, acting(RITA), at, directory), Applied)
    refused = decide(
        lead, decision(lead, "recycle", revisit(today), at=at), DEFINITIONS, acting(RITA), at, directory
    )
    assert isinstance(refused, Refused)
    assert [(error.field, error.code) for error in refused.errors] == [("revisit_on", "not_future")]


@pytest.mark.parametrize(("zone", "day"), [("America/Los_Angeles", "2026-11-23"), ("UTC", "2026-11-24")])
def test_a_lead_is_accepted_on_the_reps_day(zone: str, day: str) -> None:
    lead, at = mql(), EVENING_IN_LOS_ANGELES
    made = decision(lead, "accept", {"acceptance_reason": "strong_fit"}, at=at)
    outcome = decide(lead, made, DEFINITIONS, acting(RITA), at, working_in(zone))
    assert isinstance(outcome, Applied)
    assert outcome.lead.fields["sal_date"] == day


def test_who_is_in_no_directory_works_where_the_leads_owner_does() -> None:
    lead = replace(mql(), owner_zone="Pacific/Auckland")
    assert day_for(acting(RITA), lead, MORNING_IN_AUCKLAND, {}) == date(2026, 11, 24)
    assert day_for(acting(RITA), None, MORNING_IN_AUCKLAND, {}) == date(2026, 11, 23)


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "", "../etc/passwd", "\0"])
def test_a_zone_that_is_none_counts_as_utc(name: str) -> None:
    assert day_for(acting(RITA), None, EVENING_IN_LOS_ANGELES, working_in(name)) == date(2026, 11, 24)
    assert day_for(acting(RITA), replace(mql(), owner_zone=name), MORNING_IN_AUCKLAND, {}) == NOW.date()


@given(
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.booleans(),
    st.integers(1, 60 * 24 * 400),
    st.integers(-2, 2),
)
def test_form_and_rule_book_agree_at_every_hour_of_every_zone(
    zone: str, owner_zone: str, known: bool, minutes: int, ahead: int
) -> None:
    at = NOW + timedelta(minutes=minutes)
    lead = replace(mql(), owner_zone=owner_zone)
    directory = working_in(zone) if known else {}
    today = day_for(acting(RITA), lead, at, directory)
    values = revisit(today + timedelta(days=ahead))
    errors = check_form(lead, DecisionKind.RECYCLE, values, DEFINITIONS, acting(RITA), at, directory)
    outcome = decide(lead, decision(lead, "recycle", values, at=at), DEFINITIONS, acting(RITA), at, directory)
    assert (errors == ()) is (ahead > 0)
    assert isinstance(outcome, Applied) is (ahead > 0)

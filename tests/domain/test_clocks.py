"""The SLA clocks: when they start, when they stop, when they are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, MAYA, NOW, RAUL, RITA, acting, after, mql, received, signal

from leadqueue.definitions.model import ClockStart, ClockStop, DecisionKind, Definitions
from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import ClockEvent, clock_state, run_clocks, running
from leadqueue.domain.decide import available
from leadqueue.domain.lead import FieldValues, Lead, RunningClock, Signal, Touch

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BACK = NOW + 26 * HOUR
"""When a recycled lead comes back: a Tuesday."""

NO_BUDGET: FieldValues = {"reason": "no_budget"}


def returned(recycled: Lead, kind: str, *more: Signal) -> Lead:
    """The recycled lead once it has come back for a signal of this kind."""
    signals = (signal(kind, BACK - HOUR / 2), *more)
    back = received(existing=recycled, fields={}, signals=signals, now=BACK).lead
    assert back is not None
    assert (back.stage, back.stage_since) == ("mql", BACK)
    return back


def clock(lead: Lead, kind: str) -> RunningClock:
    found = [entry for entry in running(lead) if entry.kind == kind]
    assert len(found) == 1, lead.clocks
    return found[0]


def kinds(lead: Lead) -> set[str]:
    return {entry.kind for entry in running(lead)}


class TestReview:
    def test_a_new_mql_has_24_business_hours(self) -> None:
        review = clock(mql(), "review")
        assert (review.started_at, review.due_at) == (NOW, NOW + 24 * HOUR)
        assert review.lane is None

    def test_friday_afternoon_is_due_on_monday(self) -> None:
        friday = NOW - timedelta(days=3)
        assert clock(mql(now=friday), "review").due_at == friday + timedelta(days=3)

    def test_due_soon_is_counted_in_business_time_too(self) -> None:
        """Due on Monday at 02:00: four business hours before that is Friday evening."""
        friday = (NOW - timedelta(days=3)).replace(hour=2)
        review = clock(mql(now=friday), "review")
        assert review.due_at == NOW.replace(hour=2)
        assert review.soon_at == friday.replace(hour=22)

    def test_accepting_stops_it(self) -> None:
        lead = after(mql(), "accept", at=NOW + HOUR)
        assert "review" not in kinds(lead)
        stopped = next(entry for entry in lead.clocks if entry.kind == "review")
        assert stopped.stopped_at == NOW + HOUR

    def test_a_reopened_lead_gets_a_fresh_one(self) -> None:
        lead = after(after(mql(), "reject"), "reopen", by=MAYA, at=NOW + 5 * HOUR)
        assert clock(lead, "review").started_at == NOW + 5 * HOUR


class TestFastLane:
    def test_a_demo_request_asks_for_an_hour(self) -> None:
        review = clock(mql(signals=(signal("demo_request"),)), "review")
        assert (review.lane, review.due_at, review.target_at) == ("fast_lane", NOW + HOUR, NOW + 5 * MINUTE)
        assert review.soon_at == NOW

    def test_a_signal_of_last_month_does_not(self) -> None:
        assert clock(mql(signals=(signal("demo_request", NOW - timedelta(days=30)),)), "review").lane is None

    def test_a_later_signal_moves_the_limit_nearer(self) -> None:
        at = NOW + 3 * HOUR
        outcome = received(existing=mql(), signals=(signal("pricing_page", at),), now=at)
        assert outcome.lead is not None
        assert clock(outcome.lead, "review").due_at == at + HOUR

    def test_a_signal_never_gives_more_time(self) -> None:
        at = NOW + 24 * HOUR - 10 * MINUTE
        outcome = received(existing=mql(), signals=(signal("demo_request", at),), now=at)
        assert outcome.lead is not None
        assert clock(outcome.lead, "review").due_at == NOW + 24 * HOUR

    def test_a_second_signal_does_not_push_the_first_limit_out(self) -> None:
        lead = mql(signals=(signal("demo_request"),))
        outcome = received(
            existing=lead, signals=(signal("demo_request", NOW + HOUR / 2),), now=NOW + HOUR / 2
        )
        assert outcome.lead is not None
        assert clock(outcome.lead, "review").due_at == NOW + HOUR

    def test_a_signal_from_before_the_recycling_is_answered_by_it(self) -> None:
        recycled = after(mql(signals=(signal("demo_request"),)), "recycle", NO_BUDGET, at=NOW + HOUR / 2)
        review = clock(returned(recycled, "contact_form"), "review")
        assert (review.lane, review.started_at, review.due_at) == (None, BACK, BACK + 24 * HOUR)

    def test_nor_does_one_that_only_arrives_late(self) -> None:
        recycled = after(mql(), "recycle", NO_BUDGET, at=NOW + HOUR / 2)
        late = signal("demo_request", NOW + HOUR / 3)
        assert clock(returned(recycled, "contact_form", late), "review").lane is None

    def test_a_signal_since_the_recycling_asks_for_it(self) -> None:
        recycled = after(mql(signals=(signal("demo_request"),)), "recycle", NO_BUDGET, at=NOW + HOUR / 2)
        again = signal("pricing_page", BACK - HOUR)
        review = clock(returned(recycled, "contact_form", again), "review")
        assert (review.lane, review.due_at) == ("fast_lane", BACK + HOUR)

    def test_a_rejection_that_an_override_undid_answered_nothing(self) -> None:
        """Whoever asked for a demo still waits for it."""
        lead = after(mql(signals=(signal("demo_request"),)), "reject", at=NOW + HOUR / 2)
        review = clock(after(lead, "reopen", by=MAYA, at=NOW + 5 * HOUR), "review")
        assert (review.lane, review.due_at) == ("fast_lane", NOW + 6 * HOUR)

    def test_the_recycling_before_it_did(self) -> None:
        recycled = after(mql(signals=(signal("demo_request"),)), "recycle", NO_BUDGET, at=NOW + HOUR / 2)
        rejected = after(returned(recycled, "contact_form"), "reject", at=BACK + HOUR)
        review = clock(after(rejected, "reopen", by=MAYA, at=BACK + 5 * HOUR), "review")
        assert (review.lane, review.due_at) == (None, BACK + 29 * HOUR)


class TestOutreach:
    def test_first_outreach_is_due_48_hours_after_acceptance(self) -> None:
        lead = after(mql(), "accept", at=NOW + HOUR)
        assert clock(lead, "first_outreach").due_at == NOW + 49 * HOUR
        assert "next_touch" not in kinds(lead)

    def test_a_touch_starts_the_clock_of_the_next(self) -> None:
        accepted = after(mql(), "accept", at=NOW + HOUR)
        lead = after(accepted, "touch", at=NOW + 2 * HOUR)
        assert "first_outreach" not in kinds(lead)
        assert clock(lead, "next_touch").due_at == NOW + 50 * HOUR

    def test_after_the_owed_touches_none_is_due(self) -> None:
        lead = after(mql(), "accept")
        owed = DEFINITIONS.clocks["next_touch"].until_touches
        assert owed
        for count in range(1, owed + 1):
            lead = after(lead, "touch", at=NOW + count * HOUR)
            assert ("next_touch" in kinds(lead)) is (count < owed)

    def test_touches_before_it_came_back_are_not_among_the_owed(self) -> None:
        owed = DEFINITIONS.clocks["next_touch"].until_touches
        assert owed
        lead = after(mql(signals=(signal("demo_request"),)), "accept")
        for count in range(1, owed + 1):
            lead = after(lead, "touch", at=NOW + count * HOUR)
        lead = after(lead, "recycle", at=NOW + 20 * HOUR)
        back_at = NOW + 30 * HOUR
        back = received(existing=lead, signals=(signal("demo_request", back_at),), now=back_at).lead
        assert back is not None
        lead = after(after(back, "accept", at=back_at + HOUR), "touch", at=back_at + 2 * HOUR)
        assert "next_touch" in kinds(lead)


def working(touches: int = 8) -> Lead:
    """An accepted lead that has had so many touches, one an hour, the last at that hour."""
    lead = after(mql(), "accept", at=NOW + HOUR / 2)
    for number in range(touches):
        lead = after(lead, "touch", at=NOW + (number + 1) * HOUR)
    return lead


class TestLimbo:
    """The shipped clock of the last status update stands by for the others."""

    def test_it_stands_by_while_another_clock_runs(self) -> None:
        assert kinds(mql()) == {"review"}
        assert kinds(working(0)) == {"first_outreach"}
        assert kinds(working(7)) == {"next_touch"}

    def test_it_starts_where_the_last_other_one_stops(self) -> None:
        assert clock(working(), "limbo").due_at == NOW + 56 * HOUR

    def test_it_starts_with_its_own_event_where_that_is_later(self) -> None:
        lead = after(working(1), "qualify", at=NOW + 9 * HOUR)
        assert clock(lead, "limbo").started_at == NOW + 9 * HOUR

    def test_every_status_update_restarts_it(self) -> None:
        lead = after(working(), "touch", at=NOW + 20 * HOUR)
        assert clock(lead, "limbo").due_at == NOW + 68 * HOUR

    def test_a_change_of_fields_does_not(self) -> None:
        lead = working()
        assert clock(after(lead, "edit", at=NOW + 9 * HOUR), "limbo") == clock(lead, "limbo")

    def test_it_stops_where_another_one_starts(self) -> None:
        lead = after(working(), "reopen", by=MAYA, at=NOW + 20 * HOUR)
        assert kinds(lead) == {"review"}
        [stopped] = [each for each in lead.clocks if each.kind == "limbo"]
        assert stopped.stopped_at == NOW + 20 * HOUR

    def test_it_ends_with_the_lead(self) -> None:
        assert kinds(after(mql(), "reject")) == set()
        assert kinds(after(working(), "reject", at=NOW + 9 * HOUR)) == set()


def with_limbo(**changed: object) -> Definitions:
    limbo = DEFINITIONS.clocks["limbo"].model_copy(update=changed)
    return DEFINITIONS.model_copy(update={"clocks": {**DEFINITIONS.clocks, "limbo": limbo}})


class TestStandby:
    def test_without_it_a_clock_runs_beside_the_others_as_ever(self) -> None:
        definitions = with_limbo(standby=False)
        lead = received(definitions=definitions).lead
        assert lead is not None
        assert kinds(lead) == {"review", "limbo"}

    def test_one_that_other_definitions_left_running_stops_at_the_next_change(self) -> None:
        lead = received(definitions=with_limbo(standby=False)).lead
        assert lead is not None
        later = after(lead, "note", at=NOW + HOUR)
        assert kinds(later) == {"review"}
        [stopped] = [each for each in later.clocks if each.kind == "limbo"]
        assert (stopped.started_at, stopped.stopped_at) == (NOW, NOW + HOUR)

    def test_a_start_event_that_it_waited_out_is_not_lost(self) -> None:
        """Of each kind: entered long before, touched, or told, while another clock ran."""
        for starts, started in ((ClockStart.STAGE, 0), (ClockStart.TOUCH, 1), (ClockStart.UPDATE, 1)):
            definitions = with_limbo(starts=starts)
            lead = replace(mql(), touches=(Touch("t", NOW + HOUR, RITA.id, RITA.name, "call", "sent"),))
            lead = replace(lead, status_at=NOW + HOUR)
            ended = tuple(replace(each, stopped_at=NOW + HOUR / 2) for each in lead.clocks)
            lead = replace(lead, clocks=ended)
            clocks = run_clocks(lead, lead, ClockEvent.SIGNAL, definitions, NOW + 3 * HOUR)
            [limbo] = [each for each in clocks if each.kind == "limbo"]
            assert limbo.started_at == max(NOW + HOUR / 2, NOW + started * HOUR), starts

    def test_one_that_a_touch_answered_does_not_start_again(self) -> None:
        definitions = with_limbo(starts=ClockStart.STAGE, stops=ClockStop.TOUCH, stages=("sql",))
        lead = after(after(mql(), "accept"), "qualify", at=NOW + HOUR)
        for expected in ({"limbo"}, {"limbo"}):
            lead = replace(lead, clocks=run_clocks(lead, lead, ClockEvent.SIGNAL, definitions, NOW + HOUR))
            assert kinds(lead) == expected
        touched = replace(
            lead, touches=(Touch("t", NOW + 2 * HOUR, RITA.id, RITA.name, "call", "sent"), *lead.touches)
        )
        clocks = run_clocks(lead, touched, ClockEvent.TOUCH, definitions, NOW + 2 * HOUR)
        quiet = replace(touched, clocks=clocks)
        assert kinds(quiet) == set()
        again = run_clocks(quiet, quiet, ClockEvent.SIGNAL, definitions, NOW + 3 * HOUR)
        assert kinds(replace(quiet, clocks=again)) == set()

    def test_of_two_the_first_goes_first(self) -> None:
        limbo = DEFINITIONS.clocks["limbo"]
        definitions = DEFINITIONS.model_copy(update={"clocks": {"second": limbo, "third": limbo}})
        lead = received(definitions=definitions).lead
        assert lead is not None
        assert kinds(lead) == {"second"}


class TestState:
    def test_each_state(self) -> None:
        review = clock(mql(), "review")
        assert clock_state(review, NOW) is ClockState.CALM
        assert clock_state(review, review.due_at - 4 * HOUR) is ClockState.SOON
        assert clock_state(review, review.due_at) is ClockState.SOON
        assert clock_state(review, review.due_at + MINUTE) is ClockState.BREACHED
        assert clock_state(replace(review, stopped_at=review.due_at), NOW) is ClockState.MET
        assert clock_state(replace(review, stopped_at=review.due_at + MINUTE), NOW) is ClockState.MISSED


def in_office_hours() -> Definitions:
    review = DEFINITIONS.clocks["review"].model_copy(update={"calendar": "office"})
    return DEFINITIONS.model_copy(update={"clocks": {**DEFINITIONS.clocks, "review": review}})


def test_a_new_owner_in_another_zone_gets_the_time_of_their_own_office() -> None:
    definitions = in_office_hours()
    outcome = received(definitions=definitions)
    assert outcome.lead is not None
    assert clock(outcome.lead, "review").due_at == NOW.replace(day=27, hour=9)  # Thanksgiving is between
    moved = replace(outcome.lead, owner_id=RAUL.id, owner_zone=RAUL.zone)
    clocks = run_clocks(outcome.lead, moved, ClockEvent.OWNER, definitions, NOW + HOUR)
    review = next(entry for entry in clocks if entry.kind == "review")
    assert review.started_at == NOW
    assert review.due_at == NOW.replace(day=25, hour=22)


@given(st.lists(st.tuples(st.sampled_from(["touch", "note", "edit"]), st.integers(1, 5000)), max_size=25))
def test_the_clocks_of_a_lead_never_pile_up(steps: list[tuple[str, int]]) -> None:
    lead, at = after(mql(), "accept"), NOW + HOUR
    for number, (kind, minutes) in enumerate(steps):
        at += minutes * MINUTE
        lead = after(lead, kind, {"phone": f"+44 {number}00000000"[:14]} if kind == "edit" else None, at=at)
        assert len(lead.clocks) <= 2 * len(DEFINITIONS.clocks)
        for kind_of in DEFINITIONS.clocks:
            assert sum(entry.kind == kind_of and not entry.stopped_at for entry in lead.clocks) <= 1
        for entry in lead.clocks:
            assert entry.started_at <= (entry.stopped_at or datetime.max.replace(tzinfo=at.tzinfo))
            assert entry.started_at < entry.due_at


STEPS = ("accept", "reject", "recycle", "touch", "touch", "note", "edit", "qualify", "opportunity", "close")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from((*STEPS, "reopen", "reassign", "back")), st.integers(0, 5000)), max_size=25
    )
)
def test_a_standby_clock_never_runs_beside_another_and_always_where_none_does(
    steps: list[tuple[str, int]],
) -> None:
    lead, at = mql(signals=(signal("demo_request"),)), NOW
    for number, (kind, minutes) in enumerate(steps):
        at += minutes * MINUTE
        by = MAYA if kind in ("reopen", "reassign") else RITA
        if kind == "back":
            again = received(existing=lead, fields={}, signals=(signal("demo_request", at),), now=at).lead
            assert again is not None
            lead = again
        elif DecisionKind(kind) in available(lead, DEFINITIONS, acting(by)):
            values: FieldValues | None = {"phone": f"+44 20 7946 {number:04}"} if kind == "edit" else None
            if kind in ("reject", "recycle"):
                values = {"reason": "no_pain"}
            if kind == "reassign":
                values = {"assignee": RAUL.id if lead.owner_id == RITA.id else RITA.id, "why": "Busy."}
            by = by if kind in ("reopen", "reassign") or lead.owner_id == RITA.id else RAUL
            lead = after(lead, kind, values, by=by, at=at)
        running_now = kinds(lead)
        in_reach = lead.stage in DEFINITIONS.clocks["limbo"].stages
        assert ("limbo" in running_now) is (in_reach and not running_now - {"limbo"})
        if "limbo" in running_now:
            stops = [each.stopped_at for each in lead.clocks if each.stopped_at and each.kind != "limbo"]
            start = clock(lead, "limbo").started_at
            assert timedelta() <= start - max(lead.status_at, *stops) <= timedelta(microseconds=len(steps))

"""A team's figures: by example, and against a recount that knows nothing of sorting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, DIRECTORY, MAYA, NOW, OTTO, RAUL, RITA, after, mql, signal

from leadqueue.domain.business_time import calendar_for
from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import clock_state
from leadqueue.domain.lead import RunningClock
from leadqueue.domain.queue import place_among, place_of, standing_of, urgent_clock
from leadqueue.domain.team import (
    NOBODY,
    SERIES_DAYS,
    WINDOW,
    Backlog,
    History,
    Load,
    Response,
    Review,
    TouchMade,
    first_day,
    histories,
    review_kinds,
    series_start,
    team_table,
    waiting_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = {each.id: each.zone for each in DIRECTORY.values()}
OWNERS = st.sampled_from(["", RITA.id, RAUL.id, OTTO.id])

moments = st.integers(-60 * 24 * 40, 60 * 24 * 10).map(lambda minutes: NOW + timedelta(minutes=minutes))


@st.composite
def countdowns(draw: st.DrawFn) -> tuple[str, RunningClock]:
    start = draw(moments)
    due = start + timedelta(minutes=draw(st.integers(0, 5000)))
    soon = draw(
        st.none() | st.integers(0, 3000).map(lambda before: max(due - timedelta(minutes=before), start))
    )
    return draw(OWNERS), RunningClock("review", start, due, soon_at=soon)


@st.composite
def review(draw: st.DrawFn) -> Review:
    start = draw(moments)
    due = start + timedelta(minutes=draw(st.integers(0, 3000)))
    if draw(st.booleans()):
        return Review(draw(OWNERS), start, due)
    stopped = start + timedelta(minutes=draw(st.integers(0, 6000)))
    by = draw(st.sampled_from(["accept", "reject", "recycle", "updated", "", "reopen"]))
    return Review(draw(OWNERS), start, due, stopped, by)


def recounted(clocks: list[RunningClock], now: datetime) -> Load:
    states = [clock_state(clock, now) for clock in clocks]
    if not clocks:
        return Load()
    micros = [
        (clock.started_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for clock in clocks
    ]
    average = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=sum(micros) // len(micros))
    return Load(
        len(clocks),
        states.count(ClockState.SOON),
        states.count(ClockState.BREACHED),
        min(clock.started_at for clock in clocks),
        average,
    )


class TestLoad:
    @given(st.lists(countdowns(), max_size=30), moments)
    def test_it_is_what_the_clocks_say_one_by_one(
        self, items: list[tuple[str, RunningClock]], now: datetime
    ) -> None:
        backlog = Backlog.of_leads(waiting_of(owner, clock) for owner, clock in items)
        for owner in {owner for owner, _ in items}:
            assert backlog.of(owner, now) == recounted([clock for who, clock in items if who == owner], now)
        assert backlog.total(now) == recounted([clock for _, clock in items], now)
        assert backlog.owners == {owner for owner, _ in items}

    @given(st.lists(countdowns(), min_size=1, max_size=10))
    def test_it_turns_at_the_very_microsecond(self, items: list[tuple[str, RunningClock]]) -> None:
        tick = timedelta(microseconds=1)
        backlog = Backlog.of_leads(waiting_of(owner, clock) for owner, clock in items)
        turns = {clock.due_at for _, clock in items} | {clock.soon_at for _, clock in items if clock.soon_at}
        for moment in (each + step for each in turns for step in (-tick, timedelta(), tick)):
            assert backlog.total(moment) == recounted([clock for _, clock in items], moment)

    def test_nobody_has_nothing(self) -> None:
        assert Backlog({}).total(NOW) == Load() == Backlog({}).of(RITA.id, NOW)


class TestHistory:
    @settings(deadline=None)  # the first to ask imports the holidays
    @given(st.lists(review(), max_size=30))
    def test_it_is_what_one_counts_by_hand(self, reviews: list[Review]) -> None:
        response = Response(DEFINITIONS, ZONES)
        known, together = histories(reviews, [], response, NOW, BERLIN)
        for owner in {each.owner_id for each in reviews}:
            mine = [each for each in reviews if each.owner_id == owner]
            assert known[owner] == _by_hand(mine)
        assert together == _by_hand(reviews)

    @given(st.lists(st.tuples(OWNERS, moments), max_size=40))
    def test_touches_fall_on_the_days_of_the_asker(self, made: list[tuple[str, datetime]]) -> None:
        touches = [TouchMade(who, at) for who, at in made]
        known, together = histories([], touches, Response(DEFINITIONS, ZONES), NOW, BERLIN)
        days = [first_day(NOW, BERLIN) + timedelta(days=n) for n in range(SERIES_DAYS)]
        for who in {who for who, _ in made}:
            local = [at.astimezone(BERLIN).date() for each, at in made if each == who]
            assert known[who].touches_by_day == tuple(local.count(day) for day in days)
        assert together.touches == sum(each.touches for each in known.values())
        assert days[-1] == NOW.astimezone(BERLIN).date()

    def test_the_series_begins_at_midnight_where_one_is(self) -> None:
        start = series_start(datetime(2026, 11, 1, 3, tzinfo=UTC), BERLIN)  # the clocks went back in between
        assert start.astimezone(UTC) == datetime(2026, 10, 18, 22, tzinfo=UTC)

    def test_a_response_is_measured_in_the_reps_business_time(self) -> None:
        friday = datetime(2026, 11, 20, 20, tzinfo=UTC)
        lead = mql(now=friday)
        (clock,) = [each for each in lead.clocks if each.kind == "review"]
        answered = Review(RITA.id, friday, clock.due_at, NOW, "accept")
        minutes = Response(DEFINITIONS, ZONES).minutes(answered)
        calendar = calendar_for(DEFINITIONS, "default", RITA.zone)
        assert minutes == calendar.minutes_between(friday, NOW) < (NOW - friday) / timedelta(minutes=1)

    def test_what_runs_over_counts_against_compliance_though_nobody_answered(self) -> None:
        late = Review(RITA.id, NOW - timedelta(days=60), NOW - timedelta(days=59))
        in_time = Review(RITA.id, NOW - timedelta(days=2), NOW, NOW - timedelta(days=1), "reject")
        _, together = histories([late, in_time], [], Response(DEFINITIONS, ZONES), NOW, BERLIN)
        assert (together.in_time, together.counted, together.compliance) == (1, 2, 0.5)
        assert (together.accepted, together.answered, together.acceptance) == (0, 1, 0.0)

    def test_no_answers_are_no_rate(self) -> None:
        assert History().compliance is None
        assert History().acceptance is None

    def test_only_the_clock_that_waits_for_an_answer_is_a_review(self) -> None:
        assert review_kinds(DEFINITIONS) == {"review"}


def _by_hand(reviews: list[Review]) -> History:
    calendar = {who: calendar_for(DEFINITIONS, "default", ZONES.get(who, "UTC")) for who in (*ZONES, "")}
    answered = [
        each
        for each in reviews
        if each.stopped_at
        and each.stopped_by in ("accept", "reject", "recycle")
        and NOW - WINDOW <= each.stopped_at <= NOW
    ]
    over = [each for each in reviews if each.stopped_at is None and each.due_at < NOW]
    minutes = [
        calendar[each.owner_id].minutes_between(each.started_at, each.stopped_at or NOW) for each in answered
    ]
    return History(
        len(answered),
        sum(each.stopped_by == "accept" for each in answered),
        len(answered) + len(over),
        sum((each.stopped_at or NOW) <= each.due_at for each in answered),
        int(median(minutes)) if minutes else None,
    )


class TestTable:
    def test_a_line_for_each_rep_and_for_whoever_else_has_something(self) -> None:
        leads = [mql(owner=RITA), mql(owner=OTTO), mql(owner=None)]
        backlog = Backlog.of_leads(
            waiting_of(lead.owner_id, clock) for lead in leads if (clock := urgent_clock(lead, DEFINITIONS))
        )
        known = {MAYA.id: History(), "left": History(answered=1)}
        table = team_table(DIRECTORY, "team-1", backlog, known, History(), NOW)
        names = [line.name for line in table.lines]
        assert names == ["left", OTTO.name, RAUL.name, RITA.name, "Nobody"]
        assert table.lines[-1].owner_id == NOBODY
        assert table.total.load.waiting == sum(line.load.waiting for line in table.lines) == 3

    def test_a_history_that_was_never_read_is_not_shown_as_nothing(self) -> None:
        table = team_table(DIRECTORY, "team-1", Backlog({}), None, None, NOW)
        assert {line.history for line in table.lines} == {None}
        assert table.total.history is None


def test_a_place_needs_no_more_of_a_lead_than_its_standing_and_clocks() -> None:
    for lead in (
        mql(),
        mql(signals=(signal("demo_request"),)),
        after(mql(), "accept"),
        after(after(mql(), "accept"), "touch", at=NOW + timedelta(hours=1)),
        after(mql(), "reject"),
    ):
        running = [clock for clock in lead.clocks if clock.stopped_at is None]
        assert place_among(standing_of(lead), running, DEFINITIONS) == place_of(lead, DEFINITIONS)

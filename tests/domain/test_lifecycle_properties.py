"""No sequence of decisions reaches an illegal state, and the trail always gives the lead back (I3, I4)."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    EXAMPLE_VALUES,
    MAYA,
    NOW,
    RAUL,
    RITA,
    acting,
    decision,
    new_id,
    received,
    signal,
)

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.decide import available, decide, missing_fields
from leadqueue.domain.decision import Applied, Decision, Refused
from leadqueue.domain.forms import check_form, form_for
from leadqueue.domain.lead import FieldValue, FieldValues, Lead
from leadqueue.domain.queue import section_of, urgent_clock
from leadqueue.domain.trail import LEAD_ADAPTER, rebuild
from leadqueue.domain.values import choices

PEOPLE = (RITA, RAUL, MAYA)
FIELD_KEYS = sorted(DEFINITIONS.fields)


def some_value(key: str) -> st.SearchStrategy[FieldValue]:
    """Values for a field, good and bad."""
    allowed = [value for value, _ in choices(key, DEFINITIONS, directory=DIRECTORY)]
    good: list[st.SearchStrategy[FieldValue]] = [st.sampled_from(allowed)] if allowed else []
    return st.one_of(
        *good,
        st.none(),
        st.text(max_size=30),
        st.integers(-5, 10**9),
        st.booleans(),
        st.dates(min_value=NOW.date()).map(str),
    )


@st.composite
def some_values(draw: st.DrawFn, kind: DecisionKind) -> FieldValues:
    values: FieldValues = dict(EXAMPLE_VALUES[kind]) if draw(st.integers(0, 3)) else {}
    asked = [entry.field for entry in form_for(kind, (), values, DEFINITIONS, acting(MAYA), DIRECTORY)]
    for key in draw(st.lists(st.sampled_from([*asked, *asked, *FIELD_KEYS]), max_size=3)):
        values[key] = draw(some_value(key))
    return values


@st.composite
def some_steps(draw: st.DrawFn) -> list[tuple[DecisionKind, FieldValues, int, int]]:
    steps = []
    for _ in range(draw(st.integers(1, 12))):
        kind = draw(st.sampled_from(DecisionKind))
        steps.append((kind, draw(some_values(kind)), draw(st.integers(0, 2)), draw(st.integers(-60, 3000))))
    return steps


def assert_legal(lead: Lead) -> None:
    assert lead.stage in DEFINITIONS.stages
    assert missing_fields(lead.fields, lead.stage, DEFINITIONS) == ()
    assert set(lead.fields) <= set(DEFINITIONS.fields)
    assert None not in lead.fields.values()
    assert lead.created_at <= lead.stage_since <= lead.status_at or lead.stage_since <= lead.status_at
    running = [clock.kind for clock in lead.clocks if clock.stopped_at is None]
    assert len(running) == len(set(running))
    for clock in lead.clocks:
        if clock.stopped_at is None:
            assert lead.stage in DEFINITIONS.clocks[clock.kind].stages
    section = section_of(lead, DEFINITIONS)
    assert (section is None) == (urgent_clock(lead, DEFINITIONS) is None)
    if DEFINITIONS.stages[lead.stage].open:
        assert section is not None


@settings(max_examples=150, deadline=None)
@given(some_steps())
def test_no_sequence_of_decisions_reaches_an_illegal_state(
    steps: list[tuple[DecisionKind, FieldValues, int, int]],
) -> None:
    start = received()
    assert start.lead is not None
    assert start.audit is not None
    lead, trail, now = start.lead, [start.audit.after], NOW
    for kind, values, who, minutes in steps:
        now = max(now, now + timedelta(minutes=minutes))
        actor = acting(PEOPLE[who])
        made = decision(lead, kind, values, at=now + timedelta(minutes=min(minutes, 0)))
        errors = check_form(lead, kind, values, DEFINITIONS, actor, made.decided_at, DIRECTORY)
        outcome = decide(lead, made, DEFINITIONS, actor, now, DIRECTORY)
        match outcome:
            case Refused():
                assert outcome.errors == errors
            case Applied():
                assert errors == ()
                assert kind in available(lead, DEFINITIONS, actor)
                rank = {key: stage.rank for key, stage in DEFINITIONS.stages.items()}
                if rank[outcome.lead.stage] < rank[lead.stage]:
                    assert outcome.audit.override
                    assert outcome.alerts
                    assert values.get("why")
                assert outcome.lead.versions.sales == lead.versions.sales + 1
                trail.append(outcome.audit.after)
                lead = outcome.lead
        assert_legal(lead)
    assert rebuild(trail) == lead
    assert LEAD_ADAPTER.validate_json(LEAD_ADAPTER.dump_json(lead)) == lead


@settings(max_examples=100, deadline=None)
@given(some_steps())
def test_deciding_is_pure(steps: list[tuple[DecisionKind, FieldValues, int, int]]) -> None:
    lead = received().lead
    assert lead is not None
    for kind, values, who, minutes in steps:
        made = Decision(
            new_id(), lead.id, kind, values, 0, DEFINITIONS.version, NOW + timedelta(minutes=minutes)
        )
        frozen = LEAD_ADAPTER.dump_json(lead)
        first = decide(lead, made, DEFINITIONS, acting(PEOPLE[who]), NOW, DIRECTORY)
        second = decide(lead, made, DEFINITIONS, acting(PEOPLE[who]), NOW, DIRECTORY)
        assert first == second
        assert LEAD_ADAPTER.dump_json(lead) == frozen


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(DEFINITIONS.vocabularies["signal_kind"].values)),
            st.integers(0, 60 * 24 * 40),
            st.sampled_from(["", "reject", "recycle", "accept", "touch"]),
        ),
        max_size=12,
    )
)
def test_engagement_between_decisions_keeps_the_trail_whole(steps: list[tuple[str, int, str]]) -> None:
    start = received()
    assert start.lead is not None
    assert start.audit is not None
    lead, trail, now = start.lead, [start.audit.after], NOW
    for kind, minutes, then in steps:
        now = now + timedelta(minutes=minutes)
        outcome = received(
            existing=lead,
            signals=(signal(kind, at=now - timedelta(minutes=minutes // 2)),),
            now=now,
            qualified=False,
        )
        assert outcome.lead is not None
        assert outcome.audit is not None
        lead = outcome.lead
        trail.append(outcome.audit.after)
        if then and DecisionKind(then) in available(lead, DEFINITIONS, acting(RITA)):
            values: FieldValues = (
                {"reason": "no_pain"} if then in ("reject", "recycle") else EXAMPLE_VALUES[DecisionKind(then)]
            )
            made = decide(
                lead, decision(lead, then, values, at=now), DEFINITIONS, acting(RITA), now, DIRECTORY
            )
            assert isinstance(made, Applied)
            lead = made.lead
            trail.append(made.audit.after)
        assert_legal(lead)
    assert rebuild(trail) == lead


def test_time_never_runs_backward_on_a_lead() -> None:
    lead = received().lead
    assert lead is not None
    moments: list[datetime] = []
    for minutes in (50, 10, 90, -500):
        at = NOW + timedelta(minutes=minutes)
        made = decision(lead, "touch", EXAMPLE_VALUES[DecisionKind.TOUCH], at=at)
        outcome = decide(lead, made, DEFINITIONS, acting(RITA), NOW + timedelta(days=1), DIRECTORY)
        assert isinstance(outcome, Applied)
        lead = outcome.lead
        moments.append(lead.status_at)
    assert moments == sorted(moments)

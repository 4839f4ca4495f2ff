"""The score and the MQL bar."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, GOOD_FIELDS, NOW, signal

from leadqueue.definitions.model import FieldTest, ScorePart
from leadqueue.domain.lead import FieldValues, Score, ScoreLine, Signal, SignalTally
from leadqueue.domain.scoring import compute_score, icp_fit, mql_verdict, passes, score_told, tally

KINDS = tuple(DEFINITIONS.vocabularies["signal_kind"].values)


def scored(fields: FieldValues, *signals: Signal, days_later: float = 0) -> Score:
    return compute_score(fields, tally((), signals), DEFINITIONS, NOW + timedelta(days=days_later))


class TestScore:
    def test_fit_and_behaviour_add_up(self) -> None:
        score = scored(GOOD_FIELDS, signal("demo_request", NOW))
        assert {line.key: line.points for line in score.lines} == {
            "demo_request": 30,
            "size_fit": 15,
            "industry_fit": 10,
            "region_fit": 5,
            "seniority_fit": 10,
        }
        assert (score.total, score.behaviour) == (70, 30)

    def test_a_rule_counts_only_so_often(self) -> None:
        score = scored({}, *(signal("content_download", NOW) for _ in range(9)))
        assert score.total == 18
        assert score.lines[0].count == 9

    @pytest.mark.parametrize(("days", "behaviour"), [(0, 30), (30, 15), (60, 8), (90, 4), (300, 0)])
    def test_behaviour_halves_every_thirty_days(self, days: int, behaviour: int) -> None:
        score = scored(GOOD_FIELDS, signal("demo_request", NOW), days_later=days)
        assert score.behaviour == behaviour
        assert score.total == 40 + behaviour

    def test_any_new_activity_stops_the_fading(self) -> None:
        old = signal("demo_request", NOW - timedelta(days=60))
        assert scored({}, old).behaviour == 8
        assert scored({}, old, signal("email_click", NOW)).behaviour == 32

    def test_negative_points(self) -> None:
        lines = {
            line.key: line.points
            for line in scored({"email": "ada@Gmail.com", "country": "AQ"}, signal("careers_page")).lines
        }
        assert lines["personal_email"] == -20
        assert lines["outside_market"] == -15
        assert lines["careers_only"] == -25

    def test_careers_page_costs_nothing_beside_other_interest(self) -> None:
        lines = scored({}, signal("careers_page"), signal("webinar")).lines
        assert "careers_only" not in {line.key for line in lines}

    def test_an_unknown_country_is_not_outside_the_market(self) -> None:
        assert scored({}).lines == ()

    def test_the_score_stays_within_its_bounds_and_says_so(self) -> None:
        low = scored({"email": "a@gmail.com", "country": "AQ"})
        assert low.total == 0
        assert low.lines[-1].key == "bounds"
        everything = [signal(kind, NOW) for kind in KINDS for _ in range(5) if kind != "careers_page"]
        assert scored(GOOD_FIELDS, *everything).total == 100


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 400)), max_size=30),
    st.fixed_dictionaries(
        {},
        optional={
            "email": st.sampled_from(["a@gmail.com", "a@engines.example"]),
            "company_size": st.integers(0, 5000),
            "country": st.sampled_from(["US", "AQ"]),
            "seniority": st.sampled_from(["director", "vp"]),
        },
    ),
    st.integers(0, 400),
)
def test_the_lines_always_add_up(
    history: list[tuple[str, int]], fields: FieldValues, days_later: int
) -> None:
    signals = [signal(kind, NOW - timedelta(days=days)) for kind, days in history]
    score = scored(fields, *signals, days_later=days_later)
    assert sum(line.points for line in score.lines) == score.total
    assert 0 <= score.total <= 100
    fresh = scored(fields, *signals)
    assert score.behaviour <= fresh.behaviour
    assert (
        sum(line.points for line in score.lines if line.part is ScorePart.BEHAVIOUR and line.key != "bounds")
        == score.behaviour
    )


@given(st.lists(st.sampled_from(KINDS), max_size=20), st.integers(0, 20))
def test_tallying_in_parts_is_tallying_at_once(kinds: list[str], cut: int) -> None:
    signals = [
        Signal(str(number), kind, NOW + timedelta(minutes=number)) for number, kind in enumerate(kinds)
    ]
    assert tally(tally((), signals[:cut]), signals[cut:]) == tally((), signals)
    assert tally((), reversed(signals)) == tally((), signals)


class TestWords:
    def test_a_part_of_the_total_is_told_as_one(self) -> None:
        assert score_told(scored(GOOD_FIELDS, signal("demo_request", NOW))) == "70, of it 30 behaviour"

    def test_what_is_beyond_the_most_is_told_where_the_part_is_more_than_the_whole(self) -> None:
        most = scored(GOOD_FIELDS, *(signal(kind, NOW) for kind in KINDS for _ in range(9)))
        assert most.total == 100
        other = 40
        less = most.behaviour + other - 100
        assert score_told(most) == f"100: {most.behaviour} behaviour + {other} other, less {less}"

    def test_what_was_taken_off_is_told(self) -> None:
        lines = (
            ScoreLine("a", "A", ScorePart.BEHAVIOUR, 30),
            ScoreLine("b", "B", ScorePart.NEGATIVE, -20),
        )
        assert score_told(Score(10, 30, NOW, "1", lines)) == "10: 30 behaviour, less 20"
        below = (
            *lines,
            ScoreLine("c", "C", ScorePart.NEGATIVE, -30),
            ScoreLine("bounds", "", ScorePart.FIT, 20),
        )
        assert score_told(Score(0, 30, NOW, "1", below)) == "0: 30 behaviour, less 30"

    @given(st.lists(st.sampled_from(KINDS), max_size=60), st.booleans())
    def test_what_is_told_adds_up(self, kinds: list[str], good: bool) -> None:
        fields: FieldValues = GOOD_FIELDS if good else {"email": "ada@gmail.com"}
        score = scored(fields, *(signal(kind, NOW) for kind in kinds))
        figures = [int(word.strip(":,")) for word in score_told(score).split() if word.strip(":,").isdigit()]
        total, behaviour, *rest = figures
        assert (total, behaviour) == (score.total, score.behaviour)
        if behaviour > total:
            *other, less = rest
            assert total == behaviour + sum(other) - less
        else:
            assert not rest


class TestBar:
    def verdict(self, *signals: Signal, **fields: str | int | bool | None) -> dict[str, bool]:
        merged: FieldValues = {**GOOD_FIELDS, **fields}
        found = mql_verdict(merged, scored(merged, *signals), DEFINITIONS)
        assert found.qualified is all(check.passed for check in found.checks)
        return {check.key: check.passed for check in found.checks}

    def test_over_the_bar(self) -> None:
        assert all(self.verdict(signal("contact_form", NOW)).values())

    def test_fit_alone_is_not_enough(self) -> None:
        verdict = self.verdict()
        assert not verdict["behaviour"]
        assert not verdict["score"]

    def test_behaviour_alone_is_not_enough(self) -> None:
        verdict = self.verdict(
            signal("demo_request", NOW),
            signal("trial_started", NOW),
            company_size=5,
            industry="public_sector",
            country="AQ",
        )
        assert not verdict["fit"]

    @pytest.mark.parametrize(
        ("check", "fields"),
        [
            ("competitor", {"company_domain": "RivalQueue.example"}),
            ("competitor", {"company_domain": "eu.rivalqueue.example"}),
            ("customer", {"is_customer": True}),
            ("personal_domain", {"email": "ada@gmail.com"}),
        ],
    )
    def test_exclusions(self, check: str, fields: dict[str, str | bool]) -> None:
        assert not self.verdict(signal("demo_request", NOW), **fields)[check]

    def test_a_lookalike_domain_is_not_the_domain(self) -> None:
        assert self.verdict(signal("demo_request", NOW), email="ada@notgmail.com")["personal_domain"]

    def test_icp_fit(self) -> None:
        assert icp_fit(GOOD_FIELDS, DEFINITIONS) == "strong"
        assert icp_fit({"company_size": 60}, DEFINITIONS) == "partial"
        assert icp_fit({}, DEFINITIONS) == "weak"


class TestFieldTests:
    def test_an_empty_field_passes_nothing(self) -> None:
        for test in (
            FieldTest(field="country", in_list="icp_countries"),
            FieldTest(field="country", not_in_list="icp_countries"),
            FieldTest(field="company_size", minimum=0),
        ):
            assert not passes(test, {}, DEFINITIONS)
            assert not passes(test, {test.field: ""}, DEFINITIONS)

    def test_truth_is_no_number(self) -> None:
        assert not passes(FieldTest(field="is_customer", equals=1), {"is_customer": True}, DEFINITIONS)
        assert not passes(FieldTest(field="company_size", minimum=0), {"company_size": True}, DEFINITIONS)

    @pytest.mark.parametrize(("size", "fits"), [(49, False), (50, True), (2000, True), (2001, False)])
    def test_bounds_are_inclusive(self, size: int, fits: bool) -> None:
        test = FieldTest(field="company_size", minimum=50, maximum=2000)
        assert passes(test, {"company_size": size}, DEFINITIONS) is fits


def test_tallies_keep_the_latest_moment() -> None:
    early, late = signal("webinar", NOW - timedelta(days=5)), signal("webinar", NOW)
    assert tally(tally((), [late]), [early]) == (SignalTally("webinar", 2, NOW),)

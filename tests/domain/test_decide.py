"""The rule book by example: what each decision needs, does and refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    EXAMPLE_VALUES,
    MAYA,
    NOW,
    OTTO,
    RAUL,
    RITA,
    acting,
    after,
    decision,
    mql,
    received,
    refusal,
    signal,
)

from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.adjudicate import adjudicate, as_seen, fold
from leadqueue.domain.decide import available, blocking_errors, decide, may_reach
from leadqueue.domain.decision import Already, Applied, Conflict, Decision, Refused
from leadqueue.domain.lead import Colleague, FieldValues, Lead
from leadqueue.domain.queue import section_of
from leadqueue.domain.timeline import timeline
from leadqueue.domain.touches import present_touches

LATER = NOW + timedelta(minutes=10)


def at_stage(stage: str) -> Lead:
    lead = mql()
    path: dict[str, list[str]] = {
        "mql": [],
        "sal": ["accept"],
        "sql": ["accept", "qualify"],
        "opportunity": ["accept", "qualify", "opportunity"],
        "won": ["accept", "qualify", "opportunity", "close"],
        "disqualified": ["reject"],
        "recycled": ["recycle"],
    }
    for kind in path[stage]:
        lead = after(lead, kind)
    return lead


class TestStages:
    def test_accept_makes_a_sal_with_date_rep_and_reason(self) -> None:
        lead = after(mql(), "accept")
        assert lead.stage == "sal"
        assert lead.fields["sal_date"] == "2026-11-23"
        assert lead.fields["assigned_rep"] == RITA.id
        assert lead.fields["acceptance_reason"] == "strong_fit"
        assert (lead.versions.sales, lead.versions.stage) == (1, mql().versions.stage + 1)

    def test_the_whole_way_to_won(self) -> None:
        lead = mql()
        for kind, stage in [
            ("accept", "sal"),
            ("touch", "sal"),
            ("qualify", "sql"),
            ("opportunity", "opportunity"),
            ("close", "won"),
        ]:
            lead = after(lead, kind)
            assert lead.stage == stage

    def test_lost_needs_a_reason_that_serves_lost_deals(self) -> None:
        lead = mql()
        for kind in ("accept", "qualify", "opportunity"):
            lead = after(lead, kind)
        assert refusal(lead, "close", {"outcome": "lost"}) == {"reason": "required"}
        assert refusal(lead, "close", {"outcome": "lost", "reason": "wrong_persona"}) == {
            "reason": "not_allowed"
        }
        lost = after(lead, "close", {"outcome": "lost", "reason": "competitor"})
        assert (lost.stage, lost.fields["reason"]) == ("lost", "competitor")

    @pytest.mark.parametrize("kind", ["qualify", "opportunity", "close", "reopen"])
    def test_a_lead_in_review_skips_no_stage(self, kind: str) -> None:
        assert refusal(mql(), kind, EXAMPLE_VALUES[DecisionKind(kind)]) == {"stage": "stage"}

    def test_recycle_sets_the_track_of_its_reason_and_the_date(self) -> None:
        lead = after(mql(), "recycle")
        assert lead.stage == "recycled"
        assert lead.fields["nurture_track"] == "revisit"
        assert lead.fields["revisit_on"] == "2027-03-01"
        assert lead.fields["recycled"] is True
        assert lead.rejections[-1].nurture == "revisit"

    def test_reject_records_what_was_known(self) -> None:
        before = mql()
        past = after(before, "reject", {"reason": "no_budget", "note": "Asked the CFO."}).rejections[-1]
        assert before.score is not None
        assert (past.reason, past.note, past.by_name) == ("no_budget", "Asked the CFO.", RITA.name)
        assert past.score == before.score.total
        assert past.fields["company_size"] == 240


class TestRequired:
    def test_nothing_goes_without_its_reason(self) -> None:
        for kind in ("reject", "recycle"):
            assert refusal(mql(), kind) == {"reason": "required"}
        assert refusal(mql(), "accept") == {"acceptance_reason": "required"}

    def test_blank_text_is_no_text(self) -> None:
        values = {**EXAMPLE_VALUES[DecisionKind.QUALIFY], "bant_need": "   "}
        assert refusal(after(mql(), "accept"), "qualify", values) == {"bant_need": "required"}

    def test_each_missing_field_is_named_at_once(self) -> None:
        lead = after(after(mql(), "accept"), "qualify")
        assert set(refusal(lead, "opportunity")) == {
            "next_step",
            "opportunity_stage",
            "amount",
            "currency",
            "close_date",
        }

    def test_not_interested_is_no_reason(self) -> None:
        outcome = decide(
            mql(), decision(mql(), "reject", {"reason": "not_interested"}), DEFINITIONS, acting(RITA), LATER
        )
        assert isinstance(outcome, Refused)
        assert outcome.errors[0].code in ("not_allowed", "owner")

    def test_the_nearest_allowed_value_is_named(self) -> None:
        lead = mql()
        outcome = decide(
            lead, decision(lead, "reject", {"reason": "No Budget"}), DEFINITIONS, acting(RITA), LATER
        )
        assert isinstance(outcome, Refused)
        assert "nearest allowed value is 'no_budget'" in outcome.errors[0].message

    def test_bad_timing_asks_when(self) -> None:
        assert refusal(mql(), "recycle", {"reason": "bad_timing"}) == {"revisit_on": "required"}
        past: FieldValues = {"reason": "bad_timing", "revisit_on": "2026-11-23"}
        assert refusal(mql(), "recycle", past) == {"revisit_on": "not_future"}
        assert refusal(mql(), "recycle", {**past, "revisit_on": "soon"}) == {"revisit_on": "type"}

    def test_already_in_pipeline_asks_for_the_deal(self) -> None:
        assert refusal(mql(), "reject", {"reason": "already_in_pipeline"}) == {
            "pipeline_reference": "required"
        }

    def test_unresponsive_asks_for_the_minimum_of_touches(self) -> None:
        lead = after(mql(), "accept")
        for minute in range(7):
            lead = after(lead, "touch", at=LATER + timedelta(minutes=minute))
        assert refusal(lead, "reject", {"reason": "unresponsive"}) == {"reason": "min_touches"}
        lead = after(lead, "touch", at=LATER + timedelta(minutes=9))
        assert after(lead, "reject", {"reason": "unresponsive"}).stage == "disqualified"

    def test_a_reason_serves_only_its_dispositions(self) -> None:
        assert refusal(mql(), "recycle", {"reason": "already_customer"}) == {"reason": "not_allowed"}
        assert (
            refusal(mql(), "reject", {"reason": "bad_timing", "revisit_on": "2027-03-01"})["reason"]
            == "not_allowed"
        )


class TestOwnership:
    def test_who_takes_a_lead_without_owner_brings_it_to_their_team(self) -> None:
        admin = Colleague("01900000-0000-7000-8000-00000000000e", "Ada Admin", Role.ADMIN, "UTC", "team-1")
        taken = after(mql(owner=None), "accept", by=admin)
        assert (taken.owner_id, taken.team_id) == (admin.id, "team-1")
        assert may_reach(taken, acting(MAYA))

    def test_only_the_owner_decides(self) -> None:
        assert refusal(mql(), "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT], by=RAUL) == {"owner": "owner"}
        assert refusal(mql(), "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT], by=OTTO) == {"owner": "owner"}

    def test_who_had_the_lead_before_is_told_who_gave_it_away_and_why(self) -> None:
        given = after(mql(), "reassign", {"assignee": RAUL.id, "why": "Rita\nis ill."}, by=MAYA)
        [error] = blocking_errors(given, DecisionKind.ACCEPT, DEFINITIONS, acting(RITA))
        assert error.message == (
            f"this lead belongs to {RAUL.name} since {MAYA.name} reassigned it (Rita is ill.); "
            "only its owner decides on it"
        )
        [error] = blocking_errors(mql(owner=RAUL), DecisionKind.ACCEPT, DEFINITIONS, acting(RITA))
        assert error.message == f"this lead belongs to {RAUL.name}; only its owner decides on it"

    def test_a_manager_decides_for_the_team_and_only_a_manager_reassigns(self) -> None:
        assert after(mql(), "accept", by=MAYA).stage == "sal"
        assert refusal(mql(), "reassign", EXAMPLE_VALUES[DecisionKind.REASSIGN]) == {"role": "role"}
        moved = after(mql(), "reassign", by=MAYA)
        assert (moved.owner_id, moved.owner_name, moved.owner_zone) == (RAUL.id, RAUL.name, RAUL.zone)

    def test_edit_writes_only_the_reps_fields(self) -> None:
        assert after(mql(), "edit").fields["phone"] == "+44 20 7946 0000"
        assert refusal(mql(), "edit", {"email": "other@engines.example"}) == {"email": "not_editable"}
        assert refusal(mql(), "edit", {"stage": "won"}) == {"stage": "unknown_field"}
        assert refusal(mql(), "edit", {"job_title": "Head of Operations"}) == {"values": "unchanged"}

    def test_edit_empties_a_field(self) -> None:
        lead = after(mql(), "edit")
        assert "phone" not in after(lead, "edit", {"phone": None}).fields

    def test_a_decision_writes_no_field_that_its_form_lacks(self) -> None:
        values: FieldValues = {"acceptance_reason": "strong_fit", "lead_score": 100}
        assert refusal(mql(), "accept", values) == {"lead_score": "not_editable"}

    def test_an_empty_stray_value_erases_nothing(self) -> None:
        lead = after(mql(), "accept", {"acceptance_reason": "strong_fit", "job_title": None})
        assert lead.fields["job_title"] == "Head of Operations"


class TestOverride:
    def test_reopen_needs_why_and_raises_an_alert(self) -> None:
        lead = after(mql(), "reject")
        assert refusal(lead, "reopen") == {"why": "required"}
        outcome = decide(
            lead, decision(lead, "reopen", {"why": "Wrong key pressed"}), DEFINITIONS, acting(RITA), LATER
        )
        assert isinstance(outcome, Applied)
        assert outcome.audit.override
        [alert] = outcome.alerts
        assert (alert.audience, alert.known_to) == ("manager", "")
        assert alert.message == (
            f"{RITA.name}: Wrong key pressed (Reopened, Disqualified to Marketing qualified)"
        )
        assert outcome.lead.stage == "mql"
        assert "reason" not in outcome.lead.fields
        [undone] = outcome.lead.rejections
        assert undone.undone_at == outcome.audit.at
        assert undone.returned_at is None

    def test_the_manager_of_the_lead_knows_what_they_did_themselves(self) -> None:
        lead = after(mql(), "reject")
        made = decision(lead, "reopen", {"why": "Wrong key pressed"})
        administrator = replace(acting(MAYA), role=Role.ADMIN)
        for who, known in ((acting(MAYA), MAYA.id), (administrator, "")):
            outcome = decide(lead, made, DEFINITIONS, who, LATER)
            assert isinstance(outcome, Applied)
            assert [alert.known_to for alert in outcome.alerts] == [known]

    def test_a_recycling_that_was_undone_is_no_return(self) -> None:
        touched = after(mql(signals=(signal("demo_request"), signal("webinar"))), "touch")
        lead = after(after(touched, "recycle"), "reopen", by=MAYA, at=NOW + timedelta(days=1))
        assert lead.stage == "mql"
        assert (lead.returned, lead.last_reason) == (False, "")
        assert section_of(lead, DEFINITIONS) == "review"
        assert len(present_touches(lead)) == 1
        told = [event.what for event in timeline(lead, DEFINITIONS).events]
        assert "Undone by an override" in told
        assert "Recycled: Bad timing" in told
        assert "Came back" not in told

    def test_one_that_is_recycled_again_and_comes_back_has_returned_once(self) -> None:
        lead = mql(signals=(signal("demo_request"), signal("webinar")))
        lead = after(after(lead, "recycle"), "reopen", by=MAYA, at=NOW + timedelta(days=1))
        lead = after(lead, "recycle", {"reason": "no_pain"}, at=NOW + timedelta(days=2))
        at = NOW + timedelta(days=3)
        back = received(existing=lead, signals=(signal("demo_request", at),), now=at).lead
        assert back is not None
        assert [past.returned_at for past in back.rejections] == [None, at]
        assert (back.returned_at, back.last_reason) == (at, "no_pain")
        undone_later = after(back, "accept", at=at + timedelta(hours=1))
        undone_later = after(undone_later, "reopen", by=MAYA, at=at + timedelta(hours=2))
        assert undone_later.returned_at == at

    def test_a_reopened_lead_gets_a_fresh_review_clock(self) -> None:
        lead = after(after(mql(), "reject"), "reopen", at=NOW + timedelta(days=1))
        review = [clock for clock in lead.clocks if clock.kind == "review" and clock.stopped_at is None]
        assert [clock.started_at for clock in review] == [NOW + timedelta(days=1)]


class TestTime:
    def test_a_decision_counts_from_when_it_was_made_offline(self) -> None:
        lead = after(mql(), "accept", at=LATER, now=NOW + timedelta(days=3))
        assert lead.stage_since == LATER

    def test_a_clock_that_runs_ahead_reaches_no_further_than_now(self) -> None:
        lead = after(mql(), "accept", at=NOW + timedelta(days=300), now=LATER)
        assert lead.stage_since == LATER
        assert lead.fields["sal_date"] == "2026-11-23"

    def test_a_clock_that_runs_behind_reaches_no_earlier_than_the_stage(self) -> None:
        assert after(mql(), "accept", at=NOW - timedelta(days=300)).stage_since == NOW


class TestAdjudication:
    def test_the_same_decision_from_another_device_is_already_done(self) -> None:
        start = mql()
        stands = after(start, "accept")
        second = decision(start, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
        assert isinstance(adjudicate(stands, second, DEFINITIONS, acting(RITA), LATER, DIRECTORY), Already)

    def test_another_outcome_first_is_a_conflict(self) -> None:
        start = mql()
        stands = after(start, "reject")
        second = decision(start, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
        verdict = adjudicate(stands, second, DEFINITIONS, acting(RITA), LATER, DIRECTORY)
        assert isinstance(verdict, Conflict)
        assert verdict.lead is stands

    def test_another_reason_first_is_a_conflict(self) -> None:
        start = mql()
        stands = after(start, "reject", {"reason": "no_pain"})
        second = decision(start, "reject", {"reason": "no_budget"})
        assert isinstance(adjudicate(stands, second, DEFINITIONS, acting(RITA), LATER), Conflict)

    def test_a_new_owner_makes_it_a_conflict(self) -> None:
        start = mql()
        stands = after(start, "reassign", by=MAYA)
        second = decision(start, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
        assert isinstance(adjudicate(stands, second, DEFINITIONS, acting(RITA), LATER), Conflict)

    def test_an_old_version_alone_refuses_nothing(self) -> None:
        start = mql()
        stands = after(start, "touch")
        second = decision(start, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
        assert isinstance(adjudicate(stands, second, DEFINITIONS, acting(RITA), LATER), Applied)

    def test_a_rescoring_never_conflicts(self) -> None:
        start = mql()
        stands = replace(start, versions=replace(start.versions, marketing=99))
        second = decision(start, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
        assert isinstance(adjudicate(stands, second, DEFINITIONS, acting(RITA), LATER), Applied)

    def test_fold_replays_in_order_and_names_what_no_longer_holds(self) -> None:
        start = mql()
        accept = decision(start, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
        touch = decision(start, "touch", EXAMPLE_VALUES[DecisionKind.TOUCH], expected_version=1)
        lead, void = fold(start, [accept, touch], DEFINITIONS, acting(RITA), LATER)
        assert (lead.stage, len(lead.touches), void) == ("sal", 1, ())
        lead, void = fold(after(start, "recycle"), [accept, touch], DEFINITIONS, acting(RITA), LATER)
        assert lead.stage == "recycled"
        assert [decided for decided, _ in void] == [accept, touch]


def looked_at(
    lead: Lead, kind: str, values: FieldValues | None = None, by: Colleague = RITA
) -> tuple[Decision, Lead]:
    """A decision of somebody who sees the lead as it is given, and the lead after it as they see it."""
    made = decision(lead, kind, EXAMPLE_VALUES[DecisionKind(kind)] if values is None else values)
    outcome = decide(lead, made, DEFINITIONS, acting(by), LATER, DIRECTORY)
    assert isinstance(outcome, Applied), outcome
    return as_seen(lead, outcome.lead, made, DEFINITIONS), outcome.lead


class TestUnseen:
    """A decision that is open as the lead stands, but would undo what its decider has not seen."""

    @pytest.mark.parametrize("kind", ["reject", "recycle"])
    def test_a_lead_that_others_moved_on_is_not_thrown_out_unseen(self, kind: str) -> None:
        start = mql()
        stands = after(after(start, "accept"), "qualify")
        made, _ = looked_at(start, kind)
        verdict = adjudicate(stands, made, DEFINITIONS, acting(RITA), LATER, DIRECTORY)
        assert isinstance(verdict, Conflict)
        label = DEFINITIONS.stages["sql"].label
        assert [error.message for error in verdict.errors] == [
            f"the lead was moved to {label} since this was decided"
        ]

    def test_who_does_not_move_the_lead_is_in_nobodys_way(self) -> None:
        start = mql()
        stands = after(start, "accept")
        for kind in ("note", "touch"):
            made, _ = looked_at(start, kind)
            assert isinstance(adjudicate(stands, made, DEFINITIONS, acting(RITA), LATER), Applied)

    def test_one_owner_after_the_other_is_given_by_those_who_see_it(self) -> None:
        start = mql()
        to_raul, stands = looked_at(start, "reassign", {"assignee": RAUL.id, "why": "Speaks Spanish."}, MAYA)
        to_maya, _ = looked_at(start, "reassign", {"assignee": MAYA.id, "why": "I take it."}, MAYA)
        verdict = adjudicate(stands, to_maya, DEFINITIONS, acting(MAYA), LATER, DIRECTORY)
        assert isinstance(verdict, Conflict)
        assert [error.field for error in verdict.errors] == ["owner"]
        seen, _ = looked_at(stands, "reassign", {"assignee": MAYA.id, "why": "I take it."}, MAYA)
        assert isinstance(adjudicate(stands, seen, DEFINITIONS, acting(MAYA), LATER, DIRECTORY), Applied)
        assert (to_raul.seen_owner, seen.seen_owner) == (RITA.id, RAUL.id)

    def test_a_value_is_not_written_over_unseen(self) -> None:
        start = mql()
        older, _ = looked_at(start, "edit", {"phone": "+49 111 22"})
        _, stands = looked_at(start, "edit", {"phone": "+49 999 00"})
        verdict = adjudicate(stands, older, DEFINITIONS, acting(RITA), LATER, DIRECTORY)
        assert isinstance(verdict, Conflict)
        assert [(error.field, error.code) for error in verdict.errors] == [("phone", "changed")]

    def test_other_values_are_in_nobodys_way(self) -> None:
        start = mql()
        older, _ = looked_at(start, "edit", {"phone": "+49 111 22"})
        _, stands = looked_at(start, "edit", {"linkedin_url": "https://example.com/in/ada"})
        assert isinstance(adjudicate(stands, older, DEFINITIONS, acting(RITA), LATER, DIRECTORY), Applied)

    def test_what_is_not_known_to_be_seen_holds_as_ever(self) -> None:
        """Decisions that a release before has stored or sent say nothing of what was seen."""
        start = mql()
        stands = after(after(start, "accept"), "qualify")
        made = decision(start, "reject", EXAMPLE_VALUES[DecisionKind.REJECT])
        assert isinstance(adjudicate(stands, made, DEFINITIONS, acting(RITA), LATER), Applied)

    @pytest.mark.parametrize("between", [None, "note", "touch"])
    def test_ones_own_decisions_follow_on_each_other(self, between: str | None) -> None:
        """Made one on the other while offline, with somebody else's that moves nothing in between or not."""
        seen, chain = mql(), []
        stands = seen
        decisions: list[tuple[str, FieldValues | None]] = [
            ("edit", {"phone": "+49 1"}),
            ("accept", None),
            ("edit", {"phone": "+49 2"}),
            ("qualify", None),
            ("edit", {"phone": ""}),
            ("recycle", None),
        ]
        for kind, values in decisions:
            made, seen = looked_at(seen, kind, values)
            chain.append(made)
        for made in chain:
            if between:
                stands = after(stands, between)
            verdict = adjudicate(stands, made, DEFINITIONS, acting(RITA), LATER, DIRECTORY)
            assert isinstance(verdict, Applied), (made, verdict)
            stands = verdict.lead
            again = adjudicate(stands, made, DEFINITIONS, acting(RITA), LATER, DIRECTORY)
            if made.kind is DecisionKind.EDIT:  # its answer was lost, and the replay meets its own effect
                assert not isinstance(again, Conflict)
        assert stands.stage == seen.stage


def test_available_offers_only_what_decide_lets_through() -> None:
    for stage in ("mql", "sal", "sql", "opportunity", "won", "disqualified", "recycled"):
        lead = at_stage(stage)
        for person in (RITA, MAYA, RAUL):
            offered = available(lead, DEFINITIONS, acting(person))
            for kind in DecisionKind:
                made = decision(lead, kind, EXAMPLE_VALUES[kind])
                outcome = decide(lead, made, DEFINITIONS, acting(person), LATER, DIRECTORY)
                blocked = isinstance(outcome, Refused) and outcome.errors[0].code in (
                    "stage",
                    "owner",
                    "role",
                )
                assert (kind not in offered) == blocked, (stage, person.name, kind)

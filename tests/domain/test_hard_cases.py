"""Cases that a hard look found: each of them once lost or bent something."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    EXAMPLE_VALUES,
    GOOD_FIELDS,
    MAYA,
    NOW,
    RAUL,
    RITA,
    acting,
    after,
    decision,
    mql,
    received,
    refusal,
)

from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.adjudicate import adjudicate
from leadqueue.domain.clocks import running
from leadqueue.domain.decide import blocking_errors
from leadqueue.domain.decision import Already, Conflict
from leadqueue.domain.handoff import ReceivedStatus
from leadqueue.domain.money import NotAnAmount, parse_amount

HOUR = timedelta(hours=1)


def test_a_same_decision_with_words_of_its_own_is_not_taken_for_done() -> None:
    lead = mql()
    accepted = after(lead, "accept")
    same = decision(lead, "accept", EXAMPLE_VALUES[DecisionKind.ACCEPT])
    assert isinstance(adjudicate(accepted, same, DEFINITIONS, acting(RITA), NOW + HOUR), Already)
    noted = replace(same, values={**same.values, "note": "Met her at the fair."})
    assert isinstance(adjudicate(accepted, noted, DEFINITIONS, acting(RITA), NOW + HOUR), Conflict)


def test_a_currency_is_not_changed_under_an_amount() -> None:
    lead = after(after(after(mql(), "accept"), "qualify"), "opportunity")
    assert refusal(lead, "edit", {"currency": "JPY"}) == {"amount": "required"}
    assert after(lead, "edit", {"currency": "JPY", "amount": 12_500}).fields["amount"] == 12_500


def test_the_evidence_of_earlier_stages_cannot_be_emptied() -> None:
    lead = after(after(after(mql(), "accept"), "qualify"), "opportunity")
    assert refusal(lead, "edit", {"bant_need": None}) == {"bant_need": "required"}


def test_a_date_is_judged_by_when_the_decision_counts() -> None:
    lead = mql()
    values = EXAMPLE_VALUES[DecisionKind.RECYCLE] | {"revisit_on": "2001-02-01"}
    assert refusal(lead, "recycle", values, at=NOW - timedelta(days=9000)) == {"revisit_on": "not_future"}


def test_a_lead_is_given_to_those_who_have_leads_and_to_somebody_else() -> None:
    lead = mql()
    ops = replace(RAUL, id=RAUL.id[:-1] + "f", role=Role.MARKETING_OPS)
    people = {**DIRECTORY, ops.id: ops}
    why = {"why": "On leave for a week."}
    outcome = adjudicate(
        lead, decision(lead, "reassign", {"assignee": ops.id, **why}), DEFINITIONS, acting(MAYA), NOW, people
    )
    assert {error.field for error in getattr(outcome, "errors", ())} == {"assignee"}
    assert refusal(lead, "reassign", {"assignee": RITA.id, **why}, by=MAYA) == {"assignee": "unchanged"}


def test_a_touch_that_is_logged_late_does_not_turn_the_clock_back() -> None:
    lead = after(mql(), "accept", at=NOW + HOUR)
    lead = after(lead, "touch", at=NOW + 10 * HOUR)
    late = after(lead, "touch", at=NOW + 2 * HOUR, now=NOW + 11 * HOUR)
    [clock] = [each for each in running(late) if each.kind == "next_touch"]
    assert clock.due_at == NOW + 58 * HOUR


def test_two_clocks_of_a_kind_never_start_at_the_same_moment() -> None:
    lead = after(mql(), "accept", at=NOW - HOUR)
    for _ in range(3):
        lead = after(lead, "note", at=NOW - HOUR, now=NOW + HOUR)
        lead = after(lead, "touch", at=NOW - HOUR, now=NOW + HOUR)
        keys = [(clock.kind, clock.started_at) for clock in lead.clocks]
        assert len(set(keys)) == len(keys)


def test_the_score_at_hand_over_is_computed_never_sent() -> None:
    outcome = received(fields={**GOOD_FIELDS, "lead_score": 99})
    assert outcome.status is ReceivedStatus.REFUSED
    assert {error.field for error in outcome.errors} == {"lead_score"}


def test_a_stage_that_the_definitions_know_no_more_is_told_and_never_a_crash() -> None:
    lead = replace(mql(), stage="archived")
    [error] = blocking_errors(lead, DecisionKind.ACCEPT, DEFINITIONS, acting(RITA))
    assert "archived" in error.message


@pytest.mark.parametrize("text", ["0,500", "00.5.0", "-0 123"])
def test_nobody_groups_thousands_behind_a_nought(text: str) -> None:
    with pytest.raises(NotAnAmount):
        parse_amount(text, "EUR")

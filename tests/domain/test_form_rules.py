"""What a form asks for, and what is wrong with what is in it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, DIRECTORY, EXAMPLE_VALUES, MAYA, NOW, RAUL, RITA, acting, after, mql

from leadqueue.definitions.model import DecisionKind, Definitions, FormField, Side
from leadqueue.domain.form_rules import (
    asked_fields,
    check_values,
    chosen_reason,
    editable_fields,
    edited_values,
    errors_over_several,
)
from leadqueue.domain.lead import FieldValues, Lead

TODAY = date(2026, 11, 23)


def asked(kind: str, values: FieldValues, definitions: Definitions = DEFINITIONS) -> dict[str, bool]:
    return {entry.field: entry.required for entry in asked_fields(DecisionKind(kind), values, definitions)}


def codes(kind: str, values: FieldValues, lead: Lead | None = None) -> dict[str, str]:
    errors = check_values(
        lead or mql(), DecisionKind(kind), values, DEFINITIONS, acting(MAYA), TODAY, DIRECTORY
    )
    return {error.field: error.code for error in errors}


class TestAsked:
    def test_a_plain_form(self) -> None:
        assert asked("accept", {}) == {"acceptance_reason": True, "note": False}

    def test_the_chosen_framework_stands_for_qualification(self) -> None:
        assert list(asked("qualify", {})) == [*DEFINITIONS.frameworks["bant"], "qualification_notes"]
        meddic = DEFINITIONS.model_copy(update={"qualification": "meddic"})
        assert list(asked("qualify", {}, meddic)) == [
            *DEFINITIONS.frameworks["meddic"],
            "qualification_notes",
        ]

    def test_the_chosen_reason_brings_its_fields_behind_it(self) -> None:
        assert list(asked("recycle", {"reason": "bad_timing"})) == ["reason", "revisit_on", "note"]
        assert asked("recycle", {"reason": "bad_timing"})["revisit_on"]
        assert list(asked("recycle", {"reason": "no_budget"})) == ["reason", "note"]

    def test_a_reason_that_does_not_serve_brings_nothing(self) -> None:
        assert list(asked("reject", {"reason": "bad_timing"})) == ["reason", "note"]
        assert list(asked("reject", {"reason": 7})) == ["reason", "note"]

    def test_conditions_follow_the_values(self) -> None:
        assert list(asked("close", {})) == ["outcome", "note"]
        assert list(asked("close", {"outcome": "won"})) == ["outcome", "win_reason", "note"]
        assert list(asked("close", {"outcome": "lost", "reason": "bad_timing"})) == [
            "outcome",
            "reason",
            "revisit_on",
            "note",
        ]

    def test_a_field_that_form_and_reason_both_ask_for_is_asked_once_and_required(self) -> None:
        reason = DEFINITIONS.reasons["competitor"].model_copy(update={"fields": ("note",)})
        changed = DEFINITIONS.model_copy(update={"reasons": {**DEFINITIONS.reasons, "competitor": reason}})
        fields = asked_fields(DecisionKind.REJECT, {"reason": "competitor"}, changed)
        assert fields == [FormField(field="reason", required=True), FormField(field="note", required=True)]
        missing = check_values(
            mql(), DecisionKind.REJECT, {"reason": "competitor"}, changed, acting(RITA), TODAY
        )
        assert [(error.field, error.code) for error in missing] == [("note", "required")]


def test_the_chosen_reason() -> None:
    spec = DEFINITIONS.decisions[DecisionKind.RECYCLE]
    found = chosen_reason(spec, {"reason": "bad_timing"}, DEFINITIONS)
    assert found is DEFINITIONS.reasons["bad_timing"]
    assert chosen_reason(spec, {"reason": "competitor"}, DEFINITIONS) is None
    assert chosen_reason(spec, {}, DEFINITIONS) is None
    assert (
        chosen_reason(DEFINITIONS.decisions[DecisionKind.NOTE], {"reason": "no_budget"}, DEFINITIONS) is None
    )


class TestEditable:
    def test_what_reps_own_and_nothing_else(self) -> None:
        fields = editable_fields(DecisionKind.EDIT, DEFINITIONS)
        assert {"phone", "job_title", "bant_budget", "amount"} <= set(fields)
        assert all(DEFINITIONS.fields[key].owner is Side.REP for key in fields)
        assert not {"note", "why", "meddic_pain", "email", "reason"} & set(fields)

    def test_other_decisions_edit_nothing(self) -> None:
        assert [kind for kind in DecisionKind if editable_fields(kind, DEFINITIONS)] == [DecisionKind.EDIT]


class TestCheck:
    @pytest.mark.parametrize("kind", [kind.value for kind in DecisionKind])
    def test_the_examples_hold(self, kind: str) -> None:
        assert codes(kind, EXAMPLE_VALUES[DecisionKind(kind)]) == {}

    @pytest.mark.parametrize(
        ("kind", "values", "expected"),
        [
            ("accept", {}, {"acceptance_reason": "required"}),
            ("accept", {"acceptance_reason": "  "}, {"acceptance_reason": "required"}),
            ("accept", {"acceptance_reason": "Strong_fit"}, {"acceptance_reason": "not_allowed"}),
            ("reject", {"reason": "bad_timing"}, {"reason": "not_allowed"}),
            ("reject", {"reason": "already_in_pipeline"}, {"pipeline_reference": "required"}),
            ("reject", {"reason": "unresponsive"}, {"reason": "min_touches"}),
            ("recycle", {"reason": "bad_timing", "revisit_on": "2026-11-23"}, {"revisit_on": "not_future"}),
            ("close", {"outcome": "won"}, {"win_reason": "required"}),
            (
                "close",
                {"outcome": "won", "win_reason": "price", "reason": "no_budget"},
                {"reason": "not_editable"},
            ),
            (
                "touch",
                {"touch_channel": "fax"},
                {"touch_channel": "not_allowed", "touch_outcome": "required"},
            ),
            ("note", {}, {"note": "required"}),
            ("reopen", {"why": "no"}, {"why": "too_short"}),
            ("accept", {"acceptance_reason": "strong_fit", "amount": 5}, {"amount": "not_editable"}),
            ("accept", {"acceptance_reason": "strong_fit", "amont": 5}, {"amont": "unknown_field"}),
            ("accept", {"acceptance_reason": "strong_fit", "amount": None, "zz": ""}, {}),
            ("edit", {}, {"values": "unchanged"}),
            ("edit", {"email": "x@y.example"}, {"email": "not_editable"}),
            ("edit", {"website": ""}, {"values": "unchanged"}),
        ],
    )
    def test_what_is_wrong(self, kind: str, values: FieldValues, expected: dict[str, str]) -> None:
        assert codes(kind, values) == expected

    def test_an_edit_that_changes_nothing(self) -> None:
        lead = mql(job_title="Head")
        assert codes("edit", {"job_title": "Head"}, lead) == {"values": "unchanged"}
        assert codes("edit", {"job_title": " Head ", "website": ""}, lead) == {"values": "unchanged"}
        assert codes("edit", {"job_title": "Head of it"}, lead) == {}

    def test_an_edit_may_not_empty_what_the_stage_requires(self) -> None:
        lead = after(after(mql(), "accept"), "qualify")
        assert codes("edit", {"bant_need": ""}, lead) == {"bant_need": "required"}
        assert codes("edit", {"job_title": ""}, lead) == {}

    def test_enough_touches_open_the_reason(self) -> None:
        lead = after(mql(), "accept")
        for number in range(7):
            lead = after(lead, "touch", at=NOW + timedelta(hours=number + 1))
        assert codes("recycle", {"reason": "unresponsive"}, lead) == {"reason": "min_touches"}
        lead = after(lead, "touch", at=NOW + timedelta(hours=9))
        assert codes("recycle", {"reason": "unresponsive"}, lead) == {}

    def test_a_required_picklist_says_what_can_be_chosen(self) -> None:
        [error] = check_values(mql(), DecisionKind.REJECT, {}, DEFINITIONS, acting(RITA), TODAY)
        assert "no_budget" in error.allowed
        assert "bad_timing" not in error.allowed

    def test_a_new_owner_is_a_colleague(self) -> None:
        assert codes("reassign", {"assignee": "nobody", "why": "on leave"}) == {"assignee": "not_allowed"}
        assert codes("reassign", {"assignee": RAUL.id, "why": "on leave"}) == {}


class TestAmounts:
    """An amount is digits and a currency; neither says anything without the other."""

    def test_another_currency_asks_for_the_amount_anew(self) -> None:
        lead = after(after(after(mql(), "accept"), "qualify"), "opportunity")
        amount = lead.fields["amount"]
        assert lead.fields["currency"] == "EUR"
        assert codes("edit", {"currency": "USD"}, lead) == {"amount": "required"}
        assert codes("edit", {"currency": "USD", "amount": amount}, lead) == {}

    @pytest.mark.parametrize(
        ("shown", "written"),
        [
            ({"currency": "EUR", "amount": 500}, {}),
            ({"currency": "USD", "amount": 500}, {"currency": "USD", "amount": 500}),
            ({"currency": "USD", "amount": 700}, {"currency": "USD", "amount": 700}),
            ({"currency": "EUR", "amount": 700}, {"amount": 700}),
            ({"currency": "USD", "amount": None}, {"currency": "USD", "amount": None}),
            ({"currency": "USD"}, {"currency": "USD"}),
            ({"currency": "EUR", "amount": 500, "job_title": "Head"}, {"job_title": "Head"}),
        ],
    )
    def test_an_amount_goes_with_its_currency(self, shown: FieldValues, written: FieldValues) -> None:
        assert edited_values(shown, {"currency": "EUR", "amount": 500}, DEFINITIONS) == written

    def test_a_currency_alone_brings_no_empty_amount_along(self) -> None:
        assert edited_values({"currency": "USD", "amount": None}, {"amount": None}, DEFINITIONS) == {
            "currency": "USD"
        }

    def test_over_several_leads_an_amount_needs_its_currency_beside_it(self) -> None:
        def over_several(kind: DecisionKind, values: FieldValues) -> list[tuple[str, str]]:
            return [(e.field, e.code) for e in errors_over_several(kind, values, DEFINITIONS)]

        assert over_several(DecisionKind.EDIT, {"amount": 500}) == [("currency", "required")]
        assert over_several(DecisionKind.EDIT, {"amount": 500, "currency": " "}) == [("currency", "required")]
        assert over_several(DecisionKind.EDIT, {"amount": 500, "currency": "USD"}) == []
        assert over_several(DecisionKind.EDIT, {"amount": None, "job_title": "Head"}) == []
        assert over_several(DecisionKind.OPPORTUNITY, {"amount": 500}) == []  # its form requires both
        [error] = errors_over_several(DecisionKind.EDIT, {"amount": 500}, DEFINITIONS)
        assert error.message.startswith("Currency must be given beside Amount")

    def test_a_decision_that_the_definitions_lack_has_no_such_errors(self) -> None:
        less = {k: v for k, v in DEFINITIONS.decisions.items() if k is not DecisionKind.EDIT}
        lacking = DEFINITIONS.model_copy(update={"decisions": less})
        assert errors_over_several(DecisionKind.EDIT, {"amount": 500}, lacking) == ()


VALUES = st.dictionaries(
    st.one_of(st.sampled_from(sorted(DEFINITIONS.fields)), st.text(max_size=10)),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=20),
        st.sampled_from(sorted(DEFINITIONS.reasons)),
    ),
    max_size=6,
)


@given(st.sampled_from(DecisionKind), VALUES)
def test_any_values_get_an_answer_in_words(kind: DecisionKind, values: FieldValues) -> None:
    for error in check_values(mql(), kind, values, DEFINITIONS, acting(MAYA), TODAY, DIRECTORY):
        assert error.message
        assert error.code
        assert error.field in values or error.field in DEFINITIONS.fields or error.field == "values"


@given(st.sampled_from(DecisionKind), VALUES)
def test_no_field_is_asked_for_twice(kind: DecisionKind, values: FieldValues) -> None:
    fields = [entry.field for entry in asked_fields(kind, values, DEFINITIONS)]
    assert len(fields) == len(set(fields))

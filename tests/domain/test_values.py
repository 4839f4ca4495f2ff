"""Values against the definitions, from text and back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, DIRECTORY, MAYA, RAUL, RITA

from leadqueue.definitions.model import Disposition, FieldType
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import FieldValue, FieldValues
from leadqueue.domain.values import (
    check_value,
    choices,
    is_empty,
    nearest,
    parse_text,
    parse_texts,
    show_value,
)

TODAY = date(2026, 11, 23)


def code(field: str, value: FieldValue, disposition: Disposition | None = None) -> str | None:
    error = check_value(field, value, DEFINITIONS, TODAY, disposition=disposition, directory=DIRECTORY)
    if error is None:
        return None
    assert error.field == field
    assert error.message
    return error.code


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada@engines.example"),
        ("email", "a.b+c@xn--bcher-kva.example"),
        ("email", "zoë@bücher.example"),
        ("company_domain", "engines.example"),
        ("company_domain", "bücher.example"),
        ("website", "https://engines.example/path?q=1"),
        ("phone", "+1 (555) 010-0000 ext 12"),
        ("company_size", 1),
        ("company_size", 10_000_000),
        ("amount", 1),
        ("is_customer", False),
        ("close_date", "2026-11-24"),
        ("sal_date", "2020-01-01"),
        ("industry", "software"),
        ("country", "DE"),
        ("reason", "no_budget"),
        ("nurture_track", "education"),
        ("assigned_rep", RITA.id),
        ("qualification_notes", "x" * 10),
        ("pipeline_reference", "D7"),
        ("city", ""),
        ("city", None),
        ("email", "   "),
    ],
)
def test_good_values(field: str, value: FieldValue) -> None:
    assert code(field, value) is None


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("email", "ada", "type"),
        ("email", "ada@engines", "type"),
        ("email", "ada@en gines.example", "type"),
        ("email", "ada@@engines.example", "type"),
        ("email", "ada@engines.example\n", "type"),
        ("email", "Ada <ada@engines.example>", "type"),
        ("email", "a" * 65 + "@engines.example", "type"),
        ("email", "a@" + "b" * 260 + ".example", "too_long"),
        ("email", 7, "type"),
        ("company_domain", "engines", "type"),
        ("company_domain", "https://engines.example", "type"),
        ("company_domain", "-engines.example", "type"),
        ("company_domain", "engines.example\n", "type"),
        ("website", "engines.example", "type"),
        ("website", "javascript:alert(1)", "type"),
        ("website", "https://", "type"),
        ("website", "https://[", "type"),
        ("phone", "call me", "type"),
        ("phone", "+1 555 0100\n", "type"),
        ("company_size", 0, "too_small"),
        ("company_size", 10_000_001, "too_large"),
        ("company_size", True, "type"),
        ("company_size", "12", "type"),
        ("amount", 0, "too_small"),
        ("annual_revenue", 2**53, "too_large"),
        ("is_customer", "yes", "type"),
        ("is_customer", 1, "type"),
        ("close_date", "2026-11-23", "not_future"),
        ("close_date", "2026-02-30", "type"),
        ("close_date", "20270101", "type"),
        ("close_date", "2027-W01-1", "type"),
        ("close_date", "tomorrow", "type"),
        ("industry", "Software", "not_allowed"),
        ("industry", "software ", "not_allowed"),
        ("industry", True, "type"),
        ("reason", "not_interested", "not_allowed"),
        ("assigned_rep", "somebody", "not_allowed"),
        ("qualification_notes", "too short", "too_short"),
        ("qualification_notes", "         x          ", "too_short"),
        ("campaign", "x" * 301, "too_long"),
        ("colour", "red", "unknown_field"),
    ],
)
def test_bad_values(field: str, value: FieldValue, expected: str) -> None:
    assert code(field, value) == expected


def test_a_refusal_names_the_nearest_allowed_value() -> None:
    error = check_value("industry", "Softwear", DEFINITIONS, TODAY)
    assert error is not None
    assert "'software'" in error.message
    assert error.allowed == tuple(DEFINITIONS.vocabularies["industry"].values)
    unknown = check_value("emial", "x", DEFINITIONS, TODAY)
    assert unknown is not None
    assert "did you mean 'email'" in unknown.message


def test_a_refusal_never_repeats_hostile_text_as_it_came() -> None:
    for field in ("industry", "close_date", "\x1b[31m"):
        error = check_value(field, "\x1b]0;x\x07" * 50, DEFINITIONS, TODAY)
        assert error is not None
        assert "\x1b" not in error.message
        assert len(error.message) < 200


def test_a_reason_must_serve_the_disposition() -> None:
    assert code("reason", "bad_timing", Disposition.RECYCLE) is None
    assert code("reason", "bad_timing", Disposition.REJECT) == "not_allowed"


def test_any_user_goes_where_the_colleagues_are_not_known() -> None:
    assert check_value("assigned_rep", "somebody", DEFINITIONS, TODAY) is None


def test_choices_come_in_the_order_of_the_definitions() -> None:
    assert choices("next_step", DEFINITIONS) == (
        ("demo", "Demo"),
        ("proposal", "Proposal"),
        ("trial", "Trial"),
    )
    rejecting = [key for key, _ in choices("reason", DEFINITIONS, Disposition.REJECT)]
    assert rejecting == [
        key for key, reason in DEFINITIONS.reasons.items() if Disposition.REJECT in reason.dispositions
    ]
    people = [name for _, name in choices("assignee", DEFINITIONS, directory=DIRECTORY)]
    assert people == sorted(people, key=str.casefold)
    assert {MAYA.name, RAUL.name, RITA.name} < set(people)
    assert choices("city", DEFINITIONS) == ()


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("city", "  Athens ", "Athens"),
        ("city", "   ", None),
        ("company_size", "1,200", 1200),
        ("company_size", "1 200", 1200),
        ("company_size", "-5", -5),
        ("annual_revenue", "1,234.50", 123_450),
        ("is_customer", "Yes", True),
        ("is_customer", "off", False),
        ("industry", "Financial services", "financial_services"),
        ("industry", "financial_services", "financial_services"),
        ("reason", "No budget", "no_budget"),
        ("nurture_track", "Education", "education"),
        ("company_domain", "Engines.EXAMPLE", "engines.example"),
        ("close_date", "2027-03-01", "2027-03-01"),
        ("no_such_field", " x ", "x"),
    ],
)
def test_from_text(field: str, text: str, value: FieldValue) -> None:
    assert parse_text(field, text, DEFINITIONS, {"revenue_currency": "EUR"}) == value


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("company_size", "many"),
        ("company_size", "1,5"),
        ("company_size", "1.5"),
        ("company_size", "12,34"),
        ("company_size", "9" * 5000),
        ("annual_revenue", "a lot"),
        ("annual_revenue", "9" * 5000),
        ("is_customer", "perhaps"),
    ],
)
def test_text_that_is_no_such_value(field: str, text: str) -> None:
    error = parse_text(field, text, DEFINITIONS)
    assert isinstance(error, FieldError)
    assert (error.field, error.code) == (field, "type")
    assert len(error.message) < 200


@pytest.mark.parametrize(
    ("texts", "amount"),
    [
        ({"annual_revenue": "5000000", "revenue_currency": "JPY"}, 5_000_000),
        ({"annual_revenue": "5000000", "revenue_currency": "Japanese yen"}, 5_000_000),
        ({"revenue_currency": "EUR", "annual_revenue": "5000000"}, 500_000_000),
        ({"annual_revenue": "5000000"}, 5_000_000),
        ({"annual_revenue": "5000000", "revenue_currency": ""}, 500_000_000),
    ],
)
def test_an_amount_is_read_in_the_currency_typed_beside_it_else_in_the_present_one(
    texts: dict[str, str], amount: int
) -> None:
    read = parse_texts(texts, DEFINITIONS, {"revenue_currency": "JPY"})
    assert read["annual_revenue"] == amount
    assert list(read) == list(texts)


def test_the_currency_beside_it_decides_on_the_digits_of_an_amount() -> None:
    assert parse_text("amount", "1,250", DEFINITIONS, {"currency": "JPY"}) == 1_250
    assert parse_text("amount", "1,250", DEFINITIONS, {"currency": "EUR"}) == 125_000


def test_a_day_in_words_is_read_where_it_is_known_what_day_it_is() -> None:
    assert parse_text("revisit_on", "in 3 months", DEFINITIONS, today=TODAY) == "2027-02-23"
    assert parse_text("revisit_on", "in 3 months", DEFINITIONS) == "in 3 months"
    wrong = parse_text("revisit_on", "3/4", DEFINITIONS, today=TODAY)
    assert isinstance(wrong, FieldError)
    assert (wrong.field, wrong.code) == ("revisit_on", "type")
    assert "could be read in two ways" in wrong.message


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("industry", "software", "Software"),
        ("industry", "gone_from_the_list", "gone_from_the_list"),
        ("reason", "no_budget", "No budget"),
        ("amount", 123_450, "1,234.50 EUR"),
        ("is_customer", True, "yes"),
        ("company_size", 240, "240"),
        ("assigned_rep", RITA.id, RITA.name),
        ("assigned_rep", "unknown", "unknown"),
        ("city", None, ""),
        ("city", "a\x1bb", "a\ufffdb"),
        ("message", "a\nb", "a\nb"),
        ("city", "a\nb", "a b"),
        ("no_such_field", "\x1bx", "\ufffdx"),
        ("no_such_field", False, "no"),
    ],
)
def test_shown_to_people(field: str, value: FieldValue, shown: str) -> None:
    values: FieldValues = {"currency": "EUR"}
    assert show_value(field, value, DEFINITIONS, values, DIRECTORY) == shown


def test_empty_is_empty() -> None:
    assert all(is_empty(value) for value in (None, "", " \t\n"))
    assert not any(is_empty(value) for value in (0, False, "0"))


def test_nearest_knows_labels_with_spaces_and_dashes() -> None:
    assert nearest("Financial Services", ["financial_services", "software"]) == "financial_services"
    assert nearest("c-level", ["c_level", "vp"]) == "c_level"
    assert nearest("E-Mail", ["Email", "E-mail"]) == "E-mail"
    assert nearest("zzz", ["c_level", "vp"]) is None
    assert nearest("", []) is None


ANY_VALUE = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.text(max_size=40))


@given(st.sampled_from(sorted(DEFINITIONS.fields)), ANY_VALUE)
def test_any_value_is_fine_or_told_in_words(field: str, value: FieldValue) -> None:
    error = check_value(field, value, DEFINITIONS, TODAY, directory=DIRECTORY)
    if error is not None:
        assert (error.field, bool(error.message)) == (field, True)
        assert not is_empty(value)
    assert isinstance(show_value(field, value, DEFINITIONS, directory=DIRECTORY), str)


@given(st.sampled_from(sorted(DEFINITIONS.fields)), st.text(max_size=40))
def test_any_text_is_a_value_or_told_in_words(field: str, text: str) -> None:
    value = parse_text(field, text, DEFINITIONS)
    if isinstance(value, FieldError):
        assert value.message
    else:
        check_value(field, value, DEFINITIONS, TODAY, directory=DIRECTORY)


@given(st.data())
def test_every_choice_passes_its_own_check_by_key_and_by_label(data: st.DataObject) -> None:
    picklists = [
        key
        for key, spec in DEFINITIONS.fields.items()
        if spec.type in (FieldType.CHOICE, FieldType.REASON, FieldType.NURTURE)
    ]
    field = data.draw(st.sampled_from(picklists))
    key, label = data.draw(st.sampled_from(choices(field, DEFINITIONS)))
    assert check_value(field, key, DEFINITIONS, TODAY) is None
    assert parse_text(field, label, DEFINITIONS) == key
    assert show_value(field, key, DEFINITIONS) == label


def test_nearest_takes_a_likely_whole_before_an_unlikely_part() -> None:
    assert nearest("fone", DEFINITIONS.fields) == "phone"
    assert nearest("stage", DEFINITIONS.fields) == "opportunity_stage"
    assert nearest("budget", DEFINITIONS.fields) == "bant_budget"
    assert nearest("tel", DEFINITIONS.fields) is None

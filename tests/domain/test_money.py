"""Amounts in minor units."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS

from leadqueue.domain.money import MINOR_DIGITS, NotAnAmount, minor_digits, parse_amount, show_amount

CURRENCIES = sorted({*DEFINITIONS.vocabularies["currency"].values, *MINOR_DIGITS})


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12500", "EUR", 1_250_000),
        ("1,234.50", "EUR", 123_450),
        ("1.234,50", "EUR", 123_450),
        ("1 234,50", "EUR", 123_450),
        ("1\u202f234,50 EUR", "EUR", 123_450),
        ("EUR 1'234.50", "EUR", 123_450),
        ("12,500", "USD", 1_250_000),
        ("12,5", "USD", 1_250),
        ("1,234,567", "USD", 123_456_700),
        ("1.234.567", "EUR", 123_456_700),
        ("12,34,567.89", "INR", 123_456_789),
        ("0.07", "USD", 7),
        ("-5", "USD", -500),
        ("-0.50", "USD", -50),
        ("+5", "USD", 500),
        ("1,250", "JPY", 1_250),
        ("1.234", "KWD", 1_234),
        ("1,234.5", "KWD", 1_234_500),
        ("7", "", 700),
    ],
)
def test_what_people_write(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"), ("EUR", "EUR"), ("twelve", "EUR"), ("1e5", "EUR"), ("12.500", "EUR"), ("1.5", "JPY"),
        ("1,5", "JPY"), ("1.2.3", "EUR"), ("1,2,3", "EUR"), ("1,234.567,89", "EUR"), ("1..5", "EUR"),
        ("5.", "EUR"), (".5", "EUR"), ("5-", "EUR"), ("--5", "EUR"), ("$5", "USD"), ("5 USD", "EUR"),
        ("9" * 5000, "EUR"), ("12,3456", "EUR"), ("NaN", "EUR"), ("inf", "EUR"),
    ],
)  # fmt: skip
def test_what_could_mean_two_things_or_none_is_refused(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount, match=r"no amount|decimal digits"):
        parse_amount(text, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (123_450, "EUR", "1,234.50 EUR"),
        (-7, "USD", "-0.07 USD"),
        (1_250, "JPY", "1,250 JPY"),
        (5, "KWD", "0.005 KWD"),
        (700, "", "7.00"),
    ],
)
def test_how_it_is_shown(minor: int, currency: str, shown: str) -> None:
    assert show_amount(minor, currency) == shown


@given(st.integers(-(2**53), 2**53), st.sampled_from(CURRENCIES))
def test_what_is_shown_can_be_typed_in_again(minor: int, currency: str) -> None:
    assert parse_amount(show_amount(minor, currency), currency) == minor


@given(st.text(max_size=30), st.sampled_from(CURRENCIES))
@example("1" + "0" * 28, "AED")
def test_any_text_is_an_amount_or_refused(text: str, currency: str) -> None:
    try:
        amount = parse_amount(text, currency)
    except NotAnAmount:
        return
    assert parse_amount(show_amount(amount, currency), currency) == amount


def test_digits_after_the_point() -> None:
    assert [minor_digits(code) for code in ("EUR", "JPY", "KWD")] == [2, 0, 3]

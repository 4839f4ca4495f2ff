"""Whether a list holds a domain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadqueue.domain.lists import domain_on

TEXT = st.text("aB.@", max_size=8)


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("mail.example", True),
        ("Ada@MAIL.example.", True),
        ("one.two.mail.example", True),
        ("mymail.example", False),
        ("example", False),
        ("mail.example.com", False),
        ("", False),
    ],
)
def test_a_domain_is_held_with_all_that_are_under_it(address: str, held: bool) -> None:
    assert domain_on(address, ("other.example", "mail.example")) is held


@given(TEXT, st.lists(st.text("ab.", min_size=1, max_size=4).filter(lambda entry: not entry.endswith("."))))
def test_it_is_one_of_the_entries_or_ends_with_a_dot_and_one(address: str, entries: list[str]) -> None:
    domain = address.rpartition("@")[2].casefold().rstrip(".")
    assert domain_on(address, entries) is any(
        domain == entry or domain.endswith(f".{entry}") for entry in entries
    )

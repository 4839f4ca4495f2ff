"""The proof that two copies are equal."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from leadqueue.domain.digest import scope_digest
from leadqueue.domain.lead import Versions

VERSIONS = st.builds(
    Versions, st.integers(0, 999), st.integers(0, 999), st.integers(0, 999), st.integers(0, 999)
)
ROWS = st.dictionaries(st.uuids().map(str), VERSIONS, max_size=12).map(lambda rows: sorted(rows.items()))
Rows = list[tuple[str, Versions]]


def test_the_form_is_fixed_because_servers_and_clients_of_many_versions_share_it() -> None:
    line = "01930000-0000-7000-8000-000000000001:1:2:3:4\n"
    assert scope_digest([("01930000-0000-7000-8000-000000000001", Versions(1, 2, 3, 4))]) == (
        1,
        hashlib.sha256(line.encode()).hexdigest(),
    )
    assert scope_digest([]) == (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


@given(ROWS)
def test_it_reads_its_rows_once(rows: Rows) -> None:
    assert scope_digest(iter(rows)) == scope_digest(rows)


@given(ROWS, ROWS)
def test_equal_copies_and_only_these_have_equal_digests(one: Rows, other: Rows) -> None:
    assert (scope_digest(one) == scope_digest(other)) == (one == other)


@given(ROWS.filter(bool), st.data())
def test_one_version_off_shows(rows: Rows, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    part = data.draw(st.integers(0, 3))
    lead_id, was = rows[place]
    numbers = [was.marketing, was.crm, was.sales, was.stage]
    numbers[part] += 1
    changed = [*rows[:place], (lead_id, Versions(*numbers)), *rows[place + 1 :]]
    assert scope_digest(changed) != scope_digest(rows)
    assert scope_digest(rows[:place] + rows[place + 1 :]) != scope_digest(rows)

"""Writers side by side on PostgreSQL, and readers that follow the feed; `make feed-race` runs it for long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests import postgres
from tests.feed_race import Race, Variant, run


@pytest.fixture
def shared() -> Iterator[str]:
    with postgres.fresh_database() as address:
        yield address


def test_no_reader_misses_a_commit_or_sees_one_twice(shared: str) -> None:
    outcome = run(Race(commits=600, slow_s=0.02), shared)
    assert outcome.clean, str(outcome)
    assert outcome.rolled_back > 10
    assert outcome.rows > 600


@pytest.mark.parametrize("variant", [Variant.EARLY, Variant.UNLOCKED])
def test_the_race_catches_numbers_that_are_taken_wrongly(shared: str, variant: Variant) -> None:
    outcome = run(Race(commits=600, slow_s=0.02, variant=variant), shared)
    assert outcome.missed > 0, str(outcome)

"""The simulator can fail: each of these wrong programs breaks an invariant in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.endurance import STALE
from tests.faults.hunting import hunt, recorded
from tests.faults.mutants import LIMIT, MUTANTS
from tests.faults.mutating import Mutant, StaleMutant, mutated, swap
from tests.faults.schedule import Stage

from leadqueue.sync import backoff
from leadqueue.sync.push import Push


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_breaks_an_invariant_that_the_program_keeps(
    stage: Stage, name: str, record_property: Callable[[str, object], None]
) -> None:
    """The schedule that killed it last comes first; where that one does not any more, the hunt begins anew,
    which is slow, and the run says so."""
    last = recorded().get(name, 1)
    kill = hunt(stage, name, [last, *range(1, LIMIT + 1)])
    assert not kill.broken
    assert kill.seed, f"lives after {LIMIT} schedules"
    if kill.seed != last:
        record_property(STALE, f"{name}: {kill.seed}, not {last}")
    assert stage.play(kill.seed).wrongs == []


def test_the_documentation_lists_every_mutant() -> None:
    assert list(recorded()) == list(MUTANTS), "write the table anew: make faults-mutants"
    assert len(MUTANTS) >= 25
    assert max(recorded().values()) <= LIMIT


def test_a_mutant_of_code_that_is_gone_fails() -> None:
    for place, old in (
        ("leadqueue.sync.push:Push._send", "this is not in it"),
        ("leadqueue.sync.push:Push._send", "self"),
        ("leadqueue.sync.push:Push.no_such_method", "self"),
        ("leadqueue.sync.push:_NO_SUCH_CONSTANT", "self"),
    ):
        with pytest.raises(StaleMutant), mutated(Mutant("stale", "", swap(place, old, "other"))):
            pytest.fail("it runs")


def test_the_right_code_is_back_afterwards() -> None:
    before, constant = Push._choose.__code__, backoff.FIRST_S
    edits = {
        **swap("leadqueue.sync.push:Push._choose", "now = self._now()", "now = self._now() + _FAR"),
        **swap("leadqueue.sync.backoff:FIRST_S", "1.0", "2.0"),
    }
    with mutated(Mutant("shown", "", edits)):
        assert Push._choose.__code__ is not before
        assert backoff.FIRST_S == 2.0
    assert Push._choose.__code__ is before
    assert constant == backoff.FIRST_S

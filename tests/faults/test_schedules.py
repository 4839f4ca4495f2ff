"""Thousands of runs of bad luck, a few on every machine that runs the tests; `make faults` plays more."""

from __future__ import annotations

import pytest
from tests import endurance
from tests.faults.runner import play_seeds, told
from tests.faults.schedule import Stage

SCHEDULES = 3000
PART = 50
"""Seeds of one test: small enough to be spread evenly over the processes."""


@pytest.mark.parametrize("first", range(1, SCHEDULES + 1, PART))
def test_every_invariant_holds(stage: Stage, first: int) -> None:
    if endurance.too_late():
        pytest.skip(endurance.TOO_LATE)
    played = play_seeds(stage, range(first, first + PART))
    assert not played.failed, "\n".join(told(seed, wrongs) for seed, wrongs in played.failed)


ONCE_FAILED = {
    200712: "an answered decision vanished between two pages of one pull",
    319692: "a device that came back a month after a restore offered nothing",
    641182: "a server restored between greeting and push took the later decision first",
    846529: "a row stayed marked as unsent once its decision was told again to be applied",
    805646: "a row stayed marked as unsent after its decision was offered again and answered at once",
    830066: "the witness was not told of a re-send that was stored just before the program ended",
}


@pytest.mark.parametrize("seed", ONCE_FAILED)
def test_what_failed_once_holds(stage: Stage, seed: int) -> None:
    result = stage.play(seed)
    assert not result.wrongs, told(seed, result.wrongs)


def test_a_seed_gives_one_trace(stage: Stage) -> None:
    first, second = stage.play(7), stage.play(7)
    assert first.trace == second.trace
    assert len(first.trace) > 10


KINDS = {"client", "event", "ledger", "network"}
DEATHS = {"client killed after commit", "client killed at an await", "client killed from outside"}


def test_bad_luck_of_every_kind_comes_to_pass(stage: Stage) -> None:
    """A fault that no schedule ever meets proves nothing."""
    met: set[str] = set()
    for seed in range(5001, 5101):
        met.update(stage.play(seed).met)
        kinds = {what.split(":")[0].split(" ")[0] for what in met}
        if kinds >= KINDS and met >= DEATHS:
            break
    assert kinds == KINDS
    assert met >= DEATHS

"""The collector makes its full rounds while nobody is at the keys."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import pytest

from leadqueue.tui.collecting import REST_S, RestCollector


@dataclass
class Clock:
    at: float = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Full rounds that were made; one is due from the start."""
    made: list[int] = []
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 10))
    monkeypatch.setattr(gc, "collect", lambda: made.append(2))
    return made


def test_nobody_at_the_keys(rounds: list[int]) -> None:
    clock = Clock()
    collector = RestCollector(clock)
    collector.pressed()
    clock.at += REST_S
    collector.look()
    assert rounds == [2]


def test_somebody_is(rounds: list[int]) -> None:
    clock = Clock()
    collector = RestCollector(clock)
    for _ in range(20):
        collector.pressed()
        clock.at += REST_S / 2
        collector.look()
    assert rounds == []


def test_none_is_due(rounds: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    collector = RestCollector(clock)
    clock.at += 60
    monkeypatch.setattr(gc, "get_count", lambda: (0, 0, 9))
    collector.look()
    assert rounds == []


def test_it_takes_over_and_passes_over_what_is_there() -> None:
    before, frozen, enabled = gc.get_threshold(), gc.get_freeze_count(), gc.isenabled()
    try:
        gc.disable()
        RestCollector(Clock()).take_over()
        assert gc.isenabled()
        assert gc.get_threshold()[:2] == before[:2]
        if before[2]:  # some versions of Python make no full rounds
            assert gc.get_threshold()[2] > before[2]
        assert gc.get_freeze_count() >= frozen
    finally:
        gc.set_threshold(*before)
        if not enabled:
            gc.disable()

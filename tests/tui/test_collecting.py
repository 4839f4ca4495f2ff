"""The collector makes its full rounds while nobody is at the keys."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass

import pytest
from tests.tui.doubles import app_over, busy_desk
from tests.tui.test_home import SIZE, settled
from textual._styles_cache import StylesCache

from leadqueue.tui.collecting import REST_S, RestCollector
from leadqueue.tui.screens import deciding
from leadqueue.tui.widgets.decision_form import DecisionForm
from leadqueue.tui.widgets.form_fields.texts import Area, Line

WIDGETS_OF_A_FORM = 60
OF_THE_LAST = 2
"""Widgets of a kind that what was done last may still hold."""


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


@pytest.mark.parametrize("key", ["a", "e", "r"])
async def test_what_is_left_of_forms_that_are_gone_is_let_go(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "READY_AFTER_S", 60)  # none made ahead is counted among them
    async with app_over(busy_desk()).run_test(size=SIZE) as pilot:
        home = await settled(pilot)
        clock = Clock()
        collector = RestCollector(clock)

        async def kept_after(forms: int) -> Counter[type]:
            for _ in range(forms):
                await pilot.press(key, "escape")
                await pilot.pause()
            clock.at += REST_S
            await home._ready_forms.take_down()  # as it is done at a rest
            with pytest.MonkeyPatch.context() as due:
                due.setattr(gc, "get_count", lambda: (0, 0, 10))
                collector.look()
            kinds = (StylesCache, Area, Line, DecisionForm)
            return Counter(type(each) for each in gc.get_objects() if isinstance(each, kinds))

        few = await kept_after(3)
        more = await kept_after(12) - few
        assert max(more.values(), default=0) < WIDGETS_OF_A_FORM
        assert max(more[kind] for kind in (Area, Line, DecisionForm)) <= OF_THE_LAST

"""The same system as in the schedules, played by hypothesis: what fails is shrunk to its shortest run."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Coroutine, Sequence
from contextlib import ExitStack
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.faults.network import FAULTS, Weather
from tests.faults.schedule import EVENTS, Cast, Event, Schedule, Stage, remembered
from tests.faults.virtual import VirtualLoop, no_threads

from leadqueue.cache.outbox import Outbox

_CHANCES = st.integers(0, 2**32).map(random.Random)
_LONGEST_EVENT_S = 300.0


class _Scene(Schedule):
    """A schedule whose course comes from outside."""

    cast = Cast(("rita",), None)

    def _cast(self) -> Cast:
        return self.cast


class Company(RuleBasedStateMachine):
    """Reps decide and sync while a hypothesis of bad luck is drawn step by step."""

    stage: Stage
    opened = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = self.stage.fresh_folder()
        self.scene = _Scene(1, self.folder, self.stage.template)
        self.holds = ExitStack()
        self.holds.enter_context(self.scene.disk.watched())
        self.holds.enter_context(remembered())
        self.holds.enter_context(no_threads())
        self.clock = VirtualLoop()

    def _run(self, work: Coroutine[object, object, None]) -> None:
        self.clock.run_until_complete(work)

    @initialize(
        users=st.sampled_from((("rita",), ("rita", "rita"), ("rita", "raul"), ("rita", "maya"))),
        second=st.sampled_from((None, "raul")),
    )
    def open(self, users: tuple[str, ...], second: str | None) -> None:
        self.scene.cast = Cast(users, second)
        self._run(self._open())
        self.opened = True

    async def _open(self) -> None:
        self.scene.set_the_scene()

    @rule(which=st.integers(0, 1), chance=_CHANCES)
    def a_rep_acts(self, which: int, chance: random.Random) -> None:
        device = self.scene.devices[which % len(self.scene.devices)]
        device.rng = chance
        self._run(self._act(which))

    async def _act(self, which: int) -> None:
        self.scene.devices[which % len(self.scene.devices)].act()

    @rule(which=st.integers(0, 1), chance=_CHANCES)
    def a_rep_decides_in_a_storm(self, which: int, chance: random.Random) -> None:
        self.scene.network.weather = Weather(1.0, (chance.choice(FAULTS),))
        self.a_rep_acts(which, chance)
        self.time_passes(3.0)

    @rule(event=st.sampled_from(EVENTS), chance=_CHANCES)
    def bad_luck(self, event: Event, chance: random.Random) -> None:
        self.scene.rng = chance
        self._run(asyncio.wait_for(event(self.scene), _LONGEST_EVENT_S))

    @rule(rate=st.sampled_from((0.0, 0.3, 1.0)), fault=st.sampled_from(FAULTS))
    def the_network_changes(self, rate: float, fault: str) -> None:
        self.scene.network.weather = Weather(rate, (fault,), poison=self.scene.network.weather.poison)

    @rule(seconds=st.sampled_from((0.05, 0.4, 3.0, 20.0)))
    def time_passes(self, seconds: float) -> None:
        self._run(asyncio.sleep(seconds))

    @precondition(lambda self: not self.scene.site.down)
    @rule()
    def the_server_sweeps(self) -> None:
        self._run(self._sweep())

    async def _sweep(self) -> None:
        self.scene.site.sweep()

    @invariant()
    def nothing_was_said_that_was_not_kept(self) -> None:
        assert self.scene.wrongs == []

    def teardown(self) -> None:
        try:
            if self.opened:
                self._run(self.scene.end())
                assert self.scene.wrongs == [], "\n".join(self.scene.trace)
        finally:
            self.clock.end()
            self.holds.close()
            shutil.rmtree(self.folder)


def _played(stage: Stage, examples: int, *phases: Phase) -> None:
    Company.stage = stage
    chosen = settings(
        max_examples=examples,
        stateful_step_count=16,
        deadline=None,
        derandomize=True,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Company, settings=chosen)


def test_hypothesis_finds_no_way_to_break_a_promise(stage: Stage) -> None:
    _played(stage, 40, Phase.generate, Phase.shrink)


def test_it_finds_a_decision_that_is_dropped_where_it_should_be_held(stage: Stage) -> None:
    def drop(outbox: Outbox, ids: Sequence[str], _trouble: str) -> None:
        with outbox._write() as connection:
            connection.executemany("DELETE FROM decision WHERE id = ?", [(each,) for each in ids])

    fault = patch(f"{__name__}.FAULTS", ("403",))  # what leads there, without a long search
    found = pytest.raises(AssertionError, match=r"is nowhere|vanished")
    with fault, patch.object(Outbox, "hold", drop), found:
        _played(stage, 400, Phase.generate)  # it ends with the first one that fails

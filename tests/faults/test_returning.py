"""Leads that engage while they are recycled, in the same bad luck as all others: each comes back once."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import httpx
import pytest
from tests.faults.device import Device
from tests.faults.schedule import Schedule, Stage
from tests.faults.site import loop_time

from leadqueue.cache.desk import Desk
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import FieldValues

SCHEDULES = 100
PART = 50


class Recycler(Device):
    """A rep who recycles most of what comes, often for a day or two."""

    def _decide(self, desk: Desk) -> None:
        leads = [each for each in self._choices(desk) if DecisionKind.RECYCLE in desk.available(each)]
        if not leads or self.rng.random() < 0.25:
            super()._decide(desk)
            return
        day = self.now().date() + timedelta(days=self.rng.randint(1, 2))
        values: FieldValues = {"reason": "no_budget"}
        if self.rng.random() < 0.7:
            values = {"reason": "bad_timing", "revisit_on": day.isoformat()}
        self.remember(desk.decide(self.rng.choice(leads), DecisionKind.RECYCLE, values))


class Returning(Schedule):
    makes = Recycler

    async def _bad_luck(self, length: float) -> None:
        await asyncio.gather(super()._bad_luck(length), self._engagement(length), self._days(length))

    async def _engagement(self, length: float) -> None:
        for at in sorted(self.rng.uniform(0.0, length) for _ in range(8)):
            await asyncio.sleep(max(at - loop_time(), 0.0))
            source = self.rng.choice(self.template.sources[:4])  # Rita's
            kind = self.rng.choice(("contact_form", "contact_form", "webinar", "demo_request"))
            try:
                answered = await self.site.engage(source, kind)
            except httpx.HTTPError:
                continue
            self.say(f"{source} engages by {kind}: {answered.status}")

    async def _days(self, length: float) -> None:
        for at in (*sorted(self.rng.uniform(0.0, length) for _ in range(2)), length, length):
            await asyncio.sleep(max(at - loop_time(), 0.0))
            self.site.offset += timedelta(days=1)
            self.say("a day passes")
            self.witness.clock_moved()


@pytest.mark.parametrize("first", range(1, SCHEDULES + 1, PART))
def test_every_lead_that_may_come_back_does_once(stage: Stage, first: int) -> None:
    met: Counter[str] = Counter()
    for seed in range(first, first + PART):
        result = Returning(seed, stage.fresh_folder(), stage.template).play()
        assert result.wrongs == [], f"seed {seed}: {result.wrongs[:3]}"
        met += result.met
    assert met["event: a recycled lead came back by itself"] > 0

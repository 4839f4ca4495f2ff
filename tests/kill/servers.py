"""Kills of the server, under clients that decide."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from tests.kill.proxy import Step
from tests.kill.scene import Scene
from tests.kill.spread import Kill, server_was
from tests.kill.trip import Moment, Trip, after_delay, at_file, at_step

WAL = "crm.db-wal"
START_S = 1.0
"""About how long a server takes to get ready."""


class Servers:
    """Kills the scene's server, and starts it again."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def strike(self) -> None:
        scene = self._scene
        if not scene.plan.steps and scene.rng.random() < 0.1:
            self._dies_starting()
            return
        at_work = scene.rng.sample(scene.devices, 2)
        for device in at_work:
            scene.read_first(device)
        loops = [device.running() for device in at_work]
        for loop in loops:
            scene.wait(loop.quiet)
        trip = scene.server_trip = Trip(self._moment(), [device.proxy for device in scene.devices])
        trip.aim(scene.server.pid)
        for device, loop in zip(at_work, loops, strict=True):
            for _ in range(scene.rng.randint(2, 6)):
                loop.tell(*device.wish(scene.rng, scene.leads))
        scene.wait(lambda: trip.sprung.is_set() or all(loop.quiet() for loop in loops))
        trip.spring()
        self._is_dead(trip)
        for loop in loops:
            scene.wait(loop.quiet)

    def _dies_starting(self) -> None:
        scene = self._scene
        for device in scene.devices:
            device.rest()
        scene.server.stop()
        trip = Trip(after_delay(scene.rng, START_S), [])
        trip.aim(scene.server.spawn(scene.server.port))
        scene.wait(trip.sprung.is_set)
        self._is_dead(trip, "starting")

    def _moment(self) -> Moment:
        rng, steps = self._scene.rng, self._scene.plan.steps
        if steps:
            return at_step(rng, rng.choice(steps), nth=1)
        moments = (
            at_step(rng, rng.choice(list(Step))),
            at_step(rng, Step.SENT),
            at_step(rng, rng.choice(list(Step)), reads=True),
            at_file(rng, WAL, 12),
            after_delay(rng, 0.3),
        )
        return rng.choices(moments, (4, 3, 1, 5, 1))[0]

    def _is_dead(self, trip: Trip, during: str = "") -> None:
        scene = self._scene
        trip.disarm()
        scene.server_trip = None
        scene.server.kill()
        if not during:
            asked = {each for call, _ in trip.seen if call.decides for each in call.ids}
            during = server_was(trip.seen, self._in_ledger(asked))
        scene.kills.append(Kill("server", trip.moment.word, during))
        scene.server.start()
        for device in scene.devices:
            if device.loop is not None:
                device.loop.now()

    def _in_ledger(self, ids: set[str]) -> set[str]:
        """Those that the server had committed; by a copy of its file, which the server mends itself."""
        with tempfile.TemporaryDirectory() as folder:
            for each in self._scene.server.folder.glob("crm.db*"):
                shutil.copy(each, folder)
            with closing(sqlite3.connect(Path(folder) / "crm.db")) as copy:
                return ids & {str(row[0]) for row in copy.execute("SELECT id FROM decision")}

"""Kills of the server, and of its database, under clients that decide."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from tests.kill.device import Loop
from tests.kill.proxy import Step
from tests.kill.scene import Scene
from tests.kill.spread import Kill, server_was
from tests.kill.trip import Moment, Trip, after_delay, at_commit, at_file, at_step

WAL = "crm.db-wal"
START_S = 1.0
"""About how long a server takes to get ready."""


class Servers:
    """Kills the scene's server, or the cluster behind it, and starts it again."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def strike(self) -> None:
        """End the server as it works, or as it starts."""
        scene = self._scene
        if not scene.plan.steps and scene.rng.random() < 0.1:
            self._dies_starting()
            return
        trip, loops = self._under_work(self._moment(), None)
        self._is_dead(trip)
        for loop in loops:
            scene.wait(loop.quiet)

    def strike_database(self) -> None:
        """Crash the cluster; the server stays and has to find it again."""
        scene, cluster = self._scene, self._scene.cluster
        assert cluster is not None
        done = scene.rng.random() < 0.5
        trip, loops = self._under_work(at_commit(scene.rng, done=done), cluster.crash)
        trip.disarm()
        scene.server_trip = None
        cluster.start()
        scene.kills.append(Kill("PostgreSQL", trip.moment.word, self._found(trip)))
        for loop in loops:
            loop.now()
            scene.wait(loop.quiet)

    def _under_work(self, moment: Moment, deed: Callable[[], None] | None) -> tuple[Trip, list[Loop]]:
        """Let two devices decide until the moment has come, or all is answered."""
        scene = self._scene
        at_work = scene.rng.sample(scene.devices, 2)
        for device in at_work:
            scene.read_first(device)
        loops = [device.running() for device in at_work]
        for loop in loops:
            scene.wait(loop.quiet)
        trip = scene.server_trip = Trip(moment, [device.proxy for device in scene.devices], deed)
        trip.aim(scene.server.pid)
        for device, loop in zip(at_work, loops, strict=True):
            for _ in range(scene.rng.randint(2, 6)):
                loop.tell(*device.wish(scene.rng, scene.leads))
        scene.wait(lambda: trip.sprung.is_set() or all(loop.quiet() for loop in loops))
        trip.spring()
        return trip, loops

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
        on_postgres = self._scene.cluster is not None
        moments = (
            at_step(rng, rng.choice(list(Step))),
            at_step(rng, Step.SENT),
            at_step(rng, rng.choice(list(Step)), reads=True),
            at_commit(rng, done=rng.random() < 0.5) if on_postgres else at_file(rng, WAL, 6),
            after_delay(rng, 0.3),
        )
        return rng.choices(moments, (4, 4, 1, 5, 1))[0]

    def _is_dead(self, trip: Trip, during: str = "") -> None:
        scene = self._scene
        trip.disarm()
        scene.server_trip = None
        scene.server.kill()
        scene.kills.append(Kill("server", trip.moment.word, during or self._found(trip)))
        scene.server.start()
        for device in scene.devices:
            if device.loop is not None:
                device.loop.now()

    def _found(self, trip: Trip) -> str:
        """What was going on, by the calls that were under way and by what is committed of them."""
        asked = {each for call, _ in trip.seen if call.decides for each in call.ids}
        return server_was(trip.seen, asked & self._in_ledger() if asked else asked)

    def _in_ledger(self) -> set[str]:
        """What is committed. A file is looked at in a copy, so that the server has to mend it itself."""
        scene = self._scene
        query = "SELECT id FROM decision"
        if scene.cluster is not None:
            with scene.server.books.read() as connection:
                known = {str(row.id) for row in connection.execute(sa.text(query))}
            scene.server.let_go()
            return known
        with tempfile.TemporaryDirectory() as folder:
            for each in scene.server.folder.glob("crm.db*"):
                shutil.copy(each, folder)
            with closing(sqlite3.connect(Path(folder) / "crm.db")) as copy:
                return {str(row[0]) for row in copy.execute(query)}

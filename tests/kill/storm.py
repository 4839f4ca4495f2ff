"""A storm: a firm at work, whose programs are killed with signal 9 at chosen moments and started again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.kill.clients import Clients
from tests.kill.cluster import Cluster
from tests.kill.scene import Plan, Scene
from tests.kill.servers import Servers
from tests.kill.verdict import wrongs

MOST_FRUITLESS = 20


class Storm:
    """Kills on a scene of its own in `folder`. Use it as a context."""

    def __init__(
        self, folder: Path, seed: int, plan: Plan | None = None, *, cluster: Cluster | None = None
    ) -> None:
        self.scene = Scene(folder, seed, plan or Plan(), cluster)
        servers = Servers(self.scene)
        self._strikes = {
            "client": Clients(self.scene).strike,
            "server": servers.strike,
            "database": servers.strike_database,
        }

    def __enter__(self) -> Storm:
        return self

    def __exit__(self, *_: object) -> None:
        self.scene.close()

    def rage(self, clients: int, servers: int, databases: int = 0) -> list[str]:
        """Kill as often as that, mixed; answers what is wrong afterwards."""
        left = Counter(client=clients, server=servers, database=databases)
        kills, fruitless = self.scene.kills, 0
        while left.total():
            [who] = self.scene.rng.choices(list(left), weights=list(left.values()))
            before = len(kills)
            self._strikes[who]()
            struck = len(kills) > before
            left[who] -= struck
            fruitless = 0 if struck else fruitless + 1
            assert fruitless < MOST_FRUITLESS, "no kill strikes any more"
        return self.calm()

    def calm(self) -> list[str]:
        """Let everything come to rest; answers what is wrong then."""
        scene = self.scene
        for device in scene.devices:
            device.rest()
        troubles = list(self._synced())
        try:
            return troubles + wrongs(scene.firm, scene.server.books, scene.devices, scene.promises)
        finally:
            scene.server.let_go()

    def _synced(self) -> Iterator[str]:
        """Sync each device, and then again, so that each has what the others sent."""
        devices = self.scene.devices
        for device in [*devices, *devices[:-1]]:
            done = self.scene.firm.run(device.name, "sync", "--json")
            report = json.loads(done.stdout) if done.stdout else {}
            if not report.get("ok") or report.get("unsent"):
                yield f"sync on {device.name} ends with {done.returncode}: {done.stdout}{done.stderr}"

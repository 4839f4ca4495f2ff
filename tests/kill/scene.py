"""Where a storm takes place: a server, a firm, its reps' devices, and what was promised and killed there."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.firm import Firm
from tests.e2e.serving import Server
from tests.kill.cluster import Cluster, Relay
from tests.kill.device import Device, Launch
from tests.kill.proxy import Step
from tests.kill.spread import Kill
from tests.kill.trip import Committing, Event, Touched, Trip
from tests.kill.verdict import Promise
from tests.kill.watch import FolderWatch

LEADS = 12
PLACES = (("desk", "rita"), ("laptop", "rita"), ("phone", "raul"))
LOOK_S = 0.02
PATIENCE_S = 120.0
"""Seconds after which what never comes fails the storm; what comes is never waited out."""


@dataclass(frozen=True)
class Plan:
    """Faults planted in the programs, the steps of a sending to which kills are confined (none: all of them),
    and how many devices there are.
    """

    client_patch: str = ""
    server_patch: str = ""
    steps: tuple[Step, ...] = ()
    devices: int = 3


@dataclass
class Scene:
    """Rita has two devices, Raul one. The seed decides who is killed and when; the machine, how it goes.

    The server stands on SQLite, or on a database of its own in `cluster`.
    """

    folder: Path
    seed: int
    plan: Plan = field(default_factory=Plan)
    cluster: Cluster | None = None
    kills: list[Kill] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.server_trip: Trip | None = None
        self._watch: FolderWatch | None = None
        self._relay: Relay | None = None
        address = ""
        if self.cluster is not None:
            self._relay = Relay(self.cluster.port, self.server_hears)
            address = self.cluster.address(self.cluster.fresh(), self._relay.port)
        program = Launch(self.plan.server_patch).program()
        self.server = Server(self.folder / "server", database=address, program=program)
        try:
            self.firm = Firm(self.server, self.folder)
            self.leads = {rep: self.firm.hand_over(LEADS, owner=rep) for rep in ("rita", "raul")}
            for name, rep in PLACES[: self.plan.devices]:
                device = Device(self.firm, name, rep, Launch(self.plan.client_patch))
                self.devices.append(device)
                device.server_hears = self.server_hears
                device.promised = self.promise
            self._watch = FolderWatch(self.server.folder, lambda name: self.server_hears(Touched(name)))
            self.server.let_go()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        for device in self.devices:
            device.close()
        if self._watch is not None:
            self._watch.close()
        self.server.close()
        if self._relay is not None:
            self._relay.close()

    def server_hears(self, event: Event) -> bool:
        """Something happened to the server; answers whether it has been killed for it.

        Of its writes and commits those count that are made while it has decisions to answer.
        """
        if isinstance(event, Touched | Committing) and not self._decides():
            return False
        return self.server_trip is not None and self.server_trip.met(event)

    def _decides(self) -> bool:
        calls = [each for device in self.devices for each in device.proxy.under_way()]
        return any(call.decides and step is Step.SENT for call, step in calls)

    def promise(self, device: Device, lead: str, identifier: str) -> None:
        """A program on that device reported the decision as stored."""
        self.promises.append(Promise(device.name, lead, identifier))

    def read_first(self, device: Device) -> None:
        """Read the rep's leads, where that is not done."""
        if not device.ready:
            done = self.firm.run(device.name, "sync")
            assert done.returncode == 0, done.stderr
            device.ready = True

    def wait(self, holds: Callable[[], bool]) -> None:
        """Look until it holds. Raises AssertionError where it never does, or a client ended by itself."""
        give_up = time.monotonic() + PATIENCE_S
        breath = threading.Event()
        while not holds():
            assert time.monotonic() < give_up, f"nothing moves any more (seed {self.seed}); {self._state()}"
            for device in self.devices:
                if device.loop is not None:
                    device.loop.must_run()
            breath.wait(LOOK_S)

    def _state(self) -> str:
        return "; ".join(
            f"{device.name}: {device.found()}, under way {device.proxy.under_way()}"
            for device in self.devices
        )

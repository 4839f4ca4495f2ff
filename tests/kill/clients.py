"""Kills of the client: headless, as commands, and as the terminal UI."""

from __future__ import annotations

import json

from tests.builders import EXAMPLE_VALUES
from tests.e2e.firm import clean_env
from tests.e2e.terminal import ScreenNeverCame, Terminal
from tests.kill.device import JOURNAL, Device
from tests.kill.proxy import Step
from tests.kill.scene import PATIENCE_S, Scene
from tests.kill.spread import Kill, client_was
from tests.kill.trip import Moment, Trip, after_delay, at_file, at_output, at_step, ended
from tests.kill.verdict import TYPED, Promise

from leadqueue.cache.views import Stored
from leadqueue.definitions.model import DecisionKind

COMMAND_S = 1.0
"""About how long a command takes."""


class Clients:
    """Kills programs on the scene's devices."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def strike(self) -> None:
        """May miss: a command can end before its moment comes."""
        scene = self._scene
        device = scene.rng.choice(scene.devices)
        if scene.plan.steps:
            scene.read_first(device)
            self._sync_dies(device)
            return
        if not device.ready and scene.rng.random() < 0.7:
            self._first_sync_dies(device)
            return
        scene.read_first(device)
        rounds = {
            self._loop_dies: 6,
            self._starting_loop_dies: 1,
            self._command_dies: 2,
            self._sync_dies: 2,
            self._screen_dies: 1,
        }
        scene.rng.choices(list(rounds), weights=list(rounds.values()))[0](device)

    def _first_sync_dies(self, device: Device) -> None:
        """As it makes its files, or reads its leads into them."""
        name = self._scene.rng.choice((JOURNAL, "outbox.db", "cache.db", "cache.db-journal", "cache.db-wal"))
        reads = at_step(self._scene.rng, self._scene.rng.choice(list(Step)), reads=True)
        moment = self._scene.rng.choice((at_file(self._scene.rng, name, 12), reads))
        self._run_to_death(device, "first sync", ["sync"], moment)

    def _moment(self) -> Moment:
        """When a client that runs is to die."""
        rng = self._scene.rng
        if self._scene.plan.steps:
            return at_step(rng, rng.choice(self._scene.plan.steps), nth=1)
        return rng.choices(
            (
                at_step(rng, rng.choice(list(Step))),
                at_step(rng, rng.choice(list(Step)), reads=True),
                at_file(rng, rng.choice((JOURNAL, "outbox.db")), 25),
                at_file(rng, "cache.db-wal", 25),
                at_output(rng, 6),
                after_delay(rng, 0.4),
            ),
            (6, 1, 3, 1, 2, 1),
        )[0]

    def _loop_dies(self, device: Device) -> None:
        loop = device.running()
        self._scene.wait(loop.quiet)
        trip = device.set_trip(self._moment())
        trip.aim(loop.pid)
        for _ in range(self._scene.rng.randint(3, 8)):
            loop.tell(*device.wish(self._scene.rng, self._scene.leads))
        self._colleague_decides(device)
        self._scene.wait(lambda: trip.sprung.is_set() or loop.quiet())
        trip.spring()
        self._loop_is_dead(device, trip)

    def _starting_loop_dies(self, device: Device) -> None:
        """With decisions in its outbox, as it opens its files or meets the server."""
        device.rest()
        self._decide_offline(device, 3)
        moment = self._scene.rng.choice(
            (
                after_delay(self._scene.rng, 1.0),
                at_file(self._scene.rng, "outbox.db", 8),
                at_file(self._scene.rng, "cache.db-wal", 12),
            )
        )
        waiting = device.found().waiting
        trip = device.set_trip(moment)
        loop = device.running()
        trip.aim(loop.pid)
        self._scene.wait(lambda: trip.sprung.is_set() or device.settled(waiting))
        trip.spring()
        self._loop_is_dead(device, trip)

    def _loop_is_dead(self, device: Device, trip: Trip) -> None:
        trip.disarm()
        loop, device.loop = device.running(), None
        loop.end()
        idle = loop.said or loop.told
        self._note_kill(device, "headless client", trip, "idle" if idle else "starting")

    def _command_dies(self, device: Device) -> None:
        """A command that decides on some leads, alone or beside the client that syncs."""
        if self._scene.rng.random() < 0.7:
            device.rest()
        leads = self._scene.rng.sample(self._scene.leads[device.rep], self._scene.rng.randint(1, 4))
        words = ["note", *leads, "--note", "From a command.", "--json"]
        said = self._run_to_death(device, "decision command", words)
        try:
            stored = json.loads(said)["stored"]
        except ValueError:
            return  # it died before it had reported
        for each in stored:
            self._scene.promise(device, each["lead_id"], each["id"])

    def _sync_dies(self, device: Device) -> None:
        device.rest()
        self._decide_offline(device, self._scene.rng.randint(1, 6))
        self._run_to_death(device, "sync command", ["sync", "--json"])

    def _run_to_death(self, device: Device, who: str, words: list[str], moment: Moment | None = None) -> str:
        """Run a command and kill it, if it does not end before; what it has said."""
        moment = moment or self._moment()
        if moment.word in ("delay", "output"):
            moment = after_delay(self._scene.rng, COMMAND_S)
        trip = device.set_trip(moment)
        process = device.spawn([*device.launch.program(), *words])
        trip.aim(process.pid)
        self._scene.wait(lambda: trip.sprung.is_set() or ended(process.pid))
        trip.disarm()
        said, _ = process.communicate(timeout=PATIENCE_S)
        if trip.sprung.is_set():
            self._note_kill(device, who, trip, "starting or ending")
        return said

    def _screen_dies(self, device: Device) -> None:
        """The terminal UI in a pty, with a note typed and stored."""
        device.rest()
        note = f"{TYPED}{self._scene.seed} {len(self._scene.promises)} {self._scene.rng.randrange(10**9)}"
        env = clean_env(self._scene.firm.home(device.name))
        moment = self._moment()
        if moment.word == "output":
            moment = after_delay(self._scene.rng, 0.3)
        with Terminal(device.launch.program(), env, columns=120, rows=40) as screen:
            screen.wait_for("Ada Byron", "Live")
            trip = device.set_trip(moment)
            trip.aim(screen.pid)
            self._type_note(device, screen, note, trip)
            trip.spring()
            trip.disarm()
        if trip.sprung.is_set():
            self._note_kill(device, "terminal UI", trip, "idle")

    def _type_note(self, device: Device, screen: Terminal, note: str, trip: Trip) -> None:
        """Type the note, and go on until the screen is dead or all is sent."""
        try:
            screen.press("n")
            screen.wait_for("Note required")
            screen.type(note)
            screen.press("ctrl+s")
            screen.wait_for("Note added:")
            self._scene.promises.append(Promise(device.name, "", note=note))
            screen.press("ctrl+r")
            screen.wait_until(lambda text: trip.sprung.is_set() or "all sent" in text, "all sent")
        except (ScreenNeverCame, OSError):
            if not trip.killing:
                raise

    def _decide_offline(self, device: Device, count: int) -> None:
        """Decisions of a rep without a network, in this process."""
        with self._scene.firm.desk(device.name) as desk:
            for _ in range(count):
                lead, kind = device.wish(self._scene.rng, self._scene.leads)
                outcome = desk.decide(lead, DecisionKind(kind), EXAMPLE_VALUES[DecisionKind(kind)])
                if isinstance(outcome, Stored):
                    self._scene.promise(device, lead, outcome.item.decision.id)

    def _colleague_decides(self, device: Device) -> None:
        """Now and then the manager is first, so that what the rep decides does not hold."""
        if self._scene.rng.random() > 0.2:
            return
        lead = self._scene.rng.choice(self._scene.leads[device.rep])
        if self._scene.firm.stage(lead) == "mql":
            self._scene.firm.decide("maya", lead, "reject", reason="no_budget")

    def _note_kill(self, device: Device, who: str, trip: Trip, otherwise: str) -> None:
        device.trip = None
        found = device.found()
        during = client_was(trip.seen, found, device.proxy.answered, otherwise)
        self._scene.kills.append(Kill(who, trip.moment.word, during))

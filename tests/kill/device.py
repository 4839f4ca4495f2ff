"""A rep's device: files of its own, a way of its own to the server, and the programs that run on it."""

from __future__ import annotations

import contextlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.firm import Firm, clean_env
from tests.e2e.serving import PROGRAM
from tests.kill.proxy import Call, Proxy, Step
from tests.kill.trip import Event, Moment, Moved, Said, Touched, Trip, ended
from tests.kill.watch import FolderWatch

JOURNAL = "outbox.db-journal"
KINDS = ("note",) * 6 + ("accept",) * 2 + ("touch",) * 3
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Launch:
    """How the programs are started. Code in `patch` runs in them first: a planted fault."""

    patch: str = ""

    def headless(self) -> list[str]:
        if not self.patch:
            return [sys.executable, "-m", "tests.e2e.headless"]
        return [sys.executable, "-c", f"{self.patch}\nfrom tests.e2e.headless import main\nmain()"]

    def program(self) -> list[str]:
        if not self.patch:
            return PROGRAM
        return [sys.executable, "-c", f"{self.patch}\nfrom leadqueue.cli.main import main\nmain()"]


@dataclass(frozen=True)
class Found:
    """What lay in the outbox's file when nobody had repaired it yet. `torn`: a transaction was cut in two."""

    torn: bool
    waiting: frozenset[str] = frozenset()
    sending: frozenset[str] = frozenset()


class Device:
    """`name` is the device's, `rep` its user's.

    `trip` hears of all that happens on it, `server_hears` of the calls, `promised` of each decision that a
    program reports as stored: its lead and its id.
    """

    def __init__(self, firm: Firm, name: str, rep: str, launch: Launch) -> None:
        self.firm, self.name, self.rep, self.launch = firm, name, rep, launch
        self.proxy = Proxy(firm.server.port)
        self.proxy.on_step = self._moved
        self.trip: Trip | None = None
        self.loop: Loop | None = None
        self.ready = False
        self.errors = firm.folder / f"{name}.errors"
        self.server_hears: Callable[[Event], object] = lambda _event: None
        self.promised: Callable[[Device, str, str], None] = lambda _device, _lead, _id: None
        firm.tokens[name] = firm.tokens[rep]
        firm.log_in(name, self.proxy.url)
        self.home, self.account = firm.account(name)
        self.folder = self.home.account_dir(self.account)
        self._watch = FolderWatch(self.folder, lambda name: self.met(Touched(name)))

    def wish(self, rng: random.Random, leads: Mapping[str, Sequence[str]]) -> tuple[str, str]:
        """A decision that the rep could make: a lead of theirs, and a kind."""
        return rng.choice(leads[self.rep]), rng.choice(KINDS)

    def met(self, event: Event) -> bool:
        return self.trip is not None and self.trip.met(event)

    def _moved(self, call: Call) -> bool:
        """A call by a client that is dead by now goes no further where the server does not have it whole."""
        event = Moved(call, call.step)
        self.server_hears(event)
        return self.met(event) and call.step in (Step.ASKED, Step.HALF_ASKED)

    def set_trip(self, moment: Moment) -> Trip:
        self.trip = Trip(moment, [self.proxy])
        return self.trip

    def spawn(self, command: list[str], *, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        """A program on this device."""
        with self.errors.open("ab") as errors:
            return subprocess.Popen(
                command,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=clean_env(self.firm.home(self.name)),
                cwd=ROOT,
            )

    def running(self) -> Loop:
        """The headless client, started where it does not run."""
        if self.loop is None:
            self.loop = Loop(self)
        return self.loop

    def rest(self) -> None:
        """Let the headless client end as it should."""
        if self.loop is not None:
            loop, self.loop = self.loop, None
            loop.leave()

    def found(self) -> Found:
        """Look at a copy of the outbox, so that what a kill has left is for the program alone to mend."""
        try:
            torn = (self.folder / JOURNAL).stat().st_size > 0
        except FileNotFoundError:
            torn = False
        rows = self._copied("SELECT id, state FROM decision WHERE state <> 'answered'")
        by_state = {
            state: frozenset(row[0] for row in rows if row[1] == state) for state in ("waiting", "sending")
        }
        return Found(torn, by_state["waiting"], by_state["sending"])

    def settled(self, ids: frozenset[str]) -> bool:
        """Whether the server has answered for each, or the replay has moved it to the inbox before."""
        unanswered = ids - self.proxy.answered
        if not unanswered:
            return True
        try:
            found = self.found()
        except sqlite3.DatabaseError:  # the copy was taken in the middle of a transaction
            return False
        return unanswered.isdisjoint(found.waiting | found.sending)

    def _copied(self, query: str) -> list[tuple[str, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            for each in self.folder.glob("outbox.db*"):
                with contextlib.suppress(FileNotFoundError):  # a journal that has just gone
                    shutil.copy(each, folder)
            with closing(sqlite3.connect(Path(folder) / "outbox.db")) as copy:
                try:
                    return copy.execute(query).fetchall()
                except sqlite3.OperationalError as error:
                    if "no such table" in str(error):  # killed before its tables were made
                        return []
                    raise

    def close(self) -> None:
        if self.loop is not None:
            self.loop.end()
        self._watch.close()
        self.proxy.close()


class Loop:
    """The headless client at work. `told` are lead and kind of each decision that it was asked for."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._process = device.spawn(device.launch.headless(), stdin=subprocess.PIPE)
        self.told: list[tuple[str, str]] = []
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                lead, _ = self.told[len(self.said)]
                self.said.append(line.strip())
                if self.said[-1] != "refused":
                    self._device.promised(self._device, lead, self.said[-1])
                self._device.met(Said())

    def must_run(self) -> None:
        """Raises AssertionError where it has ended by itself."""
        trip = self._device.trip
        if ended(self.pid) and (trip is None or not trip.killing):
            raise AssertionError(f"the client ended: {self._device.errors.read_text('utf-8')}")

    def tell(self, lead: str, kind: str) -> None:
        self.told.append((lead, kind))
        self._say(f"{lead} {kind}\n")

    def now(self) -> None:
        self._say("now\n")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line)
            self._process.stdin.flush()
        except BrokenPipeError:
            return  # it has just been killed

    def quiet(self) -> bool:
        """Whether all is said, and nothing of it waits to be sent or answered for."""
        if len(self.said) < len(self.told):
            return False
        return self._device.settled(frozenset(self.said) - {"refused"})

    def leave(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        status = self._process.wait(timeout=60)
        assert status == 0, f"the client ended with {status}: {self._device.errors.read_text('utf-8')}"
        self._done()

    def end(self) -> None:
        """It is dead, or shall be."""
        self._process.kill()
        self._process.wait()
        self._done()

    def _done(self) -> None:
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue

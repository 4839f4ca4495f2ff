"""When a process is to be killed, and what was going on as it died."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass

from tests.kill.proxy import Call, Proxy, Step

AIM_S = 10.0


@dataclass(frozen=True)
class Said:
    """The program said a line."""


@dataclass(frozen=True)
class Touched:
    """A file was made, written or deleted."""

    name: str


@dataclass(frozen=True)
class Moved:
    """A call came a step further."""

    call: Call
    step: Step


@dataclass(frozen=True)
class Committing:
    """The server tells its database to commit; `done`: the database has answered."""

    done: bool


Event = Said | Touched | Moved | Committing


@dataclass(frozen=True)
class Moment:
    """The `nth` time that something is met, and `pause` seconds more; `word` is what the spread is told by.

    Without `meets` it is the moment that comes `pause` seconds after the trip is set.
    """

    word: str
    nth: int = 1
    pause: float = 0.0
    meets: Callable[[Event], bool] | None = None


class Trip:
    """Kills one process with signal 9, once, at its moment. Threads of every kind tell it what they meet.

    With a `deed` that is done instead.
    """

    def __init__(self, moment: Moment, proxies: list[Proxy], deed: Callable[[], None] | None = None) -> None:
        self.moment = moment
        self.sprung = threading.Event()
        self.killing = False
        self.seen: list[tuple[Call, Step]] = []
        self._proxies = proxies
        self._deed = deed
        self._left = moment.nth
        self._off = False
        self._guard = threading.Lock()
        self._aimed = threading.Event()
        self._pid = 0
        self._timer: threading.Timer | None = None

    def aim(self, pid: int) -> None:
        """Name the process."""
        self._pid = pid
        self._aimed.set()
        if self.moment.meets is None:
            self._timer = threading.Timer(self.moment.pause, self.spring)
            self._timer.daemon = True
            self._timer.start()

    def met(self, event: Event) -> bool:
        """Something happened; answers whether the process has been killed for it."""
        if self._off or self.moment.meets is None or not self.moment.meets(event):
            return False
        with self._guard:
            self._left -= 1
            if self._left:
                return False
        if self.moment.pause:
            threading.Event().wait(self.moment.pause)
        return self.spring()

    def spring(self) -> bool:
        """Kill now, unless that is done or the process has ended; answers whether this killed it."""
        if not self._aimed.wait(AIM_S):
            return False
        with self._guard:
            if self._off or self.sprung.is_set() or (self._deed is None and ended(self._pid)):
                return False
            self.killing = True
            if self._deed is not None:
                self._deed()
            else:
                os.kill(self._pid, signal.SIGKILL)
                os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
            self.seen = [each for proxy in self._proxies for each in proxy.under_way()]
            self.sprung.set()
            return True

    def disarm(self) -> None:
        """From here on nothing is killed any more, so that the process may be waited for."""
        with self._guard:
            self._off = True
        if self._timer is not None:
            self._timer.cancel()


def ended(pid: int) -> bool:
    """Whether our child has ended; whoever waits for it still finds it."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _at_step(step: Step, *, reads: bool) -> Callable[[Event], bool]:
    def meets(event: Event) -> bool:
        if not isinstance(event, Moved) or event.step is not step:
            return False
        return event.call.reads if reads else event.call.decides

    return meets


def at_step(rng: random.Random, step: Step, *, reads: bool = False, nth: int = 0) -> Moment:
    """At a step of a sending, or of a reading; shortly after it where the server has just got it."""
    pause = rng.uniform(0.0, 0.03) if step is Step.SENT else 0.0
    what = "reading" if reads else "sending"
    return Moment(f"{what} {step.value}", nth or rng.choice((1, 1, 1, 2)), pause, _at_step(step, reads=reads))


def at_file(rng: random.Random, name: str, most: int) -> Moment:
    def meets(event: Event) -> bool:
        return isinstance(event, Touched) and event.name == name

    return Moment(f"{name} written", rng.randint(1, most), 0.0, meets)


def at_output(rng: random.Random, most: int) -> Moment:
    return Moment("output", rng.randint(1, most), 0.0, lambda event: isinstance(event, Said))


def at_commit(rng: random.Random, *, done: bool) -> Moment:
    def meets(event: Event) -> bool:
        return isinstance(event, Committing) and event.done is done

    return Moment(f"commit {'answered' if done else 'told'}", rng.randint(1, 4), 0.0, meets)


def after_delay(rng: random.Random, longest: float) -> Moment:
    return Moment("delay", pause=rng.uniform(0.0, longest))

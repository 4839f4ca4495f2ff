"""A rep's seat: an account whose local files hold many leads, so that the program can be opened over it."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.firm import Firm, make_firm, sqlite_in
from benchmarks.rep import Machine
from benchmarks.screens import Screen
from benchmarks.serving import leadqueue_served
from leadqueue.cache.home import write_private


@dataclass(frozen=True, slots=True)
class Seat:
    """The rep's files and the server that they came from, which need not run."""

    machine: Machine
    firm: Firm
    leads: int

    @property
    def env(self) -> dict[str, str]:
        return {
            "LEADQUEUE_HOME": str(self.machine.home.data_dir.parent),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def opened(self) -> Screen:
        return Screen.of(program(), self.env)


def program() -> list[str]:
    return [str(Path(sys.executable).parent / "leadqueue")]


def log_in(machine: Machine) -> None:
    """What `leadqueue login` leaves behind."""
    machine.home.save_account(machine.account)
    write_private(machine.home.account_dir(machine.account) / "token", machine.token + "\n")


@contextmanager
def seat(leads: int) -> Iterator[Seat]:
    """A seat whose cache holds at least `leads` leads."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        firm = make_firm(sqlite_in(folder), leads)
        with leadqueue_served(firm.url) as url:
            machine = Machine.of(firm, url, folder / "home")
            machine.cycle()
        log_in(machine)
        yield Seat(machine, firm, firm.leads)

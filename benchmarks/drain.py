"""A day without a network: how fast what waits goes out, and how soon another machine sees it."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.decision import VALUES
from benchmarks.firm import make_firm, sqlite_in
from benchmarks.measuring import Report
from benchmarks.rep import Machine, awaiting_review, seconds_until
from benchmarks.serving import leadqueue_served
from leadqueue.definitions.model import DecisionKind
from leadqueue.sync.state import Phase

LEADS = 5_000
WAITING = 1_000
DAY = 50
DRAIN_S = 10.0
CONVERGENCE_S = 5.0


def run(waiting: int = WAITING) -> Report:
    report = Report(f"After a day offline, {LEADS:,} leads, server on loopback over SQLite")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        firm = make_firm(sqlite_in(folder), LEADS)
        with leadqueue_served(firm.url) as url:
            laptop = Machine.of(firm, url, folder / "laptop")
            desktop = Machine.of(firm, url, folder / "desktop")
            laptop.cycle()
            desktop.cycle()
            _drain(report, laptop, waiting)
            for number in (DAY, waiting):
                _converge(report, laptop, desktop, number)
    return report


def _decide(machine: Machine, number: int) -> None:
    with machine.desk() as desk:
        result = desk.decide_many(awaiting_review(desk, number), DecisionKind.ACCEPT, VALUES)
        if len(result.stored) != number:
            raise RuntimeError(f"{len(result.refused)} of {number} decisions were refused")


def _drain(report: Report, machine: Machine, waiting: int) -> None:
    _decide(machine, waiting)
    started = time.perf_counter()
    counts = machine.cycle().counts
    seconds = time.perf_counter() - started
    if counts.applied != waiting:
        raise RuntimeError(f"{counts.applied} of {waiting} decisions were applied")
    report.at_most(f"{waiting:,} waiting decisions sent, answered and read back", seconds, "s", DRAIN_S)


def _converge(report: Report, laptop: Machine, desktop: Machine, number: int) -> None:
    """Both machines are the rep's; the laptop was offline, and its network comes back."""
    with laptop.syncing() as sync, desktop.syncing() as other, desktop.desk() as desk:
        seconds_until(lambda: other.state.phase is Phase.LIVE)
        with laptop.cut_off():
            _decide(laptop, number)
            seconds_until(lambda: sync.state.phase is Phase.OFFLINE)
        started = time.perf_counter()
        with laptop.desk() as mine:
            seconds_until(lambda: mine.status().unsent == 0)
            served = laptop.server_digest()
            seconds_until(lambda: mine.digest() == served and desk.digest() == served)
        seconds = time.perf_counter() - started
    name = f"network back to equal on a second machine, {number:,} decisions"
    report.at_most(name, seconds, "s", CONVERGENCE_S)

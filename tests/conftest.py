"""What all tests share: the life of the run's PostgreSQL, and a loud word where there is none."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from tests import endurance, postgres

# The suite tries the same values each time, so that it fails for a change and not by chance;
# `--hypothesis-profile=anew` tries others. Nothing is timed: a machine may stand still for a moment.
settings.register_profile("anew", derandomize=False, deadline=None)
settings.register_profile("suite", derandomize=True, deadline=None)
settings.load_profile("suite")


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Of a database for the server: an SQLite file, or what `postgres.over_both` asks for."""
    with postgres.database_of(getattr(request, "param", "sqlite"), tmp_path) as address:
        yield address


def pytest_configure(config: pytest.Config) -> None:
    # Without this the many programs that the tests start would each compile the same code anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if not hasattr(config, "workerinput"):
        endurance.begin_run()
        postgres.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.end_run()


def pytest_collection_finish() -> None:
    """What is there now stays: the collector need not go through all modules again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for title, reason in (
        ("PostgreSQL was NOT tested", postgres.MISSING),
        ("Fault schedules were NOT all played", endurance.TOO_LATE),
    ):
        skipped = [each for each in terminalreporter.getreports("skipped") if reason in str(each.longrepr)]
        if skipped:
            terminalreporter.section(title, sep="!", red=True, bold=True)
            terminalreporter.line(f"{len(skipped)} tests were skipped: {reason}.")
    stale = [
        str(what)
        for each in terminalreporter.getreports("passed")
        for name, what in each.user_properties
        if name == endurance.STALE
    ]
    if stale:
        terminalreporter.section("Mutants were hunted anew: make faults-mutants", yellow=True)
        terminalreporter.line("\n".join(stale))

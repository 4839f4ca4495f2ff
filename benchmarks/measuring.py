"""What every benchmark shares: figures, rounds in alternation, the machine, memory."""

from __future__ import annotations

import json
import os
import platform
import resource
import sqlite3
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

KIB = 1024


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit. `goal` says in words what it should be, '' where it only informs."""

    name: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None

    def line(self) -> str:
        shown = f"{self.value:,.0f}" if self.value >= 1000 else f"{self.value:,.3g}"
        verdict = "" if self.met is None else ("  met" if self.met else "  MISSED")
        return f"  {self.name:<58} {shown:>10} {self.unit:<12} {self.goal}{verdict}".rstrip()


@dataclass(slots=True)
class Report:
    """The figures of one benchmark, printed as they come."""

    title: str
    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        print(f"\n{self.title}", flush=True)

    def add(self, name: str, value: float, unit: str) -> None:
        self._take(Figure(name, value, unit))

    def at_most(self, name: str, value: float, unit: str, limit: float) -> None:
        self._take(Figure(name, value, unit, f"at most {limit:g}", value <= limit))

    def at_least(self, name: str, value: float, unit: str, limit: float) -> None:
        self._take(Figure(name, value, unit, f"at least {limit:g}", value >= limit))

    def note(self, text: str) -> None:
        self.notes.append(text)
        print(f"  {text}", flush=True)

    def _take(self, figure: Figure) -> None:
        self.figures.append(figure)
        print(figure.line(), flush=True)


def alternating(rounds: int, *runs: Callable[[], float]) -> list[list[float]]:
    """Each run once per round, in turn, so that a busy moment of the machine meets all of them alike.

    Answers, for each run, its value in every round.
    """
    values: list[list[float]] = [[] for _ in runs]
    for _ in range(rounds):
        for run, taken in zip(runs, values, strict=True):
            taken.append(run())
    return values


def median_ratio(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return statistics.median(one / other for one, other in zip(ours, floor, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(round(share * (len(ordered) - 1)), len(ordered) - 1)]


def peak_mib() -> float:
    """The most memory that this process has held, in MiB."""
    try:  # what getrusage tells on Linux includes the process that started this one
        status = Path("/proc/self/status").read_text("utf-8")
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / KIB / (KIB if sys.platform == "darwin" else 1)
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / KIB


def machine() -> Mapping[str, str | int]:
    """On what the figures were measured."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // KIB // KIB,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor()


def as_json(reports: Sequence[Report]) -> str:
    """Everything measured, for a file."""
    data = {
        "machine": machine(),
        "load_at_the_end": os.getloadavg()[0],
        "benchmarks": [
            {
                "title": report.title,
                "figures": [
                    {
                        "name": each.name,
                        "value": each.value,
                        "unit": each.unit,
                        "goal": each.goal,
                        "met": each.met,
                    }
                    for each in report.figures
                ],
                "notes": report.notes,
            }
            for report in reports
        ],
    }
    return json.dumps(data, indent=2)

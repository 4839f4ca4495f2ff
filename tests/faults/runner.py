"""Fault schedules from the command line.

`python -m tests.faults --count 1000 --processes 2` plays seeds, `… --replay SEED` shows one of them;
`… --mutants` plays them against programs that break a promise, until each is found.
"""

from __future__ import annotations

import argparse
import gc
import logging
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.faults.hunting import Kill, hunt, record, recorded, table
from tests.faults.mutants import LIMIT, MUTANTS
from tests.faults.schedule import Result, Stage, scratch

PART = 100
REPORT_EVERY = 2000


@dataclass
class Played:
    """What came of some seeds: the failed ones with what was wrong, and what came to pass in all."""

    failed: list[tuple[int, list[str]]] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)


def play_seeds(stage: Stage, seeds: Iterable[int]) -> Played:
    """Play some seeds, one after the other."""
    played = Played()
    for seed in seeds:
        try:
            result = stage.play(seed)
        except Exception as error:  # noqa: BLE001 - a fault of the program that nobody caught is a failure too
            result = Result(seed, [f"{type(error).__name__}: {error}"])
        played.met += result.met
        if result.wrongs:
            played.failed.append((seed, result.wrongs))
    return played


def told(seed: int, wrongs: list[str]) -> str:
    """A failure, and how to see it again."""
    what = "; ".join(wrongs[:3])
    return f"seed {seed} failed: {what}\n  see it again: python -m tests.faults --replay {seed}"


_STAGES: list[Stage] = []


def _set_up() -> None:
    """Make this process ready to play thousands of seeds."""
    logging.disable(logging.CRITICAL)  # the program logs every fault that it is made to meet
    folder = scratch()
    stage = Stage(Path(folder.name))
    stage.keep = folder
    _STAGES.append(stage)
    gc.freeze()  # what is there now stays; a schedule makes much, and soon drops it
    gc.set_threshold(50_000, 50, 50)


def _play_part(seeds: range) -> Played:
    return play_seeds(_STAGES[0], seeds)


def replay(seed: int) -> int:
    with scratch() as folder:
        result = Stage(Path(folder)).play(seed)
    sys.stdout.write("\n".join(result.trace) + "\n")
    sys.stdout.write("".join(f"{wrong}\n" for wrong in result.wrongs) or "every invariant held\n")
    return 1 if result.wrongs else 0


def play(first: int, count: int, processes: int) -> int:
    began, done, failed, met = time.monotonic(), 0, 0, Counter[str]()
    parts = [range(at, min(at + PART, first + count)) for at in range(first, first + count, PART)]
    with multiprocessing.get_context("spawn").Pool(processes, _set_up) as pool:
        for number, played in enumerate(pool.imap_unordered(_play_part, parts), 1):
            done = min(number * PART, count)
            met += played.met
            for seed, wrongs in played.failed:
                failed += 1
                sys.stdout.write(f"{told(seed, wrongs)}\n")
            if done % REPORT_EVERY < PART or number == len(parts):
                rate = done / (time.monotonic() - began)
                sys.stdout.write(f"{done} of {count} schedules, {failed} failed, {rate:.1f} a second\n")
            sys.stdout.flush()
    sys.stdout.write("".join(f"{times:9,} {what}\n" for what, times in sorted(met.items())))
    return 1 if failed else 0


def _hunt(name: str, *, anew: bool) -> Kill:
    last = [] if anew else [recorded().get(name, 1)]
    return hunt(_STAGES[0], name, [*last, *range(1, LIMIT + 1)])


def hunt_all(names: Sequence[str], processes: int, *, recording: bool, anew: bool) -> int:
    """Find a schedule that kills each mutant: the one that did it last, or from the first seed on."""
    kills: dict[str, Kill] = {}
    with multiprocessing.get_context("spawn").Pool(processes, _set_up) as pool:
        for kill in pool.imap_unordered(partial(_hunt, anew=anew), names):
            kills[kill.name] = kill
            sys.stdout.write(f"{kill.seed or 'lives':>5} {kill.name}: {kill.broken or kill.wrong}\n")
            sys.stdout.flush()
    in_order = [kills[name] for name in names]
    sys.stdout.write(f"\n{table(in_order)}\n")
    alive = [kill.name for kill in in_order if not kill.wrong]
    if recording and not alive:
        record(in_order)
    sys.stdout.write(f"\n{len(names) - len(alive)} of {len(names)} mutants killed\n")
    return 1 if alive else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="how many seeds")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--replay", type=int, default=None, metavar="SEED", help="show one schedule")
    parser.add_argument("--mutants", nargs="*", choices=MUTANTS, metavar="NAME", help="these, or all")
    parser.add_argument("--record", action="store_true", help="write the table of mutants into the docs")
    parser.add_argument(
        "--anew", action="store_true", help="hunt from the first seed on, whatever killed one last"
    )
    chosen = parser.parse_args()
    if chosen.mutants is not None:
        names = chosen.mutants or list(MUTANTS)
        return hunt_all(names, chosen.processes, recording=chosen.record, anew=chosen.anew)
    if chosen.replay is not None:
        return replay(chosen.replay)
    return play(chosen.first, chosen.count, chosen.processes)

"""The terminal UI in a pseudo terminal: its start, its keys, its rest, beside floors and peers."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyte

from benchmarks.measuring import Report, alternating, median_ratio, percentile
from benchmarks.peers import Peer, installed
from benchmarks.screens import ESCAPE, ROWS, NeverCame, Painted, Part, Screen
from benchmarks.seat import Seat, seat
from benchmarks.serving import leadqueue_served
from leadqueue.cache.desk import Desk
from leadqueue.cache.queue_views import QueueView
from leadqueue.domain.moments import system_now

LEADS = 100_000
ROUNDS = 7
HERE = Path(__file__).parent
LONGEST_START = 1.25
MEDIAN_MS, SLOWEST_MS = 5.0, 16.0
SCREEN_MS = 50.0
IDLE_S = 30.0
IDLE_SHARE = 1.0
MEMORY_MIB = 100.0
LONGEST_PULL_S = 90.0
_PRESSES = 60
THINKS_S = 0.5
"""Seconds over a lead before its form is opened: long enough for one to be made ahead."""
SEND = "\x13"
THE_FORM = Part(slice(3, ROWS - 2), slice(63, 120))
THE_ROWS = Part(slice(4, ROWS - 3), slice(12, 61))
"""The queue's rows but for their countdowns, which change with every second."""


def run(leads: int = LEADS, rounds: int = ROUNDS) -> Report:
    report = Report(f"The terminal UI over {leads:,} leads, in a pseudo terminal of 120 by 40")
    with seat(leads) as here:
        rows = here.machine.home.data_dir / "rows.csv"
        write_rows(here, rows)
        peers = [peer for peer in installed(rows) if _opens(report, peer)]
        _start(report, here, peers, rounds)
        _keys(report, here, peers)
        _idle(report, here)
        _pull(report, here)
    return report


def write_rows(here: Seat, path: Path) -> None:
    """The queue's rows as a file that the peers can open."""
    desk = Desk.open(here.machine.home, here.machine.account, system_now)
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id", "due", "person", "company", "title", "score", "source", "country"))
            for row in desk.queue.window(QueueView(), 0, -1):
                writer.writerow(
                    (
                        row.id,
                        row.due_at,
                        row.person,
                        row.company,
                        row.title,
                        row.score,
                        row.source,
                        row.country,
                    )
                )
    finally:
        desk.close()


# ---------------------------------------------------------------- start


def _start(report: Report, here: Seat, peers: Sequence[Peer], rounds: int) -> None:
    runs: list[Callable[[], float]] = [_bare, lambda: queue_on_screen(here)]
    runs += [partial(_peer_start, peer) for peer in peers]
    for once in runs[:2]:  # files and bytecode are warm for everybody
        once()
    bare, ours, *others = alternating(rounds, *runs)
    report.add("a bare Textual app's one static screen", statistics.median(bare), "s")
    report.add("leadqueue, from start to a full queue on the screen", statistics.median(ours), "s")
    report.at_most("leadqueue to the bare app", median_ratio(ours, bare), "times", LONGEST_START)
    for peer, took in zip(peers, others, strict=True):
        report.add(f"{peer.name}, {peer.what}", statistics.median(took), "s")
        report.at_least(f"{peer.name} to leadqueue", median_ratio(took, ours), "times", 1.0)


def _opens(report: Report, peer: Peer) -> bool:
    try:
        _peer_start(peer)
    except NeverCame as error:
        report.note(f"{peer.name} did not open and is left out: {str(error)[:200]}")
        return False
    return True


def _bare() -> float:
    with Screen.of([sys.executable, str(HERE / "bare_app.py")]) as screen:
        screen.settle("of a static screen")
        return screen.since_start(lambda shown: "of a static screen" in shown.display[ROWS - 1])


def queue_on_screen(here: Seat) -> float:
    """Seconds from the start of the process until every line of the list holds a lead."""
    with here.opened() as screen:
        screen.settle("Accept")
        return screen.since_start(_full_of_leads)


def _full_of_leads(shown: pyte.Screen) -> bool:
    lines = shown.display[4 : ROWS - 3]
    return all(any(sign in line[:6] for sign in "●◐○◌·") for line in lines)


def _peer_start(peer: Peer) -> float:
    with Screen.of(peer.command, peer.env) as screen:
        screen.settle(peer.shows, quiet=0.6)
        return screen.since_start(lambda shown: any(peer.shows in line for line in shown.display))


# ---------------------------------------------------------------- keys


def _keys(report: Report, here: Seat, peers: Sequence[Peer]) -> None:
    with here.opened() as screen:
        screen.settle("Accept", quiet=2.0)
        moves = pressed(screen, ["j"] * _PRESSES + ["k"] * (_PRESSES // 2))
        pages = pressed(screen, ["\x1b[6~"] * 20 + ["\x1b[5~"] * 10)
        ends = pressed(screen, ["G", "g"] * 10)
        sections = pressed(screen, ["1", "3", "0"] * 5, THE_ROWS)
        sorts = pressed(screen, ["s"] * 12, THE_ROWS)
        pressed(screen, ["/"])
        typing = pressed(screen, list("webinar"), THE_ROWS)
        pressed(screen, [ESCAPE])
        picks = pressed(screen, [" "] * 20)
        pressed(screen, [ESCAPE])
        opens = _and_back(screen, "\r")
        alone = _and_back(screen, "f")
        forms = _forms(screen, list("axrtn") * 6)
        edits = _forms(screen, ["e"] * 6)
        sends, at_once = _sends(screen)
        worked = screen.memory_mib()
    line, lines = _bare_keys()
    _told(report, "a bare app: one line changes", firsts(line))
    _told(report, "a bare app: the whole screen changes", firsts(lines))
    for name, took in (
        ("one lead down or up", moves),
        ("a page down or up", pages),
        ("to the end and back", ends),
        ("a lead selected", picks),
        ("a lead opened", opens),
        ("one lead alone on the screen", alone),
        ("a form", forms),
        ("the form of an edit", edits),
        ("a decision sent", sends),
        ("a form right after it", at_once),
    ):
        _told(report, name, firsts(took))
        report.add(f"{name}, to the bare app's line", _medians(took, line), "times")
        report.add(f"{name}, with all that follows, median", statistics.median(wholes(took)), "ms")
    report.at_most("memory after these keys", worked, "MiB", MEMORY_MIB)
    report.add("a form until it stands, median", statistics.median(each.part * 1000 for each in forms), "ms")
    for name, took in (
        ("a key that moves the cursor", [*moves, *pages, *ends]),
        ("a key that selects, opens, or types in the search", [*picks, *opens, *typing]),
        ("a key that opens a form", [*forms, *at_once]),
        ("a key that sends a decision", sends),
    ):
        keys = firsts(took)
        report.at_most(f"{name}, median", statistics.median(keys), "ms", MEDIAN_MS)
        report.at_most(f"{name}, 99 of 100", percentile(keys, 0.99), "ms", SLOWEST_MS)
    for name, took in (
        ("another section", sections),
        ("another column sorts", sorts),
        ("a letter of the filter", typing),
    ):
        rows = [painted.part * 1000 for painted in took]
        report.add(f"{name}, until its rows stand, median", statistics.median(rows), "ms")
        report.at_most(f"{name}, until its rows stand, slowest", max(rows), "ms", SCREEN_MS)
        report.add(f"{name}, with all that follows, median", statistics.median(wholes(took)), "ms")
        report.add(f"{name}, with all that follows, slowest", max(wholes(took)), "ms")
    for peer in peers:
        if peer.moves:
            with Screen.of(peer.command, peer.env) as screen:
                screen.settle(peer.shows, quiet=3.0)
                took = pressed(screen, list(peer.moves) * (_PRESSES // 2))
                _told(report, f"{peer.name}: one row down or up", firsts(took))


def _forms(screen: Screen, keys: Sequence[str]) -> list[Painted]:
    """Each key's form, opened and left again, by somebody who looks at the lead before."""
    took: list[Painted] = []
    for key in keys:
        screen.wait(THINKS_S)
        took += pressed(screen, [key], THE_FORM)
        pressed(screen, [ESCAPE])
    return took


def _and_back(screen: Screen, key: str) -> list[Painted]:
    """The key, and Esc after it, ten times; of the key alone."""
    took: list[Painted] = []
    for _ in range(10):
        took += pressed(screen, [key])
        pressed(screen, [ESCAPE])
    return took


def _bare_keys() -> tuple[list[Painted], list[Painted]]:
    """What the keys of an app take that has nothing to do: one line, and all lines of the screen."""
    with Screen.of([sys.executable, str(HERE / "bare_keys.py")]) as screen:
        screen.settle("a line that changes", quiet=1.0)
        return pressed(screen, ["j"] * _PRESSES), pressed(screen, ["p"] * _PRESSES)


def _sends(screen: Screen) -> tuple[list[Painted], list[Painted]]:
    """Notes, written by somebody who thinks over them, sent and undone: the sending, and the next note's form
    opened right after it."""
    sends: list[Painted] = []
    next_forms: list[Painted] = []
    for _ in range(10):
        pressed(screen, ["n"])
        screen.wait(THINKS_S)
        pressed(screen, ["x"])
        sends += pressed(screen, [SEND])
        next_forms += pressed(screen, ["n"], THE_FORM)
        pressed(screen, [ESCAPE, "u"])
    return sends, next_forms


def pressed(screen: Screen, keys: Sequence[str], part: Part | None = None) -> list[Painted]:
    """When each key was on the screen, and the part of it that is looked at."""
    took: list[Painted] = []
    for key in keys:
        try:
            took.append(screen.key(key, part=part))
        except NeverCame:  # a key at the end of its way changes nothing
            continue
    return took


def firsts(took: Sequence[Painted]) -> list[float]:
    """Milliseconds to the end of each key's first frame."""
    return [painted.first * 1000 for painted in took]


def wholes(took: Sequence[Painted]) -> list[float]:
    """Milliseconds to the end of all that each key brought."""
    return [painted.whole * 1000 for painted in took]


def _medians(took: Sequence[Painted], floor: Sequence[Painted]) -> float:
    """How the medians of first frames stand to each other."""
    return statistics.median(firsts(took)) / statistics.median(firsts(floor))


def _told(report: Report, name: str, took: Sequence[float]) -> None:
    report.add(f"{name}, median", statistics.median(took), "ms")
    report.add(f"{name}, 99 of 100", percentile(took, 0.99), "ms")


# ---------------------------------------------------------------- rest


def _idle(report: Report, here: Seat) -> None:
    with here.opened() as screen:
        screen.settle("Accept", quiet=3.0)
        before, began = screen.processor_s(), time.perf_counter()
        while time.perf_counter() - began < IDLE_S:
            screen.read(began + IDLE_S)
        share = (screen.processor_s() - before) / (time.perf_counter() - began) * 100
        report.at_most("idle with live countdowns", share, "% of a core", IDLE_SHARE)
        report.at_most("memory at rest", screen.memory_mib(), "MiB", MEMORY_MIB)


def _pull(report: Report, here: Seat) -> None:
    """Every lead is read anew while somebody walks through the queue."""
    home = here.machine.home
    with leadqueue_served(here.firm.url) as url:
        account = replace(here.machine.account, url=url)
        shutil.copytree(home.account_dir(here.machine.account), home.account_dir(account), dirs_exist_ok=True)
        home.save_account(account)
        cache = home.cache_file(account)
        with closing(sqlite3.connect(cache)) as connection, connection:
            connection.execute("DELETE FROM cursor")
        with here.opened() as screen:
            screen.settle("Accept")
            took: list[float] = []
            began = time.perf_counter()
            while not _read_through(cache) and time.perf_counter() - began < LONGEST_PULL_S:
                took += firsts(pressed(screen, ["j" if len(took) % 40 < 20 else "k"]))
    report.add("keys pressed while every lead was read anew", len(took), "keys")
    _told(report, "a key meanwhile", took)
    report.at_most("a key meanwhile, slowest", max(took), "ms", SCREEN_MS)


def _read_through(cache: Path) -> bool:
    with closing(sqlite3.connect(f"{cache.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT 1 FROM cursor WHERE full = 0").fetchone() is not None

"""The first sync of many leads, end to end, against the bare parts that it cannot do without."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import httpx

from benchmarks.firm import Firm, make_firm, sqlite_in
from benchmarks.measuring import Report, alternating, median_ratio
from benchmarks.serving import free_port, leadqueue_served, measured, served
from leadqueue.sync.pages import PAGE

LEADS = 100_000
ROUNDS = 3
LONGEST_RATIO = 2.0
MEMORY_MAY_GROW = 1.25
"""What the memory at the full number of leads may be of that at a fifth of it."""


def run(leads: int = LEADS, rounds: int = ROUNDS) -> Report:
    report = Report(f"First sync of {leads:,} leads, end to end over loopback")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        firm = make_firm(sqlite_in(folder), leads)
        with leadqueue_served(firm.url) as url:
            size = record(url, firm, folder / "pages")
            report.add("record of one lead on the wire", size / firm.leads, "bytes")
            _compare(report, firm, url, folder, rounds)
    _memory(report, leads)
    return report


def record(url: str, firm: Firm, pages: Path) -> int:
    """Write the pages of the whole scope, as the client asks for them, to files; answers their bytes."""
    pages.mkdir()
    size, cursor, more = 0, "", True
    with httpx.Client(base_url=url, headers=_head(firm), trust_env=False, timeout=60) as client:
        while more:
            params = {"limit": str(PAGE)} | ({"cursor": cursor} if cursor else {})
            body = client.get("/v1/changes", params=params).raise_for_status().content
            (pages / str(len(list(pages.iterdir())))).write_bytes(body)
            end = json.loads(body)
            size, cursor, more = size + len(body), end["next"], end["more"]
    return size


def _head(firm: Firm) -> dict[str, str]:
    return {"Authorization": f"Bearer {firm.stage.token}"}


def _compare(report: Report, firm: Firm, url: str, folder: Path, rounds: int) -> None:
    port = free_port()
    canned = [sys.executable, "-m", "benchmarks.canned", str(folder / "pages"), "--port", str(port)]
    spent: dict[str, list[dict[str, float]]] = {"ours": [], "floor": []}

    def taken(side: str, figures: dict[str, float]) -> float:
        spent[side].append(figures)
        return figures["seconds"]

    with served(canned, port, "/") as floor_url:
        ours, floor = alternating(
            rounds,
            lambda: taken("ours", product(firm, url)),
            lambda: taken("floor", _floor(firm, floor_url)),
        )
    report.add("floor: httpx, TypeAdapter, executemany, nothing else", statistics.median(floor), "s")
    report.add("leadqueue", statistics.median(ours), "s")
    report.at_most("leadqueue to floor", median_ratio(ours, floor), "times", LONGEST_RATIO)
    cpu = [[each["cpu"] for each in side] for side in spent.values()]
    report.at_most("the same in processor time of the client", median_ratio(*cpu), "times", LONGEST_RATIO)


def product(firm: Firm, url: str) -> dict[str, float]:
    """The figures of one first sync into new files."""
    with tempfile.TemporaryDirectory() as home:
        _, account = firm.account(url, Path(home))
        words = ("--folder", home, "--account", json.dumps(asdict(account)), "--token", firm.stage.token)
        return _whole(measured("first_sync_client", "product", url, *words), firm)


def _floor(firm: Firm, url: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        return _whole(measured("first_sync_client", "floor", url, "--folder", home), firm)


def _whole(figures: dict[str, float], firm: Firm) -> dict[str, float]:
    if figures["leads"] != firm.leads:
        raise RuntimeError(f"{figures['leads']} leads came, not {firm.leads}")
    return figures


def _memory(report: Report, leads: int) -> None:
    peaks: list[float] = []
    for share in (0.2, 0.5, 1.0):
        with tempfile.TemporaryDirectory() as name:
            firm = make_firm(sqlite_in(Path(name)), int(leads * share))
            with leadqueue_served(firm.url) as url:
                peaks.append(product(firm, url)["peak_mib"])
        report.add(f"peak memory of the client at {firm.leads:,} leads", peaks[-1], "MiB")
    report.at_most("memory at all leads to that at a fifth", peaks[-1] / peaks[0], "times", MEMORY_MAY_GROW)

"""Five hundred clients that behave like reps: they listen, poll, and decide now and then."""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks import postgres
from benchmarks.firm import Firm, make_firm, sqlite_in
from benchmarks.load import answer, request
from benchmarks.measuring import Report, percentile
from benchmarks.server_rate import acceptance, head, waiting_leads
from benchmarks.serving import leadqueue_served

CLIENTS = 500
SECONDS = 30.0
LEADS = 4_000
POLL_EVERY_S = 15.0
DECIDE_EVERY_S = 60.0
"""Of one rep: a decision a minute is a busy morning."""


@dataclass(slots=True)
class Crowd:
    """What all clients share, and the latencies of their calls in seconds."""

    firm: Firm
    url: str
    cursor: str
    leads: Iterator[str]
    until: float
    latencies: dict[str, list[float]] = field(default_factory=lambda: {"poll": [], "decide": []})
    hints: int = 0
    failures: int = 0

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        parts = urlsplit(self.url)
        return await asyncio.open_connection(parts.hostname, parts.port)

    async def call(self, kind: str, sent: bytes) -> None:
        """One call over a connection of its own: between two of them the server closes an idle one."""
        started = time.perf_counter()
        try:
            reader, writer = await self.connection()
            try:
                writer.write(sent)
                await answer(reader)
            finally:
                writer.close()
        except (RuntimeError, OSError, EOFError):
            self.failures += 1
        else:
            self.latencies[kind].append(time.perf_counter() - started)

    async def listen(self) -> None:
        reader, writer = await self.connection()
        try:
            writer.write(request("GET", "/v1/events", {**head(self.firm), "Accept": "text/event-stream"}))
            while line := await reader.readline():
                self.hints += line.startswith(b"event: changed")
        finally:
            writer.close()

    async def work(self, rng: random.Random) -> None:
        """Polls and decisions at their pace, from a moment of the client's own on."""
        poll = request("GET", f"/v1/changes?cursor={self.cursor}&limit=20", head(self.firm))
        next_poll = time.perf_counter() + rng.uniform(0, POLL_EVERY_S)
        next_decision = time.perf_counter() + rng.uniform(0, DECIDE_EVERY_S)
        while (due := min(next_poll, next_decision)) < self.until:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            if due == next_poll:
                await self.call("poll", poll)
                next_poll += POLL_EVERY_S
            else:
                body = json.dumps({"decisions": [acceptance(next(self.leads))]}).encode()
                await self.call("decide", request("POST", "/v1/decisions", head(self.firm), body))
                next_decision += DECIDE_EVERY_S


def run() -> Report:
    report = Report(f"{CLIENTS} clients listen, poll every {POLL_EVERY_S:.0f} s and decide once a minute")
    with tempfile.TemporaryDirectory() as name:
        _measure(report, "SQLite", sqlite_in(Path(name)), 1)
    if postgres.installed():
        with postgres.cluster() as url:
            _measure(report, "PostgreSQL", url, 2)
    return report


def _measure(report: Report, kind: str, url: str, workers: int) -> None:
    firm = make_firm(url, LEADS)
    with leadqueue_served(firm.url, "--workers", str(workers)) as served:
        cursor = _end_of_feed(firm, served)
        crowd = Crowd(firm, served, cursor, iter(waiting_leads(firm)), time.perf_counter() + SECONDS)
        asyncio.run(_all(crowd))
    for call, taken in crowd.latencies.items():
        for share in (0.5, 0.95, 0.99):
            name = f"{kind}: {call}, p{share * 100:.0f} of {len(taken)}"
            report.add(name, percentile(taken, share) * 1000, "ms")
    report.add(f"{kind}: hints heard", crowd.hints, "")
    report.at_most(f"{kind}: calls that failed", crowd.failures, "", 0)


def _end_of_feed(firm: Firm, url: str) -> str:
    cursor, more = "", True
    with httpx.Client(base_url=url, headers=head(firm), trust_env=False, timeout=60) as client:
        while more:
            params = {"limit": "2000"} | ({"cursor": cursor} if cursor else {})
            page = client.get("/v1/changes", params=params).json()
            cursor, more = page["next"], page["more"]
    return str(cursor)


async def _all(crowd: Crowd) -> None:
    listeners = [asyncio.create_task(crowd.listen()) for _ in range(CLIENTS)]
    await asyncio.gather(*(crowd.work(random.Random(each)) for each in range(CLIENTS)))
    for each in listeners:
        each.cancel()
    for each in listeners:
        with suppress(asyncio.CancelledError, OSError):
            await each

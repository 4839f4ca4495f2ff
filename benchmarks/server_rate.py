"""Decisions and reads a second, against a bare FastAPI app that writes and reads the same rows."""

from __future__ import annotations

import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import sqlalchemy as sa

from benchmarks import floor_app, postgres
from benchmarks.firm import Firm, make_firm, new_uuid, sqlite_in
from benchmarks.load import loaded, request
from benchmarks.measuring import Report, alternating, median_ratio
from benchmarks.serving import free_port, leadqueue_served, served
from leadqueue.domain.moments import system_now
from leadqueue.server.database import Database

LEADS = 8_000
ROUNDS = 3
DECISIONS = 200
READS = 600
CHANGES = 20
CONNECTIONS = 8
LEAST_RATIO = 0.5


@dataclass(frozen=True, slots=True)
class Sides:
    """Both servers over one database, and the leads that wait there for a decision."""

    firm: Firm
    ours: str
    floor: str
    waiting: Iterator[str]


def run() -> Report:
    report = Report(f"Server: {CONNECTIONS} connections at full speed, {LEADS:,} leads")
    with tempfile.TemporaryDirectory() as name:
        _both(report, "SQLite", sqlite_in(Path(name)), workers=1)
    if postgres.installed():
        with postgres.cluster() as url:
            _both(report, "PostgreSQL", url, workers=2)
    else:
        report.note("PostgreSQL is not installed here: not measured.")
    return report


def _both(report: Report, kind: str, url: str, workers: int) -> None:
    firm = make_firm(url, LEADS)
    shown = f"{kind}, {workers} server process{'es' if workers > 1 else ''}"
    with _sides(firm, workers) as sides:
        _ratio(
            report,
            f"decisions, {shown}",
            lambda: _decide(sides.ours, _ours(firm, sides.waiting)),
            lambda: _decide(sides.floor, _plain(sides.waiting)),
        )
        for changes in (CHANGES, 0):
            _ratio(
                report,
                f"reads of {changes or 'no'} changes, {shown}",
                *_reads(sides, changes),
            )


def _ratio(report: Report, name: str, ours: Callable[[], float], floor: Callable[[], float]) -> None:
    ours(), floor()  # connections and caches are warm
    fast, bare = alternating(ROUNDS, ours, floor)
    report.add(f"floor: {name}", statistics.median(bare), "a second")
    report.add(f"leadqueue: {name}", statistics.median(fast), "a second")
    report.at_least(f"{name} to floor", median_ratio(fast, bare), "times", LEAST_RATIO)


@contextmanager
def _sides(firm: Firm, workers: int) -> Iterator[Sides]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.floor_app", "--port", str(port), "--workers", str(workers)]
    plan, waiting = _plan(firm), waiting_leads(firm)
    with (
        leadqueue_served(firm.url, "--workers", str(workers)) as ours,
        served(command, port, env=floor_app.environment(plan)) as floor,
    ):
        yield Sides(firm, ours, floor, iter(waiting))


def _plan(firm: Firm) -> floor_app.Plan:
    """As much as leadqueue stores for one decision, by what it stored for the first."""
    with leadqueue_served(firm.url) as url:
        lead_id = waiting_leads(firm)[-1]
        loaded(url, _ours(firm, iter([lead_id])), connections=1, wanted=b'"applied"')
    with closing(Database.attach(firm.url)) as database, database.read() as connection:
        row = connection.execute(_STORED, {"org": firm.stage.organisation_id, "lead": lead_id}).one()
    rep = firm.stage.rep
    sizes = (int(row.lead), int(row.audit), int(row.answer), int(row.clocks))
    return floor_app.Plan(firm.url, firm.stage.organisation_id, rep.id, rep.team_id or "", *sizes)


_STORED = sa.text(
    "SELECT (SELECT LENGTH(body) FROM lead WHERE organisation_id = :org AND id = :lead) AS lead, "
    "(SELECT MAX(LENGTH(body)) FROM audit WHERE organisation_id = :org AND lead_id = :lead) AS audit, "
    "(SELECT LENGTH(answer) FROM decision WHERE organisation_id = :org AND lead_id = :lead) AS answer, "
    "(SELECT COUNT(*) FROM clock WHERE organisation_id = :org AND lead_id = :lead) AS clocks"
)


def waiting_leads(firm: Firm) -> list[str]:
    query = sa.text("SELECT id FROM lead WHERE organisation_id = :org AND stage = 'mql' ORDER BY source_id")
    with closing(Database.attach(firm.url)) as database, database.read() as connection:
        found = connection.execute(query, {"org": firm.stage.organisation_id}).scalars()
        return [str(each) for each in found]


def head(firm: Firm) -> dict[str, str]:
    """A rep's request."""
    return {"Authorization": f"Bearer {firm.stage.token}", "Content-Type": "application/json"}


def acceptance(lead_id: str) -> dict[str, object]:
    """A decision as it travels."""
    return {
        "id": new_uuid(),
        "lead_id": lead_id,
        "kind": "accept",
        "values": {"acceptance_reason": "strong_fit"},
        "expected_version": 1,
        "definitions_version": "2026.1",
        "decided_at": system_now().isoformat(),
    }


def _ours(firm: Firm, leads: Iterator[str]) -> Iterator[bytes]:
    for lead_id in itertools.islice(leads, DECISIONS):
        body = json.dumps({"decisions": [acceptance(lead_id)]}).encode()
        yield request("POST", "/v1/decisions", head(firm), body)


def _plain(leads: Iterator[str]) -> Iterator[bytes]:
    for lead_id in itertools.islice(leads, DECISIONS):
        body = json.dumps({"id": new_uuid(), "lead_id": lead_id}).encode()
        yield request("POST", "/decisions", {"Content-Type": "application/json"}, body)


def _decide(url: str, requests: Iterator[bytes]) -> float:
    done = loaded(url, requests, connections=CONNECTIONS, wanted=b'"applied"')
    if len(done.latencies) != DECISIONS:
        raise RuntimeError("the leads that wait for a decision are used up")
    return done.rate


def _reads(sides: Sides, changes: int) -> tuple[Callable[[], float], Callable[[], float]]:
    """Reads of the last `changes` changes by the same rep."""
    firm = sides.firm
    with httpx.Client(base_url=sides.ours, headers=head(firm), trust_env=False, timeout=60) as client:
        cursor, seq, more = "", 0, True
        parts = {"limit": "100"}
        ends = [("", 0)]
        while more:
            page = client.get("/v1/changes", params=parts | ({"cursor": cursor} if cursor else {})).json()
            cursor, seq, more = page["next"], page["seq"], page["more"]
            ends.append((cursor, seq))
    if changes:
        found = httpx.get(
            f"{sides.ours}/v1/changes",
            params={"cursor": ends[-3][0], "limit": str(changes)},
            headers=head(firm),
            trust_env=False,
        ).json()
        if len(found["changes"]) != changes:
            raise RuntimeError("the feed holds fewer changes than are to be read")
        cursor, seq = ends[-3]
    ours = request("GET", f"/v1/changes?cursor={cursor}&limit={changes or 500}", head(firm))
    bare = request("GET", f"/changes?after={seq}&limit={changes or 500}", {})
    mark = b'"changes":[{' if changes else b'"changes":[]'

    def read(url: str, each: bytes) -> float:
        return loaded(url, itertools.repeat(each, READS), connections=CONNECTIONS, wanted=mark).rate

    return lambda: read(sides.ours, ours), lambda: read(sides.floor, bare)

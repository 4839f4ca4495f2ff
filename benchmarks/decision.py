"""One decision: from the key to the disk, from the outbox to the server; and many in one form."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.firm import Firm, make_firm, new_uuid, sqlite_in
from benchmarks.measuring import Report, alternating, percentile
from benchmarks.rep import Machine, awaiting_review, seconds_until
from benchmarks.serving import leadqueue_served
from leadqueue.cache.desk import Desk
from leadqueue.cache.views import NotStored, OutboxItem, OutboxState, Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import FieldValues
from leadqueue.domain.moments import system_now
from leadqueue.sync.runner import SyncRunner
from leadqueue.sync.state import Phase
from leadqueue.wire.api import DecisionBody

LEADS = 3_000
DECISIONS = 200
SENT = 60
MANY = 500
KEY_TO_DISK_MS = 5.0
OUTBOX_TO_APPLIED_MS = 50.0
VALUES: FieldValues = {"acceptance_reason": "strong_fit"}


def run(leads: int = LEADS) -> Report:
    report = Report(f"One decision, with {leads:,} leads in the cache")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        firm = make_firm(sqlite_in(folder), leads)
        with leadqueue_served(firm.url) as url:
            machine = Machine.of(firm, url, folder / "rep")
            machine.cycle()
            _to_disk(report, machine, folder)
            _many(report, machine)
            machine.cycle()
            _applied(report, machine, firm, url)
    return report


def _to_disk(report: Report, machine: Machine, folder: Path) -> None:
    with machine.desk() as desk, _plain_commits(folder / "plain.db") as plain:
        leads = iter(awaiting_review(desk, DECISIONS))
        ours, floor = alternating(DECISIONS, lambda: _decided(desk, next(leads)), lambda: _committed(plain))
    _compare(report, "key to durable outbox, its effect in the queue", ours, "one row committed", floor)
    own = statistics.median(one - other for one, other in zip(ours, floor, strict=True))
    report.add("of that leadqueue's own work, the disk's commit taken off", own, "ms")
    report.at_most("key to durable outbox, median", statistics.median(ours), "ms", KEY_TO_DISK_MS)


def _decided(desk: Desk, lead_id: str) -> float:
    started = time.perf_counter()
    stored = desk.decide(lead_id, DecisionKind.ACCEPT, VALUES)
    seconds = time.perf_counter() - started
    _accepted(stored)
    return seconds * 1000


def _accepted(outcome: Stored | NotStored) -> OutboxItem:
    match outcome:
        case Stored(item):
            return item
        case NotStored(errors):
            raise RuntimeError(f"the decision was refused: {errors}")


@contextmanager
def _plain_commits(path: Path) -> Iterator[sqlite3.Connection]:
    """A file whose commits are as durable as the outbox's."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=DELETE", "synchronous=EXTRA"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE decision (id TEXT PRIMARY KEY, payload TEXT)")
    try:
        yield connection
    finally:
        connection.close()


def _committed(connection: sqlite3.Connection) -> float:
    started = time.perf_counter()
    connection.execute("INSERT INTO decision VALUES (?, ?)", (new_uuid(), "x" * 400))
    return (time.perf_counter() - started) * 1000


def _many(report: Report, machine: Machine) -> None:
    with machine.desk() as desk:
        leads = awaiting_review(desk, MANY)
        started = time.perf_counter()
        result = desk.decide_many(leads, DecisionKind.ACCEPT, VALUES)
        seconds = time.perf_counter() - started
    if len(result.stored) != MANY:
        raise RuntimeError(f"{len(result.refused)} of {MANY} decisions were refused")
    report.add(f"one form over {MANY} leads, durable and in the queue", seconds * 1000, "ms")


def _applied(report: Report, machine: Machine, firm: Firm, url: str) -> None:
    head = {"Authorization": f"Bearer {firm.stage.token}"}
    with (
        machine.desk() as desk,
        machine.syncing() as runner,
        httpx.Client(base_url=url, headers=head, trust_env=False) as client,
    ):
        seconds_until(lambda: runner.state.phase is Phase.LIVE)
        leads = awaiting_review(desk, SENT * 2)
        mine, theirs = iter(leads[:SENT]), iter(leads[SENT:])
        ours, floor = alternating(
            SENT, lambda: _answered(desk, runner, next(mine)), lambda: _posted(client, desk, next(theirs))
        )
    _compare(report, "outbox to applied", ours, "one bare POST of a decision", floor)
    report.at_most("outbox to applied, median", statistics.median(ours), "ms", OUTBOX_TO_APPLIED_MS)


def _answered(desk: Desk, runner: SyncRunner, lead_id: str) -> float:
    """From a stored decision, whose time to be undone is over, to the server's answer in the outbox."""
    identifier = _accepted(desk.decide(lead_id, DecisionKind.ACCEPT, VALUES)).decision.id

    def answered() -> bool:
        item = desk.item(identifier)
        return item is not None and item.state is OutboxState.ANSWERED

    started = time.perf_counter()
    runner.wake()
    seconds_until(answered)
    return (time.perf_counter() - started) * 1000


def _posted(client: httpx.Client, desk: Desk, lead_id: str) -> float:
    view = desk.lead(lead_id)
    if view is None:
        raise RuntimeError("the lead is gone")
    body = DecisionBody(
        id=new_uuid(),
        lead_id=lead_id,
        kind=DecisionKind.ACCEPT,
        values=dict(VALUES),
        expected_version=view.server.versions.sales,
        definitions_version=desk.definitions.version,
        decided_at=system_now(),
    )
    content = '{"decisions":[' + body.model_dump_json() + "]}"
    started = time.perf_counter()
    answer = client.post("/v1/decisions", content=content, headers={"Content-Type": "application/json"})
    seconds = time.perf_counter() - started
    if answer.raise_for_status().json()["answers"][0]["status"] != "applied":
        raise RuntimeError(f"the decision was not applied: {answer.text}")
    return seconds * 1000


def _compare(report: Report, name: str, ours: list[float], floor_name: str, floor: list[float]) -> None:
    report.add(f"floor: {floor_name}, median", statistics.median(floor), "ms")
    report.add(f"{name}, 95th percentile", percentile(ours, 0.95), "ms")
    report.add(f"{name} to floor", statistics.median(ours) / statistics.median(floor), "times")

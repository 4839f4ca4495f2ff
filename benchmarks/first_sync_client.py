"""One first sync in a process of its own, so that its time and its memory are its own.

`product`: the sync engine into real local files. `floor`: the same pages with nothing around them: bare
httpx, one TypeAdapter, one `executemany`. Prints its figures as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx

from benchmarks.measuring import peak_mib
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import open_store
from leadqueue.crm.native import NativeGateway
from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import FieldScope
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import system_now, to_micros
from leadqueue.sync.engine import SyncEngine
from leadqueue.wire.api import CHANGES_PAGE_ADAPTER, Upsert

_FIELDS = tuple(key for key, field in shipped().definitions.fields.items() if field.scope is FieldScope.LEAD)
_PLAIN = (
    "id",
    "seq",
    "marketing",
    "crm",
    "sales",
    "stage_version",
    "stage",
    "created_at",
    "stage_since",
    "status_at",
    "owner_id",
    "owner_name",
    "team_id",
    "score",
    "signals",
)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["product", "floor"])
    parser.add_argument("url")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--account", default="{}")
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    before = time.process_time()
    if given.what == "floor":
        seconds, leads = floor(given.url, given.folder)
    else:
        account = Account(**json.loads(given.account))
        seconds, leads = asyncio.run(product(given.folder, account, given.token))
    cpu = time.process_time() - before
    print(json.dumps({"seconds": seconds, "leads": leads, "peak_mib": peak_mib(), "cpu": cpu}))


async def product(folder: Path, account: Account, token: str) -> tuple[float, int]:
    """From files that do not exist yet to a queue that is whole: seconds, and leads in the cache."""
    started = time.perf_counter()
    store = open_store(Home.locate({"LEADQUEUE_HOME": str(folder)}), account, system_now)
    gateway = NativeGateway(account.url, token, system_now)
    try:
        report = await SyncEngine(store, gateway, system_now, user_id=account.user_id).cycle()
        seconds = time.perf_counter() - started
        if report.error is not None:
            raise report.error
        audience = f"rep:{account.user_id}"
        theirs = await gateway.digest(audience)
        if (theirs.count, theirs.digest) != store.cache.digest():
            raise RuntimeError("the cache does not equal the server's scope")
        return seconds, theirs.count
    finally:
        await gateway.aclose()
        store.close()


def floor(url: str, folder: Path) -> tuple[float, int]:
    """Seconds and leads of the pages at `url`, fetched, parsed once, and written to a plain table."""
    names = (*_PLAIN, *(f"f_{key}" for key in _FIELDS))
    started = time.perf_counter()
    with closing(sqlite3.connect(folder / "floor.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"CREATE TABLE lead (id TEXT PRIMARY KEY, {', '.join(names[1:])})")
        insert = f"INSERT INTO lead VALUES ({', '.join('?' for _ in names)})"
        for upserts in _pages(url):
            connection.execute("BEGIN")
            connection.executemany(insert, [_values(each.lead, each.seq) for each in upserts])
            connection.execute("COMMIT")
        seconds = time.perf_counter() - started
        return seconds, int(connection.execute("SELECT COUNT(*) FROM lead").fetchone()[0])


def _pages(url: str) -> Iterator[list[Upsert]]:
    with httpx.Client(trust_env=False) as client:
        number, more = 0, True
        while more:
            page = CHANGES_PAGE_ADAPTER.validate_json(client.get(f"{url}/{number}").content)
            number, more = number + 1, page.more
            yield [change for change in page.changes if isinstance(change, Upsert)]


def _values(lead: Lead, seq: int) -> tuple[object, ...]:
    versions = lead.versions
    return (
        lead.id,
        seq,
        versions.marketing,
        versions.crm,
        versions.sales,
        versions.stage,
        lead.stage,
        to_micros(lead.created_at),
        to_micros(lead.stage_since),
        to_micros(lead.status_at),
        lead.owner_id,
        lead.owner_name,
        lead.team_id,
        lead.score.total if lead.score else None,
        ", ".join(f"{tally.kind} {tally.count}" for tally in lead.tallies),
        *(lead.fields.get(key) for key in _FIELDS),
    )


if __name__ == "__main__":
    main()

"""A private PostgreSQL cluster for the length of a benchmark, as durable as PostgreSQL is by itself."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests import postgres

SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "jit": "off",
}
FOR_FILLING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
"""For making very many rows that nobody needs tomorrow."""


def installed() -> bool:
    return postgres.installed()


@contextmanager
def cluster(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """Runs a cluster until the block ends; answers the address of its database `postgres`."""
    home = Path(tempfile.mkdtemp(prefix="leadqueue-bench-"))
    try:
        postgres.make_cluster(home)
        postgres.start_cluster(home, settings)
        yield f"postgresql+psycopg://leadqueue@/postgres?host={home}"
    finally:
        postgres.stop_cluster(home)
        shutil.rmtree(home, ignore_errors=True)

"""A private PostgreSQL cluster for the length of a benchmark, as durable as PostgreSQL is by itself."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

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
    return _program("initdb") is not None


@contextmanager
def cluster(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """Runs a cluster until the block ends; answers the address of its database `postgres`."""
    home = Path(tempfile.mkdtemp(prefix="leadqueue-bench-"))
    data = home / "data"
    try:
        if os.geteuid() == 0:
            shutil.chown(home, _owner())
        made = ["--username=leadqueue", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run("initdb", "-D", str(data), *made)
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        options += f" -c unix_socket_directories='{home}'"
        _run("pg_ctl", "-D", str(data), "-w", "-l", str(home / "log"), "-o", options, "start")
        yield f"postgresql+psycopg://leadqueue@/postgres?host={home}"
    finally:
        if (data / "postmaster.pid").exists():
            _run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(home, ignore_errors=True)


def _owner() -> str:
    """Who runs the cluster in root's place; PostgreSQL refuses root."""
    known = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _run(program: str, *words: str) -> None:
    user = _owner() if os.geteuid() == 0 else None
    subprocess.run(
        [str(_program(program)), *words],
        check=True,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )


def _program(name: str) -> Path | None:
    """PostgreSQL's program of this name, Debian's newest first: they are not on everybody's PATH."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    for home in reversed(homes):
        if (home / name).exists():
            return home / name
    found = shutil.which(name)
    return Path(found) if found else None

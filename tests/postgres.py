"""PostgreSQL for the tests: a private cluster that lives as long as the run, or a server that is named.

`LEADQUEUE_TEST_POSTGRES` names a server by an address whose user may create databases. Without it the first
test that asks starts a cluster of its own where PostgreSQL's programs are installed. Where neither is to be
had the tests are skipped, and the summary says so.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from filelock import FileLock
from sqlalchemy.engine import URL, make_url

from leadqueue.server.database import Database
from leadqueue.server.tables import REGISTRY

NAMED = "LEADQUEUE_TEST_POSTGRES"
_HOME = "LEADQUEUE_TEST_POSTGRES_HOME"
_DURABLE = "LEADQUEUE_TEST_POSTGRES_DURABLE"
_HOME_PREFIX = "leadqueue-pg-"
_RUN = "LEADQUEUE_TEST_POSTGRES_RUN"
MISSING = f"PostgreSQL is neither installed nor named by {NAMED}"
_FREE: list[str] = []
_SETTINGS = {
    "listen_addresses": "",
    "autovacuum": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
}
_FORCED = ("fsync", "full_page_writes", "synchronous_commit")


def begin_run(*, durable: bool = False) -> None:
    """Say where the run's cluster would live; the workers that start later inherit it.

    A `durable` one forces each commit to the disk, as a server does that is measured.
    """
    os.environ[_DURABLE] = "on" if durable else "off"
    for left in Path(tempfile.gettempdir()).glob(f"{_HOME_PREFIX}*"):
        if not _runs(left / "run.pid"):  # of a run that was killed
            stop_cluster(left)
    os.environ[_RUN] = uuid.uuid4().hex[:8]
    os.environ[_HOME] = tempfile.mkdtemp(prefix=_HOME_PREFIX)
    Path(os.environ[_HOME], "run.pid").write_text(str(os.getpid()))


def end_run() -> None:
    """Drop what the run has left on the named server, or stop its cluster and remove it."""
    home = Path(os.environ[_HOME])
    if (home / "address").exists() and NAMED in os.environ:
        for name in _databases(_prefix()):
            _administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    stop_cluster(home)
    shutil.rmtree(home, ignore_errors=True)


def _runs(note: Path) -> bool:
    """Whether the process that wrote its number there still runs."""
    try:
        os.kill(int(note.read_text()), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def available() -> bool:
    return NAMED in os.environ or installed()


def installed() -> bool:
    """Whether a cluster of one's own can be made here."""
    return _program("initdb") is not None


BOTH = ("sqlite", "postgresql")
over_both = pytest.mark.parametrize("address", BOTH, indirect=True)
"""Runs a test whose world stands on the fixture `address` over each of the databases."""


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    """The address of a database of one's own of this kind, with the tables of this program and no rows.

    An SQLite file lies in `folder`.
    """
    if kind == "sqlite":
        yield sqlite_in(folder)
    else:
        with fresh_database() as address:
            yield address


def sqlite_in(folder: Path) -> str:
    """The address of a new SQLite file in that folder, with the tables of this program and no rows."""
    file = folder / "crm.db"
    file.write_bytes(_sqlite_template())
    file.chmod(0o600)
    return f"sqlite:///{file}"


@cache
def _sqlite_template() -> bytes:
    """A file whose tables are made: copied for each test, since the migrations take far longer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "crm.db")
        Database.open(f"sqlite:///{file}").close()
        assert not file.with_name("crm.db-wal").exists()
        return file.read_bytes()


@contextmanager
def fresh_database() -> Iterator[str]:
    """The address of a database of one's own, with the tables of this program and no rows.

    One process uses the same ones again and again: emptying is far cheaper than making.
    """
    if not available():
        pytest.skip(MISSING)
    address = _FREE.pop() if _FREE else _make(_template())
    yield address
    _empty(address)
    _FREE.append(address)


@contextmanager
def empty_database() -> Iterator[str]:
    """The address of a database without tables."""
    if not available():
        pytest.skip(MISSING)
    with _copy_of("template0") as address:
        yield address


@contextmanager
def _copy_of(template: str) -> Iterator[str]:
    address = _make(template)
    try:
        yield address
    finally:
        _administer(f'DROP DATABASE "{make_url(address).database}" WITH (FORCE)')


def _make(template: str) -> str:
    name = f"{_prefix()}{uuid.uuid4().hex[:12]}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return _server().set(database=name).render_as_string(hide_password=False)


def _empty(address: str) -> None:
    tables = [f'"{name}"' for name in REGISTRY.metadata.tables]
    statements = [
        "SET lock_timeout = '5s'",
        "ALTER TABLE audit DISABLE TRIGGER USER",
        *(f"DELETE FROM {name}" for name in tables),  # noqa: S608 - our own tables
        "ALTER TABLE audit ENABLE TRIGGER USER",
    ]
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        connection.execute(";".join(statements))


def administer(statement: str) -> None:
    """Run a statement as the server's administrator, outside of any test's database."""
    _administer(statement)


def _prefix() -> str:
    return f"leadqueue_test_{os.environ[_RUN]}_"


@cache
def _template() -> str:
    """The run's database that the others are copied from."""
    name = f"{_prefix()}template"
    server = _server()
    with FileLock(f"{os.environ[_HOME]}/template.lock"):
        if name not in _databases(name):
            _administer(f'CREATE DATABASE "{name}"')
            address = server.set(database=name).render_as_string(hide_password=False)
            Database.open(address, migrate=True).close()
    return name


@cache
def _server() -> URL:
    """The server's address, started by whichever process of the run asks first."""
    home = Path(os.environ[_HOME])
    with FileLock(f"{home}/server.lock"):
        note = home / "address"
        if not note.exists():
            note.write_text(os.environ.get(NAMED) or _start(home))
    return make_url(note.read_text()).set(drivername="postgresql+psycopg")


@cache
def _administrator() -> sa.Engine:
    return sa.create_engine(_server(), isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0)


def _administer(statement: str) -> None:
    with _administrator().connect() as connection:
        connection.exec_driver_sql(statement)


def _databases(prefix: str) -> list[str]:
    query = sa.text("SELECT datname FROM pg_database WHERE starts_with(datname, :prefix)")
    with _administrator().connect() as connection:
        return list(connection.execute(query, {"prefix": prefix}).scalars())


def _start(home: Path) -> str:
    make_cluster(home)
    start_cluster(home, _SETTINGS | dict.fromkeys(_FORCED, os.environ[_DURABLE]))
    return f"postgresql+psycopg://leadqueue@/postgres?host={home}"


def make_cluster(home: Path) -> None:
    """Make a cluster in `home`/data, whose administrator is `leadqueue`."""
    data = home / "data"
    if os.geteuid() == 0:
        shutil.chown(home, _owner())
    made = ["--username=leadqueue", "--auth=trust", "--encoding=UTF8", "--no-sync", "--no-instructions"]
    # An order of letters that differs from that of bytes, as on many a server.
    language = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"]
    initdb = [str(_program("initdb")), "-D", str(data), *made]
    if _as_owner([*initdb, *language], check=False).returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        _as_owner([*initdb, "--locale=C.UTF-8"])


def start_cluster(home: Path, settings: Mapping[str, str]) -> None:
    """Start it; it answers when this returns."""
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    options += f" -c unix_socket_directories='{home}'"
    _control(home, "-l", str(home / "log"), "-o", options, "start")


def stop_cluster(home: Path) -> None:
    """End it at once, as a crash would: what it had not written it recovers from its log."""
    if (home / "data" / "postmaster.pid").exists() and _program("pg_ctl") is not None:
        _control(home, "-m", "immediate", "stop", check=False)


def _control(home: Path, *words: str, check: bool = True) -> None:
    _as_owner([str(_program("pg_ctl")), "-D", str(home / "data"), "-w", *words], check=check)


def _owner() -> str:
    """Who runs the cluster in root's place; PostgreSQL refuses root."""
    known = {user.pw_name for user in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _as_owner(command: list[str], *, check: bool = True) -> subprocess.CompletedProcess[bytes]:
    user = _owner() if os.geteuid() == 0 else None
    return subprocess.run(
        command,
        check=check,
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
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

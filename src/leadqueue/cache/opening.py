"""Opening the local files: making, migrating, and setting aside what is damaged.

The usual path, a file in the present format, imports neither SQLAlchemy nor Alembic.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from leadqueue.cache import bulk, tally
from leadqueue.cache.errors import (
    DamagedFile,
    ForeignFile,
    NewerFile,
    StoreError,
    guarded,
    suspect_mark,
)
from leadqueue.cache.home import Account, Home, private_file
from leadqueue.cache.outbox import Outbox
from leadqueue.cache.salvage import salvage
from leadqueue.cache.store import CacheStore
from leadqueue.domain.moments import NowFn

HEADS = {"outbox": "0004", "cache": "0011"}
"""The format in which this program reads and writes each file: its newest migration."""

APPLICATION_IDS = {"outbox": 0x4C514F42, "cache": 0x4C514341}
BUSY_S = 10.0
_DONE = ".salvaged"
_PRAGMAS = {
    # A commit survives power loss: https://sqlite.org/pragma.html#pragma_synchronous
    "outbox": ("journal_mode=DELETE", "synchronous=EXTRA", "foreign_keys=ON"),
    "cache": ("journal_mode=WAL", "synchronous=NORMAL", "temp_store=MEMORY", "wal_autocheckpoint=8000"),
}


@dataclass(frozen=True, slots=True)
class LocalStore:
    """The two open files of an account. Not for use by several threads; each opens its own."""

    outbox: Outbox
    cache: CacheStore

    def close(self) -> None:
        self.cache.close()
        self.outbox.close()


def open_store(home: Home, account: Account, now: NowFn) -> LocalStore:
    """Open both files, made or migrated where needed. Raises `StoreError`s."""
    outbox_file = home.outbox_file(account)
    connection, notice = open_file(outbox_file, "outbox", now)
    outbox = Outbox(outbox_file, connection, notice=notice)
    try:
        cache_file = home.cache_file(account)
        cache_connection, _ = open_file(cache_file, "cache", now)
        cache = CacheStore(cache_file, cache_connection, outbox, account, now)
    except BaseException:
        outbox.close()
        raise
    return LocalStore(outbox, cache)


def open_file(path: Path, kind: str, now: NowFn) -> tuple[sqlite3.Connection, str]:
    """An open connection to the file `kind`, and what there is to tell the user about its opening.

    A damaged cache is set aside and begun anew, since the server has all that was in it. A damaged outbox is
    set aside too, and every decision that can still be read goes over into the new one.
    """
    try:
        connection = _opened(path, kind)
    except DamagedFile:
        _set_aside(path, now)
        connection = _opened(path, kind)
    if kind == "cache":
        return connection, ""
    return connection, " ".join(_salvaged(aside, connection) for aside in _not_salvaged(path))


def _not_salvaged(path: Path) -> list[Path]:
    """Damaged files whose decisions are not saved yet; a crash may have come between."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(
        each
        for each in found
        if each.suffix != _DONE
        and "-" not in each.name.rpartition(".damaged-")[2]
        and not each.with_name(each.name + _DONE).exists()
    )


def _salvaged(aside: Path, connection: sqlite3.Connection) -> str:
    """Save what can be saved, and mark it done only after that stands; answers what to tell the user."""
    try:
        saved, lost = salvage(aside, connection)
        private_file(aside.with_name(aside.name + _DONE))
    except BaseException:
        connection.close()
        raise
    notice = f"The outbox was damaged. {saved} decisions were saved from it"
    notice += f", {lost} could not be read" if lost else ""
    return f"{notice}; the damaged file is kept: {aside}"


def _opened(path: Path, kind: str) -> sqlite3.Connection:
    fresh = not path.exists() or path.stat().st_size == 0
    try:
        private_file(path)
    except OSError as error:
        raise StoreError(
            path, f"The file cannot be opened ({error.strerror})", "Check the folder."
        ) from error
    with guarded(path):
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS[kind]:
                connection.execute(f"PRAGMA {pragma}")
            if suspect_mark(path).exists():
                _check_in_full(connection, path)
            _bring_up_to_date(connection, path, kind, fresh=fresh)
        except BaseException:
            connection.close()
            raise
    return connection


def _check_in_full(connection: sqlite3.Connection, path: Path) -> None:
    findings = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
    if findings != ["ok"]:
        raise DamagedFile(path, findings[0])
    suspect_mark(path).unlink(missing_ok=True)


def _bring_up_to_date(connection: sqlite3.Connection, path: Path, kind: str, *, fresh: bool) -> None:
    head = HEADS[kind]
    found = _revision(connection)
    if found == head:
        return
    if found is None and not fresh and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise ForeignFile(path)
    from leadqueue.cache.migrating import known_revisions, upgrade  # noqa: PLC0415 - slow to import, seldom needed

    if found is not None and found not in known_revisions(kind):
        raise NewerFile(path, found, head)
    if found is not None:
        _back_up(connection, path, found)
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _revision(connection) != head:  # another process may have been quicker
            if kind == "cache" and found is not None:
                bulk.put_back(connection)
            upgrade(connection, kind)
            if kind == "cache":
                tally.put_up(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_IDS[kind]}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _revision(connection: sqlite3.Connection) -> str | None:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return None
        raise
    return None if row is None else str(row[0])


def _back_up(connection: sqlite3.Connection, path: Path, revision: str) -> None:
    """Keep the file as it was before its migration."""
    target = private_file(path.with_name(f"{path.name}.before-{revision}"))
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()


def _set_aside(path: Path, now: NowFn) -> Path:
    stamp = now().strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("-journal", "-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            shutil.move(beside, aside.with_name(aside.name + suffix))
    os.replace(path, aside)  # noqa: PTH105 - atomic, and the name says what it does
    suspect_mark(path).unlink(missing_ok=True)
    return aside

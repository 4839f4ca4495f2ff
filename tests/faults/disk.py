"""The rep's disk: every statement on the local files may be the last of its process."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

_WRITING = ("INSERT", "UPDATE", "DELETE", "COMMIT", "CREATE", "ALTER", "DROP")


class Killed(BaseException):
    """The process ends here; nothing of it runs any further."""


@dataclass
class Fate:
    """What is to happen at the statements of one process, counted from now.

    `full_for`: how many writing statements after `full_at` meet a full disk.
    """

    kill_at_step: int | None = None
    kill_before_write: int | None = None
    kill_after_commit: int | None = None
    full_at: int | None = None
    full_for: int = 1
    full_code: int = sqlite3.SQLITE_FULL
    steps: int = 0
    writes: int = 0
    commits: int = 0


def _nobody() -> None:
    return


@dataclass
class Process:
    """One run of the program on a device, as far as its files are concerned."""

    name: str
    folder: Path
    on_kill: Callable[[str], None]
    fate: Fate = field(default_factory=Fate)
    dead: bool = False
    on_forced: Callable[[], None] = _nobody
    """Told of each commit on the cache that is forced to the disk, and everything before it with it."""
    connections: list[sqlite3.Connection] = field(default_factory=list)

    def alive(self) -> None:
        if self.dead:
            raise Killed(self.name)

    def die(self, why: str) -> None:
        """Note that the process is gone. Whoever runs it clears up."""
        if not self.dead:
            self.dead = True
            self.on_kill(why)

    def close_files(self) -> None:
        """As the operating system does at the end of a process: open transactions are gone."""
        for connection in self.connections:
            connection.close()
        self.connections.clear()

    def step(self) -> Killed | None:
        """What its sync meets when it goes on after an await."""
        fate = self.fate
        fate.steps += 1
        if not self.dead and fate.kill_at_step is not None and fate.steps >= fate.kill_at_step:
            self.die("at an await")
        return Killed(self.name) if self.dead else None

    def before(self, sql: str) -> None:
        verb = sql.lstrip()[:8].upper()
        if self.dead:
            if verb.startswith("ROLLBACK"):
                return
            raise Killed(self.name)
        if not verb.startswith(_WRITING):
            return
        fate = self.fate
        fate.writes += 1
        if fate.kill_before_write is not None and fate.writes >= fate.kill_before_write:
            self.die(f"before {verb.split()[0].lower()}")
            raise Killed(self.name)
        if fate.full_at is not None and fate.full_at <= fate.writes < fate.full_at + fate.full_for:
            error = sqlite3.OperationalError("the disk is as the test wants it")
            error.sqlite_errorcode = fate.full_code
            raise error

    def after(self, sql: str) -> None:
        if sql.lstrip()[:6].upper() != "COMMIT":
            return
        fate = self.fate
        fate.commits += 1
        if fate.kill_after_commit is not None and fate.commits >= fate.kill_after_commit:
            self.die("after commit")
            raise Killed(self.name)


class WatchedCursor(sqlite3.Cursor):
    """As SQLAlchemy uses a connection, in migrations."""

    connection: WatchedConnection

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> WatchedCursor:  # type: ignore[override]
        self.connection.process.before(sql)
        super().execute(sql, parameters)
        return self


class WatchedConnection(sqlite3.Connection):
    """A connection whose statements belong to a process."""

    process: Process
    forces = False

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> sqlite3.Cursor:  # type: ignore[override]
        self.process.before(sql)
        cursor = super().execute(sql, parameters)
        if sql.startswith("PRAGMA synchronous="):
            self.forces = sql.endswith("=FULL")
        elif self.forces and sql == "COMMIT":
            self.process.on_forced()
        self.process.after(sql)
        return cursor

    def cursor(self, factory: type[sqlite3.Cursor] = WatchedCursor) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(factory)

    def executemany(self, sql: str, rows: Iterable[Sequence[object]], /) -> sqlite3.Cursor:  # type: ignore[override]
        self.process.before(sql)
        return super().executemany(sql, rows)


class Disk:
    """Gives every connection that a process opens to that process."""

    def __init__(self) -> None:
        self._opening: Process | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        real: Callable[..., sqlite3.Connection] = sqlite3.connect

        def connect(database: str | Path, **options: object) -> sqlite3.Connection:
            process = self._opening
            if process is None or str(process.folder) not in str(database):
                return real(database, **options)
            process.alive()
            made = real(database, factory=WatchedConnection, **options)
            assert isinstance(made, WatchedConnection)
            made.process = process
            process.connections.append(made)
            return made

        with patch.object(sqlite3, "connect", connect):
            yield

    @contextmanager
    def of(self, process: Process) -> Iterator[None]:
        """What is opened inside belongs to `process`."""
        before, self._opening = self._opening, process
        try:
            yield
        finally:
            self._opening = before

"""A PostgreSQL cluster that may be crashed, and the way between it and the server."""

from __future__ import annotations

import contextlib
import select
import shutil
import socket
import tempfile
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa
from tests import postgres
from tests.e2e.serving import free_port
from tests.kill.trip import Committing

from leadqueue.server.database import Database

CHUNK = 65536
COMMIT = b"COMMIT\0"
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "100"}
"""What a commit promises is kept, as in a company's cluster."""


class Cluster:
    """A private cluster with a port of its own on the loopback interface."""

    def __init__(self) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="leadqueue-storm-pg-"))
        self.port = free_port()
        self._settings = SETTINGS | {"listen_addresses": "127.0.0.1", "port": str(self.port)}
        try:
            postgres.make_cluster(self._home)
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start it, after a crash with recovery; ready when this returns."""
        postgres.start_cluster(self._home, self._settings)

    def crash(self) -> None:
        """All its processes end at once, and nothing is written any more."""
        postgres.stop_cluster(self._home)

    def fresh(self) -> str:
        """The name of a new database with the server's tables."""
        name = f"storm_{uuid.uuid4().hex[:12]}"
        engine = sa.create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        engine.dispose()
        Database.migrate(self.address(name))
        return name

    def address(self, name: str, port: int = 0) -> str:
        return f"postgresql+psycopg://leadqueue@127.0.0.1:{port or self.port}/{name}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            postgres.stop_cluster(self._home)
        shutil.rmtree(self._home, ignore_errors=True)


class Relay:
    """Carries the server's talk with its database to `target_port`.

    `hears` is told before a commit is passed on, and before the answer to it is; where it answers true that
    connection is cut instead.
    """

    def __init__(self, target_port: int, hears: Callable[[Committing], bool]) -> None:
        self._target = ("127.0.0.1", target_port)
        self._hears = hears
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                server, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(server,), daemon=True).start()

    def _carry(self, server: socket.socket) -> None:
        with contextlib.suppress(OSError), server, socket.create_connection(self._target) as database:
            commits = False
            while True:
                ready, _, _ = select.select([server, database], [], [])
                if server in ready:
                    part = server.recv(CHUNK)
                    commits = part.endswith(COMMIT)
                    if not part or (commits and self._hears(Committing(done=False))):
                        return
                    database.sendall(part)
                if database in ready:
                    part = database.recv(CHUNK)
                    if not part or (commits and self._hears(Committing(done=True))):
                        return
                    commits = False
                    server.sendall(part)

"""The real server as its own process, that tests may kill and start again."""

from __future__ import annotations

import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

from leadqueue.domain.moments import system_now
from leadqueue.server.admin import Admin
from leadqueue.server.app import new_uuid
from leadqueue.server.database import Database

ATTEMPTS = 600
BREATH_S = 0.05
PROGRAM = [str(Path(sys.executable).with_name("leadqueue"))]


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`leadqueue serve` over a file: `url` is where its clients look for it, `at` where it serves.

    Organisations are made through `admin`, past the process. `database` names another database than the file,
    `program` another way to start.
    """

    def __init__(self, folder: Path, *, database: str = "", program: Sequence[str] = PROGRAM) -> None:
        folder.mkdir(exist_ok=True)
        self.folder = folder
        self._program = list(program)
        self.port = free_port()
        self.url = self.at = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self.database = database or f"sqlite:///{folder / 'crm.db'}"
        self._process: subprocess.Popen[bytes] | None = None
        self._open()

    def _open(self) -> None:
        self.books = Database.open(self.database)
        self.admin = Admin(self.books, system_now, new_uuid)
        # Without TLS no certificates need be read, and a killed server leaves no kept connection behind.
        self.http = httpx.Client(
            verify=False,  # noqa: S501 - nothing but the loopback interface is asked
            trust_env=False,
            timeout=30,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, aside: bool = False) -> str:
        """Serve and answer the address; `aside` serves at another one, where no client looks for it."""
        self.spawn(free_port() if aside else self.port)
        return self.wait_ready()

    def spawn(self, port: int) -> int:
        """Start the process and do not wait for it; answers its number."""
        assert not self.runs()
        self.at = f"http://127.0.0.1:{port}"
        command = [*self._program, "serve", "--database", self.database, "--port", str(port)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        return self._process.pid

    def wait_ready(self) -> str:
        for _ in range(ATTEMPTS):
            try:
                self.http.get(f"{self.at}/readyz").raise_for_status()
            except httpx.TransportError:
                assert self.runs(), f"the server ended:\n{self.log.read_text('utf-8')}"
                # Nothing listens yet: leave it the processor for a moment.
                select.select([], [], [], BREATH_S)
            else:
                return self.at
        raise AssertionError("the server never got ready")

    def let_go(self) -> None:
        """Hold no connection to the database: what a kill leaves there is for the server alone to mend."""
        self.books.engine.dispose()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def reopen(self) -> None:
        """Serve again, after `close`, what now lies in the folder."""
        self._open()
        self.start()

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is not None and self.runs():
            self._process.terminate()
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()

    def close(self) -> None:
        self.stop()
        self.http.close()
        self.books.close()

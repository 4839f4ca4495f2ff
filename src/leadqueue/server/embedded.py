"""The CRM API inside this process, on the loopback interface: for the demo and for tests."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

import uvicorn

from leadqueue.domain.moments import NowFn, system_now
from leadqueue.server.app import UNLIMITED, create_app
from leadqueue.server.database import Database
from leadqueue.server.limits import Limits

LOOPBACK = "127.0.0.1"
START_LIMIT_S = 20.0


class EmbeddedServer:
    """Serves an open database from a thread of its own, on a free port where `port` is 0."""

    def __init__(
        self, database: Database, *, port: int = 0, now: NowFn = system_now, limits: Limits = UNLIMITED
    ) -> None:
        # The protocol is named because asyncio asks for it before it sends small answers at once.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind((LOOPBACK, port))
        except OSError:
            self._socket.close()
            raise
        self._started = threading.Event()
        config = uvicorn.Config(
            create_app(database, now, limits=limits),
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
            lifespan="on",
            proxy_headers=False,  # nobody is believed about whom a request comes from
            server_header=False,
        )
        self._server = _Server(config, self._started)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="crm-api", daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._socket.getsockname()[1]}"

    def start(self) -> None:
        """Serve; returns as soon as requests are taken. Raises RuntimeError where it cannot start."""
        self._thread.start()
        if not self._started.wait(START_LIMIT_S):
            self.stop()
            raise RuntimeError("the embedded server did not start")

    def stop(self) -> None:
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(timeout=START_LIMIT_S)
        self._socket.close()

    def __enter__(self) -> EmbeddedServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(uvicorn.Server):
    """Says when it takes requests."""

    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._ready = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready.set()

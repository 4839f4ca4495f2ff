"""Serves the terminal UI as a page on the loopback interface. Each tab runs a program of its own."""

from __future__ import annotations

import hmac
import secrets
import socket
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from pathlib import Path
from shlex import join

from aiohttp import web
from textual_serve.server import Server

HOST = "127.0.0.1"
COOKIE = "leadqueue-web-{port}"
"""Browsers tell the cookies of two ports of one machine apart by their names alone."""
MOST_TABS = 8
_GRACE_S = 1.0
"""How long open tabs are waited for at the end; then their programs are told to quit."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STRANGER = (
    "This page belongs to a leadqueue that runs on this machine. Open the address that `leadqueue web` "
    "printed, the whole of it."
)
_OTHER_NAME = "leadqueue answers only to the address that it printed."
_TOO_MANY = f"{MOST_TABS} tabs are open already; close one of them."


class WebPage(Server):
    """A page that only those can open who know its `address`: it holds a secret, new with every start.

    The secret is exchanged for a cookie at once, so that it does not stay in the browser's address bar.
    Requests under another name than the loopback address, and sockets that another page opens, are refused.
    Raises OSError where the port is taken. Port 0 takes a free one. `name` is what `command` is called in a
    terminal: the page's title, and where it sends those whose program ended at once.
    """

    def __init__(self, command: Sequence[str], port: int = 0, name: str = "leadqueue") -> None:
        self._socket = socket.create_server((HOST, port))
        port = int(self._socket.getsockname()[1])
        super().__init__(
            join(command),
            host=HOST,
            port=port,
            title=name,
            public_url=f"http://{HOST}:{port}",
            templates_path=Path(str(files("leadqueue.web") / "templates")),
        )
        self._secret = secrets.token_urlsafe(32)
        self._cookie = COOKIE.format(port=port)
        self._tabs = 0

    @property
    def address(self) -> str:
        """Where to open the page, secret included."""
        return f"{self.public_url}/?key={self._secret}"

    def run(self) -> None:
        """Serve until the program is interrupted."""
        web.run_app(
            self._make_app(), sock=self._socket, print=None, access_log=None, shutdown_timeout=_GRACE_S
        )

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_get("/focus.js", self._focus)
        app.middlewares.append(self._guard)
        return app

    async def _focus(self, _request: web.Request) -> web.FileResponse:
        return web.FileResponse(Path(self.templates_path) / "focus.js")

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has said where the page is."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        self._tabs += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._tabs -= 1

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.get("Host") != f"{HOST}:{self.port}":
            return _refused(421, _OTHER_NAME)
        key = request.query.get("key")
        if request.path == "/" and key is not None and self._is_secret(key):
            found: web.StreamResponse = web.Response(status=303, headers={"Location": "/"})
            found.set_cookie(self._cookie, self._secret, httponly=True, samesite="Strict", path="/")
        elif not self._is_secret(request.cookies.get(self._cookie, "")):
            return _refused(403, _STRANGER)
        elif request.path == "/ws":
            if request.headers.get("Origin") != self.public_url:
                return _refused(403, _STRANGER)
            if self._tabs >= MOST_TABS:
                return _refused(503, _TOO_MANY)
            return await handler(request)
        else:
            found = await handler(request)
        if not found.prepared:
            self._harden(found)
        return found

    def _is_secret(self, told: str) -> bool:
        return hmac.compare_digest(told.encode(), self._secret.encode())

    def _harden(self, response: web.StreamResponse) -> None:
        """The page loads nothing from elsewhere, and nobody frames it."""
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
            f"img-src 'self' data:; connect-src 'self' ws://{HOST}:{self.port}; frame-ancestors 'none'; "
            "base-uri 'none'; form-action 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"


def _refused(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=f"{why}\n", headers={"Cache-Control": "no-store"})

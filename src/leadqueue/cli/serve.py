"""`leadqueue serve`: the shared CRM API."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, say

BACKLOG = 2048
"""Connections that wait for a process to take them."""


def serve(
    database: Annotated[
        str, typer.Option(envvar="LEADQUEUE_DATABASE", help="The server's database.")
    ] = "sqlite:///leadqueue.db",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8040,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve.")] = 1,
    pool_size: Annotated[
        int,
        typer.Option(min=1, max=1000, help="Connections of each process to PostgreSQL, one more for events."),
    ] = 10,
    log_level: Annotated[str, typer.Option(help="critical, error, warning, info or debug.")] = "warning",
) -> None:
    """Serve the shared CRM API until Ctrl-C."""
    import socket

    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from leadqueue.server.app import create_app
    from leadqueue.server.database import Database, Limits
    from leadqueue.server.serving import Serving
    from leadqueue.server.trouble import DatabaseError

    levels = ("critical", "error", "warning", "info", "debug")
    if log_level not in levels:
        fail(Exit.USAGE, f"--log-level: '{log_level}' is not one of {', '.join(levels)}")
    try:
        limits = Limits(pool=pool_size)
        opened = Database.open(database, limits=limits)
    except (DatabaseError, OSError) as error:
        fail(Exit.LOCAL_FILES, str(error))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio asks for it before it sends small answers at once.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # who comes before the first process is ready waits
    except OSError as error:
        listener.close()
        opened.close()
        fail(
            Exit.USAGE,
            f"cannot listen on {host}:{port}: {error.strerror}",
            "Choose another --port or --host.",
        )
    shown = f"[{host}]" if family is socket.AF_INET6 else host
    say(f"leadqueue serves http://{shown}:{listener.getsockname()[1]} over {opened.name}; Ctrl-C ends it.")
    if not _is_loopback(host):
        say("Tokens and leads travel unencrypted on this address: put a proxy with TLS in front of it.")
    config = uvicorn.Config(
        create_app(opened) if workers == 1 else Serving(database, limits),
        factory=workers > 1,
        workers=workers,
        log_level=log_level,
        access_log=False,
        timeout_graceful_shutdown=5,
        server_header=False,
    )
    try:
        if workers == 1:
            uvicorn.Server(config).run(sockets=[listener])
        else:
            opened.close()  # each process opens its own
            Multiprocess(config, [listener]).run()
    except KeyboardInterrupt:
        say("Ended.")
    finally:
        listener.close()
        opened.close()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

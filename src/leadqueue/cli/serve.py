"""`leadqueue serve`: the shared CRM API."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, say
from leadqueue.server import DEFAULT_URL

if TYPE_CHECKING:
    import socket

    from leadqueue.server.database import Database

BACKLOG = 2048
"""Connections that wait for a process to take them."""

WORKER_SILENT_S = 60
"""A process that says nothing for so long is replaced. Uvicorn's 5 s end one whose start takes longer; where
the start of two took 14 s, they were begun anew without end, and nothing was served."""


def serve(
    *,
    database: Annotated[
        str, typer.Option(envvar="LEADQUEUE_DATABASE", help="The server's database.")
    ] = DEFAULT_URL,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8040,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve.")] = 1,
    pool_size: Annotated[
        int,
        typer.Option(min=1, max=1000, help="Connections of each process to PostgreSQL, one more for events."),
    ] = 10,
    tls_certificate: Annotated[
        Path | None, typer.Option(help="PEM file with the certificate and its chain: serve https.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="PEM file with the certificate's key.")] = None,
    trusted_proxies: Annotated[
        str, typer.Option(help="Addresses of proxies whose X-Forwarded-* is believed, like 10.0.0.0/24.")
    ] = "",
    limit_reads: Annotated[
        int, typer.Option(min=0, help="Reads a minute of one token in each process; 0 for no limit.")
    ] = 6000,
    limit_decisions: Annotated[int, typer.Option(min=0, help="The same for calls that write.")] = 3000,
    log_level: Annotated[
        str, typer.Option(help="critical, error, warning, info (a line for each call) or debug.")
    ] = "warning",
    log_format: Annotated[str, typer.Option(help="text or json, on stderr.")] = "text",
) -> None:
    """Serve the shared CRM API until Ctrl-C."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from leadqueue.server import logs, tls
    from leadqueue.server.app import create_app
    from leadqueue.server.database import Database
    from leadqueue.server.database import Limits as DatabaseLimits
    from leadqueue.server.limits import Limits
    from leadqueue.server.serving import Serving
    from leadqueue.server.trouble import DatabaseError

    if log_level not in logs.LEVELS:
        fail(Exit.USAGE, f"--log-level: '{log_level}' is not one of {', '.join(logs.LEVELS)}")
    if log_format not in list(logs.LogFormat):
        fail(Exit.USAGE, f"--log-format: '{log_format}' is not one of {', '.join(logs.LogFormat)}")
    form = logs.LogFormat(log_format)
    try:
        secured = tls.tls_of(tls_certificate, tls_key)
        proxies = tls.trusted_proxies(trusted_proxies)
    except tls.BadNetworking as error:
        fail(Exit.USAGE, str(error))
    limits = Limits(reads=limit_reads, decisions=limit_decisions)
    try:
        of_database = DatabaseLimits(pool=pool_size)
        opened = Database.open(database, limits=of_database)
    except (DatabaseError, OSError) as error:
        fail(Exit.LOCAL_FILES, str(error))
    try:
        listener = _listener(host, port)
    except OSError as error:
        opened.close()
        fail(
            Exit.USAGE,
            f"cannot listen on {host}:{port}: {error.strerror}",
            "Choose another --port or --host.",
        )
    address = f"{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    scheme = "https" if secured else "http"
    say(f"leadqueue serves {scheme}://{address} over {opened.name}; Ctrl-C ends it.")
    _say_what_is_amiss(opened, open_to_all=not secured and not proxies and not _is_loopback(host))
    logs.configure(log_level, form)
    config = uvicorn.Config(
        create_app(opened, limits=limits)
        if workers == 1
        else Serving(database, of_database, limits, log_level, form),
        factory=workers > 1,
        workers=workers,
        log_config=None,
        access_log=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        ssl_certfile=secured.certificate if secured else None,
        ssl_keyfile=secured.key if secured else None,
        timeout_graceful_shutdown=5,
        timeout_worker_healthcheck=WORKER_SILENT_S,
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


def _say_what_is_amiss(database: Database, *, open_to_all: bool) -> None:
    from leadqueue.domain.moments import system_now
    from leadqueue.server.admin import Admin
    from leadqueue.server.app import new_uuid

    if not Admin(database, system_now, new_uuid).organisations():
        say(
            "It has no organisation yet, and refuses every token. Make one in this database: "
            "leadqueue admin organisation create NAME"
        )
    if open_to_all:
        say(
            "Tokens and leads travel unencrypted on this address: give --tls-certificate and --tls-key, "
            "or put a proxy with TLS in front of it."
        )


def _listener(host: str, port: int) -> socket.socket:
    """A socket on which clients may knock from now on. Raises OSError."""
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio asks for it before it sends small answers at once.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # who comes before the first process is ready waits
    except OSError:
        listener.close()
        raise
    return listener


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False

"""`doctor`: what could be wrong, one line each, with the fix."""

from __future__ import annotations

import locale
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

from leadqueue import __version__
from leadqueue.cache.errors import StoreError
from leadqueue.cache.home import Account, BrokenAccountFile, Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import holds_all_text, print_json, print_line

_LITTLE_SPACE = 200 * 1024 * 1024
_WORTH_TELLING_MS = 5000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fix` is empty where nothing is to be done."""

    name: str
    state: Literal["ok", "warning", "error"]
    message: str
    fix: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Look for what could be wrong: files, keyring, server, clock, terminal.

    Like every command it opens the local files, which mends them or brings them up to date where that is due.
    """
    findings = list(_examine())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            print_line(f"{finding.state:<8} {finding.name}: {finding.message}")
            if finding.fix:
                print_line(f"{'':<9}{finding.fix}")
    if any(finding.state == "error" for finding in findings):
        raise SystemExit(int(Exit.FAULT))


def _examine() -> Iterator[Finding]:
    yield Finding("program", "ok", f"leadqueue {__version__}, Python {sys.version.split()[0]}")
    yield from _terminal()
    home = Home.locate()
    yield from _folders(home)
    yield from _settings(home)
    try:
        account = home.load_account()
    except BrokenAccountFile as error:
        yield Finding("account", "error", str(error), "Log in again: leadqueue login")
        return
    if account is None:
        yield Finding(
            "account", "warning", "nobody is logged in", "leadqueue login, or leadqueue demo to look around"
        )
        return
    yield Finding("account", "ok", f"{account.name} at {account.url}")
    yield from _store(home, account)
    yield from _server(home, account)


def _terminal() -> Iterator[Finding]:
    if holds_all_text():
        yield Finding("encoding", "ok", (sys.stdout.encoding or "").upper())
    else:
        yield Finding(
            "encoding",
            "warning",
            f"{sys.stdout.encoding or 'unknown'}; plain signs stand for those it lacks, ? for letters",
            "Set a UTF-8 locale, e.g. LANG=C.UTF-8",
        )
    size = shutil.get_terminal_size()
    fits = size.columns >= 80 and size.lines >= 24
    yield Finding(
        "terminal",
        "ok" if fits else "warning",
        f"{size.columns}×{size.lines}, TERM={os.environ.get('TERM', 'unset')}, "
        f"{locale.setlocale(locale.LC_CTYPE)}",
        "" if fits else "The queue is at its best from 80×24 on.",
    )


def _folders(home: Home) -> Iterator[Finding]:
    there = next(path for path in (home.data_dir, *home.data_dir.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if not os.access(there, os.W_OK):
        yield Finding("files", "error", f"{there} cannot be written", "Check the folder's owner and rights.")
    elif free < _LITTLE_SPACE:
        yield Finding("files", "warning", f"only {free // 2**20} MB are free at {there}", "Free some space.")
    else:
        yield Finding("files", "ok", f"{home.data_dir}, {free // 2**20} MB free")


def _settings(home: Home) -> Iterator[Finding]:
    """The settings and the saved views, as `config check` tells them."""
    from leadqueue.cli.config import problems

    found = problems(home)
    for name, file in (("settings", home.config_file), ("views", home.views_file)):
        told = [problem.told for problem in found if problem.file == file]
        for each in told:
            yield Finding(name, "warning", each, f"Mend it in {file}")
        if not told:
            yield Finding(name, "ok", "in order")


def _store(home: Home, account: Account) -> Iterator[Finding]:
    from leadqueue.cache.desk import Desk
    from leadqueue.domain.moments import system_now

    try:
        desk = Desk.open(home, account, system_now)
    except StoreError as error:
        yield Finding("store", "error", f"{error.message}: {error.path}", error.fix)
        return
    try:
        status = desk.status()
        waiting = f"{status.unsent} unsent, {status.held} held back, {status.attention} in the inbox"
        yield Finding(
            "store",
            "warning" if status.held else "ok",
            waiting,
            "leadqueue outbox says why" if status.held else "",
        )
        if desk.notice:
            yield Finding("outbox", "warning", desk.notice)
        if not desk.ready:
            yield Finding("leads", "warning", "not read from the server yet", "leadqueue sync")
        offset, error_ms = desk.sync_clock()
        if error_ms is not None and abs(offset) > _WORTH_TELLING_MS:
            yield Finding(
                "clock",
                "warning",
                f"this computer's clock is {abs(offset) // 1000} s {'behind' if offset > 0 else 'ahead of'} "
                "the server's; countdowns are corrected",
                "Set the clock by a time server.",
            )
    finally:
        desk.close()


def _server(home: Home, account: Account) -> Iterator[Finding]:
    from leadqueue.cli.session import ask_server
    from leadqueue.crm.gateway import GatewayError
    from leadqueue.sync.credentials import Credentials
    from leadqueue.wire.api import PROTOCOL

    found = Credentials(home).load(account)
    if found is None:
        yield Finding("token", "error", "there is none", "Log in again: leadqueue login")
        return
    yield Finding("token", "ok", f"kept in the {found.place.value}")
    try:
        session = ask_server(lambda gateway: gateway.session())
    except GatewayError as error:
        yield Finding("server", "error", str(error), "Decisions are kept and sent when it works again.")
        return
    same = session.protocol == PROTOCOL
    yield Finding(
        "server",
        "ok" if same else "error",
        f"leadqueue {session.server_version}, protocol {session.protocol}, definitions "
        f"{session.definitions_version}",
        "" if same else "Update leadqueue.",
    )

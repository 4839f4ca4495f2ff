"""`sync`: one whole cycle now, in the foreground."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.errors import StoreError
from leadqueue.cache.home import Home
from leadqueue.cli.account import logged_in
from leadqueue.cli.exits import Exit
from leadqueue.cli.login import exit_of
from leadqueue.cli.output import fail, print_json, say
from leadqueue.cli.session import ask_server, open_desk, run_cycle

if TYPE_CHECKING:
    from leadqueue.sync.engine import CycleReport

LOCK_S = 2.0


def sync(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Send what is unsent, read what is new, and prove that both sides agree.

    Ends with 4 where a decision did not hold and waits in the inbox, 5 where the server cannot be reached,
    6 where it refuses the token, 9 where it speaks another protocol.
    """
    from filelock import FileLock, Timeout

    from leadqueue.crm.gateway import GatewayError

    home = Home.locate()
    account = logged_in(home)
    lock = FileLock(home.sync_lock(account), mode=0o600)
    try:
        with lock.acquire(timeout=LOCK_S):
            report, unsent = asyncio.run(run_cycle(home, account, thorough=True, on_progress=_show_progress))
    except Timeout:
        _leave_it_to_the_other(as_json)
        return
    except GatewayError as error:
        fail(exit_of(error), str(error))
    except StoreError as error:
        fail(Exit.LOCAL_FILES, error.message + f": {error.path}", error.fix)
    _tell(report, unsent)
    if as_json:
        print_json(_as_json(report, unsent))
    if report.error is not None:
        fail(exit_of(report.error), str(report.error), report.error.outlook if unsent else "")
    if report.to_inbox:
        raise SystemExit(int(Exit.CONFLICT))


def _leave_it_to_the_other(as_json: bool) -> None:
    """Another process syncs this account, and two never do: here is only asked whether the server is there
    for it, and said what is still unsent."""
    from leadqueue.crm.gateway import GatewayError

    error: GatewayError | None = None
    try:
        ask_server(lambda gateway: gateway.session())
    except GatewayError as raised:
        error = raised
    with open_desk() as desk:
        status = desk.status()
    unsent = status.unsent + status.acknowledged
    if error is None:
        say("Another leadqueue of this account is open and syncs by itself.")
    if unsent:
        say(f"Still unsent: {unsent}.")
    if as_json:
        print_json({"elsewhere": True, "unsent": unsent, "error": str(error) if error else None})
    if error is not None:
        fail(exit_of(error), str(error), error.outlook if unsent else "")


def _show_progress(read: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rReading: {read} leads")
        sys.stderr.flush()


def _tell(report: CycleReport, unsent: int) -> None:
    counts = report.counts
    if report.pulled and sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    sent = counts.applied + counts.already
    news = (
        (
            report.new_epoch,
            "The server was restored from a backup: recent decisions were offered again.",
        ),
        (report.new_definitions, f"New definitions: {report.new_definitions}."),
        (report.note, report.note),
        (sent, f"Sent: {sent}."),
        (report.to_inbox, f"Did not hold: {report.to_inbox}. They wait in the inbox: leadqueue inbox"),
        (counts.held, f"Held back: {counts.held}. leadqueue outbox says why."),
        (report.reread or report.repaired, "All leads were read anew."),
        (report.pulled, f"Read: {report.pulled} changes."),
        (unsent, f"Still unsent: {unsent}."),
        (report.ok and not unsent, "In sync."),
    )
    for there, text in news:
        if there:
            say(text)


def _as_json(report: CycleReport, unsent: int) -> dict[str, object]:
    counts = report.counts
    return {
        "ok": report.ok,
        "applied": counts.applied,
        "already": counts.already,
        "attention": report.to_inbox,
        "held": counts.held,
        "postponed": counts.postponed,
        "pulled": report.pulled,
        "reread": report.reread or report.repaired,
        "new_epoch": report.new_epoch,
        "new_definitions": report.new_definitions,
        "unsent": unsent,
        "error": str(report.error) if report.error else None,
        "next_try_at": report.next_try_at.isoformat() if report.next_try_at else None,
    }

"""What most commands start with: the account, its desk, its server; and a sync right after a decision."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from leadqueue.cache.home import Account, Home
from leadqueue.cli.account import logged_in
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, say

if TYPE_CHECKING:
    from leadqueue.cache.desk import Desk
    from leadqueue.crm.gateway import Gateway
    from leadqueue.sync.engine import CycleReport

Result = TypeVar("Result")
SYNC_LIMIT_S = 10.0
"""How long a command waits for the server before it leaves a decision to the next sync."""


@contextmanager
def open_desk() -> Iterator[Desk]:
    """The desk of the account that is logged in."""
    from leadqueue.cache.desk import Desk
    from leadqueue.domain.moments import system_now

    home = Home.locate()
    desk = Desk.open(home, logged_in(home), system_now)
    try:
        if desk.notice:
            say(desk.notice)
        yield desk
    finally:
        desk.close()


def ask_server(question: Callable[[Gateway], Awaitable[Result]]) -> Result:
    """Put one question to the account's server. `main` turns its `GatewayError`s into exit codes.

    The token is renewed before where that is due: whoever only ever asks has no sync that would do it.
    """
    from leadqueue.domain.moments import system_now
    from leadqueue.sync.connect import open_gateway
    from leadqueue.sync.credentials import Credentials
    from leadqueue.sync.renewal import Renewal, renewed_alone

    home = Home.locate()
    account = logged_in(home)

    async def ask() -> Result:
        gateway = open_gateway(home, account, system_now, Credentials(home))
        try:
            if gateway.can_renew:
                await Renewal(renewed_alone(home.sync_lock(account))).session(gateway)
            return await question(gateway)
        finally:
            await gateway.aclose()

    return asyncio.run(ask())


@contextmanager
def for_marketing(what: str) -> Iterator[None]:
    """Where the account may not do this, say so and who may, and end."""
    from leadqueue.crm.gateway import Forbidden

    try:
        yield
    except Forbidden as error:
        fail(
            Exit.NOT_LOGGED_IN,
            f"you may not {what}: {error}",
            "Log in with a token of marketing ops or of an administrator.",
        )


def sync_now(home: Home, account: Account) -> CycleReport | None:
    """One cycle of the sync; None where another process syncs the account. Raises `TimedOut`."""
    from filelock import FileLock, Timeout

    from leadqueue.crm.gateway import TimedOut

    lock = FileLock(home.sync_lock(account), mode=0o600)
    try:
        with lock.acquire(blocking=False):
            return asyncio.run(run_cycle(home, account, limit_s=SYNC_LIMIT_S))[0]
    except Timeout:
        return None
    except TimeoutError:
        raise TimedOut from None


async def run_cycle(
    home: Home,
    account: Account,
    *,
    thorough: bool = False,
    limit_s: float | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> tuple[CycleReport, int]:
    """One cycle by the holder of the account's sync lock; its report, and what is still unsent after it.

    `thorough` sends also what waits for a later try, and proves at the end that both sides agree. Raises
    TimeoutError after `limit_s` seconds.
    """
    from leadqueue.cache.opening import open_store
    from leadqueue.domain.moments import system_now
    from leadqueue.sync.connect import open_gateway
    from leadqueue.sync.credentials import Credentials
    from leadqueue.sync.engine import SyncEngine

    gateway = open_gateway(home, account, system_now, Credentials(home))
    try:
        store = open_store(home, account, system_now)
        try:
            engine = SyncEngine(store, gateway, system_now, user_id=account.user_id, on_progress=on_progress)
            async with asyncio.timeout(limit_s):
                report = await engine.cycle(force=thorough, verify=thorough)
            return report, len(store.outbox.unsent())
        finally:
            store.close()
    finally:
        await gateway.aclose()

"""When a token is renewed: by the sync, and by a command that asks the server something by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadqueue.crm.gateway import (
    BadRequest,
    Forbidden,
    Gateway,
    NotAccepted,
    NotFound,
    Revoked,
    TooLarge,
    Unauthorised,
)
from leadqueue.wire.api import Session

RENEW_AGAIN = timedelta(minutes=10)
"""The pause after a try to renew the token that came to nothing."""

LOCK_S = 2.0
"""How long a command waits for the one that syncs, which renews the token by itself."""

Renew = Callable[[Gateway], Awaitable[bool]]
"""Renews the token; true where it may be another one now. Only who holds the account's sync lock may."""


async def renewed(gateway: Gateway) -> bool:
    """Renew the token; false where the server does not do that for this one. The caller holds the lock."""
    with suppress(NotAccepted, BadRequest, NotFound, Forbidden, TooLarge):
        return await gateway.renew()
    return False


def renewed_alone(lock_file: Path) -> Renew:
    """Renews while holding the account's sync lock, which is at `lock_file`.

    Whoever keeps it for longer than `LOCK_S` is the one to renew, and may have done so.
    """

    async def renew(gateway: Gateway) -> bool:
        from filelock import FileLock, Timeout  # noqa: PLC0415 - not needed by most commands

        try:
            with FileLock(lock_file, mode=0o600).acquire(timeout=LOCK_S):
                return await renewed(gateway)
        except Timeout:
            return True

    return renew


class Renewal:
    """The one rule: a token is renewed where it is not accepted any more, or will not be for long."""

    def __init__(self, renew: Renew = renewed) -> None:
        self._renew = renew
        self._not_before = datetime.min.replace(tzinfo=UTC)

    async def session(self, gateway: Gateway) -> Session:
        """Who am I, with the token renewed where that is due. Raises `GatewayError`s."""
        try:
            session = await gateway.session()
        except Revoked:
            raise
        except Unauthorised:
            if not await self._renew(gateway):
                raise
            return await gateway.session()
        if session.renew_at is not None and session.server_time >= max(session.renew_at, self._not_before):
            self._not_before = session.server_time + RENEW_AGAIN
            if await self._renew(gateway):
                return await gateway.session()
        return session

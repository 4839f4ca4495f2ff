"""The manager's part of a cycle: breaches acknowledged here go out, the team's figures come in.

It never stands in the way of decisions and leads: what goes wrong here is tried again, and the screen says
how old its figures are.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from leadqueue.crm.gateway import Gateway, GatewayError, Unauthorised
from leadqueue.definitions.model import Role
from leadqueue.domain.moments import NowFn
from leadqueue.sync.store import CacheStore, OutboxStore
from leadqueue.wire.api import MAX_BATCH, Escalations, Session

EVERY = timedelta(seconds=60)
"""How often the figures are read where nothing happens: their window moves."""

MOST_BREACHES = 1000
"""Escalations that are kept here; of more the latest are, and how many there are in all."""

_PAGE = 500

AT_MOST_EVERY = timedelta(seconds=15)
"""How often they are read while leads change: each hint of a busy organisation asks for nothing more."""

_log = logging.getLogger(__name__)


class TeamSync:
    """Keeps what the server says of a manager's team."""

    def __init__(self, outbox: OutboxStore, cache: CacheStore, now: NowFn) -> None:
        self._outbox = outbox
        self._cache = cache
        self._now = now
        self._read_at: datetime | None = None

    async def run(self, gateway: Gateway, session: Session, *, changed: bool, force: bool) -> None:
        """Send and read what is due. Raises `Unauthorised`; any other trouble waits for the next time."""
        if session.role is not Role.MANAGER or session.team_id is None:
            return
        try:
            sent = await self._send(gateway)
            if sent or force or self._due(changed=changed):
                self._read_at = self._now()
                self._cache.save_team(await gateway.team_queue(), await _escalations(gateway))
        except Unauthorised:
            raise
        except GatewayError as error:
            _log.info("the team's figures: %s", error)

    def _due(self, *, changed: bool) -> bool:
        if self._read_at is None:
            return True
        passed = self._now() - self._read_at
        return passed >= EVERY or (changed and passed >= AT_MOST_EVERY) or passed < timedelta()

    async def _send(self, gateway: Gateway) -> bool:
        """Tell the server what was acknowledged. What it does not know any more is forgotten here too."""
        waiting = self._outbox.acknowledged()
        for start in range(0, len(waiting), MAX_BATCH):
            part = waiting[start : start + MAX_BATCH]
            await gateway.acknowledge(part)
            self._outbox.acknowledged_there(part)
        return bool(waiting)


async def _escalations(gateway: Gateway) -> Escalations:
    """All that wait to be acknowledged, up to `MOST_BREACHES`, and the latest of the others."""
    page = await gateway.escalations(limit=_PAGE)
    found = {each.id: each for each in page.escalations}
    waiting = page.waiting
    while page.next and len(found) < MOST_BREACHES and page.escalations[-1].acknowledged_at is None:
        page = await gateway.escalations(page.next, _PAGE)
        if not page.escalations:
            break
        found |= {each.id: each for each in page.escalations}  # one may have been acknowledged meanwhile
    return Escalations(escalations=tuple(found.values()), waiting=waiting)

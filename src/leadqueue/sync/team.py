"""The manager's part of a cycle: breaches acknowledged here go out, the team's figures come in.

It never stands in the way of decisions and leads: what goes wrong here is tried again, and kept in words for
the manager to read.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from leadqueue.crm.gateway import (
    BadRequest,
    Forbidden,
    Gateway,
    GatewayError,
    NotAccepted,
    NotFound,
    TooLarge,
    Unauthorised,
)
from leadqueue.definitions.model import Role
from leadqueue.domain.moments import NowFn
from leadqueue.domain.text import one_line
from leadqueue.sync.store import CacheStore, OutboxStore
from leadqueue.wire.api import MAX_BATCH, Escalations, Session

EVERY = timedelta(seconds=60)
"""How often the figures are read where nothing happens: their window moves."""

MOST_BREACHES = 1000
"""Escalations that are kept here; of more the latest are, and how many there are in all."""

_PAGE = 500

AT_MOST_EVERY = timedelta(seconds=15)
"""How often they are read while leads change: each hint of a busy organisation asks for nothing more."""

_REFUSED = (BadRequest, Forbidden, NotAccepted, NotFound, TooLarge)
"""The same request will hardly be taken the next time; another one may be."""


class TeamSync:
    """Keeps what the server says of a manager's team."""

    def __init__(self, outbox: OutboxStore, cache: CacheStore, now: NowFn) -> None:
        self._outbox = outbox
        self._cache = cache
        self._now = now
        self._leads = False
        self._tried_at: datetime | None = None
        self._changed = False
        self._not_read = ""

    @property
    def is_due(self) -> bool:
        """Whether a manager's figures are to be read again now; for nobody else they ever are."""
        return self._leads and self._due()

    async def run(self, gateway: Gateway, session: Session, *, changed: bool, force: bool) -> None:
        """Send and read what is due. Raises `Unauthorised`; any other trouble waits for the next time."""
        waiting = self._outbox.acknowledged_to_send(None if force else self._now())
        self._leads = session.role is Role.MANAGER and session.team_id is not None
        if not self._leads:
            return
        self._changed |= changed  # what comes too soon after a reading is read once its time has come
        sent, error = await self._send(gateway, waiting)
        if sent or force or self._due():
            self._tried_at = self._now()
            if error is None or isinstance(error, _REFUSED):
                self._changed = False
                self._not_read = await self._read(gateway)
        self._tell(f"Acknowledgements are not sent: {error}" if error else self._not_read)

    def _due(self) -> bool:
        if self._tried_at is None:
            return True
        passed = self._now() - self._tried_at
        return passed >= EVERY or (self._changed and passed >= AT_MOST_EVERY) or passed < timedelta()

    async def _send(self, gateway: Gateway, waiting: list[str]) -> tuple[bool, GatewayError | None]:
        """Tell the server what was acknowledged: whether it took some, and what kept it from the rest.

        What it does not know any more is forgotten here too. A part that it refuses is offered again with the
        next cycle, and does not keep the other parts back.
        """
        sent, trouble = False, None
        for start in range(0, len(waiting), MAX_BATCH):
            part = waiting[start : start + MAX_BATCH]
            try:
                await gateway.acknowledge(part)
            except Unauthorised:
                raise
            except GatewayError as error:
                trouble = error
                if not isinstance(error, _REFUSED):
                    break
            else:
                self._outbox.acknowledged_there(part)
                sent = True
        return sent, trouble

    async def _read(self, gateway: Gateway) -> str:
        """Read the figures; why that could not be done, in words, '' where it was."""
        try:
            self._cache.save_team(await gateway.team_queue(), await _escalations(gateway))
        except Unauthorised:
            raise
        except GatewayError as error:
            return f"The team's figures are not read: {error}"
        return ""

    def _tell(self, trouble: str) -> None:
        """Keep the trouble for the screen, where it is another one: each writing makes the screens look."""
        trouble = one_line(trouble, 300)
        if trouble != self._outbox.team_trouble:
            self._outbox.save_team_trouble(trouble)


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

"""Recycled leads that come back by what they did before their day to revisit, or before it was known here
that they are recycled: they are looked at then, though marketing sends nothing (R2)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.domain.handoff import look_again
from leadqueue.domain.moments import NowFn, to_micros
from leadqueue.domain.returning import next_look
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import feed, locks, store
from leadqueue.server.database import Database

_LOG = logging.getLogger(__name__)

LOOKS_AT_ONCE = 100
"""Leads in one transaction, so that none is long."""


class _Place(NamedTuple):
    """The last lead that was looked at, in their order."""

    look_at: int
    id: str


def sweep(
    database: Database, definitions: store.DefinitionsCache, now: NowFn, new_id: Callable[[], str]
) -> int:
    """Look at every recycled lead that is due; answers how many changed. Safe to run at any time, repeatedly,
    by several processes."""
    due = to_micros(now())
    with database.read() as connection:
        organisations = connection.execute(ORGANISATIONS, {"due": due}).scalars().all()
    changed = 0
    for organisation_id in organisations:
        look = _Look(database, definitions, now, new_id, str(organisation_id), due)
        try:
            changed += look.at_all()
        except Exception:  # noqa: BLE001 - one organisation's trouble must not keep the others' leads back
            _LOG.exception("the sweep for recycled leads failed for one organisation and is tried again")
    return changed


class _Look:
    """One look at the leads of an organisation that are due by `due`, each at most once."""

    def __init__(
        self,
        database: Database,
        definitions: store.DefinitionsCache,
        now: NowFn,
        new_id: Callable[[], str],
        organisation_id: str,
        due: int,
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._now = now
        self._new_id = new_id
        self._organisation_id = organisation_id
        self._due = due

    def at_all(self) -> int:
        """Some at a time, until all are looked at, here or by somebody else; answers how many changed."""
        changed = 0
        last: _Place | None = _Place(-1, "")
        while last is not None:
            some, last = self._database.settle(partial(self._at_some, after=last))
            changed += some
        return changed

    def _at_some(self, connection: Connection, after: _Place) -> tuple[int, _Place | None]:
        """How many changed, and the place to go on from, None at the end.

        A lead that is looked at is due later or never, in the same transaction as what comes of it.
        """
        organisation_id = self._organisation_id
        query = sa.text(f"{DUE}{locks.rows(connection, skip_locked=True)}")
        values = {"org": organisation_id, "due": self._due, "limit": LOOKS_AT_ONCE, **after._asdict()}
        rows = connection.execute(query, values).all()
        if not rows:
            return 0, None
        now = self._now()
        published = self._definitions.current(connection, organisation_id)
        changes: list[store.Change] = []
        later: list[dict[str, str | int | None]] = []
        for row in rows:
            try:
                lead = LEAD_ADAPTER.validate_json(row.body)
                outcome = look_again(lead, published.definitions, now)
            except Exception:  # noqa: BLE001 - a fault over one lead must not keep the others back (I7)
                _LOG.exception("the recycled lead %s could not be looked at and is tried again", row.id)
                continue
            if outcome.lead is not None and outcome.audit is not None:
                changes.append(store.Change(lead, outcome.lead, outcome.audit, outcome.alerts))
                continue
            look = next_look(lead, now, asked=True)
            at = None if look is None else to_micros(look)
            later.append({"org": organisation_id, "id": row.id, "at": at})
        if later:
            connection.execute(_LATER, later)
        ids = (self._new_id() for change in changes for _ in change.alerts)
        moves = store.save(connection, organisation_id, changes, ids, published.definitions)
        feed.publish(connection, organisation_id, moves, now, published.digest)
        return len(changes), _Place(rows[-1].look_at, rows[-1].id)


ORGANISATIONS = sa.text(
    "SELECT id FROM organisation WHERE EXISTS (SELECT 1 FROM lead "
    "WHERE lead.organisation_id = organisation.id AND lead.look_at <= :due) ORDER BY id"
)
DUE = (
    "SELECT id, look_at, body FROM lead WHERE organisation_id = :org AND look_at <= :due "
    "AND (look_at, id) > (:look_at, :id) ORDER BY look_at, id LIMIT :limit"
)
_LATER = sa.text("UPDATE lead SET look_at = :at WHERE organisation_id = :org AND id = :id")

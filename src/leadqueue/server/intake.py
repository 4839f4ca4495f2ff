"""The handoff: leads and signals that marketing pushes in, idempotent by their source's ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.loader import Published
from leadqueue.domain.decision import FieldError
from leadqueue.domain.handoff import Incoming, Received, ReceivedStatus, receive, waiting_for
from leadqueue.domain.lead import Actor, Colleague, Lead, Signal
from leadqueue.domain.moments import NowFn
from leadqueue.domain.people import OWNERS
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import feed, store
from leadqueue.server.database import Database
from leadqueue.wire.intake import (
    IntakeLead,
    IntakeResult,
    IntakeSignal,
    IntakeSignalOfLead,
    IntakeStatus,
    QuarantinedLead,
)


class Intake:
    """Takes leads and signals in for one organisation. One call is one transaction."""

    def __init__(
        self, database: Database, definitions: store.DefinitionsCache, now: NowFn, new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._definitions = definitions
        self._now = now
        self._new_id = new_id

    def leads(
        self, organisation_id: str, actor: Actor, leads: Sequence[IntakeLead], source: str
    ) -> tuple[IntakeResult, ...]:
        """What became of each lead, in order. A lead that is refused changes nothing and stops no other."""

        def take(connection: Connection) -> tuple[IntakeResult, ...]:
            now = self._now()
            published = self._definitions.current(connection, organisation_id)
            definitions = published.definitions
            owners = _owners(connection, organisation_id)
            known = store.lock_by_source(connection, organisation_id, [each.source_id for each in leads])
            fresh = _FreshSignals(
                connection, organisation_id, (each.source_id for lead in leads for each in lead.signals)
            )
            results: list[IntakeResult] = []
            changes: list[store.Change] = []
            for each in leads:
                owner = owners.get(each.owner.casefold()) if each.owner else None
                if each.owner and (owner is None or owner.role not in OWNERS):
                    message = f"there is no rep or manager with the e-mail address '{each.owner[:200]}'"
                    error = FieldError("owner", "not_allowed", message)
                    results.append(
                        IntakeResult(source_id=each.source_id, status=IntakeStatus.REFUSED, errors=(error,))
                    )
                    continue
                before = known.get(each.source_id)
                incoming = Incoming(
                    each.source_id, dict(each.fields), fresh.of(each.signals), each.qualified, each.created_at
                )
                outcome = receive(before, incoming, definitions, now, actor, source, self._new_id, owner)
                changes += self._taken(outcome, before, fresh, incoming.signals)
                if outcome.lead is not None and outcome.status is not ReceivedStatus.REFUSED:
                    known[each.source_id] = outcome.lead
                results.append(_result(each.source_id, outcome))
            self._finish(connection, organisation_id, changes, fresh, published)
            return tuple(results)

        return self._database.settle(take)

    def signals(
        self, organisation_id: str, actor: Actor, signals: Sequence[IntakeSignal], source: str
    ) -> tuple[IntakeResult, ...]:
        """Engagement of known leads; what became of each signal, in order."""

        def take(connection: Connection) -> tuple[IntakeResult, ...]:
            now = self._now()
            published = self._definitions.current(connection, organisation_id)
            definitions = published.definitions
            known = store.lock_by_source(
                connection, organisation_id, {each.lead_source_id for each in signals}
            )
            fresh = _FreshSignals(connection, organisation_id, (each.source_id for each in signals))
            results: list[IntakeResult] = []
            changes: list[store.Change] = []
            for each in signals:
                before = known.get(each.lead_source_id)
                if before is None:
                    results.append(IntakeResult(source_id=each.source_id, status=IntakeStatus.UNKNOWN_LEAD))
                    continue
                incoming = Incoming(each.lead_source_id, {}, fresh.of((each,)))
                outcome = receive(before, incoming, definitions, now, actor, source, self._new_id)
                changes += self._taken(outcome, before, fresh, incoming.signals)
                if outcome.lead is not None and outcome.status is not ReceivedStatus.REFUSED:
                    known[each.lead_source_id] = outcome.lead
                results.append(_result(each.source_id, outcome))
            self._finish(connection, organisation_id, changes, fresh, published)
            return tuple(results)

        return self._database.settle(take)

    def _taken(
        self, outcome: Received, before: Lead | None, fresh: _FreshSignals, signals: tuple[Signal, ...]
    ) -> list[store.Change]:
        if outcome.lead is None or outcome.audit is None:
            return []
        fresh.keep(outcome.lead.id, signals)
        return [store.Change(before, outcome.lead, outcome.audit, outcome.alerts)]

    def _finish(
        self,
        connection: Connection,
        organisation_id: str,
        changes: list[store.Change],
        fresh: _FreshSignals,
        published: Published,
    ) -> None:
        fresh.write()
        ids = (self._new_id() for change in changes for _ in change.alerts)
        moves = store.save(connection, organisation_id, changes, ids, published.definitions)
        feed.publish(connection, organisation_id, moves, self._now(), published.digest)

    def quarantine(
        self, organisation_id: str, after: str, limit: int
    ) -> tuple[tuple[QuarantinedLead, ...], int]:
        """Leads in quarantine in order of id after `after`, and how many there are in all."""
        with self._database.read() as connection:
            definitions = self._definitions.current(connection, organisation_id).definitions
            handoff = definitions.handoff
            values = {
                "org": organisation_id,
                "stage": handoff.quarantine_stage,
                "after": after,
                "limit": limit,
            }
            rows = connection.execute(
                sa.text(
                    "SELECT body FROM lead WHERE organisation_id = :org AND stage = :stage AND id > :after "
                    "ORDER BY id LIMIT :limit"
                ),
                values,
            ).all()
            total = connection.execute(
                sa.text("SELECT COUNT(*) FROM lead WHERE organisation_id = :org AND stage = :stage"), values
            ).scalar_one()
        leads = [LEAD_ADAPTER.validate_json(row.body) for row in rows]
        return (
            tuple(QuarantinedLead(lead=lead, missing=waiting_for(lead, definitions)) for lead in leads),
            int(total),
        )


class _FreshSignals:
    """Which signals are new, and the new ones' rows."""

    def __init__(self, connection: Connection, organisation_id: str, source_ids: Iterable[str]) -> None:
        self._connection = connection
        self._organisation_id = organisation_id
        query = sa.text(
            "SELECT source_id FROM signal WHERE organisation_id = :org AND source_id IN :ids"
        ).bindparams(sa.bindparam("ids", expanding=True))
        wanted = list(dict.fromkeys(source_ids))
        self._seen: set[str] = set()
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            self._seen |= set(
                connection.execute(query, {"org": organisation_id, "ids": part}).scalars().all()
            )
        self._rows: list[dict[str, str | int]] = []

    def of(self, signals: Sequence[IntakeSignalOfLead | IntakeSignal]) -> tuple[Signal, ...]:
        """Those that no call has brought before, each once."""
        fresh = {each.source_id: each for each in signals if each.source_id not in self._seen}
        return tuple(
            Signal(each.source_id, each.kind, each.at, each.title, each.url) for each in fresh.values()
        )

    def keep(self, lead_id: str, signals: tuple[Signal, ...]) -> None:
        self._seen |= {signal.id for signal in signals}
        self._rows += store.signal_rows(self._organisation_id, lead_id, signals)

    def write(self) -> None:
        if self._rows:
            self._connection.execute(sa.text(store.INSERT_SIGNAL), self._rows)


def _owners(connection: Connection, organisation_id: str) -> dict[str, Colleague]:
    people = {each.id: each for each in store.colleagues(connection, organisation_id)}
    rows = connection.execute(
        sa.text("SELECT id, email FROM user_account WHERE organisation_id = :org"), {"org": organisation_id}
    )
    return {str(row.email).casefold(): people[str(row.id)] for row in rows}


def _result(source_id: str, outcome: Received) -> IntakeResult:
    refused = outcome.status is ReceivedStatus.REFUSED
    return IntakeResult(
        source_id=source_id,
        status=IntakeStatus(outcome.status.value),
        lead_id=outcome.lead.id if outcome.lead and not refused else None,
        stage=outcome.lead.stage if outcome.lead and not refused else None,
        missing=outcome.missing,
        errors=outcome.errors,
    )

"""What colleagues have at a lead's company. It costs as much as that company has leads, from one index."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.model import Definitions
from leadqueue.domain.company import Whose, company_of, told_first, told_of
from leadqueue.domain.decide import may_reach
from leadqueue.domain.lead import Actor, Lead
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import locks
from leadqueue.server.database import Database
from leadqueue.wire.api import CompanyLeads


def others(
    connection: Connection,
    organisation_id: str,
    lead: Lead,
    actor: Actor,
    definitions: Definitions,
    now: datetime,
) -> CompanyLeads:
    """The other leads of the lead's company in the whole organisation, as of `now`; none where the lead is
    of no company. The caller has seen to it that the actor reaches the lead."""
    company = company_of(lead, definitions)
    found = _found(connection, organisation_id, company, lead.id) if company else []
    first = told_first(found, actor, definitions)
    bodies: dict[str, str] = {}
    if first:
        rows = connection.execute(_BODIES, {"org": organisation_id, "ids": first})
        bodies = {str(row.id): str(row.body) for row in rows}
    told = (LEAD_ADAPTER.validate_json(bodies[each]) for each in first)
    return CompanyLeads(
        leads=tuple(told_of(each, actor, definitions) for each in told),
        total=len(found),
        beyond=sum(not may_reach(each, actor) for each in found),
        at=now,
    )


def _found(connection: Connection, organisation_id: str, company: str, lead_id: str) -> list[Whose]:
    rows = connection.execute(OTHERS, {"org": organisation_id, "company": company})
    found = (Whose(str(row.id), str(row.stage), row.owner_id, row.team_id) for row in rows)
    return [each for each in found if each.id != lead_id]


def fill_in(database: Database, organisation_id: str, definitions: Definitions) -> None:
    """Give the leads of no company the one that they have by definitions that were published: theirs may
    have been taken off the list of free mail. A few leads in a transaction, so that nobody waits long."""
    last: str | None = ""
    while last is not None:
        last = database.settle(partial(_fill_part, organisation_id, last, definitions))


def _fill_part(
    organisation_id: str, last: str, definitions: Definitions, connection: Connection
) -> str | None:
    query = sa.text(f"{_OF_NONE.text}{locks.rows(connection)}")
    rows = connection.execute(query, {"org": organisation_id, "last": last, "part": _PART}).all()
    found = ((str(row.id), company_of(LEAD_ADAPTER.validate_json(row.body), definitions)) for row in rows)
    named = [
        {"org": organisation_id, "id": lead_id, "company": company} for lead_id, company in found if company
    ]
    if named:
        connection.execute(_NAME, named)
    return str(rows[-1].id) if rows else None


OTHERS = sa.text(
    "SELECT id, stage, owner_id, team_id FROM lead WHERE organisation_id = :org AND company = :company"
)
_BODIES = sa.text("SELECT id, body FROM lead WHERE organisation_id = :org AND id IN :ids").bindparams(
    sa.bindparam("ids", expanding=True)
)
_PART = 500
_OF_NONE = sa.text(
    "SELECT id, body FROM lead WHERE organisation_id = :org AND company = '' AND id > :last "
    "ORDER BY id LIMIT :part"
)
_NAME = sa.text("UPDATE lead SET company = :company WHERE organisation_id = :org AND id = :id")

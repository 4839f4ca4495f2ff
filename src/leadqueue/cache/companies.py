"""What the server last said of colleagues' leads at the companies of one's own, kept with its age."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from pydantic import ValidationError

from leadqueue.cache.views import Colleagues
from leadqueue.domain.company import MOST_TOLD
from leadqueue.domain.moments import to_micros
from leadqueue.wire.api import CompanyLeads

MOST_KEPT = 500
"""Companies that are kept; of more, those that were told last."""


def keep(connection: sqlite3.Connection, company: str, told: CompanyLeads) -> None:
    """Keep what was said of a company, of more leads than a server tells the first. Inside a transaction."""
    told = told.model_copy(update={"leads": told.leads[:MOST_TOLD]})
    connection.execute(
        "INSERT OR REPLACE INTO company_told (company, at, told) VALUES (?, ?, ?)",
        (company, to_micros(told.at), told.model_dump_json()),
    )
    connection.execute(
        "DELETE FROM company_told WHERE company IN "
        "(SELECT company FROM company_told ORDER BY at DESC, company LIMIT -1 OFFSET ?)",
        (MOST_KEPT,),
    )
    forget_left(connection)


def forget_left(connection: sqlite3.Connection) -> None:
    """Forget the companies of which no lead is here any more: theirs have gone over to another one, or
    definitions no longer take them for companies. Inside a transaction."""
    connection.execute(
        "DELETE FROM company_told WHERE NOT EXISTS "
        "(SELECT 1 FROM queue_row WHERE company_group = company_told.company)"
    )


def forget_of(connection: sqlite3.Connection, lead_ids: Iterable[str]) -> None:
    """Forget the companies of leads that leave, before their rows go: each is a colleague's from now on, or
    the last one here. Inside a transaction."""
    connection.executemany(
        "DELETE FROM company_told WHERE company IN (SELECT company_group FROM queue_row WHERE lead_id = ?)",
        [(each,) for each in lead_ids],
    )


def forget_all(connection: sqlite3.Connection) -> None:
    """Forget what was said to another role, or by another life of the server. Inside a transaction."""
    connection.execute("DELETE FROM company_told")


def kept(connection: sqlite3.Connection, company: str) -> Colleagues:
    """What is known of colleagues' leads at a company.

    A lead that is here tells of itself, so what was said of it counts no more.
    """
    row = connection.execute("SELECT told FROM company_told WHERE company = ?", (company,)).fetchone()
    if row is None:
        return Colleagues()
    try:
        told = CompanyLeads.model_validate_json(str(row[0]))
    except ValidationError:  # an older program's: it is asked for again
        return Colleagues()
    beyond = [each for each in told.leads if not each.reached]
    here = _here(connection, [each.id for each in beyond])
    leads = tuple(each for each in beyond if each.id not in here)
    return Colleagues(told.at, leads, max(told.beyond - len(beyond), 0))


def _here(connection: sqlite3.Connection, lead_ids: list[str]) -> set[str]:
    if not lead_ids:
        return set()
    marks = ", ".join("?" for _ in lead_ids)
    rows = connection.execute(f"SELECT id FROM lead WHERE gone = 0 AND id IN ({marks})", lead_ids)  # noqa: S608 - marks only
    return {str(row[0]) for row in rows}

"""Strangers are no company: free mail and empty names join nobody, and accents of a domain count"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from leadqueue.definitions.loader import parse, shipped
from leadqueue.domain.company import company_key, free_mail

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PART = 500


def upgrade() -> None:
    connection = op.get_bind()
    for organisation_id, text in connection.execute(_DEFINITIONS).all():
        _fill(connection, organisation_id, _free_mail(text))


def _free_mail(text: str) -> tuple[str, ...]:
    try:
        return free_mail(parse(text).definitions)
    except ValueError:  # an older program's: no reason to keep everybody out
        return free_mail(shipped().definitions)


def _fill(connection: sa.Connection, organisation_id: str, free: tuple[str, ...]) -> None:
    """The company of every lead of the organisation, a few leads at a time; what stays is not written."""
    last = ""
    while rows := connection.execute(_LEADS, {"org": organisation_id, "id": last, "part": _PART}).all():
        last = str(rows[-1][0])
        found = ((lead_id, known, _company_of(body, free)) for lead_id, known, body in rows)
        moved = [
            {"org": organisation_id, "id": lead_id, "company": company}
            for lead_id, known, company in found
            if company != known
        ]
        if moved:
            connection.execute(_COMPANY, moved)


def _company_of(body: str, free: tuple[str, ...]) -> str:
    fields = json.loads(body).get("fields") or {}
    domain, name = (fields.get(key) for key in ("company_domain", "company_name"))
    return company_key("" if domain is None else str(domain), "" if name is None else str(name), free)


_DEFINITIONS = sa.text(
    "SELECT organisation.id, definitions.text FROM organisation JOIN definitions "
    "ON definitions.organisation_id = organisation.id "
    "AND definitions.digest = organisation.definitions_digest"
)
_LEADS = sa.text(
    "SELECT id, company, body FROM lead WHERE organisation_id = :org AND id > :id ORDER BY id LIMIT :part"
)
_COMPANY = sa.text("UPDATE lead SET company = :company WHERE organisation_id = :org AND id = :id")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

"""Leads of one company find each other, in the whole organisation"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from leadqueue.domain.company import company_key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_PART = 500


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("lead", sa.Column("company", text, nullable=False, server_default=""))
    _fill(op.get_bind())
    op.create_index(
        "ix_lead_company", "lead", ["organisation_id", "company", "id", "stage", "owner_id", "team_id"]
    )


def _fill(connection: sa.Connection) -> None:
    """Every lead's company, a few leads at a time."""
    last = ("", "")
    while rows := connection.execute(_LEADS, {"org": last[0], "id": last[1], "part": _PART}).all():
        connection.execute(
            _COMPANY, [{"org": row[0], "id": row[1], "company": _company_of(row[2])} for row in rows]
        )
        last = (str(rows[-1][0]), str(rows[-1][1]))


def _company_of(body: str) -> str:
    fields = json.loads(body).get("fields") or {}
    domain, name = (fields.get(key) for key in ("company_domain", "company_name"))
    return company_key("" if domain is None else str(domain), "" if name is None else str(name), ())


_LEADS = sa.text(
    "SELECT organisation_id, id, body FROM lead WHERE (organisation_id, id) > (:org, :id) "
    "ORDER BY organisation_id, id LIMIT :part"
)
_COMPANY = sa.text("UPDATE lead SET company = :company WHERE organisation_id = :org AND id = :id")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

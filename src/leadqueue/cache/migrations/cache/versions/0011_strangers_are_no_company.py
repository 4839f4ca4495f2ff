"""Strangers are no company: free mail and empty names join nobody, and accents of a domain count"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadqueue.definitions.loader import parse, shipped
from leadqueue.domain.company import company_key, free_mail

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PART = 5000
"""Rows that are looked at in one go, so that memory does not grow with the queue."""


def upgrade() -> None:
    """Of each lead as the server last said it only the company is read, and only what moves is written."""
    bind = op.get_bind()
    free = _free_mail(bind.execute(_DEFINITIONS).scalar_one_or_none())
    last = -1
    while rows := bind.execute(_LEADS, {"last": last, "part": _PART}).all():
        last = rows[-1].n
        found = ((row, company_key(str(row.domain or ""), str(row.name or ""), free)) for row in rows)
        moved = [(row, company) for row, company in found if company != row.company_group]
        if moved:
            bind.execute(_COMPANY, [{"n": row.n, "company": company} for row, company in moved])
            # What was said of a company is of those with whom its leads were joined.
            bind.execute(_FORGET, [{"company": each} for each in {row.company_group for row, _ in moved}])


def _free_mail(text: str | None) -> tuple[str, ...]:
    try:
        return free_mail((parse(text) if text else shipped()).definitions)
    except ValueError:  # an older program's: the server's newer ones are on their way
        return free_mail(shipped().definitions)


_DEFINITIONS = sa.text("SELECT value FROM meta WHERE key = 'definitions_text'")
_LEADS = sa.text(
    "SELECT queue_row.n, company_group, json_extract(body, '$.fields.company_domain') AS domain, "
    "json_extract(body, '$.fields.company_name') AS name "
    "FROM queue_row JOIN lead ON lead.id = queue_row.lead_id WHERE queue_row.n > :last "
    "ORDER BY queue_row.n LIMIT :part"
)
_COMPANY = sa.text("UPDATE queue_row SET company_group = :company WHERE n = :n")
_FORGET = sa.text("DELETE FROM company_told WHERE company = :company")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

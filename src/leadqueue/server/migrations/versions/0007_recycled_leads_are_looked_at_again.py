"""Recycled leads are looked at again, though marketing sends nothing"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PART = 500


def upgrade() -> None:
    op.add_column("lead", sa.Column("look_at", sa.BigInteger(), nullable=True))
    _fill(op.get_bind())
    due = sa.text("look_at IS NOT NULL")
    op.create_index(
        "ix_lead_look",
        "lead",
        ["organisation_id", "look_at", "id"],
        sqlite_where=due,
        postgresql_where=due,
    )


def _fill(connection: sa.Connection) -> None:
    """Every lead that waits to come back is looked at once by the first sweep, a few leads at a time: its day
    may have passed unseen. The sweep says when it is due next."""
    last = ("", "")
    while rows := connection.execute(_LEADS, {"org": last[0], "id": last[1], "part": _PART}).all():
        waiting = [{"org": row[0], "id": row[1]} for row in rows if _waits(row[2])]
        if waiting:
            connection.execute(_LOOK, waiting)
        last = (str(rows[-1][0]), str(rows[-1][1]))


def _waits(body: str) -> bool:
    pasts = json.loads(body).get("rejections") or []
    return any(
        past.get("disposition") == "recycle"
        and past.get("returned_at") is None
        and past.get("undone_at") is None
        for past in pasts
    )


_LEADS = sa.text(
    "SELECT organisation_id, id, body FROM lead WHERE (organisation_id, id) > (:org, :id) "
    "ORDER BY organisation_id, id LIMIT :part"
)
_LOOK = sa.text("UPDATE lead SET look_at = 0 WHERE organisation_id = :org AND id = :id")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

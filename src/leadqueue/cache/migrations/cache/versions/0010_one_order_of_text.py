"""Titles, campaigns and owners are sorted as names are: folded, without accents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from leadqueue.domain.text import folded

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_FOLDED = {"title_key": "title", "campaign_key": "campaign", "owner_key": "owner_name"}
_PART = 5000
"""Rows that are folded in one go, so that memory does not grow with the queue."""


def upgrade() -> None:
    for key in _FOLDED:
        op.execute(f"ALTER TABLE queue_row ADD COLUMN {key} TEXT NOT NULL DEFAULT ''")
    bind = op.get_bind()
    some = sa.text(
        "SELECT n, title, campaign, owner_name FROM queue_row WHERE n > :last ORDER BY n LIMIT :part"
    )
    fold = sa.text(
        "UPDATE queue_row SET title_key = :title, campaign_key = :campaign, owner_key = :owner_name "
        "WHERE n = :n"
    )
    last = -1
    while rows := bind.execute(some, {"last": last, "part": _PART}).all():
        bind.execute(
            fold,
            [{"n": row.n, **{each: folded(getattr(row, each)) for each in _FOLDED.values()}} for row in rows],
        )
        last = rows[-1].n


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

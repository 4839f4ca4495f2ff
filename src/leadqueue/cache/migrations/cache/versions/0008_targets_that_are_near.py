"""Leads whose target is near are found at once, as those are whose limit is"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_queue_row_target",
        "queue_row",
        ["target_at"],
        sqlite_where=sa.text("in_queue = 1 AND target_at IS NOT NULL"),
        if_not_exists=True,
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

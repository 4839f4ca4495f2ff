"""The queue's rows know for what reason their lead was given back last"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE queue_row ADD COLUMN reason TEXT NOT NULL DEFAULT ''")
    # Rows with decisions that are not read back yet are worked out anew at each opening; the others show
    # the server's copy.
    op.execute(
        sa.text(
            "UPDATE queue_row SET reason = COALESCE((SELECT json_extract(past.value, '$.reason') "
            "FROM lead, json_each(lead.body, '$.rejections') AS past WHERE lead.id = queue_row.lead_id "
            "AND json_extract(past.value, '$.disposition') IN ('reject', 'recycle') "
            "ORDER BY past.key DESC LIMIT 1), '')"
        )
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

"""The queue's rows know their campaign; saved views live in a file of the user's own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("saved_view")
    op.execute("ALTER TABLE queue_row ADD COLUMN campaign TEXT NOT NULL DEFAULT ''")
    # A campaign belongs to marketing: no decision of a rep changes it, the server's copy is the shown one.
    op.execute(
        sa.text(
            "UPDATE queue_row SET campaign = COALESCE((SELECT json_extract(lead.body, '$.fields.campaign') "
            "FROM lead WHERE lead.id = queue_row.lead_id), '')"
        )
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

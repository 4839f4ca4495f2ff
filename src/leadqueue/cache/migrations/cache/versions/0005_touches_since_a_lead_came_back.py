"""The queue's rows count the touches since their lead last came back from recycling"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows with something open are worked out anew at each opening; so are, once, those of returned leads.
    op.execute("UPDATE queue_row SET open_here = 1 WHERE returned = 1 AND open_here = 0")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

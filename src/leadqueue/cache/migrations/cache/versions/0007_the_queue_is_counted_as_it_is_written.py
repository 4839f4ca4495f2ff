"""The queue is counted as it is written: how many leads each owner has in each section"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What keeps it is put up after every migration (leadqueue.cache.tally).
    op.create_table(
        "queue_tally",
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("section_rank", sa.Integer(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "section_rank"),
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

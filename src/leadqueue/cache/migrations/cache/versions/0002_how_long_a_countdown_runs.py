"""How long a countdown has run, and an index by owner: a manager's figures are counted here"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("queue_row", sa.Column("waiting_since", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_queue_row_owner",
        "queue_row",
        ["in_queue", "owner_id", "due_key", "lead_id", "soon_at", "waiting_since"],
    )
    # The rows are worked out anew at the next opening, as after new definitions.
    op.execute("DELETE FROM meta WHERE key = 'rows_digest'")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

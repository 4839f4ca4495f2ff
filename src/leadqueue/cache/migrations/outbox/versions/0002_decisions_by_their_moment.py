"""The outbox is read by the moment of its decisions, whatever order a clock that was set back gave them"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_decision_decided_at", "decision", ["decided_at", "seq"])


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

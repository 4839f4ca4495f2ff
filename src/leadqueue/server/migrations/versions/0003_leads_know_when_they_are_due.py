"""Leads know when they are due: a team's queue is read from one index, however many leads there are"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lead", sa.Column("due_at", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE lead SET due_at = (SELECT MIN(clock.due_at) FROM clock WHERE clock.stopped_at IS NULL "
        "AND clock.organisation_id = lead.organisation_id AND clock.lead_id = lead.id)"
    )
    op.create_index("ix_lead_team_due", "lead", ["organisation_id", "team_id", "due_at", "id"])


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

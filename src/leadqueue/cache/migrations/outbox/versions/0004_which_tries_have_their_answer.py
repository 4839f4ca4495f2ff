"""An earlier try knows that what stands in for it was answered: no salvage brings it back into the inbox"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "attention", sa.Column("superseded", sa.Integer(), nullable=False, server_default=sa.text("0"))
    )
    op.execute(
        "UPDATE attention SET superseded = 1 WHERE EXISTS (SELECT 1 FROM decision "
        "WHERE decision.replaces = attention.id AND decision.state = 'answered') "
        "OR EXISTS (SELECT 1 FROM attention AS later WHERE later.replaces = attention.id)"
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

"""What the server said of colleagues' leads at a company is kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "company_told",
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("company"),
    )
    # A company is called by no more characters than the server's index takes (leadqueue.domain.company).
    op.execute(
        "UPDATE queue_row SET company_group = substr(company_group, 1, 200) WHERE length(company_group) > 200"
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

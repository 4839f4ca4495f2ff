"""What is searched and sorted is folded without accents, and alike in both forms of Unicode"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The rows are worked out anew at the next opening, also where no definitions have been read yet.
    op.execute(
        "INSERT OR REPLACE INTO meta (key, value) "
        "SELECT 'rows_digest', 'before 0006' WHERE EXISTS (SELECT 1 FROM lead)"
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

"""Tokens that are renewed: lines of tokens, scopes, a greatest age"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger()
    # A token that is there already is the first of its line, and may do whatever its holder may.
    op.add_column("token", sa.Column("line_id", text, nullable=False, server_default=""))
    op.add_column("token", sa.Column("generation", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("token", sa.Column("scopes", text, nullable=False, server_default="read decide intake"))
    for name in ("lifetime_s", "line_ends_at", "confirmed_at", "replaced_at"):
        op.add_column("token", sa.Column(name, number, nullable=True))
    op.execute("UPDATE token SET line_id = id, line_ends_at = expires_at, confirmed_at = created_at")
    op.create_index("ix_token_line", "token", ["organisation_id", "line_id"])


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

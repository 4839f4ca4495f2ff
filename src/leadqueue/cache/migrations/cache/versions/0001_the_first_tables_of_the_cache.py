"""The first tables of the cache"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cursor",
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("full", sa.Integer(), nullable=False),
        sa.Column("pulled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("audience"),
    )
    op.create_table(
        "lead",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("marketing", sa.Integer(), nullable=False),
        sa.Column("crm", sa.Integer(), nullable=False),
        sa.Column("sales", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("id"),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index("ix_lead_generation", ["generation"], unique=False)
        batch_op.create_index(
            "ix_lead_versions", ["id", "gone", "marketing", "crm", "sales", "stage"], unique=False
        )

    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "queue_row",
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("section_rank", sa.Integer(), nullable=False),
        sa.Column("in_queue", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("target_at", sa.BigInteger(), nullable=True),
        sa.Column("soon_at", sa.BigInteger(), nullable=True),
        sa.Column("due_key", sa.BigInteger(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("owner_name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("touches", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.Column("attention", sa.Integer(), nullable=False),
        sa.Column("open_here", sa.Integer(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("company_key", sa.Text(), nullable=False),
        sa.Column("score_key", sa.Integer(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("age_key", sa.BigInteger(), nullable=False),
        sa.Column("company_group", sa.Text(), nullable=False),
        sa.Column("haystack", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
        sa.UniqueConstraint("lead_id"),
    )
    with op.batch_alter_table("queue_row", schema=None) as batch_op:
        batch_op.create_index("ix_queue_row_age", ["in_queue", "age_key", "lead_id"], unique=False)
        batch_op.create_index("ix_queue_row_company", ["company_group"], unique=False)
        batch_op.create_index(
            "ix_queue_row_company_key", ["in_queue", "company_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_due_at", ["due_at"], unique=False, sqlite_where=sa.text("in_queue = 1")
        )
        batch_op.create_index(
            "ix_queue_row_mine", ["lead_id"], unique=False, sqlite_where=sa.text("open_here > 0")
        )
        batch_op.create_index("ix_queue_row_name", ["in_queue", "name_key", "lead_id"], unique=False)
        batch_op.create_index("ix_queue_row_score", ["in_queue", "score_key", "lead_id"], unique=False)
        batch_op.create_index(
            "ix_queue_row_section_age", ["section_rank", "age_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_section_company", ["section_rank", "company_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_section_name", ["section_rank", "name_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_section_score", ["section_rank", "score_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_section_source", ["section_rank", "source_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_section_urgency", ["section_rank", "due_key", "lead_id"], unique=False
        )
        batch_op.create_index(
            "ix_queue_row_soon_at", ["soon_at"], unique=False, sqlite_where=sa.text("in_queue = 1")
        )
        batch_op.create_index("ix_queue_row_source", ["in_queue", "source_key", "lead_id"], unique=False)
        batch_op.create_index("ix_queue_row_urgency", ["in_queue", "due_key", "lead_id"], unique=False)

    op.create_table(
        "saved_view",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("descending", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; the backup holds the earlier file")

"""The first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Compared byte by byte on both databases."""


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("audience", _TEXT, nullable=False),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "audit",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "lead_id", "seq"),
    )
    op.create_table(
        "clock",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("lane", _TEXT, nullable=True),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("breached_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "lead_id", "kind", "started_at"),
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index("ix_clock_due", ["stopped_at", "breached_at", "due_at"], unique=False)

    op.create_table(
        "decision",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("payload_hash", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("ix_decision_lead", ["organisation_id", "lead_id"], unique=False)

    op.create_table(
        "definitions",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("digest", _TEXT, nullable=False),
        sa.Column("version", _TEXT, nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("text", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "digest"),
    )
    op.create_table(
        "escalation",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("clock", _TEXT, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("breached_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "lead_id", "clock", "started_at", "level"),
    )
    op.create_table(
        "feed",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("audience", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "audience", "lead_id"),
        sa.UniqueConstraint("organisation_id", "audience", "seq"),
    )
    op.create_table(
        "lead",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("source_id", _TEXT, nullable=True),
        sa.Column("stage", _TEXT, nullable=False),
        sa.Column("owner_id", _TEXT, nullable=True),
        sa.Column("team_id", _TEXT, nullable=True),
        sa.Column("marketing", sa.Integer(), nullable=False),
        sa.Column("crm", sa.Integer(), nullable=False),
        sa.Column("sales", sa.Integer(), nullable=False),
        sa.Column("stage_version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "source_id"),
    )
    with op.batch_alter_table("lead", schema=None) as batch_op:
        batch_op.create_index("ix_lead_owner", ["organisation_id", "owner_id", "id"], unique=False)
        batch_op.create_index("ix_lead_stage", ["organisation_id", "stage", "id"], unique=False)
        batch_op.create_index("ix_lead_team", ["organisation_id", "team_id", "id"], unique=False)

    op.create_table(
        "organisation",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("epoch", _TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("definitions_digest", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "signal",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("source_id", _TEXT, nullable=False),
        sa.Column("lead_id", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("title", _TEXT, nullable=False),
        sa.Column("url", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "source_id"),
    )
    with op.batch_alter_table("signal", schema=None) as batch_op:
        batch_op.create_index("ix_signal_lead", ["organisation_id", "lead_id", "at"], unique=False)

    op.create_table(
        "team",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    op.create_table(
        "token",
        sa.Column("hash", _TEXT, nullable=False),
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("user_id", _TEXT, nullable=False),
        sa.Column("label", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("hash"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "user_account",
        sa.Column("organisation_id", _TEXT, nullable=False),
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("email", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("role", _TEXT, nullable=False),
        sa.Column("team_id", _TEXT, nullable=True),
        sa.Column("zone", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "email"),
    )
    _let_the_trail_only_grow()


def _let_the_trail_only_grow() -> None:
    if op.get_context().dialect.name != "postgresql":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"
    )


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

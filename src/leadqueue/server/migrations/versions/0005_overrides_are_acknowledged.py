"""A manager acknowledges an override as they do a breach: who has seen it, and when."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("alert", sa.Column("acknowledged_at", sa.BigInteger(), nullable=True))
    op.add_column("alert", sa.Column("acknowledged_by", text, nullable=False, server_default=""))
    op.create_index("ix_alert_kind", "alert", ["organisation_id", "kind", "lead_id"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """What the manager of a lead's team did themselves waits for nobody."""
    for told in connection.execute(_OVERRIDES).all():
        moment = {"org": told.organisation_id, "lead": told.lead_id, "at": told.created_at}
        for (body,) in connection.execute(_TRAIL, moment).all():
            line = json.loads(body)
            actor = line["actor"]
            manages = actor["role"] == "manager" and actor.get("team_id") == told.team_id
            if line.get("override") and manages:
                connection.execute(_KNOWN, {"org": told.organisation_id, "id": told.id, "by": actor["id"]})


_OVERRIDES = sa.text(
    "SELECT alert.organisation_id, alert.id, alert.lead_id, alert.created_at, lead.team_id FROM alert "
    "JOIN lead ON lead.organisation_id = alert.organisation_id AND lead.id = alert.lead_id "
    "WHERE alert.kind = 'override'"
)
_TRAIL = sa.text(
    "SELECT body FROM audit WHERE organisation_id = :org AND lead_id = :lead AND recorded_at = :at"
)
_KNOWN = sa.text(
    "UPDATE alert SET acknowledged_at = created_at, acknowledged_by = :by "
    "WHERE organisation_id = :org AND id = :id"
)


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

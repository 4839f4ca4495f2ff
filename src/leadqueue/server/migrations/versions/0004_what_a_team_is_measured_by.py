"""What a team is measured by: whose clock stopped and by what, touches by team, where a lead stands

A manager's figures are read from two indexes over the last weeks, never from the whole trail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_PART = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Body = dict[str, object]


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger()
    op.add_column("lead", sa.Column("returned", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("lead", sa.Column("touched", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("clock", sa.Column("soon_at", number, nullable=True))
    op.add_column("clock", sa.Column("stopped_by", text, nullable=False, server_default=""))
    op.add_column("clock", sa.Column("team_id", text, nullable=True))
    op.add_column("clock", sa.Column("owner_id", text, nullable=True))
    op.create_table(
        "touch",
        sa.Column("organisation_id", text, nullable=False),
        sa.Column("id", text, nullable=False),
        sa.Column("lead_id", text, nullable=False),
        sa.Column("team_id", text, nullable=True),
        sa.Column("by_id", text, nullable=False),
        sa.Column("at", number, nullable=False),
        sa.Column("channel", text, nullable=False),
        sa.Column("outcome", text, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "id"),
    )
    connection = op.get_bind()
    for part in _leads(connection):
        _fill(connection, part)
    op.create_index("ix_clock_team", "clock", ["organisation_id", "team_id", "kind", "stopped_at"])
    op.create_index("ix_touch_team", "touch", ["organisation_id", "team_id", "at"])


def _leads(connection: sa.Connection) -> Iterator[list[tuple[str, str, Body]]]:
    """Organisation, id and body of every lead, a few at a time."""
    query = sa.text(
        "SELECT organisation_id, id, body FROM lead WHERE (organisation_id, id) > (:org, :id) "
        "ORDER BY organisation_id, id LIMIT :part"
    )
    last = ("", "")
    while rows := connection.execute(query, {"org": last[0], "id": last[1], "part": _PART}).all():
        yield [(str(row[0]), str(row[1]), json.loads(row[2])) for row in rows]
        last = (str(rows[-1][0]), str(rows[-1][1]))


def _fill(connection: sa.Connection, leads: list[tuple[str, str, Body]]) -> None:
    """What the bodies and the trails say of the past. Whose a clock was is taken from the owner of today."""
    standings: list[Body] = []
    soon: list[Body] = []
    stopped: list[Body] = []
    touches: list[Body] = []
    for organisation_id, lead_id, body in leads:
        key: Body = {"org": organisation_id, "lead": lead_id}
        whose: Body = {"team": body.get("team_id"), "owner": body.get("owner_id")}
        entered = _micros(body["stage_since"])
        made = _items(body, "touches")
        standings.append(
            {
                **key,
                "touched": int(any(_micros(touch["at"]) >= entered for touch in made)),
                "returned": int(
                    any(
                        past.get("returned_at") is not None and past["disposition"] == "recycle"
                        for past in _items(body, "rejections")
                    )
                ),
            }
        )
        soon += [
            {**key, "kind": clock["kind"], "start": _micros(clock["started_at"]), "at": _micros(at)}
            for clock in _items(body, "clocks")
            if (at := clock.get("soon_at")) is not None
        ]
        touches += [
            {
                **key,
                "team": body.get("team_id"),
                "id": touch["id"],
                "by": touch["by_id"],
                "at": _micros(touch["at"]),
                "channel": touch["channel"],
                "outcome": touch["outcome"],
            }
            for touch in made
        ]
        stopped += _stopped(connection, key, whose)
    for statement, rows in ((_STANDS, standings), (_SOON, soon), (_STOPPED, stopped), (_TOUCH, touches)):
        if rows:
            connection.execute(statement, rows)


def _stopped(connection: sa.Connection, key: Body, whose: Body) -> list[Body]:
    """The lead's stopped clocks, each with the event of the trail that came at the moment it stopped."""
    found = connection.execute(_STOPPED_CLOCKS, key).all()
    if not found:
        return []
    trail = [json.loads(row[0]) for row in connection.execute(_TRAIL, key)]
    events = {_micros(line["at"]): str(line["event"]) for line in trail if "at" in line}
    return [
        {**key, **whose, "kind": row.kind, "start": row.started_at, "by": events.get(row.stopped_at, "")}
        for row in found
    ]


def _items(body: Body, part: str) -> list[Body]:
    items = body.get(part)
    return items if isinstance(items, list) else []


def _micros(moment: object) -> int:
    return (datetime.fromisoformat(str(moment)) - _EPOCH) // timedelta(microseconds=1)


_STANDS = sa.text(
    "UPDATE lead SET returned = :returned, touched = :touched WHERE organisation_id = :org AND id = :lead"
)
_SOON = sa.text(
    "UPDATE clock SET soon_at = :at WHERE organisation_id = :org AND lead_id = :lead AND kind = :kind "
    "AND started_at = :start"
)
_STOPPED = sa.text(
    "UPDATE clock SET stopped_by = :by, team_id = :team, owner_id = :owner WHERE organisation_id = :org "
    "AND lead_id = :lead AND kind = :kind AND started_at = :start"
)
_TOUCH = sa.text(
    "INSERT INTO touch (organisation_id, id, lead_id, team_id, by_id, at, channel, outcome) "
    "VALUES (:org, :id, :lead, :team, :by, :at, :channel, :outcome)"
)
_STOPPED_CLOCKS = sa.text(
    "SELECT kind, started_at, stopped_at FROM clock WHERE organisation_id = :org AND lead_id = :lead "
    "AND stopped_at IS NOT NULL"
)
_TRAIL = sa.text("SELECT body FROM audit WHERE organisation_id = :org AND lead_id = :lead ORDER BY seq")


def downgrade() -> None:
    raise NotImplementedError("leadqueue never migrates downward; restore the backup instead")

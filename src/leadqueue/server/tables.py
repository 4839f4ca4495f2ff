"""The server's tables. Every key starts with the organisation, so that the database can be sharded by it.

Moments are integers: microseconds since 1970, UTC. A lead's body is its JSON form, with the columns beside
it that queries need.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

REGISTRY = registry()

TEXT = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte on both databases, so that pages in order of a key are the same."""

_DUE = text("look_at IS NOT NULL")
"""Few leads are to be looked at again; the others cost that index nothing."""


class ServerTable(SQLModel, registry=REGISTRY):
    """Base of the server's tables."""


class OrganisationRow(ServerTable, table=True):
    """`seq` is the feed's last sequence number; `epoch` changes after a restore from a backup."""

    __tablename__ = "organisation"

    id: str = Field(primary_key=True, sa_type=TEXT)
    name: str = Field(sa_type=TEXT)
    epoch: str = Field(sa_type=TEXT)
    seq: int = Field(sa_type=BigInteger)
    definitions_digest: str = Field(sa_type=TEXT)


class TeamRow(ServerTable, table=True):
    __tablename__ = "team"

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    name: str = Field(sa_type=TEXT)


class UserRow(ServerTable, table=True):
    __tablename__ = "user_account"
    __table_args__ = (UniqueConstraint("organisation_id", "email"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    email: str = Field(sa_type=TEXT)
    name: str = Field(sa_type=TEXT)
    role: str = Field(sa_type=TEXT)
    team_id: str | None = Field(default=None, sa_type=TEXT)
    zone: str = Field(sa_type=TEXT)


class TokenRow(ServerTable, table=True):
    """A token as its SHA-256; the token itself is shown once and kept nowhere.

    `line_id` is the id of the line's first token, whose row alone says whether the line is revoked.
    `confirmed_at` is the token's first use, `replaced_at` that of a successor.
    """

    __tablename__ = "token"
    __table_args__ = (Index("ix_token_line", "organisation_id", "line_id"),)

    hash: str = Field(primary_key=True, sa_type=TEXT)
    organisation_id: str = Field(sa_type=TEXT)
    id: str = Field(unique=True, sa_type=TEXT)
    user_id: str = Field(sa_type=TEXT)
    label: str = Field(sa_type=TEXT)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    line_id: str = Field(sa_type=TEXT)
    generation: int
    scopes: str = Field(sa_type=TEXT)
    lifetime_s: int | None = Field(default=None, sa_type=BigInteger)
    line_ends_at: int | None = Field(default=None, sa_type=BigInteger)
    confirmed_at: int | None = Field(default=None, sa_type=BigInteger)
    replaced_at: int | None = Field(default=None, sa_type=BigInteger)


class DefinitionsRow(ServerTable, table=True):
    """Every definitions file that was ever published."""

    __tablename__ = "definitions"

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    digest: str = Field(primary_key=True, sa_type=TEXT)
    version: str = Field(sa_type=TEXT)
    published_at: int = Field(sa_type=BigInteger)
    text: str = Field(sa_type=TEXT)


class LeadRow(ServerTable, table=True):
    """A lead. `due_at` is when the nearest of its running clocks is due; None where none runs.

    `returned` and `touched` are what the queue's sections ask of a lead (`domain.queue.Standing`), `company`
    is its `domain.company.company_of`, `look_at` when it is looked at again (`domain.returning.next_look`).
    """

    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("organisation_id", "source_id"),
        Index("ix_lead_owner", "organisation_id", "owner_id", "id"),
        Index("ix_lead_team", "organisation_id", "team_id", "id"),
        Index("ix_lead_team_due", "organisation_id", "team_id", "due_at", "id"),
        Index("ix_lead_stage", "organisation_id", "stage", "id"),
        Index("ix_lead_company", "organisation_id", "company", "id", "stage", "owner_id", "team_id"),
        Index("ix_lead_look", "organisation_id", "look_at", "id", sqlite_where=_DUE, postgresql_where=_DUE),
    )

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    source_id: str | None = Field(default=None, sa_type=TEXT)
    stage: str = Field(sa_type=TEXT)
    owner_id: str | None = Field(default=None, sa_type=TEXT)
    team_id: str | None = Field(default=None, sa_type=TEXT)
    marketing: int
    crm: int
    sales: int
    stage_version: int
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    returned: int = Field(sa_column_kwargs={"server_default": "0"})
    touched: int = Field(sa_column_kwargs={"server_default": "0"})
    company: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    look_at: int | None = Field(default=None, sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=TEXT)


class SignalRow(ServerTable, table=True):
    """A signal, idempotent by its source's id; the lead's body keeps the latest ones and tallies them all."""

    __tablename__ = "signal"
    __table_args__ = (Index("ix_signal_lead", "organisation_id", "lead_id", "at"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    source_id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(sa_type=TEXT)
    kind: str = Field(sa_type=TEXT)
    at: int = Field(sa_type=BigInteger)
    title: str = Field(sa_type=TEXT)
    url: str = Field(sa_type=TEXT)


class DecisionRow(ServerTable, table=True):
    """The ledger: what was answered to each decision, for good."""

    __tablename__ = "decision"
    __table_args__ = (Index("ix_decision_lead", "organisation_id", "lead_id"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(sa_type=TEXT)
    user_id: str = Field(sa_type=TEXT)
    payload_hash: str = Field(sa_type=TEXT)
    status: str = Field(sa_type=TEXT)
    seq: int | None = Field(default=None, sa_type=BigInteger)
    answered_at: int = Field(sa_type=BigInteger)
    answer: str = Field(sa_type=TEXT)


class AuditRow(ServerTable, table=True):
    """The append-only trail; `seq` counts the lines of one lead from 1."""

    __tablename__ = "audit"

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(primary_key=True, sa_type=TEXT)
    seq: int = Field(primary_key=True)
    recorded_at: int = Field(sa_type=BigInteger)
    body: str = Field(sa_type=TEXT)


class ClockRow(ServerTable, table=True):
    """Every SLA clock that ever ran.

    A stopped one keeps whose it was then: `team_id`, `owner_id`, and the event that stopped it.
    """

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_due", "stopped_at", "breached_at", "due_at"),
        Index("ix_clock_team", "organisation_id", "team_id", "kind", "stopped_at"),
    )

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(primary_key=True, sa_type=TEXT)
    kind: str = Field(primary_key=True, sa_type=TEXT)
    started_at: int = Field(sa_column=Column(BigInteger, primary_key=True))
    due_at: int = Field(sa_type=BigInteger)
    lane: str | None = Field(default=None, sa_type=TEXT)
    soon_at: int | None = Field(default=None, sa_type=BigInteger)
    stopped_at: int | None = Field(default=None, sa_type=BigInteger)
    stopped_by: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})
    team_id: str | None = Field(default=None, sa_type=TEXT)
    owner_id: str | None = Field(default=None, sa_type=TEXT)
    breached_at: int | None = Field(default=None, sa_type=BigInteger)


class TouchRow(ServerTable, table=True):
    """A logged touch, under the team to which the lead belonged; the lead's body holds what was said."""

    __tablename__ = "touch"
    __table_args__ = (Index("ix_touch_team", "organisation_id", "team_id", "at"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(sa_type=TEXT)
    team_id: str | None = Field(default=None, sa_type=TEXT)
    by_id: str = Field(sa_type=TEXT)
    at: int = Field(sa_type=BigInteger)
    channel: str = Field(sa_type=TEXT)
    outcome: str = Field(sa_type=TEXT)


class EscalationRow(ServerTable, table=True):
    """A breach told to the manager, once for each lead, clock, start of that clock, and level."""

    __tablename__ = "escalation"
    __table_args__ = (UniqueConstraint("organisation_id", "lead_id", "clock", "started_at", "level"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(sa_type=TEXT)
    clock: str = Field(sa_type=TEXT)
    started_at: int = Field(sa_type=BigInteger)
    level: int
    due_at: int = Field(sa_type=BigInteger)
    breached_at: int = Field(sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_by: str = Field(default="", sa_type=TEXT)


class AlertRow(ServerTable, table=True):
    """What a manager or marketing ops must be told; written with the change that causes it."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_kind", "organisation_id", "kind", "lead_id"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    id: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(sa_type=TEXT)
    kind: str = Field(sa_type=TEXT)
    audience: str = Field(sa_type=TEXT)
    message: str = Field(sa_type=TEXT)
    created_at: int = Field(sa_type=BigInteger)
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_by: str = Field(default="", sa_type=TEXT, sa_column_kwargs={"server_default": ""})


class FeedRow(ServerTable, table=True):
    """One row for each audience and lead: `upsert`, or `leave` for a lead that left the audience."""

    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("organisation_id", "audience", "seq"),)

    organisation_id: str = Field(primary_key=True, sa_type=TEXT)
    audience: str = Field(primary_key=True, sa_type=TEXT)
    lead_id: str = Field(primary_key=True, sa_type=TEXT)
    seq: int = Field(sa_type=BigInteger)
    kind: str = Field(sa_type=TEXT)
    at: int = Field(sa_type=BigInteger)

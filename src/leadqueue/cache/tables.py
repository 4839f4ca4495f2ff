"""The tables of the two local files, defined once with SQLModel.

Migrations build them and the tests compare them with what the migrations built. At run time the files are
read and written with the standard library's sqlite3: one explicit transaction per decision, the pragmas
that durability asks for, prepared bulk upserts, and no SQLAlchemy import in front of the first frame or
of a command line call. Moments are integers: microseconds since 1970, UTC (`micros`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

OUTBOX_REGISTRY = registry()
CACHE_REGISTRY = registry()


class OutboxTable(SQLModel, registry=OUTBOX_REGISTRY):
    """Base of the tables in outbox.db."""


class CacheTable(SQLModel, registry=CACHE_REGISTRY):
    """Base of the tables in cache.db."""


class DecisionRow(OutboxTable, table=True):
    """A decision that the server has not answered, or has answered in the last thirty days.

    `payload` is the body as it travels, byte for byte; `checksum` tells a salvage that a row is whole.
    `batch` joins the decisions of one form over several leads. An answered decision is `settled` once the
    cache has read past its answer.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sending', 'held', 'answered')", name="ck_decision_state"),
        Index("ix_decision_state", "state", "seq"),
        Index("ix_decision_lead", "lead_id", "seq"),
        Index("ix_decision_replaces", "replaces"),
        Index("ix_decision_decided_at", "decided_at", "seq"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True))
    id: str = Field(unique=True, sa_type=Text)
    lead_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)
    payload_format: int
    checksum: str = Field(sa_type=Text)
    expected_version: int
    definitions_version: str = Field(sa_type=Text)
    decided_at: int = Field(sa_type=BigInteger)
    added_at: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    attempts: int
    next_try_at: int | None = Field(default=None, sa_type=BigInteger)
    trouble: str = Field(sa_type=Text)
    replaces: str | None = Field(default=None, sa_type=Text)
    batch: str | None = Field(default=None, sa_type=Text)
    lead_then: str | None = Field(default=None, sa_type=Text)
    answer_status: str | None = Field(default=None, sa_type=Text)
    answer_seq: int | None = Field(default=None, sa_type=BigInteger)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    settled: int


class AttentionRow(OutboxTable, table=True):
    """A decision that did not go through, with both sides, until the rep resends or drops it.

    One that was sent again stays as an earlier try of what `replaces` it, as long as that is kept. It is
    `superseded` once that has its answer, and no item again whatever becomes of the other row.
    """

    __tablename__ = "attention"
    __table_args__ = (
        Index("ix_attention_lead", "lead_id"),
        Index("ix_attention_replaces", "replaces"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    lead_id: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)
    payload_format: int
    status: str = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
    errors: str = Field(sa_type=Text)
    lead_then: str | None = Field(default=None, sa_type=Text)
    lead_now: str | None = Field(default=None, sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    replaces: str | None = Field(default=None, sa_type=Text)
    superseded: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})


class FactRow(OutboxTable, table=True):
    """What must outlive the cache, by key: the feed's epoch."""

    __tablename__ = "fact"

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class LeadRow(CacheTable, table=True):
    """A lead as the server last said it; never edited here. `gone` is a lead that left the scope."""

    __tablename__ = "lead"
    __table_args__ = (
        Index("ix_lead_generation", "generation"),
        Index("ix_lead_versions", "id", "gone", "marketing", "crm", "sales", "stage"),
    )

    n: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True, sa_type=Text)
    marketing: int
    crm: int
    sales: int
    stage: int
    seq: int = Field(sa_type=BigInteger)
    generation: int
    gone: int
    body: str = Field(sa_type=Text)


class QueueRowTable(CacheTable, table=True):
    """What the queue sorts, filters and shows of a lead with its open decisions replayed on top.

    Derived: it can be computed again from `lead` and the outbox at any time. `section_rank` is the
    section's place in the definitions, `OUTSIDE_RANK` for a lead in none, which is not `in_queue`.
    `open_here` counts what the outbox has to say about the lead: decisions open or not yet read back, and
    attention items. `company_group` is the `domain.company.company_of` of the lead as the server has it.
    `waiting_since` is when the countdown began. `haystack` is the folded text that the
    search looks through.
    """

    __tablename__ = "queue_row"
    __table_args__ = (
        Index("ix_queue_row_urgency", "in_queue", "due_key", "lead_id"),
        Index("ix_queue_row_section_urgency", "section_rank", "due_key", "lead_id"),
        Index("ix_queue_row_due_at", "due_at", sqlite_where=text("in_queue = 1")),
        Index("ix_queue_row_soon_at", "soon_at", sqlite_where=text("in_queue = 1")),
        Index("ix_queue_row_company", "company_group"),
        Index("ix_queue_row_mine", "lead_id", sqlite_where=text("open_here > 0")),
        Index(
            "ix_queue_row_target", "target_at", sqlite_where=text("in_queue = 1 AND target_at IS NOT NULL")
        ),
        Index("ix_queue_row_name", "in_queue", "name_key", "lead_id"),
        Index("ix_queue_row_company_key", "in_queue", "company_key", "lead_id"),
        Index("ix_queue_row_score", "in_queue", "score_key", "lead_id"),
        Index("ix_queue_row_source", "in_queue", "source_key", "lead_id"),
        Index("ix_queue_row_age", "in_queue", "age_key", "lead_id"),
        Index("ix_queue_row_owner", "in_queue", "owner_id", "due_key", "lead_id", "soon_at", "waiting_since"),
        Index("ix_queue_row_section_name", "section_rank", "name_key", "lead_id"),
        Index("ix_queue_row_section_company", "section_rank", "company_key", "lead_id"),
        Index("ix_queue_row_section_score", "section_rank", "score_key", "lead_id"),
        Index("ix_queue_row_section_source", "section_rank", "source_key", "lead_id"),
        Index("ix_queue_row_section_age", "section_rank", "age_key", "lead_id"),
    )

    n: int | None = Field(default=None, primary_key=True)
    lead_id: str = Field(unique=True, sa_type=Text)
    section: str = Field(sa_type=Text)
    section_rank: int
    in_queue: int
    due_at: int | None = Field(default=None, sa_type=BigInteger)
    target_at: int | None = Field(default=None, sa_type=BigInteger)
    soon_at: int | None = Field(default=None, sa_type=BigInteger)
    due_key: int = Field(sa_type=BigInteger)
    clock: str = Field(sa_type=Text)
    lane: str = Field(sa_type=Text)
    person: str = Field(sa_type=Text)
    company: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    score: int | None = None
    stage: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    country: str = Field(sa_type=Text)
    owner_id: str = Field(sa_type=Text)
    owner_name: str = Field(sa_type=Text)
    version: int
    touches: int
    returned: int
    created_at: int = Field(sa_type=BigInteger)
    unsent: int
    attention: int
    open_here: int
    name_key: str = Field(sa_type=Text)
    company_key: str = Field(sa_type=Text)
    score_key: int
    source_key: str = Field(sa_type=Text)
    age_key: int = Field(sa_type=BigInteger)
    company_group: str = Field(sa_type=Text)
    waiting_since: int | None = Field(default=None, sa_type=BigInteger)
    campaign: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    haystack: str = Field(sa_type=Text)
    title_key: str = Field(sa_type=Text)
    campaign_key: str = Field(sa_type=Text)
    owner_key: str = Field(sa_type=Text)


class QueueTallyRow(CacheTable, table=True):
    """How many leads an owner has in a section, so that a long queue is not counted row by row.

    Triggers over `queue_row` keep it, in the transaction that writes there.
    """

    __tablename__ = "queue_tally"

    owner_id: str = Field(primary_key=True, sa_type=Text)
    section_rank: int = Field(primary_key=True)
    leads: int


class CompanyToldRow(CacheTable, table=True):
    """What the server said, at a moment of its clock, of all leads of a company of one's own: `told` is the
    `wire.api.CompanyLeads` as JSON, `company` the `domain.company.company_key`."""

    __tablename__ = "company_told"

    company: str = Field(primary_key=True, sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    told: str = Field(sa_type=Text)


class CursorRow(CacheTable, table=True):
    """How far an audience's feed has been read; written with the rows that it covers.

    While `full` is set a whole read of the scope is under way, and leads of an older `generation` that it
    does not meet are swept at its end.
    """

    __tablename__ = "cursor"

    audience: str = Field(primary_key=True, sa_type=Text)
    cursor: str | None = Field(default=None, sa_type=Text)
    seq: int = Field(sa_type=BigInteger)
    generation: int
    full: int
    pulled_at: int | None = Field(default=None, sa_type=BigInteger)


class MetaRow(CacheTable, table=True):
    """Session, definitions, clock samples and the like, by key."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)

"""The models of `/v1`, but for intake and problems.

Every response carries `SERVER_TIME_HEADER` (RFC 3339, UTC), one to an accepted token `EPOCH_HEADER` too.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import (
    Field,
    PrivateAttr,
    StringConstraints,
    TypeAdapter,
)

from leadqueue.definitions.model import DecisionKind, Role
from leadqueue.domain.company import CompanyLead
from leadqueue.domain.decision import Decision, FieldError
from leadqueue.domain.lead import Colleague, FieldValues, Lead
from leadqueue.domain.team import History, Load
from leadqueue.domain.utc_field import UtcDatetime
from leadqueue.wire.values import (
    NO_NUL,
    FieldName,
    Request,
    Response,
    SentMoment,
    SoundValue,
    Uuid,
    Version,
    WholeNumber,
)

PROTOCOL = 1
"""The protocol version that this program speaks."""

SERVER_TIME_HEADER = "LeadQueue-Server-Time"
EPOCH_HEADER = "LeadQueue-Epoch"
PROTOCOL_HEADER = "LeadQueue-Protocol"
REQUEST_ID_HEADER = "X-Request-Id"

MAX_BATCH = 200
"""Decisions in one `POST /v1/decisions`."""

MAX_PAGE = 2000
"""Changes in one page of `GET /v1/changes`."""


class Scope(StrEnum):
    """What a token may be used for, within what its holder's role allows."""

    READ = "read"
    DECIDE = "decide"
    INTAKE = "intake"


class Session(Response):
    """Who the token belongs to, and what the server speaks.

    `renew_at` is the moment from which on the client should renew its token; None where it need not.
    """

    user_id: str
    name: str
    email: str
    role: Role
    zone: str
    team_id: str | None
    team_name: str
    organisation_id: str
    organisation_name: str
    audience: str
    members: tuple[Colleague, ...]
    protocol: int
    server_version: str
    definitions_version: str
    definitions_digest: str
    server_time: UtcDatetime
    epoch: str
    scopes: tuple[Scope, ...] = tuple(Scope)
    token_expires_at: UtcDatetime | None = None
    renew_at: UtcDatetime | None = None


class RenewedToken(Response):
    """The token's successor, shown this once. The one before stays good until this one was used, and a
    short grace after that."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^[!-~]+$")]
    expires_at: UtcDatetime | None
    renew_at: UtcDatetime | None


class Upsert(Response):
    kind: Literal["upsert"] = "upsert"
    seq: int
    lead: Lead


class Leave(Response):
    kind: Literal["leave"] = "leave"
    seq: int
    lead_id: str


Change = Annotated[Upsert | Leave, Field(discriminator="kind")]


class ChangesPage(Response):
    """A page of the feed. `next` goes into the next call; `seq` is the sequence that this page reaches."""

    changes: tuple[Change, ...]
    next: str
    seq: int
    more: bool
    _texts: tuple[str, ...] | None = PrivateAttr(default=None)

    @property
    def texts(self) -> tuple[str, ...] | None:
        """The JSON of each upsert's lead as it came; None where that is not known."""
        return self._texts

    def keep_texts(self, texts: tuple[str, ...] | None) -> None:
        self._texts = texts


class DecisionBody(Request):
    """A decision as it travels; who decided is the token's owner."""

    id: Uuid
    lead_id: Uuid
    kind: DecisionKind
    values: dict[FieldName, SoundValue] = Field(max_length=64)
    expected_version: Version
    definitions_version: Annotated[str, StringConstraints(max_length=40, pattern=NO_NUL)]
    decided_at: SentMoment
    clock_offset_ms: WholeNumber = 0
    clock_error_ms: WholeNumber | None = None
    seen_stage: FieldName | None = None
    seen_owner: FieldName | None = None
    seen_fields: dict[FieldName, SoundValue] = Field(default_factory=dict, max_length=64)

    @classmethod
    def of(cls, decision: Decision) -> DecisionBody:
        """The decision for its way. Its values must have passed the rules: `ValidationError` otherwise."""
        return cls(
            id=decision.id,
            lead_id=decision.lead_id,
            kind=decision.kind,
            values=dict(decision.values),
            expected_version=decision.expected_version,
            definitions_version=decision.definitions_version,
            decided_at=decision.decided_at,
            clock_offset_ms=decision.clock_offset_ms,
            clock_error_ms=decision.clock_error_ms,
            seen_stage=decision.seen_stage,
            seen_owner=decision.seen_owner,
            seen_fields=dict(decision.seen_fields),
        )

    def to_domain(self) -> Decision:
        return Decision(
            id=self.id,
            lead_id=self.lead_id,
            kind=self.kind,
            values=dict(self.values),
            expected_version=self.expected_version,
            definitions_version=self.definitions_version,
            decided_at=self.decided_at,
            clock_offset_ms=self.clock_offset_ms,
            clock_error_ms=self.clock_error_ms,
            seen_stage=self.seen_stage,
            seen_owner=self.seen_owner,
            seen_fields=dict(self.seen_fields),
        )


class DecisionBatch(Request):
    decisions: Annotated[tuple[DecisionBody, ...], Field(min_length=1, max_length=MAX_BATCH)]


class AnswerStatus(StrEnum):
    APPLIED = "applied"
    ALREADY = "already"
    REFUSED = "refused"
    CONFLICT = "conflict"
    HELD = "held"
    RETRY = "retry"


FINAL = frozenset({AnswerStatus.APPLIED, AnswerStatus.ALREADY, AnswerStatus.REFUSED, AnswerStatus.CONFLICT})
"""Answers that stand in the ledger; the other two ask for the decision to be sent again."""


class Answer(Response):
    """What became of one decision. `seq` is the feed sequence that carries its effect.

    `lead` comes along with `conflict` and `refused` where the asker may see the lead.
    An id that the ledger knows with another payload is `refused` with the error code `payload_mismatch`.
    """

    id: str
    status: AnswerStatus
    seq: int | None = None
    errors: tuple[FieldError, ...] = ()
    lead: Lead | None = None
    message: str = ""


class Answers(Response):
    answers: tuple[Answer, ...]


class KnownDecisions(Response):
    """The ledger's answers for the ids that it knows; the others in `unknown`."""

    answers: tuple[Answer, ...]
    unknown: tuple[str, ...]


class Digest(Response):
    """Count and hash over a scope: SHA-256 of `id:marketing:crm:sales:stage` lines in order of id."""

    audience: str
    count: int
    digest: str
    seq: int
    epoch: str


class JourneyEntry(Response):
    """A line of a lead's audit trail as it is shown."""

    seq: int
    at: UtcDatetime
    recorded_at: UtcDatetime
    actor_name: str
    actor_role: Role
    event: str
    definitions_version: str
    decision_id: str | None
    values: FieldValues
    before: dict[str, object]
    after: dict[str, object]
    override: bool
    message: str


class Journey(Response):
    lead: Lead
    entries: tuple[JourneyEntry, ...]


class CompanyLeads(Response):
    """The other leads of a lead's company in the whole organisation, as of `at`.

    `leads` are at most `domain.company.MOST_TOLD`, first those outside of the asker's scope. `total` counts
    all that there are, `beyond` those of them outside of that scope.
    """

    leads: tuple[CompanyLead, ...]
    total: int
    beyond: int
    at: UtcDatetime


class TeamLine(Response):
    """A line of a team's figures. `owner_id` is '' for leads that belong to nobody, and for the total.

    `domain.team.Load` and `domain.team.History` say what each figure means, docs/team.md says it in a table.
    """

    owner_id: str
    name: str
    load: Load
    history: History


class TeamQueue(Response):
    """What waits for a team and how its last weeks went, as of `at`.

    `since` begins the window of response, compliance and acceptance, `first_day` (in `zone`) the series of
    touches; both end at `at`.
    """

    team_id: str
    team_name: str
    at: UtcDatetime
    zone: str
    since: UtcDatetime
    first_day: date
    definitions_version: str
    reps: tuple[TeamLine, ...]
    total: TeamLine


class Escalation(Response):
    """What the manager is told: a breach, or, where `kind` is override, that a lead was moved by one.

    Of an override `message` says who, why, and from where to where; `breached_at` and `due_at` are when, and
    `clock` is ''. `acknowledged_by` is the user's id, `acknowledged_by_name` their name.
    """

    id: str
    lead_id: str
    kind: str = "breach"
    clock: str
    level: int
    due_at: UtcDatetime
    breached_at: UtcDatetime
    message: str = ""
    owner_id: str | None
    owner_name: str
    acknowledged_at: UtcDatetime | None = None
    acknowledged_by: str = ""
    acknowledged_by_name: str = ""


class Escalations(Response):
    """A page of them. `waiting` counts those of the whole scope that nobody has acknowledged, `next` asks for
    the page after this one, where there is one."""

    escalations: tuple[Escalation, ...]
    waiting: int = 0
    next: str | None = None


class Acknowledgement(Request):
    """Escalations that somebody has seen and takes care of. Sending it again changes nothing."""

    ids: Annotated[tuple[Uuid, ...], Field(min_length=1, max_length=MAX_BATCH)]


class Acknowledged(Response):
    """The escalations as they stand now, and the ids that are not in one's scope."""

    escalations: tuple[Escalation, ...]
    unknown: tuple[str, ...]


class EventHint(Response):
    """A server-sent event `changed`: there is something new up to `seq`. The truth stays in `changes`."""

    seq: int
    epoch: str


CHANGES_PAGE_ADAPTER: TypeAdapter[ChangesPage] = TypeAdapter(ChangesPage)

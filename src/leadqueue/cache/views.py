"""What the local store hands to the screen and to the command line: plain, immutable values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueRow
    from leadqueue.definitions.model import DecisionKind
    from leadqueue.domain.company import CompanyLead
    from leadqueue.domain.decision import Decision, FieldError
    from leadqueue.domain.lead import Directory, Lead


class OutboxState(StrEnum):
    """`waiting` to be sent, `sending` with an unknown outcome, `held` back visibly, or `answered`."""

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"
    ANSWERED = "answered"


WAITING_TOLD = {
    OutboxState.WAITING: "not sent yet",
    OutboxState.SENDING: "being sent",
    OutboxState.HELD: "held back",
    OutboxState.ANSWERED: "sent, comes back with the next pull",
}
"""How far an unsent decision has come, in words."""


@dataclass(frozen=True, slots=True)
class OutboxItem:
    """A decision on its way. `trouble` says in words why the last try failed; '' where none did.

    Undo is possible while it waits or is held and `attempts` is 0. `batch` joins the decisions of one form.
    """

    seq: int
    decision: Decision
    state: OutboxState
    attempts: int = 0
    next_try_at: datetime | None = None
    trouble: str = ""
    batch: str | None = None
    replaces: str | None = None

    @property
    def can_undo(self) -> bool:
        return self.state in (OutboxState.WAITING, OutboxState.HELD) and self.attempts == 0


class Fate(StrEnum):
    """What has become of a decision: the outbox's states, or the inbox, where it waits for the rep."""

    WAITING = "waiting"
    SENDING = "sending"
    HELD = "held"
    ANSWERED = "answered"
    INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class DecidedItem:
    """A decision and how far it has come. `trouble` says in words what keeps it, '' where nothing does.

    `settled_at` is when the server's answer came in, None while there is none. `replaces` is the decision
    of the inbox that it stands for, `earlier` what was tried before it, newest first.
    """

    decision: Decision
    fate: Fate
    trouble: str = ""
    next_try_at: datetime | None = None
    settled_at: datetime | None = None
    seq: int = 0
    replaces: str | None = None
    earlier: tuple[EarlierTry, ...] = ()


@dataclass(frozen=True, slots=True)
class Colleagues:
    """The leads outside of one's scope at a company, as the server said at `at` (UTC); None for not yet.

    `more` counts those beside `leads` of which only the number is known.
    """

    at: datetime | None = None
    leads: tuple[CompanyLead, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class LeadView:
    """A lead as shown (`lead`), as the server last said it (`server`), and what stands between the two.

    `directory` are the colleagues by whose names the ids in its fields are told. `same_company` are one's own
    leads of the company, those in the queue first, and `same_company_more` how many there are beside them;
    `colleagues` are those of others, None for a lead of no company.
    """

    lead: Lead
    server: Lead
    unsent: tuple[OutboxItem, ...] = ()
    same_company: tuple[QueueRow, ...] = ()
    attention: int = 0
    directory: Directory = field(default_factory=dict)
    colleagues: Colleagues | None = None
    same_company_more: int = 0


class AttentionStatus(StrEnum):
    """Why a decision asks for attention."""

    REFUSED = "refused"
    CONFLICT = "conflict"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class EarlierTry:
    """A decision that did not hold and was sent again, as another one: what it was, and why it did not hold.
    `at` is when that was told."""

    decision: Decision
    status: AttentionStatus
    message: str
    errors: tuple[FieldError, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """A decision that did not hold: the rep's side (`decision`, `lead_then`) and the other (`lead_now`).

    `lead_now` is None where the lead is out of reach. `status` `overtaken` is a decision that the replay
    found void before it could be sent. `earlier` is what was tried before it, newest first.
    """

    id: str
    decision: Decision
    status: AttentionStatus
    message: str
    errors: tuple[FieldError, ...]
    lead_then: Lead | None
    lead_now: Lead | None
    at: datetime
    earlier: tuple[EarlierTry, ...] = ()


@dataclass(frozen=True, slots=True)
class DeskStatus:
    """The local state that every screen shows. `unsent` and `held` count decisions, `acknowledged` what a
    manager acknowledged and the server has not been told; `oldest_unsent_at` is of both, by this computer's
    clock."""

    unsent: int
    held: int
    oldest_unsent_at: datetime | None
    attention: int
    last_pull_at: datetime | None
    next_try_at: datetime | None
    trouble: str = ""
    acknowledged: int = 0

    @property
    def to_send(self) -> int:
        """Whatever is still to be sent."""
        return self.unsent + self.acknowledged


@dataclass(frozen=True, slots=True)
class Stored:
    """The decision is durable in the outbox."""

    item: OutboxItem


@dataclass(frozen=True, slots=True)
class NotStored:
    """The definitions refuse the decision; nothing was written."""

    errors: tuple[FieldError, ...]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What came of one form over several leads: stored in one transaction, or refused with the reasons."""

    kind: DecisionKind
    stored: tuple[OutboxItem, ...]
    refused: dict[str, tuple[FieldError, ...]] = field(default_factory=dict)

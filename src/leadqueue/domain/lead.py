"""The lead and what hangs on it. Immutable: every change makes a new lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from leadqueue.definitions.model import Disposition, Role, ScorePart
from leadqueue.domain.utc_field import UtcDatetime

FieldValue = str | int | bool | None
"""A field's value: text (also dates as `YYYY-MM-DD`, picklist keys, user ids), whole number
(money in minor units), or truth. None and a missing key both mean empty."""

FieldValues = dict[str, FieldValue]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user with a role, or the system itself."""

    id: str
    name: str
    role: Role
    team_id: str | None = None


SYSTEM = Actor("system", "leadqueue", Role.SYSTEM)
"""Who acts where nobody does: the program by itself."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A user to whom a lead can belong. `zone` is the IANA time zone in which they work; `email` is ''
    where an older server or cache does not tell it."""

    id: str
    name: str
    role: Role
    zone: str = "UTC"
    team_id: str | None = None
    email: str = ""


Directory = Mapping[str, Colleague]
"""The colleagues by user id, as far as the decider's side knows them."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Versions of a lead per owner group; each grows by one with a change of that group's part."""

    marketing: int = 0
    crm: int = 0
    sales: int = 0
    stage: int = 0


@dataclass(frozen=True, slots=True)
class Signal:
    """One act of engagement. `kind` is a key of the vocabulary `signal_kind`."""

    id: str
    kind: str
    at: UtcDatetime
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class SignalTally:
    """All signals of a kind: how many, and when the last one came."""

    kind: str
    count: int
    last_at: UtcDatetime


@dataclass(frozen=True, slots=True)
class Touch:
    """A logged touch; its id is that of the decision that logged it."""

    id: str
    at: UtcDatetime
    by_id: str
    by_name: str
    channel: str
    outcome: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    id: str
    at: UtcDatetime
    by_id: str
    by_name: str
    text: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """A past rejection or recycling, with what was known at that moment, so that later change can be told.

    `returned_at` is when the lead came back over the MQL bar, `undone_at` when an override undid it, by whom
    and why: then it stays in the history, and counts neither as given back nor as returned.
    """

    id: str
    at: UtcDatetime
    by_id: str
    by_name: str
    disposition: Disposition
    reason: str
    stage: str
    details: FieldValues
    note: str = ""
    nurture: str | None = None
    returned_at: UtcDatetime | None = None
    score: int | None = None
    fields: FieldValues = field(default_factory=dict)
    tallies: tuple[SignalTally, ...] = ()
    undone_at: UtcDatetime | None = None
    undone_by_name: str = ""
    undone_because: str = ""


@dataclass(frozen=True, slots=True)
class RunningClock:
    """An SLA clock of a lead. `kind` is a key of the definitions' clocks.

    `due_at` is the limit and `target_at` a shown target before it; business time is already worked into
    both, so a countdown is a plain difference. From `soon_at` on it counts as due soon. A stopped clock
    keeps `stopped_at`.
    """

    kind: str
    started_at: UtcDatetime
    due_at: UtcDatetime
    lane: str | None = None
    target_at: UtcDatetime | None = None
    soon_at: UtcDatetime | None = None
    stopped_at: UtcDatetime | None = None


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of a score's explanation. The lines of a score add up to its total."""

    key: str
    label: str
    part: ScorePart
    points: int
    count: int = 0
    last_at: UtcDatetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A score as computed at `at` by the model `model`: `total` is the sum of `lines`."""

    total: int
    behaviour: int
    at: UtcDatetime
    model: str
    lines: tuple[ScoreLine, ...] = ()


class Owned(Protocol):
    """What has an owner and a team, as a lead has them."""

    @property
    def owner_id(self) -> str | None: ...

    @property
    def team_id(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as one side knows it.

    `fields` holds the lead fields of the definitions; `provenance` says where each value came from: the
    source that marketing named, or the person whose decision wrote it (also of a field that it emptied).
    `signals` are the latest ones only (newest first); `tallies` count them all.
    `status_at` is the last status update, `stage_since` the entry into the present stage and `stage_by` who
    brought it there: a person's name, or marketing's source. `assigned_at` is when it came to its owner and
    `assigned_by` who saw to that, likewise; None and '' for a lead that an older program assigned.
    """

    id: str
    stage: str
    created_at: UtcDatetime
    stage_since: UtcDatetime
    status_at: UtcDatetime
    source_id: str | None = None
    fields: FieldValues = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    owner_id: str | None = None
    owner_name: str = ""
    owner_zone: str = "UTC"
    team_id: str | None = None
    assigned_because: str = ""
    versions: Versions = Versions()
    score: Score | None = None
    signals: tuple[Signal, ...] = ()
    tallies: tuple[SignalTally, ...] = ()
    touches: tuple[Touch, ...] = ()
    notes: tuple[Note, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    clocks: tuple[RunningClock, ...] = ()
    stage_by: str = ""
    assigned_at: UtcDatetime | None = None
    assigned_by: str = ""

    def text(self, key: str) -> str:
        """A field as text, empty where it is missing."""
        value = self.fields.get(key)
        return "" if value is None else str(value)

    @property
    def full_name(self) -> str:
        """The contact's name, '' where none is known."""
        return f"{self.text('first_name')} {self.text('last_name')}".strip()

    @property
    def person(self) -> str:
        """The contact's name, or the e-mail address where no name is known."""
        return self.full_name or self.text("email")

    @property
    def company(self) -> str:
        return self.text("company_name") or self.text("company_domain")

    @property
    def last_reason(self) -> str:
        """The reason for which it was rejected or recycled last, '' where it never was or that was undone."""
        given_back = (Disposition.REJECT, Disposition.RECYCLE)
        standing = (past for past in reversed(self.rejections) if past.undone_at is None)
        return next((past.reason for past in standing if past.disposition in given_back), "")

    @property
    def disposed_at(self) -> datetime | None:
        """When it was last rejected, recycled or closed lost (UTC), but for what an override undid."""
        return max((past.at for past in self.rejections if past.undone_at is None), default=None)

    @property
    def returned_at(self) -> datetime | None:
        """When it last came back from recycling (UTC), None for a lead that never did."""
        return max(
            (
                past.returned_at
                for past in self.rejections
                if past.returned_at is not None
                and past.undone_at is None
                and past.disposition is Disposition.RECYCLE
            ),
            default=None,
        )

    @property
    def returned(self) -> bool:
        """True for a lead that was recycled once and came back."""
        return self.returned_at is not None


def provenance_after(before: Lead, fields: FieldValues, origin: str) -> dict[str, str]:
    """The lead's provenance once `origin` has made its fields into `fields`."""
    written = (key for key in {**before.fields, **fields} if fields.get(key) != before.fields.get(key))
    return {**before.provenance, **dict.fromkeys(written, origin)}

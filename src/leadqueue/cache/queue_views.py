"""The queue as the local store hands it out. Apart from the other views, for the first frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from leadqueue.domain.filters.filter import EVERYTHING, Filter

SortKey = Literal[
    "urgency",
    "score",
    "age",
    "name",
    "company",
    "source",
    "title",
    "campaign",
    "stage",
    "country",
    "section",
    "owner",
    "touches",
]
SORTS: tuple[SortKey, ...] = get_args(SortKey)
FALLING: frozenset[SortKey] = frozenset({"score", "touches"})
"""Sorts whose natural order is the greatest first."""


@dataclass(frozen=True, slots=True)
class QueueView:
    """Which rows of the queue, and in what order.

    `section` None means all sections, `owner` None the leads of everybody. Times in the filter are counted
    from `at`; None is the moment of the question.
    """

    section: str | None = None
    filter: Filter = EVERYTHING
    sort: SortKey = "urgency"
    descending: bool = False
    owner: str | None = None
    at: datetime | None = field(default=None, compare=False)

    @property
    def falls(self) -> bool:
        """Whether the greatest comes first."""
        return self.descending is not (self.sort in FALLING)


class QueueRow(NamedTuple):
    """A line of the queue: the lead with its unsent decisions worked in.

    Texts are as they came, not yet harmless: whoever draws them makes them so. `section` is '' for a lead
    in none. `unsent` counts open decisions, `attention` items of the inbox. `reason` is
    the one for which the lead was given back last, '' for a lead that never was.
    """

    id: str
    section: str
    due_at: datetime | None
    target_at: datetime | None
    soon_at: datetime | None
    clock: str
    lane: str
    person: str
    company: str
    title: str
    score: int | None
    stage: str
    source: str
    country: str
    owner_id: str
    owner_name: str
    version: int
    created_at: datetime
    touches: int = 0
    returned: bool = False
    unsent: int = 0
    attention: int = 0
    campaign: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SectionCount:
    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class UrgencyCounts:
    breached: int
    soon: int


@dataclass(frozen=True, slots=True)
class QueueCounts:
    """What is counted for a view, all of one moment: its rows, and `place`, where the lead `lead_id` stands
    among them."""

    sections: list[SectionCount]
    urgent: UrgencyCounts
    rows: int
    lead_id: str | None
    place: int | None

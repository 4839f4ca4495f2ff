"""The queue's rules: in which section a lead stands and which countdown it shows."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Lead, RunningClock


class Standing(NamedTuple):
    """What of a lead, besides its clocks, decides where it stands."""

    stage: str
    returned: bool
    touched: bool


class Place(NamedTuple):
    """Where a lead stands in the queue: its section, that section's place among all, and its countdown."""

    section: str
    rank: int
    clock: RunningClock


def standing_of(lead: Lead) -> Standing:
    """`touched` tells of a touch since the lead entered its stage."""
    return Standing(lead.stage, lead.returned, any(touch.at >= lead.stage_since for touch in lead.touches))


def place_of(lead: Lead, definitions: Definitions) -> Place | None:
    """The lead's place, None for a lead that is in no rep's queue."""
    return place_among(standing_of(lead), lead.clocks, definitions)


def place_among(
    standing: Standing, clocks: Collection[RunningClock], definitions: Definitions
) -> Place | None:
    """The place of a lead of which only this is known.

    A section with a standby clock counts down, while that stands by, the clock that runs instead of it.
    """
    running = [clock for clock in clocks if clock.stopped_at is None]
    for rank, section in enumerate(definitions.sections):
        if standing.stage not in section.stages:
            continue
        if section.returned is not None and section.returned is not standing.returned:
            continue
        if section.touched is not None and section.touched is not standing.touched:
            continue
        counted = [clock for clock in running if clock.kind in section.clocks]
        if not counted and any(definitions.clocks[kind].standby for kind in section.clocks):
            counted = running
        if counted:
            return Place(section.key, rank, min(counted, key=lambda clock: clock.due_at))
    return None


def section_of(lead: Lead, definitions: Definitions) -> str | None:
    """Key of the queue's section in which the lead stands, None for a lead that is in no rep's queue."""
    found = place_of(lead, definitions)
    return found.section if found else None


def urgent_clock(lead: Lead, definitions: Definitions) -> RunningClock | None:
    """The clock that the queue counts down for this lead: the nearest of its section's."""
    found = place_of(lead, definitions)
    return found.clock if found else None

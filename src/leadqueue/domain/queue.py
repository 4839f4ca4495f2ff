"""The queue's rules: in which section a lead stands and which countdown it shows."""

from __future__ import annotations

from leadqueue.definitions.model import Definitions, Section
from leadqueue.domain.lead import Lead, RunningClock


def _section(lead: Lead, definitions: Definitions) -> tuple[Section, RunningClock] | None:
    touched = any(touch.at >= lead.stage_since for touch in lead.touches)
    for section in definitions.sections:
        if lead.stage not in section.stages:
            continue
        if section.returned is not None and section.returned is not lead.returned:
            continue
        if section.touched is not None and section.touched is not touched:
            continue
        running = [
            clock for clock in lead.clocks if clock.kind in section.clocks and clock.stopped_at is None
        ]
        if running:
            return section, min(running, key=lambda clock: clock.due_at)
    return None


def section_of(lead: Lead, definitions: Definitions) -> str | None:
    """Key of the queue's section in which the lead stands, None for a lead that is in no rep's queue."""
    found = _section(lead, definitions)
    return found[0].key if found else None


def urgent_clock(lead: Lead, definitions: Definitions) -> RunningClock | None:
    """The clock that the queue counts down for this lead: the nearest of its section's."""
    found = _section(lead, definitions)
    return found[1] if found else None

"""Which day it is for whoever decides: the one place where a moment turns into a decision's day."""

from __future__ import annotations

from datetime import date, datetime

from leadqueue.domain.lead import Actor, Directory, Lead
from leadqueue.domain.moments import day_begins, zone_named


def day_for(actor: Actor, lead: Lead | None, at: datetime, directory: Directory) -> date:
    """The day of `at` (UTC) where the actor works.

    Their zone is the directory's; of an actor whom it lacks the lead's owner's, else UTC. A zone that this
    machine does not know counts as UTC. The form and both sides of a sync ask here, with a directory that
    the server tells, so that "tomorrow" is one day for all.
    """
    me = directory.get(actor.id)
    if me is None and lead is not None:
        return owners_day(lead, at)
    return at.astimezone(zone_named(me.zone if me else "UTC")).date()


def owners_day(lead: Lead, at: datetime) -> date:
    """The day of `at` (UTC) where the lead's owner works, UTC's for a lead without one."""
    return at.astimezone(zone_named(lead.owner_zone)).date()


def owners_day_begins(lead: Lead, day: date) -> datetime | None:
    """When `owners_day` comes to that day (UTC); None for one at the calendar's end."""
    try:
        return day_begins(day, zone_named(lead.owner_zone))
    except OverflowError:
        return None

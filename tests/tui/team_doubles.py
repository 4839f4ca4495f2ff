"""A manager's desk in memory, with two reps, their leads and their last weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.builders import MAYA, NOW, RAUL, RITA, acting, after, mql
from tests.tui.doubles import Clock, MemoryDesk

from leadqueue.cache.home import Account
from leadqueue.domain.lead import Actor, Lead
from leadqueue.domain.team import History, Load
from leadqueue.wire.api import Escalation, TeamLine, TeamQueue

RITAS = History(40, 30, 44, 33, 185, (0, 1, 2, 3, 0, 5, 6, 7, 8, 4, 3, 2, 1, 6))
RAULS = History(12, 9, 12, 12, 45, (0,) * 13 + (2,))
TOGETHER = History(52, 39, 56, 45, 120, (*RITAS.touches_by_day[:13], 8))


def said(at: timedelta = timedelta(seconds=20)) -> TeamQueue:
    """What the server said of the team, that long ago."""
    return TeamQueue(
        team_id="team-1",
        team_name="First",
        at=NOW - at,
        zone="Europe/Berlin",
        since=NOW - timedelta(days=28),
        first_day=(NOW - timedelta(days=13)).date(),
        definitions_version="2026.1",
        reps=(
            TeamLine(owner_id=RITA.id, name=RITA.name, load=Load(), history=RITAS),
            TeamLine(owner_id=RAUL.id, name=RAUL.name, load=Load(), history=RAULS),
        ),
        total=TeamLine(owner_id="", name="Team", load=Load(), history=TOGETHER),
    )


class ManagerDesk(MemoryDesk):
    """Maya's: she reaches her team's leads."""

    @property
    def actor(self) -> Actor:
        return acting(MAYA)

    @property
    def account(self) -> Account:
        made = super().account
        return replace(made, user_id=MAYA.id, name=MAYA.name, role="manager")


def team_desk(
    clock: Clock | None = None, *, ritas: int = 9, rauls: int = 4, breached: int | None = None
) -> ManagerDesk:
    """Rita has the more, and the older ones; some of hers are over. Five leads have an escalation, or the
    first ones, as many as `breached` says."""
    leads: list[Lead] = []
    for number in range(ritas):
        began = NOW - timedelta(hours=20 * number + 1)
        lead = mql(now=began, last_name=f"Byron {number}", company_name=f"Engines {number}")
        leads.append(after(lead, "accept", at=began + timedelta(minutes=9)) if number % 3 == 1 else lead)
    leads += [
        mql(owner=RAUL, now=NOW - timedelta(hours=number + 1), last_name=f"Hopper {number}")
        for number in range(rauls)
    ]
    desk = ManagerDesk(leads, clock)
    desk.memory_team.said = said()
    over = leads[-3:] + leads[2:4] if breached is None else leads[:breached]
    hours = max(len(over), 30)
    desk.memory_team.breaches = tuple(
        Escalation(
            id=f"01950000-0000-7000-8000-{number:012x}",
            lead_id=lead.id,
            clock="review",
            level=1,
            due_at=NOW - timedelta(hours=hours - number),
            breached_at=NOW - timedelta(hours=hours - number),
            owner_id=lead.owner_id,
            owner_name=lead.owner_name,
        )
        for number, lead in enumerate(over)
    )
    return desk

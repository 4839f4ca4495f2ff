"""What a manager reads of a team, from three indexes over what waits and what ended in the last weeks.

Nothing here grows with the organisation, with what the team has behind it, or with the trail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import RunningClock
from leadqueue.domain.moments import from_micros, to_micros
from leadqueue.domain.queue import Standing, place_among
from leadqueue.domain.team import (
    WINDOW,
    Backlog,
    History,
    RepLine,
    Response,
    Review,
    TouchMade,
    Waiting,
    first_day,
    histories,
    review_kinds,
    series_start,
    team_table,
    waiting_of,
)
from leadqueue.server import store
from leadqueue.wire.api import TeamLine, TeamQueue


def queue(
    connection: Connection,
    organisation_id: str,
    wanted: str | None,
    definitions: Definitions,
    now: datetime,
    zone: ZoneInfo,
) -> TeamQueue | None:
    """The team's figures as of `now`, its days those of `zone`; None for a team that does not exist.

    `wanted` None is the first team by name.
    """
    team_id = wanted
    if team_id is None:
        team_id = connection.execute(_FIRST, {"org": organisation_id}).scalar_one_or_none() or ""
    _, team_name = store.names(connection, organisation_id, team_id)
    if not team_name:
        return None
    values = {"org": organisation_id, "team": team_id}
    running = _running(connection, values)
    backlog = Backlog.of_leads(_waiting(running, definitions))
    kinds = review_kinds(definitions)
    open_reviews = (
        Review(owner_id, clock.started_at, clock.due_at)
        for owner_id, _, clocks in running
        for clock in clocks
        if clock.kind in kinds
    )
    reviews = [*open_reviews, *_ended(connection, values, kinds, now)]
    touches = list(_touches(connection, values, series_start(now, zone)))
    met = backlog.owners | {each.owner_id for each in reviews} | {each.by_id for each in touches}
    people = {each.id: each for each in store.team_and(connection, organisation_id, team_id, met)}
    zones = {each.id: each.zone for each in people.values()}
    known, together = histories(reviews, touches, Response(definitions, zones), now, zone)
    table = team_table(people, team_id, backlog, known, together, now)
    return TeamQueue(
        team_id=team_id,
        team_name=team_name,
        at=now,
        zone=zone.key,
        since=now - WINDOW,
        first_day=first_day(now, zone),
        definitions_version=definitions.version,
        reps=tuple(_told(line) for line in table.lines),
        total=_told(table.total),
    )


def _told(line: RepLine) -> TeamLine:
    return TeamLine(owner_id=line.owner_id, name=line.name, load=line.load, history=line.history or History())


Running = tuple[str, Standing, list[RunningClock]]


def _running(connection: Connection, values: dict[str, str]) -> list[Running]:
    """Owner, standing and running clocks of each of the team's leads that has any."""
    leads: dict[str, Running] = {}
    for row in connection.execute(RUNNING, values):
        if row.id not in leads:
            standing = Standing(row.stage, bool(row.returned), bool(row.touched))
            leads[row.id] = (row.owner_id or "", standing, [])
        leads[row.id][2].append(
            RunningClock(
                row.kind,
                from_micros(row.started_at),
                from_micros(row.due_at),
                soon_at=None if row.soon_at is None else from_micros(row.soon_at),
            )
        )
    return list(leads.values())


def _waiting(running: Iterable[Running], definitions: Definitions) -> Iterator[Waiting]:
    for owner_id, standing, clocks in running:
        place = place_among(standing, clocks, definitions)
        if place is not None:
            yield waiting_of(owner_id, place.clock)


def _ended(
    connection: Connection, values: dict[str, str], kinds: frozenset[str], now: datetime
) -> Iterator[Review]:
    if not kinds:
        return
    rows = connection.execute(
        ENDED, {**values, "kinds": sorted(kinds), "since": to_micros(now - WINDOW), "now": to_micros(now)}
    )
    for row in rows:
        yield Review(
            row.owner_id or "",
            from_micros(row.started_at),
            from_micros(row.due_at),
            from_micros(row.stopped_at),
            row.stopped_by,
        )


def _touches(connection: Connection, values: dict[str, str], since: datetime) -> Iterator[TouchMade]:
    for row in connection.execute(TOUCHES, {**values, "since": to_micros(since)}):
        yield TouchMade(row.by_id, from_micros(row.at))


_FIRST = sa.text("SELECT id FROM team WHERE organisation_id = :org ORDER BY name, id LIMIT 1")
RUNNING = sa.text(
    "SELECT lead.id, lead.owner_id, lead.stage, lead.returned, lead.touched, clock.kind, clock.started_at, "
    "clock.due_at, clock.soon_at FROM lead JOIN clock ON clock.organisation_id = lead.organisation_id "
    "AND clock.lead_id = lead.id WHERE lead.organisation_id = :org AND lead.team_id = :team "
    "AND lead.due_at IS NOT NULL AND clock.stopped_at IS NULL"
)
ENDED = sa.text(
    "SELECT owner_id, started_at, due_at, stopped_at, stopped_by FROM clock WHERE organisation_id = :org "
    "AND team_id = :team AND kind IN :kinds AND stopped_at BETWEEN :since AND :now"
).bindparams(sa.bindparam("kinds", expanding=True))
TOUCHES = sa.text(
    "SELECT by_id, at FROM touch WHERE organisation_id = :org AND team_id = :team AND at >= :since"
)

"""An organisation that grows on PostgreSQL: what one rep, one decision and one team's queue cost."""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from benchmarks import postgres
from benchmarks.firm import Firm, make_firm
from benchmarks.measuring import Report
from benchmarks.server_rate import acceptance
from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Actor
from leadqueue.domain.moments import system_now, to_micros, zone_named
from leadqueue.server import feed, team
from leadqueue.server.app import create_app
from leadqueue.server.database import Database
from leadqueue.wire.api import AnswerStatus, DecisionBody

LEVELS = tuple(int(each) for each in os.environ.get("LEADS", "100000,400000").split(","))
"""Leads of the organisation; LEADS=100000,10000000 takes the disk and the hours that it takes."""

REPS = 5_000
TEAMS = 500
SAMPLES = 60
MOST_GROWTH = 2.0
_PART = 50_000
FIGURES = "a team's figures"


def run() -> Report:
    report = Report(f"An organisation of {REPS:,} reps and {max(LEVELS):,} leads on PostgreSQL")
    if not postgres.installed():
        report.note("PostgreSQL is not installed here: not measured.")
        return report
    settings = {**postgres.SETTINGS, **postgres.FOR_FILLING, "default_toast_compression": "lz4"}
    with postgres.cluster(settings) as url:
        firm = make_firm(url, 400)
        with closing(Database.attach(url)) as database:
            _people(database, firm)
            taken: dict[str, list[float]] = {}
            filled = 0
            for level in LEVELS:
                _fill(database, firm, filled, level)
                filled = level
                for name, seconds in _measured(database, firm).items():
                    report.add(f"{name} at {level:,} leads, median", seconds * 1000, "ms")
                    taken.setdefault(name, []).append(seconds)
            # A team's figures grow with the team's own leads, of which each level gives it more.
            own = [seconds / level for seconds, level in zip(taken[FIGURES], LEVELS, strict=True)]
            for name, values in (taken | {FIGURES: own}).items():
                growth = values[-1] / values[0]
                for_each = " for each of the team's leads" if name == FIGURES else ""
                report.at_most(
                    f"{name}{for_each}: at the most leads to at the fewest", growth, "times", MOST_GROWTH
                )
            _plans(report, database, firm)
    return report


def _fill(database: Database, firm: Firm, filled: int, level: int) -> None:
    for start in range(filled, level, _PART):
        values = {"org": firm.stage.organisation_id, "first": start + 1, "last": min(start + _PART, level)}
        with database.write() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            for statement in _FILLING:
                connection.execute(sa.text(statement), values)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")


def _people(database: Database, firm: Firm) -> None:
    values = {"org": firm.stage.organisation_id, "reps": REPS, "teams": TEAMS, "rep": firm.stage.rep.id}
    with database.write() as connection:
        for statement in _PEOPLE:
            connection.execute(sa.text(statement), values)


def _identifier(kind: str, number: str) -> str:
    """SQL for an id in the usual form."""
    return f"CAST(CAST(MD5('{kind}' || {number}) AS uuid) AS text)"


_REP = _identifier("rep", f"(n % {REPS})")
_TEAM = _identifier("team", f"(n % {TEAMS})")
_LEAD = _identifier("lead", "n")
_OF_MODEL = (
    "FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n "
    "JOIN model ON model.k = n % (SELECT COUNT(*) FROM model)"
)

_PEOPLE = (
    "INSERT INTO team (organisation_id, id, name) "
    f"SELECT :org, {_TEAM}, 'Team ' || n FROM generate_series(0, CAST(:teams AS int) - 1) AS n",
    "INSERT INTO user_account (organisation_id, id, email, name, role, team_id, zone) SELECT :org, "
    f"{_REP}, 'rep' || n || '@many.example', 'Rep ' || n, 'rep', {_TEAM}, 'UTC' "
    "FROM generate_series(0, CAST(:reps AS int) - 1) AS n",
    "CREATE TABLE model AS SELECT (ROW_NUMBER() OVER ()) - 1 AS k, lead.* FROM lead "
    "WHERE organisation_id = :org AND owner_id = :rep",
)
_FILLING = (
    "INSERT INTO lead (organisation_id, id, source_id, stage, owner_id, team_id, marketing, crm, sales, "
    f"stage_version, updated_at, due_at, returned, touched, body) SELECT :org, {_LEAD}, 'many-' || n, stage, "
    f"{_REP}, {_TEAM}, marketing, crm, sales, stage_version, updated_at, due_at + n, returned, touched, "
    f"REPLACE(REPLACE(REPLACE(body, id, {_LEAD}), owner_id, {_REP}), team_id, {_TEAM}) {_OF_MODEL}",
    "INSERT INTO clock (organisation_id, lead_id, kind, started_at, due_at, lane, soon_at, stopped_at, "
    f"stopped_by, team_id, owner_id) SELECT :org, {_LEAD}, clock.kind, clock.started_at, clock.due_at, "
    "clock.lane, clock.soon_at, clock.stopped_at, clock.stopped_by, "
    f"CASE WHEN clock.stopped_at IS NOT NULL THEN {_TEAM} END, "
    f"CASE WHEN clock.stopped_at IS NOT NULL THEN {_REP} END "
    f"{_OF_MODEL} JOIN clock ON clock.organisation_id = :org AND clock.lead_id = model.id",
    "INSERT INTO touch (organisation_id, id, lead_id, team_id, by_id, at, channel, outcome) "
    f"SELECT :org, n || touch.id, {_LEAD}, {_TEAM}, {_REP}, touch.at, touch.channel, touch.outcome "
    f"{_OF_MODEL} JOIN touch ON touch.organisation_id = :org AND touch.lead_id = model.id",
    "INSERT INTO audit (organisation_id, lead_id, seq, recorded_at, body) "
    f"SELECT :org, {_LEAD}, 1, updated_at, '{{}}' {_OF_MODEL}",
    "INSERT INTO feed (organisation_id, audience, lead_id, seq, kind, at) "
    f"SELECT :org, audience, {_LEAD}, organisation.seq + n - CAST(:first AS int) + 1, 'upsert', "
    f"model.updated_at "
    f"{_OF_MODEL} JOIN organisation ON organisation.id = :org CROSS JOIN LATERAL "
    f"(VALUES ('org'), ('rep:' || {_REP}), ('team:' || {_TEAM})) AS of (audience)",
    "UPDATE organisation SET seq = seq + CAST(:last AS int) - CAST(:first AS int) + 1 WHERE id = :org",
)

TEAM_QUEUE = (
    "SELECT id, body FROM lead WHERE organisation_id = :org AND team_id = :team AND due_at IS NOT NULL "
    "ORDER BY due_at, id LIMIT 100"
)


def _measured(database: Database, firm: Firm) -> dict[str, float]:
    """Median seconds of each call, for reps and teams drawn by lot."""
    organisation_id = firm.stage.organisation_id
    rng = random.Random(7)
    services = create_app(database, sweeps=False).state.services
    decisions, definitions = services.decisions, services.definitions
    with database.read() as connection:
        drawn = rng.sample(range(REPS), SAMPLES)
        reps = [_actor(connection, organisation_id, number) for number in drawn]
    cursors = {rep.id: _cursor(database, organisation_id, rep) for rep in reps}

    def changes(rep: Actor) -> None:
        with database.read() as connection:
            feed.page(connection, organisation_id, f"rep:{rep.id}", cursors[rep.id], 500, system_now())

    def decide(rep: Actor) -> None:
        with database.read() as connection:
            lead_id = connection.execute(_MINE, {"org": organisation_id, "rep": rep.id}).scalar_one()
        body = DecisionBody.model_validate(acceptance(str(lead_id)))
        started = time.perf_counter()
        (answered,) = decisions.submit(organisation_id, rep, [body])
        spent.append(time.perf_counter() - started)
        if answered.status is not AnswerStatus.APPLIED:
            raise RuntimeError(f"the decision was not applied: {answered}")

    def queue(rep: Actor) -> None:
        with database.read() as connection:
            connection.execute(sa.text(TEAM_QUEUE), {"org": organisation_id, "team": rep.team_id}).all()

    def figures(rep: Actor) -> None:
        with database.read() as connection:
            held = definitions.current(connection, organisation_id).definitions
            team_id = str(rep.team_id)
            team.queue(connection, organisation_id, team_id, held, system_now(), zone_named("UTC"))

    spent: list[float] = []
    for rep in (*reps, *reps):
        decide(rep)
    return {
        "a rep's changes": _median(changes, reps),
        "one decision": statistics.median(spent[len(reps) :]),
        "the first 100 of a team's queue": _median(queue, reps),
        FIGURES: _median(figures, reps),
    }


def _median(call: Callable[[Actor], None], reps: list[Actor]) -> float:
    """Of the second time: clients ask again and again, and what a first look reads is the disk's affair."""
    taken: list[float] = []
    for rep in (*reps, *reps):
        started = time.perf_counter()
        call(rep)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken[len(reps) :])


_MINE = sa.text(
    "SELECT id FROM lead WHERE organisation_id = :org AND owner_id = :rep AND stage = 'mql' LIMIT 1"
)


_REP_OF_NUMBER = sa.text(
    "SELECT id, name, team_id FROM user_account WHERE organisation_id = :org AND email = :email"
)


def _actor(connection: Connection, organisation_id: str, number: int) -> Actor:
    query = sa.text(
        "SELECT id, name, team_id FROM user_account WHERE organisation_id = :org AND email = :email"
    )
    row = connection.execute(query, {"org": organisation_id, "email": f"rep{number}@many.example"}).one()
    return Actor(str(row.id), str(row.name), Role.REP, str(row.team_id))


def _cursor(database: Database, organisation_id: str, rep: Actor) -> str:
    """The rep's cursor behind all but the last ten changes."""
    cursor: str | None = None
    with database.read() as connection:
        query = sa.text("SELECT COUNT(*) FROM feed WHERE organisation_id = :org AND audience = :audience")
        count = connection.execute(query, {"org": organisation_id, "audience": f"rep:{rep.id}"}).scalar_one()
        page = feed.page(connection, organisation_id, f"rep:{rep.id}", cursor, int(count) - 10, system_now())
    return page.next


def _plans(report: Report, database: Database, firm: Firm) -> None:
    organisation_id = firm.stage.organisation_id
    with database.read() as connection:
        rep = _actor(connection, organisation_id, 17)
        values = {
            "organisation_id": organisation_id,
            "audience": f"rep:{rep.id}",
            "after": 0,
            "limit": 501,
            "org": organisation_id,
            "team": rep.team_id,
        }
        explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)"
        since = to_micros(system_now() - timedelta(days=28))
        values |= {"since": since, "now": to_micros(system_now()), "kinds": ["review"]}
        for name, query in (
            ("a rep's changes", sa.text(feed.PAGE.text)),
            ("a team's queue", sa.text(TEAM_QUEUE)),
            ("what runs for a team", team.RUNNING),
            ("what ended for a team", team.ENDED),
            ("a team's touches", team.TOUCHES),
        ):
            report.note(f"Plan of {name}:")
            explained = sa.text(f"{explain} {query.text}")
            if ":kinds" in query.text:
                explained = explained.bindparams(sa.bindparam("kinds", expanding=True))
            for (line,) in connection.execute(explained, values):
                report.note(f"    {line}")

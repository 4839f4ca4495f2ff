"""A company with many leads in a server's database, made anew for each benchmark; nothing of it is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from uuid_utils import uuid7

from leadqueue.cache.home import Account, Home
from leadqueue.demo.player import Stage, set_the_stage
from leadqueue.domain.moments import system_now
from leadqueue.server.database import Database

MODELS = 400
"""Leads that the demo's story tells; the others are copies of them, each under its own id and name."""

SEED = 20_261
_PART = 2_000
_LEADS_OF_A_COMPANY = 4


@dataclass(frozen=True, slots=True)
class Firm:
    """The company's database, and who works there: one rep owns `leads` leads."""

    url: str
    stage: Stage
    leads: int

    def account(self, server: str, home: Path) -> tuple[Home, Account]:
        """The rep's account on a machine of its own."""
        rep, stage = self.stage.rep, self.stage
        return Home.locate({"LEADQUEUE_HOME": str(home)}), Account(
            server,
            rep.id,
            rep.name,
            rep.email,
            rep.role.value,
            stage.organisation_id,
            "",
            rep.team_id,
            rep.zone,
        )


def new_uuid() -> str:
    return str(uuid7())


def sqlite_in(folder: Path) -> str:
    return f"sqlite:///{folder / 'crm.db'}"


def make_firm(url: str, leads: int) -> Firm:
    """Fills an empty database, so that one rep owns at least `leads` leads."""
    with closing(Database.open(url, migrate=True)) as database:
        stage = set_the_stage(
            database,
            leads=min(MODELS, leads),
            reps=1,
            seed=SEED,
            now=system_now(),
            clock=system_now,
            new_id=new_uuid,
        )
        owned = _owned(database, stage)
        _copy(database, stage, leads - owned)
        return Firm(url, stage, _owned(database, stage))


def _owned(database: Database, stage: Stage) -> int:
    query = sa.text("SELECT COUNT(*) FROM feed WHERE organisation_id = :org AND audience = :audience")
    with database.read() as connection:
        return int(connection.execute(query, _rep(stage)).scalar_one())


def _rep(stage: Stage) -> dict[str, str]:
    return {"org": stage.organisation_id, "audience": f"rep:{stage.rep.id}"}


def _copy(database: Database, stage: Stage, wanted: int) -> None:
    with database.read() as connection:
        query = sa.text(
            "SELECT lead.* FROM lead JOIN feed ON feed.organisation_id = lead.organisation_id "
            "AND feed.lead_id = lead.id WHERE lead.organisation_id = :org AND feed.audience = :audience"
        )
        models = [dict(row) for row in connection.execute(query, _rep(stage)).mappings()]
    for start in range(0, wanted, _PART):
        part = range(start, min(start + _PART, wanted))
        copies = [_copied(models[number % len(models)], number) for number in part]
        with database.write() as connection:
            connection.execute(_LEAD, copies)
            last = connection.execute(_NUMBERS, {"n": len(copies), "org": stage.organisation_id}).scalar_one()
            connection.execute(_FEED, list(_feed(copies, int(last) - len(copies) + 1)))


def _copied(model: dict[str, object], number: int) -> dict[str, object]:
    body = json.loads(str(model["body"]))
    fields = body["fields"]
    body["id"], body["source_id"] = new_uuid(), f"copy-{number}"
    fields["last_name"] = f"{fields.get('last_name', '')} {number}".strip()
    fields["email"] = f"person{number}@firm{number // _LEADS_OF_A_COMPANY}.example"
    fields["company_name"] = f"{fields.get('company_name', '')} {number // _LEADS_OF_A_COMPANY}".strip()
    fields["company_domain"] = f"firm{number // _LEADS_OF_A_COMPANY}.example"
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return {**model, "id": body["id"], "source_id": body["source_id"], "body": text}


def _feed(leads: list[dict[str, object]], first: int) -> Iterator[dict[str, object]]:
    for seq, lead in enumerate(leads, first):
        for audience in ("org", f"rep:{lead['owner_id']}", f"team:{lead['team_id']}"):
            yield {
                "org": lead["organisation_id"],
                "audience": audience,
                "lead_id": lead["id"],
                "seq": seq,
                "at": lead["updated_at"],
            }


_LEAD = sa.text(
    "INSERT INTO lead (organisation_id, id, source_id, stage, owner_id, team_id, marketing, crm, sales, "
    "stage_version, updated_at, body) VALUES (:organisation_id, :id, :source_id, :stage, :owner_id, "
    ":team_id, :marketing, :crm, :sales, :stage_version, :updated_at, :body)"
)
_NUMBERS = sa.text("UPDATE organisation SET seq = seq + :n WHERE id = :org RETURNING seq")
_FEED = sa.text(
    "INSERT INTO feed (organisation_id, audience, lead_id, seq, kind, at) "
    "VALUES (:org, :audience, :lead_id, :seq, 'upsert', :at)"
)

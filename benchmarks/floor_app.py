"""The floor of the server: a bare FastAPI app whose routes write and read the same rows, with no rules.

No token, no ledger that is asked, no lead that is read, no decision that is checked: it stores what is as
large as what leadqueue stores, in the same tables over the same kind of connections.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass

import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import Response

from leadqueue.server.database import Database

_PLAN = "LEADQUEUE_BENCH_FLOOR"


@dataclass(frozen=True, slots=True)
class Plan:
    """What the floor stores: whose, and how many bytes and rows."""

    database: str
    organisation: str
    rep: str
    team: str
    lead_bytes: int
    audit_bytes: int
    answer_bytes: int
    clocks: int


class Incoming(BaseModel):
    id: str
    lead_id: str


def make() -> FastAPI:
    """The app, by the plan in the environment."""
    plan = Plan(**json.loads(os.environ[_PLAN]))
    database = Database.attach(plan.database)
    app = FastAPI()
    sizes = (plan.lead_bytes, plan.audit_bytes, plan.answer_bytes)
    lead, audit, answer = (json.dumps("x" * (size - 2)) for size in sizes)
    audiences = ("org", f"rep:{plan.rep}", f"team:{plan.team}")

    @app.get("/readyz")
    def readyz() -> dict[str, str]:
        return {"status": "ready"}

    @app.post("/decisions")
    def decide(incoming: Incoming) -> dict[str, str]:
        at = time.time_ns() // 1000
        whose = {"org": plan.organisation, "lead": incoming.lead_id}
        with database.write() as connection:
            values = {**whose, "id": incoming.id, "user": plan.rep, "at": at, "answer": answer}
            connection.execute(_LEDGER, values)
            connection.execute(_LEAD, {**whose, "body": lead, "at": at})
            clocks = [{**whose, "kind": f"kind{each}", "at": at} for each in range(plan.clocks)]
            connection.execute(_CLOCK, clocks)
            connection.execute(_AUDIT, {**whose, "at": at, "body": audit})
            seq = connection.execute(_NUMBER, {"org": plan.organisation}).scalar_one()
            rows = [{**whose, "audience": each, "seq": seq, "at": at} for each in audiences]
            connection.execute(_FEED, rows)
        return {"status": "applied"}

    @app.get("/changes")
    def changes(after: int, limit: int = 500) -> Response:
        values = {"org": plan.organisation, "audience": audiences[1], "after": after, "limit": limit}
        with database.read() as connection:
            rows = connection.execute(_PAGE, values).all()
        parts = [f'{{"seq":{row.seq},"lead":{row.body}}}' for row in rows]
        return Response(f'{{"changes":[{",".join(parts)}]}}', media_type="application/json")

    return app


_LEDGER = sa.text(
    "INSERT INTO decision (organisation_id, id, lead_id, user_id, payload_hash, status, seq, answered_at, "
    "answer) VALUES (:org, :id, :lead, :user, :id, 'applied', 1, :at, :answer)"
)
_LEAD = sa.text(
    "UPDATE lead SET stage = 'sal', sales = sales + 1, stage_version = stage_version + 1, updated_at = :at, "
    "body = :body WHERE organisation_id = :org AND id = :lead"
)
_CLOCK = sa.text(
    "INSERT INTO clock (organisation_id, lead_id, kind, started_at, due_at) "
    "VALUES (:org, :lead, :kind, :at, :at)"
)
_AUDIT = sa.text(
    "INSERT INTO audit (organisation_id, lead_id, seq, recorded_at, body) VALUES (:org, :lead, 2, :at, :body)"
)
_NUMBER = sa.text("UPDATE organisation SET seq = seq + 1 WHERE id = :org RETURNING seq")
_FEED = sa.text(
    "INSERT INTO feed (organisation_id, audience, lead_id, seq, kind, at) "
    "VALUES (:org, :audience, :lead, :seq, 'upsert', :at) ON CONFLICT (organisation_id, audience, lead_id) "
    "DO UPDATE SET seq = excluded.seq, kind = excluded.kind, at = excluded.at"
)
_PAGE = sa.text(
    "SELECT feed.seq, lead.body FROM feed LEFT JOIN lead ON lead.organisation_id = feed.organisation_id "
    "AND lead.id = feed.lead_id WHERE feed.organisation_id = :org AND feed.audience = :audience "
    "AND feed.seq > :after ORDER BY feed.seq LIMIT :limit"
)


def environment(plan: Plan) -> dict[str, str]:
    """What the process of the floor must have in its environment."""
    return {_PLAN: json.dumps(asdict(plan))}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    uvicorn.run(
        "benchmarks.floor_app:make",
        factory=True,
        port=given.port,
        workers=given.workers,
        log_level="error",
        access_log=False,
    )


if __name__ == "__main__":
    main()

"""The calls of `/v1`. A route reads, asks a service, and answers; it holds no rule about leads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from fastapi.security import HTTPBearer
from sse_starlette.event import ServerSentEvent
from sse_starlette.sse import EventSourceResponse
from starlette.responses import Response

import leadqueue
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import zone_named
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import access, described, escalations, feed, store, tokens
from leadqueue.server import company as companies
from leadqueue.server import team as teams
from leadqueue.server.guard import GuardedRoute, asker_of, services_of, token_of
from leadqueue.server.problems import ApiError
from leadqueue.server.services import Services
from leadqueue.server.tokens import Holder
from leadqueue.wire.api import (
    EPOCH_HEADER,
    MAX_BATCH,
    MAX_PAGE,
    PROTOCOL,
    Acknowledged,
    Acknowledgement,
    Answers,
    ChangesPage,
    CompanyLeads,
    DecisionBatch,
    Digest,
    Escalations,
    Journey,
    JourneyEntry,
    KnownDecisions,
    RenewedToken,
    Session,
    TeamQueue,
)
from leadqueue.wire.intake import IntakeLeads, IntakeResults, IntakeSignals, Quarantine
from leadqueue.wire.problem import ProblemType
from leadqueue.wire.values import NO_NUL

HEARTBEAT_S = 15
_LEAD_ID = Annotated[str, Path(min_length=1, max_length=64, pattern=NO_NUL)]
_IDS = rf"^[^,\x00]*(,[^,\x00]*){{0,{MAX_BATCH - 1}}}$"
_AUDIENCE = Annotated[
    str | None,
    Query(max_length=120, pattern=NO_NUL, description="The audience that `session` names, and no other."),
]
_CURSOR = Annotated[
    str | None,
    Query(
        max_length=1000,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="`next` of the page before, as it came. One of elsewhere gets 400, an old one 410.",
    ),
]
_EPOCH_KNOWN = Annotated[
    str | None,
    Header(
        alias=EPOCH_HEADER,
        max_length=64,
        description="The epoch that `session` told. Where it is another by now, 409 and nothing is taken.",
    ),
]


_bearer = HTTPBearer(auto_error=False, description="A token made by `leadqueue admin token create`.")


async def _services(request: Request) -> Services:
    return services_of(request)


async def _asker(request: Request, _token: Annotated[object, Depends(_bearer)]) -> Holder | None:
    return asker_of(request)


Asker = Annotated[Holder, Depends(_asker)]
With = Annotated[Services, Depends(_services)]


public = APIRouter(tags=["operations"], responses=described.answers(200))
api = APIRouter(
    prefix="/v1",
    tags=["leads"],
    responses={**described.answers(200, epoch=True), **described.problems(*described.ANY_CALL)},
    route_class=GuardedRoute,
)


@public.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@public.get("/readyz", responses=described.problems(503))
def readyz(services: With) -> dict[str, str]:
    """The database answers."""
    with services.database.read() as connection:
        connection.exec_driver_sql("SELECT 1 FROM organisation LIMIT 1").all()
    return {"status": "ready"}


@api.get("/session")
def session(asker: Asker, services: With, request: Request) -> Session:
    """Who the token stands for, and what the server speaks."""
    organisation_id, actor = asker.organisation_id, asker.actor
    with services.database.read() as connection:
        people = store.colleagues(connection, organisation_id)
        published = services.definitions.current(connection, organisation_id)
        organisation_name, team_name = store.names(connection, organisation_id, actor.team_id)
    return Session(
        user_id=actor.id,
        name=actor.name,
        email=asker.email,
        role=actor.role,
        zone=asker.zone,
        team_id=actor.team_id,
        team_name=team_name,
        organisation_id=organisation_id,
        organisation_name=organisation_name,
        audience=feed.audience_of(actor),
        members=tuple(sorted(people, key=lambda person: (person.name.casefold(), person.id))),
        protocol=PROTOCOL,
        server_version=leadqueue.__version__,
        definitions_version=published.definitions.version,
        definitions_digest=published.digest,
        server_time=services.now(),
        epoch=request.state.epoch,
        scopes=tuple(sorted(asker.scopes)),
        token_expires_at=asker.expires_at,
        renew_at=asker.renew_at,
    )


@api.post("/session/refresh")
def refresh(asker: Asker, services: With) -> RenewedToken:
    """A new token in place of the one used here. Asking again, when the answer was lost, is harmless."""
    with services.database.write() as connection:
        return tokens.renew(connection, asker, services.now(), services.new_id())


@api.get(
    "/definitions",
    response_class=Response,
    responses={
        **described.answers(200, epoch=True, etag=True, content={"application/toml": {"type": "string"}}),
        **described.answers(304, epoch=True, etag=True),
    },
)
def definitions(asker: Asker, services: With, request: Request) -> Response:
    """The definitions file as published, with an ETag."""
    with services.database.read() as connection:
        published = services.definitions.current(connection, asker.organisation_id)
    etag = f'"{published.digest}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(published.text, media_type="application/toml", headers={"ETag": etag})


@api.get("/changes", response_model=ChangesPage, responses=described.problems(410))
def changes(
    asker: Asker,
    services: With,
    audience: _AUDIENCE = None,
    cursor: _CURSOR = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 500,
) -> Response:
    """The changes after the cursor; without one the whole scope, page by page."""
    whose, now = access.audience(asker, audience), services.now()
    try:
        page = feed.quiet(asker.head, asker.epoch, whose, cursor, now)
        if page is None:
            with services.database.read() as connection:
                page = feed.page(connection, asker.organisation_id, whose, cursor, limit, now)
    except feed.CursorExpired as error:
        raise ApiError(
            410, ProblemType.CURSOR_EXPIRED, "The cursor is too old; read the scope anew."
        ) from error
    except feed.EpochChanged as error:
        raise ApiError(
            410,
            ProblemType.EPOCH_CHANGED,
            "The server was restored from a backup; read the scope anew.",
        ) from error
    except feed.BadCursor as error:
        raise ApiError(400, ProblemType.INVALID, "The cursor is not one of this audience.") from error
    parts = [
        f'{{"kind":"leave","seq":{seq},"lead_id":"{lead_id}"}}'
        if body is None
        else f'{{"kind":"upsert","seq":{seq},"lead":{body}}}'
        for seq, lead_id, body in page.rows
    ]
    more = "true" if page.more else "false"
    text = f'{{"changes":[{",".join(parts)}],"next":"{page.next}","seq":{page.seq},"more":{more}}}'
    return Response(text, media_type="application/json")


@api.post("/decisions")
def decide(asker: Asker, services: With, batch: DecisionBatch, epoch: _EPOCH_KNOWN = None) -> Answers:
    """Submit decisions; an answer for each, in order. Sending one again is harmless.

    A server that was restored from a backup has forgotten decisions. One that names another epoch is
    refused as a whole, with 409: the forgotten ones have to come first.
    """
    if epoch is not None and epoch != asker.epoch:
        raise ApiError(
            409,
            ProblemType.EPOCH_CHANGED,
            "The server was restored from a backup; no decision was taken. Read the session anew.",
        )
    return Answers(answers=services.decisions.submit(asker.organisation_id, asker.actor, batch.decisions))


@api.get("/decisions")
def known_decisions(
    asker: Asker, services: With, ids: Annotated[str, Query(max_length=MAX_BATCH * 40, pattern=_IDS)]
) -> KnownDecisions:
    """What became of one's own decisions; `ids` separated by commas, at most 200."""
    wanted = list(dict.fromkeys(part for part in ids.split(",") if part))
    if len(wanted) > MAX_BATCH:
        raise ApiError(422, ProblemType.INVALID, f"Ask for at most {MAX_BATCH} ids at once.")
    answers, unknown = services.decisions.known(asker.organisation_id, asker.actor, wanted)
    return KnownDecisions(answers=answers, unknown=unknown)


@api.get("/digest")
def digest(asker: Asker, services: With, audience: _AUDIENCE = None) -> Digest:
    """Count and hash over the audience's leads, by which a client proves that its copy is whole."""
    whose = access.audience(asker, audience)
    with services.database.read() as connection:
        seq, epoch = feed.head(connection, asker.organisation_id)
        count, value = feed.digest(connection, asker.organisation_id, whose)
    return Digest(audience=whose, count=count, digest=value, seq=seq, epoch=epoch)


@api.get(
    "/leads/{lead_id}",
    response_model=Lead,
    responses={
        **described.answers(200, 304, epoch=True, etag=True),
        **described.problems(404),
    },
)
def lead(asker: Asker, services: With, request: Request, lead_id: _LEAD_ID) -> Response:
    """One lead, with an ETag over its versions."""
    with services.database.read() as connection:
        found = access.reached(asker, store.lead(connection, asker.organisation_id, lead_id))
    versions = found.versions
    etag = f'"{versions.marketing}.{versions.crm}.{versions.sales}.{versions.stage}"'
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    return Response(LEAD_ADAPTER.dump_json(found), media_type="application/json", headers={"ETag": etag})


@api.get("/leads/{lead_id}/journey", responses=described.problems(404))
def journey(asker: Asker, services: With, lead_id: _LEAD_ID) -> Journey:
    """The lead with its audit trail, from first touch on."""
    with services.database.read() as connection:
        found = access.reached(asker, store.lead(connection, asker.organisation_id, lead_id))
        trail = store.trail(connection, asker.organisation_id, lead_id)
    entries = tuple(
        JourneyEntry(
            seq=seq,
            at=entry.at,
            recorded_at=entry.recorded_at,
            actor_name=entry.actor.name,
            actor_role=entry.actor.role,
            event=entry.event,
            definitions_version=entry.definitions_version,
            decision_id=entry.decision_id,
            values=entry.values,
            before=entry.before,
            after=entry.after,
            override=entry.override,
            message=entry.message,
        )
        for seq, entry in trail
    )
    return Journey(lead=found, entries=entries)


@api.get("/leads/{lead_id}/company", responses=described.problems(404))
def company(asker: Asker, services: With, lead_id: _LEAD_ID) -> CompanyLeads:
    """The other leads of the lead's company, in the whole organisation: who, where they stand, and with whom.

    Of those outside of one's scope this is all that is told; they cannot be opened.
    """
    with services.database.read() as connection:
        found = access.reached(asker, store.lead(connection, asker.organisation_id, lead_id))
        definitions = services.definitions.current(connection, asker.organisation_id).definitions
        return companies.others(
            connection, asker.organisation_id, found, asker.actor, definitions, services.now()
        )


@api.get(
    "/events",
    response_class=Response,
    responses=described.answers(200, epoch=True, content={"text/event-stream": described.EVENT}),
)
async def events(asker: Asker, services: With, request: Request) -> EventSourceResponse:
    """Server-sent events `changed`: there is something new up to `seq`. The truth stays in `changes`."""

    async def told() -> AsyncIterator[ServerSentEvent]:
        token = token_of(request) or ""
        async with aclosing(services.hints.follow(asker.organisation_id, token)) as hints:
            async for hint in hints:
                yield ServerSentEvent(event="changed", data=hint.model_dump_json())

    return EventSourceResponse(told(), ping=HEARTBEAT_S)


@api.get("/escalations")
def escalations_list(
    asker: Asker,
    services: With,
    after: Annotated[str, Query(max_length=100, pattern=escalations.PLACE)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Escalations:
    """Breaches and overrides in one's scope, first those not acknowledged; `after` is a page's `next`."""
    return escalations.in_scope(services.database, asker.organisation_id, asker.actor, limit, after)


@api.post("/escalations/acknowledge", tags=["managers"])
def acknowledge(asker: Asker, services: With, seen: Acknowledgement) -> Acknowledged:
    """Say that one has seen these escalations. The first who does is kept; sending it again is harmless."""
    return escalations.acknowledge(
        services.database, services.definitions, asker.organisation_id, asker.actor, seen.ids, services.now()
    )


@api.get("/team/queue", tags=["managers"], responses=described.problems(404))
def team_queue(
    asker: Asker,
    services: With,
    team: Annotated[
        str | None,
        Query(
            max_length=64,
            pattern=NO_NUL,
            description="The team's id. Without it a manager's own, an admin's first.",
        ),
    ] = None,
) -> TeamQueue:
    """What waits for each rep of a team and how the last weeks went, as of now; days are in one's zone."""
    wanted = access.team(asker, team)
    with services.database.read() as connection:
        definitions = services.definitions.current(connection, asker.organisation_id).definitions
        found = teams.queue(
            connection, asker.organisation_id, wanted, definitions, services.now(), zone_named(asker.zone)
        )
    if found is None:
        raise ApiError(404, ProblemType.NOT_FOUND, "There is no such team.")
    return found


@api.post("/intake/leads", tags=["marketing"])
def intake_leads(asker: Asker, services: With, leads: IntakeLeads) -> IntakeResults:
    """Leads from marketing automation, idempotent by source id; also repairs a lead in quarantine."""
    results = services.intake.leads(asker.organisation_id, asker.actor, leads.leads, leads.source)
    return IntakeResults(results=results)


@api.post("/intake/signals", tags=["marketing"])
def intake_signals(asker: Asker, services: With, signals: IntakeSignals) -> IntakeResults:
    """Engagement of known leads, idempotent by source id."""
    source = "marketing automation"
    results = services.intake.signals(asker.organisation_id, asker.actor, signals.signals, source)
    return IntakeResults(results=results)


@api.get("/quarantine", tags=["marketing"])
def quarantine(
    asker: Asker,
    services: With,
    after: Annotated[str, Query(max_length=64, pattern=NO_NUL)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> Quarantine:
    """Leads that lack a required field, each with what it lacks, in order of id after `after`."""
    leads, total = services.intake.quarantine(asker.organisation_id, after, limit)
    return Quarantine(leads=leads, total=total)

"""Role by route by whose lead by scope, over every operation that the OpenAPI document names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from fastapi.routing import APIRoute
from sqlalchemy.engine import Connection
from tests.builders import GOOD_FIELDS
from tests.server.test_api import operations
from tests.server.world import World, open_world

from leadqueue.definitions.loader import shipped
from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Lead
from leadqueue.domain.trail import LEAD_ADAPTER
from leadqueue.server import access, routes, tokens
from leadqueue.server.guard import GuardedRoute
from leadqueue.server.tokens import Holder, Refused
from leadqueue.wire.api import Scope
from leadqueue.wire.problem import Problem

ROLES = [Role.REP, Role.MANAGER, Role.MARKETING_OPS, Role.ADMIN]
WHO = {Role.REP: "rita", Role.MANAGER: "maya", Role.MARKETING_OPS: "olga", Role.ADMIN: "ada"}

OPEN_DOCUMENTS = {"/openapi.json", "/docs"}
"""Paths outside the OpenAPI document. They tell what the server can do, and nothing of anybody."""

MAY = {
    "session": (set(ROLES), None),
    "refresh": (set(ROLES), None),
    "definitions": (set(ROLES), None),
    "changes": (set(ROLES), Scope.READ),
    "decide": ({Role.REP, Role.MANAGER, Role.ADMIN}, Scope.DECIDE),
    "known_decisions": (set(ROLES), Scope.READ),
    "digest": (set(ROLES), Scope.READ),
    "lead": (set(ROLES), Scope.READ),
    "journey": (set(ROLES), Scope.READ),
    "company": (set(ROLES), Scope.READ),
    "events": (set(ROLES), Scope.READ),
    "escalations_list": (set(ROLES), Scope.READ),
    "acknowledge": ({Role.MANAGER, Role.ADMIN}, Scope.DECIDE),
    "team_queue": ({Role.MANAGER, Role.ADMIN}, Scope.READ),
    "intake_leads": ({Role.MARKETING_OPS, Role.ADMIN}, Scope.INTAKE),
    "intake_signals": ({Role.MARKETING_OPS, Role.ADMIN}, Scope.INTAKE),
    "quarantine": ({Role.MARKETING_OPS, Role.ADMIN}, Scope.READ),
}
"""What is promised, written down a second time: the server's own table must say the same."""

REACHES = {
    Role.REP: {"own"},
    Role.MANAGER: {"own", "other rep"},
    Role.MARKETING_OPS: {"own", "other rep", "other team"},
    Role.ADMIN: {"own", "other rep", "other team"},
}
"""Whose leads a role reaches, "own" being Rita's, who is of Maya's team."""


@dataclass
class Stage:
    """A world with a lead of each kind, and a token for each role and scope."""

    world: World
    leads: dict[str, Lead]
    tokens: dict[tuple[Role, Scope | None], str]

    def headers(self, role: Role, scope: Scope | None = None) -> dict[str, str]:
        """By a token with that one scope, with all where it is None."""
        return {"Authorization": f"Bearer {self.tokens[role, scope]}"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    world = open_world(tmp_path_factory.mktemp("matrix"))
    world.user("ada", Role.ADMIN, None)
    leads = {
        "own": world.lead(owner="rita"),
        "other rep": world.lead(owner="raul"),
        "other team": world.lead(owner="otto"),
        "other organisation": _elsewhere(world),
    }
    people = {user.name: user for user in world.admin.users(world.organisation.id)}
    tokens: dict[tuple[Role, Scope | None], str] = {}
    for role in ROLES:
        for scope in (None, *Scope):
            tokens[role, scope], _ = world.admin.create_token(
                world.organisation.id,
                people[WHO[role]].id,
                scopes=[scope] if scope else list(Scope),
                lifetime=timedelta(days=1),
            )
    yield Stage(world, leads, tokens)
    world.client.close()
    world.database.close()


def _elsewhere(world: World) -> Lead:
    """A lead of another organisation, which has reps of its own."""
    other = world.admin.create_organisation("Other Ltd", shipped())
    team = world.admin.create_team(other.id, "First")
    rep = world.admin.create_user(other.id, "rep@other.example", "Rep", Role.REP, team.id)
    boss = world.admin.create_user(other.id, "boss@other.example", "Boss", Role.ADMIN)
    headers = {"Authorization": f"Bearer {world.admin.create_token(other.id, boss.id)[0]}"}
    lead = {"source_id": "elsewhere", "fields": GOOD_FIELDS, "qualified": True, "owner": rep.email}
    answer = world.client.post("/v1/intake/leads", json={"leads": [lead]}, headers=headers)
    lead_id = answer.json()["results"][0]["lead_id"]
    found = world.client.get(f"/v1/leads/{lead_id}", headers=headers)
    assert found.status_code == 200
    return LEAD_ADAPTER.validate_json(found.content)


def test_every_operation_has_its_rule(stage: Stage) -> None:
    """A new route fails here until somebody has said who may call it."""
    named = set(operations(stage.world))
    assert named == set(access.RULES) | access.PUBLIC
    assert named - access.PUBLIC == set(MAY)


def test_the_server_says_what_is_promised() -> None:
    assert {name: (set(rule.roles), rule.scope) for name, rule in access.RULES.items()} == MAY


def test_every_audience_has_its_role(stage: Stage) -> None:
    """Each role follows one audience and no other."""
    rita, otto = stage.world.rita, stage.world.otto
    own = {
        Role.REP: f"rep:{rita.id}",
        Role.MANAGER: f"team:{rita.team_id}",
        Role.MARKETING_OPS: "org",
        Role.ADMIN: "org",
    }
    every = {*own.values(), f"rep:{stage.world.raul.id}", f"rep:{otto.id}", f"team:{otto.team_id}", "", "*"}
    for role in ROLES:
        for audience in every:
            for call in ("changes", "digest"):
                answer = stage.world.client.get(
                    f"/v1/{call}", params={"audience": audience}, headers=stage.headers(role)
                )
                assert answer.status_code == (200 if audience == own[role] else 403), (role, audience)


@pytest.mark.parametrize("call", ["changes", "quarantine", "escalations"])
def test_who_may_not_ask_is_told_nothing_of_what_is_wrong_with_the_question(stage: Stage, call: str) -> None:
    def status(headers: dict[str, str]) -> int:
        return int(stage.world.client.get(f"/v1/{call}", params={"limit": 0}, headers=headers).status_code)

    assert status({}) == 401
    assert status({"Authorization": "Bearer lq_nobody"}) == 401
    assert status(stage.headers(Role.ADMIN, Scope.DECIDE)) == 403
    assert status(stage.headers(Role.ADMIN)) == 422


def test_each_call_is_let_in_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    look = tokens.holder_of

    def noted(
        connection: Connection, text: str, now: datetime, *, to_renew: bool = False
    ) -> Holder | Refused:
        looks.append(text)
        return look(connection, text, now, to_renew=to_renew)

    monkeypatch.setattr(tokens, "holder_of", noted)
    for operation, (method, path) in operations(stage.world).items():
        if operation in {*access.PUBLIC, "events", "refresh"}:
            continue
        _status(stage, operation, (method, path), Role.ADMIN, None)
        assert len(looks) == 1, operation
        looks.clear()


def test_no_route_is_outside_the_document_and_each_is_guarded(stage: Stage) -> None:
    for route in _routes(stage.world):
        path = route.path
        assert route.include_in_schema, path
        assert isinstance(route, GuardedRoute) is (route.name not in access.PUBLIC), path


def _routes(world: World) -> list[APIRoute]:
    """Every route of the app; what is neither one of ours nor an open document fails the test."""
    ours = [routes.public, routes.api]
    found = [route for router in ours for route in router.routes if isinstance(route, APIRoute)]
    assert len(found) == sum(len(router.routes) for router in ours)
    for part in world.app.routes:
        router = getattr(part, "original_router", None)
        assert router in ours or getattr(part, "path", "?") in OPEN_DOCUMENTS, part
    return found


Call = tuple[str, str]


@pytest.mark.parametrize("role", ROLES)
def test_role_by_route_by_scope(stage: Stage, role: Role) -> None:
    for operation, (method, path) in operations(stage.world).items():
        if operation in access.PUBLIC:
            continue
        roles, needed = MAY[operation]
        for scope in (None, *Scope):
            allowed = role in roles and (needed is None or scope in (None, needed))
            status = _status(stage, operation, (method, path), role, scope)
            assert (status != 403) is allowed, (operation, role, scope, status)


def _status(stage: Stage, operation: str, call: Call, role: Role, scope: Scope | None) -> int:
    method, path = call
    if operation == "events":  # a stream without end: only whether it would begin
        route = next(each for each in _routes(stage.world) if each.name == operation)
        return _opens(stage, route, role, scope)
    url = path.replace("{lead_id}", "none")
    body: dict[str, object] | None = {} if method == "POST" else None
    answer = stage.world.client.request(method, url, headers=stage.headers(role, scope), json=body)
    if answer.status_code == 403:
        assert Problem.model_validate_json(answer.content).detail
    return int(answer.status_code)


def _opens(stage: Stage, route: APIRoute, role: Role, scope: Scope | None) -> int:
    """What the stream's first line says. The client hangs up after it."""
    import anyio

    answers: list[int] = []

    async def ask() -> None:
        gone = anyio.Event()

        async def receive() -> dict[str, object]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                answers.append(int(str(message["status"])))
                gone.set()

        headers = [(b"authorization", stage.headers(role, scope)["Authorization"].encode())]
        scope_ = {
            "type": "http",
            "method": "GET",
            "path": route.path,
            "raw_path": route.path.encode(),
            "root_path": "",
            "scheme": "http",
            "query_string": b"",
            "headers": headers,
            "http_version": "1.1",
            "client": ("testclient", 1),
            "server": ("testserver", 80),
        }
        app: Callable[..., object] = stage.world.app
        with anyio.fail_after(20):
            await app(scope_, receive, send)  # type: ignore[misc]

    anyio.run(ask)
    return answers[0]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("whose", ["own", "other rep", "other team", "other organisation"])
def test_role_by_whose_lead(stage: Stage, role: Role, whose: str) -> None:
    """One lead's calls, the feed, the ledger and decisions agree on who reaches what."""
    world, lead, reached = stage.world, stage.leads[whose], whose in REACHES[role]
    headers = stage.headers(role)
    paths = [path for _, path in operations(world).values() if "{lead_id}" in path]
    assert len(paths) >= 2
    for path in paths:
        answer = world.client.get(path.replace("{lead_id}", lead.id), headers=headers)
        assert answer.status_code == (200 if reached else 404), path
    changes = world.client.get("/v1/changes", headers=headers).json()["changes"]
    assert (lead.id in {change["lead"]["id"] for change in changes if change["kind"] == "upsert"}) is reached
    if role not in MAY["decide"][0]:
        return
    body = world.body(lead, "note", {"note": f"by {role}"})
    answer = world.client.post("/v1/decisions", json={"decisions": [body]}, headers=headers)
    (told,) = answer.json()["answers"]
    assert (told["status"] == "applied") is reached, told
    if not reached:
        assert told["lead"] is None, "nothing of a lead outside the scope is told"


@pytest.mark.parametrize("role", [Role.REP, Role.MANAGER, Role.ADMIN])
def test_nobody_is_told_what_became_of_anothers_decisions(stage: Stage, role: Role) -> None:
    world = stage.world
    body = world.body(stage.leads["other rep"], "note", {"note": "mine"})
    assert world.decide("raul", body)[0].status == "applied"
    answer = world.client.get("/v1/decisions", params={"ids": str(body["id"])}, headers=stage.headers(role))
    assert answer.json()["unknown"] == [body["id"]]

"""The API as a whole: who may call what, and what is said when something is wrong."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest
from pydantic import TypeAdapter
from starlette.datastructures import QueryParams
from tests.server.world import World

from leadqueue.definitions.loader import default_text
from leadqueue.definitions.model import Role
from leadqueue.server import access
from leadqueue.server.limits import MAX_BODY
from leadqueue.wire.api import PROTOCOL, Escalations, Session
from leadqueue.wire.problem import Problem, ProblemType

OPERATIONS = TypeAdapter(dict[str, dict[str, dict[str, object]]])


def operations(world: World) -> dict[str, tuple[str, str]]:
    """Method and path of every operation that the OpenAPI document names."""
    found: dict[str, tuple[str, str]] = {}
    paths = OPERATIONS.validate_python(world.client.get("/openapi.json").json()["paths"])
    for path, methods in paths.items():
        for method, operation in methods.items():
            found[str(operation["operationId"])] = (method.upper(), path)
    return found


class TestAccess:
    def test_without_a_token_nothing_is_told(self, world: World) -> None:
        for operation, (method, path) in operations(world).items():
            if operation in access.PUBLIC:
                continue
            for headers in ({}, {"Authorization": "Bearer lq_wrong"}, {"Authorization": "Basic eDp5"}):
                answer = world.client.request(method, path.replace("{lead_id}", "none"), headers=headers)
                assert answer.status_code == 401, operation
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_another_reps_lead_is_not_found(self, world: World) -> None:
        lead = world.lead()
        for name, status in (("rita", 200), ("maya", 200), ("olga", 200), ("raul", 404), ("otto", 404)):
            for path in (f"/v1/leads/{lead.id}", f"/v1/leads/{lead.id}/journey"):
                assert world.client.get(path, headers=world.as_(name)).status_code == status

    def test_another_audience_is_forbidden(self, world: World) -> None:
        for audience in ("org", f"rep:{world.raul.id}", f"team:{world.rita.team_id}"):
            for call in ("changes", "digest"):
                answer = world.client.get(
                    f"/v1/{call}", params={"audience": audience}, headers=world.as_("rita")
                )
                assert answer.status_code == 403

    def test_a_revoked_and_an_expired_token_end(self, world: World) -> None:
        organisation = world.organisation.id
        soon = world.clock.moment + timedelta(hours=1)
        text, expiring = world.admin.create_token(organisation, world.rita.id, "laptop", soon)
        headers = {"Authorization": f"Bearer {text}"}
        assert world.client.get("/v1/session", headers=headers).status_code == 200
        world.clock.moment += timedelta(hours=2)
        assert world.client.get("/v1/session", headers=headers).status_code == 401
        other, token = world.admin.create_token(organisation, world.rita.id)
        world.admin.revoke_token(organisation, token.id)
        headers = {"Authorization": f"Bearer {other}"}
        assert world.client.get("/v1/session", headers=headers).status_code == 401
        assert {each.id for each in world.admin.tokens(organisation)} >= {expiring.id, token.id}

    def test_no_token_is_stored(self, world: World) -> None:
        with world.database.read() as connection:
            dump = repr(connection.exec_driver_sql("SELECT * FROM token").all())
        assert not any(token in dump for token in world.tokens.values())

    def test_organisations_are_apart(self, world: World) -> None:
        from leadqueue.definitions.loader import shipped

        lead = world.lead()
        other = world.admin.create_organisation("Other Ltd", shipped())
        boss = world.admin.create_user(other.id, "boss@other.example", "Boss", Role.ADMIN)
        token, _ = world.admin.create_token(other.id, boss.id)
        headers = {"Authorization": f"Bearer {token}"}
        assert world.client.get(f"/v1/leads/{lead.id}", headers=headers).status_code == 404
        assert world.client.get("/v1/changes", headers=headers).json()["changes"] == []
        assert world.client.get("/v1/digest", headers=headers).json()["count"] == 0


class TestSession:
    def test_it_says_who_and_what(self, world: World) -> None:
        answer = world.client.get("/v1/session", headers=world.as_("rita"))
        session = Session.model_validate_json(answer.content)
        assert (session.name, session.role, session.team_name) == ("rita", Role.REP, "First")
        assert session.audience == f"rep:{world.rita.id}"
        assert session.protocol == PROTOCOL
        assert {member.name for member in session.members} == {"rita", "raul", "maya", "otto", "olga"}
        assert answer.headers["leadqueue-epoch"] == session.epoch
        assert answer.headers["leadqueue-server-time"].endswith("Z")
        assert answer.headers["cache-control"] == "no-store"

    def test_definitions_come_with_an_etag(self, world: World) -> None:
        answer = world.client.get("/v1/definitions", headers=world.as_("rita"))
        assert answer.text == default_text()
        tag = {"If-None-Match": answer.headers["etag"]}
        again = world.client.get("/v1/definitions", headers=world.as_("rita") | tag)
        assert (again.status_code, again.content) == (304, b"")


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/nowhere", 404),
            ("DELETE", "/v1/session", 405),
            ("GET", "/v1/leads/none", 404),
            ("GET", "/v1/changes?limit=0", 422),
            ("GET", "/v1/changes?limit=x", 422),
            ("POST", "/v1/decisions", 422),
        ],
    )
    def test_everything_wrong_is_a_problem(self, world: World, method: str, path: str, status: int) -> None:
        answer = world.client.request(method, path, headers=world.as_("rita"))
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        problem = Problem.model_validate_json(answer.content)
        assert problem.status == status
        assert problem.type.startswith("urn:leadqueue:problem:")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("DELETE", "/v1/session", "GET"),
            ("PUT", "/v1/decisions", "GET, POST"),
            ("HEAD", "/healthz", "GET"),
        ],
    )
    def test_another_method_is_told_those_there_are(
        self, world: World, method: str, path: str, allowed: str
    ) -> None:
        answer = world.client.request(method, path, headers=world.as_("rita"))
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)

    def test_a_question_without_an_end_is_not_read(self, world: World) -> None:
        for path in ("/healthz", "/v1/session"):
            answer = world.client.get(f"{path}?{'a=1&' * 10_000}", headers=world.as_("rita"))
            assert answer.status_code == 414
            assert Problem.model_validate_json(answer.content).type == ProblemType.TOO_LARGE

    def test_a_long_question_is_not_read_before_the_token(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[int] = []
        parse = QueryParams.__init__

        def noted(params: QueryParams, *given: object, **named: object) -> None:
            read.append(1)
            parse(params, *given, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(QueryParams, "__init__", noted)
        path = f"/v1/decisions?ids={'x,' * 1500}"
        assert world.client.get(path, headers={"Authorization": "Bearer lq_nobody"}).status_code == 401
        assert not read
        assert world.client.get(path, headers=world.as_("rita")).status_code == 422
        assert read

    def test_a_cookie_is_not_read(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_text: str) -> dict[str, str]:
            raise AssertionError("a cookie was parsed")

        monkeypatch.setattr("starlette.requests.cookie_parser", refuse)
        headers = world.as_("rita") | {"Cookie": "a=b"}
        assert world.client.get("/v1/session", headers=headers).status_code == 200

    def test_a_wrong_field_is_named(self, world: World) -> None:
        body = {**world.body(world.lead(), "accept"), "decided_at": "yesterday", "extra": 1}
        answer = world.client.post("/v1/decisions", json={"decisions": [body]}, headers=world.as_("rita"))
        assert answer.status_code == 422
        fields = {error.field for error in Problem.model_validate_json(answer.content).errors}
        assert fields >= {"decisions.0.decided_at", "decisions.0.extra"}

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[" * 100_000, b"\xff\xfe", b'{"decisions": ' + b"[" * 5000, b"null", b"NaN", b'"x"'],
    )
    def test_garbage_is_no_fault(self, world: World, content: bytes) -> None:
        headers = world.as_("rita") | {"Content-Type": "application/json"}
        answer = world.client.post("/v1/decisions", content=content, headers=headers)
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"

    def test_a_body_has_its_bound_packed_or_not(self, world: World) -> None:
        huge = b"x" * (MAX_BODY + 1)
        plain = world.client.post("/v1/decisions", content=huge, headers=world.as_("rita"))
        packed = world.client.post(
            "/v1/decisions",
            content=gzip.compress(huge),
            headers=world.as_("rita") | {"Content-Encoding": "gzip"},
        )
        assert (plain.status_code, packed.status_code) == (413, 413)

    def test_packed_requests_are_read(self, world: World) -> None:
        lead = world.lead()
        content = json.dumps({"decisions": [world.body(lead, "accept")]}).encode()
        headers = world.as_("rita") | {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        answer = world.client.post("/v1/decisions", content=gzip.compress(content), headers=headers)
        assert answer.json()["answers"][0]["status"] == "applied"
        for broken in (b"not gzip", gzip.compress(content)[:-9]):
            answer = world.client.post("/v1/decisions", content=broken, headers=headers)
            assert answer.status_code == 400

    def test_another_protocol_is_told_the_supported_one(self, world: World) -> None:
        headers = world.as_("rita") | {"LeadQueue-Protocol": "99"}
        answer = world.client.get("/v1/session", headers=headers)
        assert answer.status_code == 409
        problem = Problem.model_validate_json(answer.content)
        assert problem.type.endswith("protocol-mismatch")
        assert f"protocol {PROTOCOL}" in problem.detail

    def test_a_batch_has_its_bound(self, world: World) -> None:
        body = world.body(world.lead(), "accept")
        answer = world.client.post(
            "/v1/decisions", json={"decisions": [body] * 201}, headers=world.as_("rita")
        )
        assert answer.status_code == 422


class TestHealth:
    def test_alive_and_ready(self, world: World) -> None:
        assert world.client.get("/healthz").json() == {"status": "ok"}
        assert world.client.get("/readyz").json() == {"status": "ready"}

    def test_openapi_names_the_token_and_the_problems(self, world: World) -> None:
        document = world.client.get("/openapi.json").json()
        assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
        decide = document["paths"]["/v1/decisions"]["post"]
        assert "application/problem+json" in decide["responses"]["422"]["content"]
        assert decide["security"]


class TestEscalations:
    def test_a_breach_escalates_once_however_often_it_is_looked_for(self, world: World) -> None:
        from leadqueue.server import escalations
        from leadqueue.server.store import DefinitionsCache

        lead = world.lead()
        world.clock.moment += timedelta(days=5)
        for _ in range(3):
            escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
        for name, count in (("rita", 1), ("maya", 1), ("raul", 0), ("otto", 0)):
            answer = world.client.get("/v1/escalations", headers=world.as_(name))
            found = Escalations.model_validate_json(answer.content).escalations
            assert len(found) == count, name
            assert {each.lead_id for each in found} <= {lead.id}
            assert {each.clock for each in found} <= {"review"}

    def test_a_lapse_is_told_once_and_a_lead_within_its_limit_never(self, world: World) -> None:
        """Friday's lead is due on Monday evening; accepted and left alone, its outreach alone is late."""
        from leadqueue.server import escalations
        from leadqueue.server.store import DefinitionsCache

        def told() -> list[str]:
            escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
            answer = world.client.get("/v1/escalations", headers=world.as_("maya"))
            return [each.clock for each in Escalations.model_validate_json(answer.content).escalations]

        days = (4 - world.clock().weekday()) % 7
        world.clock.moment = world.clock().replace(hour=18) + timedelta(days=days)
        lead = world.lead()
        world.clock.moment += timedelta(days=2, hours=2)
        assert told() == []
        world.decide("rita", world.body(lead, "accept"))
        world.clock.moment += timedelta(days=9)
        assert told() == ["first_outreach"]

    def test_a_late_decision_escalates_even_if_no_sweep_ran_in_time(self, world: World) -> None:
        from leadqueue.server import escalations
        from leadqueue.server.store import DefinitionsCache

        lead = world.lead()
        world.clock.moment += timedelta(days=5)
        world.decide("rita", world.body(lead, "reject"))
        escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
        answer = world.client.get("/v1/escalations", headers=world.as_("maya"))
        clocks = {each.clock for each in Escalations.model_validate_json(answer.content).escalations}
        assert "review" in clocks

    def test_a_breach_that_was_met_in_time_is_no_escalation(self, world: World) -> None:
        """A rep accepts offline in time; the sweep runs before the decision arrives."""
        from leadqueue.server import escalations
        from leadqueue.server.store import DefinitionsCache

        lead = world.lead()
        body = world.body(lead, "accept")
        world.clock.moment += timedelta(hours=30)
        escalations.sweep(world.database, DefinitionsCache(), world.clock(), world.new_id)
        before = world.client.get("/v1/escalations", headers=world.as_("maya")).json()["escalations"]
        assert [each["clock"] for each in before] == ["review"]
        assert world.decide("rita", body)[0].status.value == "applied"
        after = world.client.get("/v1/escalations", headers=world.as_("maya")).json()["escalations"]
        assert after == []


class TestAdministration:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"email": "nobody"}, "email"),
            ({"email": "rita@sales.example"}, "email"),
            ({"zone": "Mars/Base"}, "zone"),
            ({"role": Role.SYSTEM}, "role"),
            ({"team_id": None}, "team"),
            ({"team_id": "no-such-team"}, "team"),
            ({"name": "  "}, "name"),
        ],
    )
    def test_a_bad_user_is_refused_by_name(
        self, world: World, change: dict[str, str | Role | None], field: str
    ) -> None:
        from leadqueue.server.admin import AdminError

        values: dict[str, object] = {
            "email": "new@sales.example",
            "name": "New",
            "role": Role.REP,
            "team_id": world.rita.team_id,
            "zone": "UTC",
        }
        values.update(change)
        before = len(world.admin.users(world.organisation.id))
        with pytest.raises(AdminError, match=f"^{field}:"):
            world.admin.create_user(world.organisation.id, **values)  # type: ignore[arg-type]
        assert len(world.admin.users(world.organisation.id)) == before

    def test_definitions_that_would_strand_leads_are_not_published(self, world: World) -> None:
        from leadqueue.definitions.loader import default_text, parse
        from leadqueue.server.admin import AdminError

        world.lead()
        for old, new, named in (
            ("[clocks.review]", "[clocks.first_look]", "clocks.review"),
            ("[stages.mql]", "[stages.handed]", "stages.mql"),
        ):
            text = default_text().replace(old, new).replace(old.replace("]", "."), new.replace("]", "."))
            changed = parse(text)
            with pytest.raises(AdminError, match=named):
                world.admin.publish_definitions(world.organisation.id, changed)
        session = world.client.get("/v1/session", headers=world.as_("rita")).json()
        assert session["definitions_digest"] == parse(default_text()).digest

"""The server's door: any bytes, any JSON, any cursor, any header get an answer that the API knows."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests import postgres
from tests.builders import EXAMPLE_VALUES, GOOD_FIELDS, NOW
from tests.fuzz.support import ANY_TEXT, JSON, LEAVES, NASTY_TEXTS, Json, fuzzed, in_time, mutated
from tests.server.world import World

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import Lead
from leadqueue.server.database import Database
from leadqueue.wire.problem import PROBLEM_JSON, Problem

KNOWN_STATUSES = frozenset({200, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422})
DEEP = 100_000
LONG_NUMBER = b'{"decisions":[' + b"9" * 5000 + b"]}"
BOMB = gzip.compress(b"0" * 20_000_000)
MEDIA = (
    *("application/json", "text/plain", "application/json; charset=utf-16", "", "multipart/form-data"),
    "a/b+json",
)
FAR = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00")
RAW = st.one_of(
    st.binary(max_size=300),
    st.text('[]{}",:0123456789eE.-\\u', max_size=300).map(str.encode),
    JSON.map(lambda value: json.dumps(value).encode("utf-8", "surrogatepass")),
    st.sampled_from(
        [
            *(
                b"[" * DEEP,
                b'{"a":' * DEEP,
                b"9" * 5000,
                b'{"decisions":' + b"9" * 5000 + b"}",
                b"NaN",
                b"\xff",
            ),
            *(
                b'"\\ud800"',
                b"-Infinity",
                b"1e999",
                b"\xef\xbb\xbf{}",
                b"",
                b"{}" * 1000,
                b'"' + b"\0" * 100 + b'"',
            ),
        ]
    ),
)


class Door:
    """The app, with a lead of Rita's that everybody may reach."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lead: Lead = world.lead("source-1")

    def send(self, path: str, content: bytes, name: str = "rita", **headers: str) -> None:
        kind = {"Content-Type": "application/json", **self.world.as_(name), **headers}
        answer = self.world.client.post(path, content=content, headers=kind)
        self.known(answer.status_code, answer.headers.get("content-type", ""), answer.content)

    def get(self, path: str, params: dict[str, str]) -> None:
        answer = self.world.client.get(path, params=params, headers=self.world.as_("rita"))
        self.known(answer.status_code, answer.headers.get("content-type", ""), answer.content)

    def known(self, status: int, media: str, content: bytes) -> None:
        assert status in KNOWN_STATUSES, content[:500]
        if status >= 400:
            assert media == PROBLEM_JSON
            assert Problem.model_validate_json(content).status == status

    def decision(self, kind: DecisionKind) -> dict[str, Json]:
        return cast("dict[str, Json]", self.world.body(self.lead, kind))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            address = f"sqlite:///{tmp_path_factory.mktemp('door') / 'crm.db'}"
        else:
            address = stack.enter_context(postgres.fresh_database())
        world = World(Database.open(address))
        stack.callback(world.database.close)
        stack.callback(world.client.close)
        yield Door(world)


def packed(value: Json) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


POSTS = st.sampled_from(["/v1/decisions", "/v1/intake/leads", "/v1/intake/signals"])


@fuzzed(30)
@given(
    path=POSTS,
    content=RAW,
    encoding=st.sampled_from(["", "gzip", "br", "GZIP", "x"]),
    media=st.sampled_from(MEDIA),
)
@example(path="/v1/decisions", content=b"[" * DEEP, encoding="", media="application/json")
@example(
    path="/v1/decisions",
    content=b'{"decisions":[' + b"9" * 5000 + b"]}",
    encoding="",
    media="application/json",
)
@example(
    path="/v1/decisions", content=gzip.compress(b"0" * 20_000_000), encoding="gzip", media="application/json"
)
def test_any_bytes(door: Door, path: str, content: bytes, encoding: str, media: str) -> None:
    headers = {"Content-Type": media} | ({"Content-Encoding": encoding} if encoding else {})
    with in_time():
        door.send(path, content, "olga" if "intake" in path else "rita", **headers)


@fuzzed(30)
@given(data=st.data(), kind=st.sampled_from(DecisionKind))
def test_decisions_with_anything_in_them(door: Door, data: st.DataObject, kind: DecisionKind) -> None:
    with in_time():
        body = data.draw(mutated({"decisions": [door.decision(kind), door.decision(kind)]}))
        door.send("/v1/decisions", packed(body))
        odd = data.draw(
            st.dictionaries(st.sampled_from([*EXAMPLE_VALUES[kind], "note", "x"]), LEAVES, max_size=4)
        )
        made = door.decision(kind)
        assert isinstance(made, dict)
        door.send(
            "/v1/decisions", packed({"decisions": [{**made, "values": {**EXAMPLE_VALUES[kind], **odd}}]})
        )


@fuzzed(30)
@given(data=st.data())
def test_intake_with_anything_in_it(door: Door, data: st.DataObject) -> None:
    signals: Json = [
        {"source_id": "s", "kind": "pricing_page", "at": NOW.isoformat(), "title": "", "url": ""}
    ]
    fields = data.draw(
        st.dictionaries(st.sampled_from([*GOOD_FIELDS, "phone", "amount", "x"]), LEAVES, max_size=5)
    )
    lead: Json = {
        "source_id": data.draw(st.one_of(st.sampled_from(["source-1", "source-2"]), ANY_TEXT)),
        "fields": {**GOOD_FIELDS, **fields},
        "signals": signals,
        "qualified": data.draw(st.booleans()),
        "owner": data.draw(st.one_of(st.none(), st.just("rita@sales.example"), NASTY_TEXTS)),
        "created_at": data.draw(st.sampled_from([None, NOW.isoformat(), *FAR])),
    }
    with in_time():
        door.send("/v1/intake/leads", packed({"leads": [lead]}), "olga")
        door.send("/v1/intake/leads", packed(data.draw(mutated({"leads": [lead]}))), "olga")
        at = data.draw(st.sampled_from([NOW.isoformat(), *FAR]))
        signal: Json = {"source_id": "t", "lead_source_id": "source-1", "kind": "demo_request", "at": at}
        door.send("/v1/intake/signals", packed(data.draw(mutated({"signals": [signal]}))), "olga")


CURSORS = st.one_of(
    ANY_TEXT.filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text)),
    st.text("ABCabc012-_=", max_size=60),
    JSON.map(lambda value: base64.urlsafe_b64encode(packed(value)).decode().rstrip("=")),
    st.tuples(LEAVES, LEAVES, LEAVES, LEAVES).map(
        lambda parts: base64.urlsafe_b64encode(packed(list(parts))).decode().rstrip("=")
    ),
)


@fuzzed(30)
@given(
    data=st.data(),
    cursor=CURSORS,
    limit=st.one_of(st.integers(-1, 3000).map(str), st.sampled_from(["", "x", "1e3"])),
)
def test_any_cursor(door: Door, data: st.DataObject, cursor: str, limit: str) -> None:
    with in_time():
        door.get("/v1/changes", {"cursor": cursor, "limit": limit})
        real = door.world.changes("rita").next
        parts = json.loads(base64.urlsafe_b64decode(real + "=" * (-len(real) % 4)))
        forged = data.draw(mutated(parts))
        door.get("/v1/changes", {"cursor": base64.urlsafe_b64encode(packed(forged)).decode().rstrip("=")})
        door.get("/v1/decisions", {"ids": cursor})


@fuzzed(20)
@given(token=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=100))
def test_any_token(door: Door, token: str) -> None:
    answer = door.world.client.get(
        "/v1/session", headers={b"Authorization": f"Bearer {token}".encode("latin-1")}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("odd", [True, False, 1.0, "1", None, 2**63, -(2**63), [1], {}])
@pytest.mark.parametrize("place", [2, 3])
def test_a_forged_number_in_a_cursor(door: Door, odd: Json, place: int) -> None:
    real = door.world.changes("rita").next
    parts = json.loads(base64.urlsafe_b64decode(real + "=" * (-len(real) % 4)))
    parts[place] = odd
    door.get("/v1/changes", {"cursor": base64.urlsafe_b64encode(packed(parts)).decode().rstrip("=")})

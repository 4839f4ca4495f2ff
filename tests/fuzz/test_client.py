"""The client against a server that answers anything: it never crashes, and loses no decision."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import EXAMPLE_VALUES, NOW, RITA, mql, new_id
from tests.cache.shelf import AUDIENCE, Shelf
from tests.fuzz.support import JSON, NASTY_TEXTS, Json, fuzzed, in_time, mutated

from leadqueue.cache.desk import Desk
from leadqueue.cache.queue_views import QueueView
from leadqueue.cache.views import NotStored, OutboxState, Stored
from leadqueue.crm.gateway import GatewayError
from leadqueue.crm.native import NativeGateway
from leadqueue.definitions.loader import default_text, shipped
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import Lead
from leadqueue.domain.trail import state_of
from leadqueue.sync.engine import SyncEngine
from leadqueue.wire.api import PROTOCOL, SERVER_TIME_HEADER, Session
from leadqueue.wire.intake import IntakeLead, IntakeLeads

KINDS = (DecisionKind.ACCEPT, DecisionKind.NOTE, DecisionKind.RECYCLE)
CYCLES = 4


@dataclass(repr=False)
class Wronged:
    """A folder with three leads, a decision on each, as every example finds it."""

    folder: Path
    leads: tuple[Lead, ...]
    payloads: dict[str, str]
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def copy(self) -> Shelf:
        fresh = self.folder.with_name(f"example-{next(self.numbers)}")
        shutil.copytree(self.folder, fresh)
        return Shelf(fresh)


@pytest.fixture(scope="module")
def wronged(tmp_path_factory: pytest.TempPathFactory) -> Wronged:
    folder = tmp_path_factory.mktemp("client") / "home"
    shelf = Shelf(folder)
    leads = tuple(mql() for _ in KINDS)
    shelf.pull(*leads)
    desk = shelf.desk()
    for lead, kind in zip(leads, KINDS, strict=True):
        assert isinstance(desk.decide(lead.id, kind, EXAMPLE_VALUES[kind]), Stored)
    store = shelf.store()
    payloads = {item.decision.id: store.outbox.payload(item.decision.id) for item in store.outbox.unsent()}
    shelf.close()
    assert len(payloads) == len(KINDS)
    return Wronged(folder, leads, payloads)


def session() -> dict[str, Json]:
    made = Session(
        user_id=RITA.id,
        name=RITA.name,
        email="rita@sales.example",
        role=RITA.role,
        zone=RITA.zone,
        team_id=RITA.team_id,
        team_name="First",
        organisation_id="org-1",
        organisation_name="Example Ltd",
        audience=AUDIENCE,
        members=(),
        protocol=PROTOCOL,
        server_version="1",
        definitions_version=shipped().definitions.version,
        definitions_digest=shipped().digest,
        server_time=NOW,
        epoch="epoch-1",
    )
    return cast("dict[str, Json]", made.model_dump(mode="json"))


def honest(request: httpx.Request, leads: tuple[Lead, ...]) -> Json:
    """What a server in its senses could answer."""
    match request.method, request.url.path:
        case _, "/v1/session":
            return session()
        case "POST", "/v1/decisions":
            packed = request.headers.get("Content-Encoding") == "gzip"  # a long one is
            asked = json.loads(gzip.decompress(request.content) if packed else request.content)["decisions"]
            states = itertools.cycle(["refused", "conflict", "held", "retry", "applied"])
            return {"answers": [{"id": each["id"], "status": next(states), "seq": 9} for each in asked]}
        case "GET", "/v1/decisions":
            return {"answers": [], "unknown": [*request.url.params["ids"].split(",")]}
        case _, "/v1/digest":
            return {"audience": AUDIENCE, "count": 3, "digest": "0" * 64, "seq": 9, "epoch": "epoch-1"}
        case _, "/v1/changes":
            lead = cast("Json", state_of(leads[0]))
            changes: list[Json] = [
                {"kind": "upsert", "seq": 8, "lead": lead},
                {"kind": "leave", "seq": 9, "lead_id": "x"},
            ]
            return {"changes": changes, "next": "c", "seq": 9, "more": False}
        case _:
            return {
                "results": [], "leads": [], "total": 0, "escalations": [], "entries": [], "unknown": []
            }  # fmt: skip


HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Retry-After": st.one_of(
            st.sampled_from(
                ["0", "-1", "1e9", "9" * 400, "Fri, 31 Dec 9999 23:59:59 -2359", "soon", "٣", ""]
            ),
            st.text("0123456789:, GMTMonJan-+", max_size=40),
        ),
        "Date": st.sampled_from(["Mon, 01 Jan 0001 00:00:00 +2359", "x", "Mon, 99 Foo", ""]),
        SERVER_TIME_HEADER: st.sampled_from(
            [
                "0001-01-01T00:00:00+14:00",
                "9999-12-31T23:59:59-14:00",
                "2026-11-23T09:00:00Z",
                "x",
                "2026-11-23",
            ]
        ),
        "LeadQueue-Epoch": st.sampled_from(["", "another", "epoch-1"]),
        "ETag": st.sampled_from(['"x"', "", "W/"]),
        "Location": st.sampled_from(["/v1/session", "http://[", "https://elsewhere.example/", "\\\\"]),
        "Content-Encoding": st.sampled_from(["gzip", "br", "deflate", "x", "identity"]),
        "WWW-Authenticate": st.sampled_from(["Bearer", "Basic", ""]),
    },
)
STATUSES = st.one_of(
    st.sampled_from([200] * 8 + [401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503, 511]),
    st.integers(200, 599),
)
MEDIA = st.sampled_from(
    ["application/json"] * 5
    + ["application/problem+json", "text/html", "application/toml", "text/event-stream", "", "x; charset=\0"]
)
PROBLEMS = st.fixed_dictionaries(
    {
        "type": st.one_of(
            st.sampled_from(
                [
                    f"urn:leadqueue:problem:{name}"
                    for name in (
                        *("cursor-expired", "epoch-changed", "protocol-mismatch", "invalid-request"),
                        *("token-revoked", "token-expired", "too-many-requests", "server-fault"),
                    )
                ]
            ),
            NASTY_TEXTS,
        ),
        "title": NASTY_TEXTS,
        "status": st.integers(),
        "detail": NASTY_TEXTS,
    }
)


@dataclass
class Liar:
    """A server that answers what hypothesis draws, and remembers which decisions it called done."""

    data: st.DataObject
    wronged: Wronged
    done: set[str] = field(default_factory=set)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        draw = self.data.draw
        truth = honest(request, self.wronged.leads)
        kind = draw(st.sampled_from(["truth", "truth", "mutated", "json", "problem", "bytes", "toml"]))
        status, headers = draw(STATUSES), draw(HEADERS)
        if kind == "truth":
            status, headers = draw(st.sampled_from([200, 200, 200, 503])), {}
        content = self._content(kind, truth)
        media = "application/json" if kind == "truth" else draw(MEDIA)
        if request.url.path == "/v1/decisions":
            self._note(content)
        sent = [(b"Content-Type", media.encode())]
        sent += [(key.encode(), text.encode()) for key, text in headers.items()]
        return httpx.Response(status, headers=sent, stream=Body(content))

    def _content(self, kind: str, truth: Json) -> bytes:
        draw = self.data.draw
        match kind:
            case "truth":
                return written(truth)
            case "mutated":
                return written(draw(mutated(truth)))
            case "json":
                return written(draw(JSON))
            case "problem":
                return written(draw(PROBLEMS))
            case "toml":
                return default_text().encode()
            case _:
                return draw(
                    st.one_of(st.binary(max_size=200), st.just(b"[" * 100_000), st.just(b"9" * 10_000))
                )

    def _note(self, content: bytes) -> None:
        """An id that stands in an answer to decisions may have been given any final status."""
        text = content.decode("utf-8", "replace")
        self.done |= {each for each in self.wronged.payloads if each in text}


class Body(httpx.AsyncByteStream):
    """A body that is read as from a connection, so that its encoding is undone by the client."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def written(value: object) -> bytes:
    return json.dumps(value, allow_nan=True).encode("utf-8", "surrogatepass")


def kept(shelf: Shelf, wronged: Wronged, done: set[str]) -> None:
    """No decision is gone, none was changed, and each that nobody called done can still be sent."""
    store = shelf.store()
    inbox = {item.decision.id for item in store.outbox.attention()}
    for each, payload in wronged.payloads.items():
        item = store.outbox.get(each)
        assert item is not None or each in inbox, "a decision is gone"
        if item is not None:
            assert store.outbox.payload(each) == payload
            if item.state is OutboxState.ANSWERED:
                assert each in done, "a decision counts as answered and nobody answered it"


def usable(desk: Desk, wronged: Wronged) -> None:
    """The screen can be drawn and the next decision can be made, whatever came from the server."""
    desk.queue.window(QueueView(), 0, 50)
    desk.status()
    desk.attention()
    for lead in wronged.leads:
        if desk.lead(lead.id) is not None:
            answer = desk.decide(lead.id, DecisionKind.NOTE, EXAMPLE_VALUES[DecisionKind.NOTE])
            assert isinstance(answer, Stored | NotStored)


@fuzzed(25)
@given(st.data())
def test_the_sync_survives_any_server(wronged: Wronged, data: st.DataObject) -> None:
    shelf = wronged.copy()
    liar = Liar(data, wronged)

    async def live() -> None:
        store = shelf.store()
        gateway = NativeGateway(
            "http://crm.example",
            "token",
            shelf.clock,
            transport=httpx.MockTransport(liar),
            steady=lambda: 0.0,
        )
        engine = SyncEngine(store, gateway, shelf.clock, user_id=RITA.id, rng=random.Random(1))
        for _ in range(CYCLES):
            report = await engine.cycle(force=True, verify=data.draw(st.booleans()))
            assert report.ok or report.next_try_at is not None
            shelf.clock.at += timedelta(minutes=10)
        await gateway.aclose()

    try:
        with in_time():
            asyncio.run(live())
            kept(shelf, wronged, liar.done)
            usable(shelf.desk(), wronged)
    finally:
        shelf.close()
        shutil.rmtree(shelf.folder)


async def listen(gateway: NativeGateway) -> None:
    async for _ in gateway.events():
        pass


CALLS: dict[str, Callable[[NativeGateway], Awaitable[object]]] = {
    "session": lambda gateway: gateway.session(),
    "definitions": lambda gateway: gateway.definitions('"x"'),
    "changes": lambda gateway: gateway.changes(AUDIENCE, None, 10),
    "submit": lambda gateway: gateway.submit(['{"id":"1"}']),
    "decisions": lambda gateway: gateway.decisions(["1"]),
    "digest": lambda gateway: gateway.digest(AUDIENCE),
    "journey": lambda gateway: gateway.journey("../x"),
    "company": lambda gateway: gateway.company("../x"),
    "quarantine": lambda gateway: gateway.quarantine(),
    "escalations": lambda gateway: gateway.escalations(),
    "acknowledge": lambda gateway: gateway.acknowledge([new_id()]),
    "team": lambda gateway: gateway.team_queue(),
    "intake": lambda gateway: gateway.intake_leads(
        IntakeLeads(leads=(IntakeLead(source_id="1", fields={}),))
    ),
    "events": listen,
}


@pytest.mark.parametrize("name", CALLS)
@fuzzed(15)
@given(data=st.data())
def test_every_call_knows_only_its_own_errors(wronged: Wronged, name: str, data: st.DataObject) -> None:
    async def call() -> None:
        gateway = NativeGateway(
            "http://crm.example", "t", lambda: NOW, transport=httpx.MockTransport(Liar(data, wronged))
        )
        try:
            await CALLS[name](gateway)
        except GatewayError:
            pass
        finally:
            await gateway.aclose()

    with in_time():
        asyncio.run(call())

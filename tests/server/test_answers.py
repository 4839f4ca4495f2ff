"""What every answer carries, what the log holds of it, and the page that documents the calls."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest
from tests.server.test_api import operations
from tests.server.world import World

from leadqueue.server import docs_page, feed, logs
from leadqueue.server.logs import LogFormat

REQUEST_ID = "client-request.0001"


def logged(form: LogFormat) -> Iterator[io.StringIO]:
    """What the server logs; the test runner's own handlers and levels come back afterwards."""
    root = logging.getLogger()
    touched = [root, logging.getLogger("leadqueue"), logging.getLogger("uvicorn")]
    handlers, levels = list(root.handlers), [each.level for each in touched]
    stream = io.StringIO()
    logs.configure("info", form, stream)
    yield stream
    root.handlers[:] = handlers
    for each, level in zip(touched, levels, strict=True):
        each.setLevel(level)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    yield from logged(LogFormat.JSON)


@pytest.fixture
def text_log() -> Iterator[io.StringIO]:
    yield from logged(LogFormat.TEXT)


def lines(log: io.StringIO) -> list[dict[str, object]]:
    return [
        line
        for line in map(json.loads, log.getvalue().splitlines())
        if str(line["logger"]).startswith("leadqueue")
    ]


def fail_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Make every reading of the feed fail with a message that quotes data."""

    def broken(*_values: object) -> object:
        raise ValueError(text)

    monkeypatch.setattr(feed, "page", broken)


class TestHeaders:
    @pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/v1/session", "/v1/changes", "/docs"])
    def test_every_answer_is_stamped(self, world: World, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
        fail_in(monkeypatch, "x")
        answer = world.client.get(path, headers=world.as_("rita"))
        assert answer.status_code == {"/nowhere": 404, "/v1/changes": 500}.get(path, 200)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["leadqueue-server-time"].endswith("Z")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
        assert "strict-transport-security" not in answer.headers

    def test_a_fault_tells_time_and_epoch_and_nothing_else(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fail_in(monkeypatch, "rita@sales.example lq_secret")
        answer = world.client.get("/v1/changes", headers=world.as_("rita"))
        epoch = world.client.get("/v1/session", headers=world.as_("rita")).json()["epoch"]
        assert answer.status_code == 500
        assert answer.headers["leadqueue-epoch"] == epoch
        assert answer.json()["type"].endswith("server-fault")
        assert "secret" not in answer.text

    def test_over_tls_browsers_are_told_to_stay_there(self, world: World) -> None:
        answer = world.client.get("https://testserver/healthz")
        assert answer.headers["strict-transport-security"].startswith("max-age=")

    @pytest.mark.parametrize(
        ("asked", "taken"),
        [
            (REQUEST_ID, True),
            ("short", False),
            ("x" * 65, False),
            ("has spaces in it", False),
            ("line\tfeed-id", False),
            ("'; DROP TABLE --", False),
        ],
    )
    def test_a_sane_request_id_is_taken_over(self, world: World, asked: str, *, taken: bool) -> None:
        answer = world.client.get("/healthz", headers={"X-Request-Id": asked})
        assert (answer.headers["x-request-id"] == asked) is taken
        assert len(answer.headers["x-request-id"]) >= 8


class TestLog:
    def test_a_call_is_one_line_without_what_was_asked(self, world: World, log: io.StringIO) -> None:
        lead = world.lead()
        log.truncate(0)
        log.seek(0)
        headers = world.as_("rita") | {"X-Request-Id": REQUEST_ID}
        world.client.get(f"/v1/leads/{lead.id}", params={"token": "lq_leak"}, headers=headers)
        (line,) = lines(log)
        assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/leads/{lead_id}", 200)
        assert line["request_id"] == REQUEST_ID
        assert line["token"] in {token.id for token in world.admin.tokens(world.organisation.id)}

    def test_no_personal_data_and_no_token_gets_into_it(
        self, world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lead = world.lead(email="grace@customer.example")
        world.decide("rita", world.body(lead, "note", {"note": "Prefers mornings"}))
        world.client.get("/v1/session", headers={"Authorization": "Bearer lq_unknown"})
        world.client.get("/nowhere/grace@customer.example?token=lq_query")
        world.client.post("/v1/decisions", content=b'{"x": "grace"}', headers=world.as_("rita"))
        fail_in(monkeypatch, "row of grace@customer.example")
        world.client.get("/v1/changes", headers=world.as_("rita"))
        logging.getLogger("other").error("failed", exc_info=ValueError("grace@customer.example"))
        text = log.getvalue()
        assert lines(log)[-2]["message"] == "fault"
        for secret in ("grace", "mornings", "rita", "lq_", lead.id, *world.tokens.values()):
            assert secret not in text, secret

    def test_a_fault_names_its_place(
        self, world: World, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fail_in(monkeypatch, "x")
        world.client.get("/v1/changes", headers=world.as_("rita"))
        (fault,) = [line for line in lines(log) if line["level"] == "error"]
        assert fault["route"] == "/v1/changes"
        assert str(fault["error"]).startswith("builtins.ValueError at test_answers.py:")
        assert "routes.py" in str(fault["error"])

    def test_text_stays_on_its_line(self, text_log: io.StringIO) -> None:
        logging.getLogger("leadqueue.x").warning("one\ntwo \x1b[31mred")
        assert text_log.getvalue().count("\n") == 1
        assert "one two" in text_log.getvalue()
        assert "\x1b" not in text_log.getvalue()


class Page(HTMLParser):
    """What a browser would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []
        self.names: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for key, value in attrs:
            if key in ("src", "data", "action", "style") or key.startswith("on"):
                self.loads.append(f"{tag} {key}")
            if key == "id":
                self.names.add(value or "")
            if key == "href":
                self.links.add(value or "")


class TestDocsPage:
    def test_it_names_every_call_and_runs_nothing(self, world: World) -> None:
        answer = world.client.get("/docs")
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        page = Page()
        page.feed(answer.text)
        assert page.names >= set(operations(world))
        assert not page.tags & {"script", "link", "img", "iframe", "form", "object", "base"}
        assert page.loads == []
        assert {link[1:] for link in page.links if link.startswith("#")} <= page.names
        assert {link for link in page.links if not link.startswith("#")} == {"/openapi.json"}

    def test_its_policy_allows_its_own_style_and_nothing_else(self, world: World) -> None:
        policy = world.client.get("/docs").headers["content-security-policy"]
        assert policy == docs_page.POLICY
        assert re.fullmatch(
            r"default-src 'none'; style-src 'sha256-[\w+/]+='; base-uri 'none'; form-action 'none'; "
            r"frame-ancestors 'none'",
            policy,
        )

    def test_markup_in_the_document_is_text(self) -> None:
        document = docs_page._Document.model_validate(
            {
                "info": {"title": "<script>x</script>", "version": "1"},
                "paths": {"/<b>": {"get": {"operationId": "healthz", "description": "`<i>` <u>"}}},
            }
        )
        page = Page()
        page.feed(docs_page.page(document))
        assert not page.tags & {"script", "b", "i", "u"}


def test_the_document_is_open_and_the_data_is_not(world: World) -> None:
    assert world.client.get("/openapi.json").status_code == 200
    answer: httpx.Response = world.client.get("/v1/changes")
    assert answer.status_code == 401

"""What the OpenAPI document says of answers: their headers, the problems, the stream of events."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI

from leadqueue.wire.api import EPOCH_HEADER, PROTOCOL, PROTOCOL_HEADER, REQUEST_ID_HEADER, SERVER_TIME_HEADER
from leadqueue.wire.problem import PROBLEM_JSON, Problem


class DescribedApi(FastAPI):
    """An API whose document says of problems only what holds: they come as problem details, never as JSON."""

    def openapi(self) -> dict[str, Any]:
        fresh = self.openapi_schema is None
        document = super().openapi()
        if fresh:
            for path in document["paths"].values():
                for operation in path.values():
                    for answer in operation["responses"].values():
                        kinds = answer.get("content", {})
                        if PROBLEM_JSON in kinds:
                            kinds.pop("application/json", None)
        return document


Described = dict[int | str, dict[str, object]]

ANY_CALL = (400, 401, 403, 408, 409, 413, 414, 415, 422, 429, 500, 503)
"""Problems that any call with a token can meet."""

EVENT: Mapping[str, object] = {
    "type": "object",
    "description": "One event. `data` is an `EventHint` as JSON.",
    "required": ["event", "data"],
    "properties": {
        "event": {"const": "changed"},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {
                "type": "object",
                "required": ["seq", "epoch"],
                "properties": {"seq": {"type": "integer"}, "epoch": {"type": "string"}},
            },
        },
    },
}

_ALWAYS: dict[str, object] = {
    SERVER_TIME_HEADER: {
        "description": "The server's clock as it answered, UTC.",
        "required": True,
        "schema": {"type": "string", "format": "date-time"},
    },
    PROTOCOL_HEADER: {
        "description": "The version of the protocol that the server speaks.",
        "required": True,
        "schema": {"type": "integer", "enum": [PROTOCOL]},
    },
    REQUEST_ID_HEADER: {
        "description": "The request's id: the one it came with, or a new one.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Cache-Control": {"required": True, "schema": {"type": "string"}},
}
_EPOCH: dict[str, object] = {
    EPOCH_HEADER: {
        "description": "The life of the database to which cursors and answers belong.",
        "required": True,
        "schema": {"type": "string"},
    }
}
_ETAG: dict[str, object] = {
    "ETag": {"required": True, "schema": {"type": "string", "pattern": '^"[0-9a-z.]+"$'}},
}
_OF_PROBLEM: dict[int, dict[str, object]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "pattern": "^Bearer"}}},
    429: {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 0}}},
    503: {"Retry-After": {"required": True, "schema": {"type": "integer", "minimum": 0}}},
}


def answers(
    *statuses: int,
    epoch: bool = False,
    etag: bool = False,
    content: Mapping[str, Mapping[str, object]] | None = None,
) -> Described:
    """Answers in success, with their headers; `content` gives schemas by media type where no model does."""
    headers = {**_ALWAYS, **(_EPOCH if epoch else {}), **(_ETAG if etag else {})}
    bodies = (
        {"content": {kind: {"schema": dict(schema)} for kind, schema in content.items()}} if content else {}
    )
    return {
        status: {"description": HTTPStatus(status).phrase, "headers": headers, **bodies}
        for status in statuses
    }


def problems(*statuses: int) -> Described:
    """Answers in error: problem details, with the headers that come along."""
    content = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {
            "model": Problem,
            "content": content,
            "headers": {**_ALWAYS, **_OF_PROBLEM.get(status, {})},
        }
        for status in statuses
    }

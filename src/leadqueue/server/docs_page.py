"""The page `/docs`: the OpenAPI document as plain HTML, without a script, loading nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Annotated

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from leadqueue.server import access

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1b1b1b;background:#fff}
code{font:14px ui-monospace,monospace}h2{margin-top:2.5rem}section{border-top:1px solid #ccc;padding:.5rem 0}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0}
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}a{color:#8ab4ff}}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True)


class _Schema(_Part):
    ref: Annotated[str, Field(alias="$ref")] = ""
    type: str | list[str] = ""
    format: str = ""
    enum: list[object] = []
    const: object = None
    items: _Schema | None = None
    any_of: Annotated[list[_Schema], Field(alias="anyOf")] = []
    one_of: Annotated[list[_Schema], Field(alias="oneOf")] = []
    properties: dict[str, _Schema] = {}
    required: list[str] = []
    description: str = ""


class _Media(_Part):
    schema_: Annotated[_Schema, Field(alias="schema")] = _Schema()


class _Answer(_Part):
    description: str = ""
    content: dict[str, _Media] = {}


class _Parameter(_Part):
    name: str
    in_: Annotated[str, Field(alias="in")]
    required: bool = False
    schema_: Annotated[_Schema, Field(alias="schema")] = _Schema()


class _Operation(_Part):
    operation_id: Annotated[str, Field(alias="operationId")]
    description: str = ""
    parameters: list[_Parameter] = []
    request_body: Annotated[_Answer | None, Field(alias="requestBody")] = None
    responses: dict[str, _Answer] = {}


class _Components(_Part):
    schemas: dict[str, _Schema] = {}


class _Info(_Part):
    title: str
    version: str
    description: str = ""


class _Document(_Part):
    info: _Info
    paths: dict[str, dict[str, _Operation]]
    components: _Components = _Components()


def install(app: FastAPI) -> None:
    """Serve the page."""

    @cache
    def made() -> str:
        return page(_Document.model_validate(app.openapi()))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(made(), headers={"Content-Security-Policy": POLICY})


def page(document: _Document) -> str:
    """The document as one HTML page."""
    return "".join(_parts(document))


def _parts(document: _Document) -> Iterator[str]:
    title = escape(f"{document.info.title} {document.info.version}")
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield "".join(f"<p>{_marked(part)}</p>" for part in document.info.description.strip().split("\n\n"))
    yield '<p>The document itself: <a href="/openapi.json">/openapi.json</a></p><h2>Calls</h2>'
    for path, methods in document.paths.items():
        for method, operation in methods.items():
            yield from _operation(path, method, operation)
    yield "<h2>Models</h2>"
    for name, schema in sorted(document.components.schemas.items()):
        yield from _model(name, schema)
    yield "</body></html>"


def _operation(path: str, method: str, operation: _Operation) -> Iterator[str]:
    yield f'<section id="{escape(operation.operation_id)}">'
    yield f"<h3><code>{escape(method.upper())} {escape(path)}</code></h3>"
    yield f"<p>{_marked(operation.description)}</p><p>{escape(_who(operation.operation_id))}</p><table>"
    for each in operation.parameters:
        needed = ", required" if each.required else ""
        yield _row(f"{each.in_}{needed}", f"<code>{escape(each.name)}</code> {_kind(each.schema_)}")
    if operation.request_body is not None:
        yield _row("body", _content(operation.request_body))
    for status, answer in operation.responses.items():
        yield _row(status, f"{escape(answer.description)} {_content(answer)}")
    yield "</table></section>"


def _who(operation: str) -> str:
    """Who may make the call, from the same table by which the server decides it."""
    if operation in access.PUBLIC:
        return "Needs no token."
    rule = access.RULES[operation]
    roles = ", ".join(sorted(role.value for role in rule.roles))
    scope = f" with the scope {rule.scope.value}" if rule.scope else ""
    return f"For {roles}, by a token{scope}."


def _model(name: str, schema: _Schema) -> Iterator[str]:
    yield f'<section id="{escape(name)}"><h3><code>{escape(name)}</code></h3>'
    yield f"<p>{_marked(schema.description)}</p>"
    if schema.properties:
        yield "<table>"
        for field, kind in schema.properties.items():
            needed = " required" if field in schema.required else ""
            yield _row(f"<code>{escape(field)}</code>{needed}", _kind(kind), plain=False)
        yield "</table>"
    elif schema.enum:
        yield f"<p>{_kind(schema)}</p>"
    yield "</section>"


def _row(head: str, cell: str, *, plain: bool = True) -> str:
    return f"<tr><th>{escape(head) if plain else head}</th><td>{cell}</td></tr>"


def _content(answer: _Answer) -> str:
    return ", ".join(
        f"<code>{escape(media)}</code> {_kind(each.schema_)}" for media, each in answer.content.items()
    )


def _kind(schema: _Schema) -> str:
    """A schema in few words, with a link where it has a name."""
    if schema.ref:
        name = escape(schema.ref.rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    either = schema.any_of or schema.one_of
    if either:
        return " or ".join(_kind(each) for each in either)
    if schema.enum:
        return " | ".join(escape(str(value)) for value in schema.enum)
    if schema.const is not None:
        return escape(repr(schema.const))
    if schema.items is not None:
        return f"list of {_kind(schema.items)}"
    name = schema.type if isinstance(schema.type, str) else " or ".join(schema.type)
    return escape(f"{name} ({schema.format})" if schema.format else name)


def _marked(text: str) -> str:
    """Text with its `code` marked as such."""
    return "".join(
        f"<code>{escape(part)}</code>" if index % 2 else escape(part)
        for index, part in enumerate(text.split("`"))
    )

"""Checking a definitions file: what is wrong, where, and the nearest allowed value."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from leadqueue.definitions.model import Definitions
from leadqueue.definitions.references import flaws, nearest

Severity = Literal["error", "warning"]
_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]#]+?)\s*\]\]?")
_KEY = re.compile(r"^\s*(\"[^\"]+\"|'[^']+'|[A-Za-z0-9_.+&-]+)\s*=")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. `path` is the dotted key, `line` counts from 1, None where no line can be named."""

    severity: Severity
    path: str
    line: int | None
    message: str


def check_text(text: str) -> tuple[Finding, ...]:
    """Everything that is wrong with the text of a definitions file; empty where it holds."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        return (Finding("error", "", line, f"this is not TOML: {_LINE.sub('', str(error)).strip()}"),)
    lines = line_numbers(text)
    try:
        definitions = Definitions.model_validate(data)
    except ValidationError as error:
        return tuple(_finding(each, lines) for each in error.errors(include_url=False))
    return tuple(
        Finding(flaw.severity, dotted(flaw.path), line_of(flaw.path, lines), flaw.message)
        for flaw in flaws(definitions)
    )


def dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)


def _finding(error: ErrorDetails, lines: dict[tuple[str | int, ...], int]) -> Finding:
    path = tuple(part for part in error["loc"] if part != "[key]")
    message = str(error["msg"])
    match error["type"]:
        case "extra_forbidden":
            message = f"unknown key{nearest(str(path[-1]), _keys_beside(path))}"
        case "missing":
            message = "is missing"
        case "literal_error" | "enum":
            expected = str(error.get("ctx", {}).get("expected", ""))
            allowed = re.findall(r"'([^']*)'", expected)
            given = str(error.get("input", ""))
            message = f"'{given[:60]}' is not one of {expected}{nearest(given, allowed)}"
        case _:
            given = error.get("input")
            if isinstance(given, str | int | float | bool):
                message = f"{message}, not {str(given)[:60]!r}"
    return Finding("error", dotted(path), line_of(path, lines), message)


def _keys_beside(path: tuple[str | int, ...]) -> list[str]:
    """The keys that the model allows where `path` ends."""
    current: object = Definitions
    for part in path[:-1]:
        if isinstance(current, type) and issubclass(current, BaseModel):
            current = _annotation(current, str(part))
        else:
            current = _within(current)
    if isinstance(current, type) and issubclass(current, BaseModel):
        return [field.alias or name for name, field in current.model_fields.items()]
    return []


def _annotation(kind: type[BaseModel], name: str) -> object:
    for key, field in kind.model_fields.items():
        if name in (key, field.alias):
            return _model_in(field.annotation)
    return None


def _within(current: object) -> object:
    return _model_in(current)


def _model_in(annotation: object) -> object:
    """The model inside a table, list or option of models; the annotation itself where it is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if isinstance(found, type) and issubclass(found, BaseModel):
            return _Wrapped(found) if getattr(annotation, "__origin__", None) in (dict, tuple) else found
    return annotation.inner if isinstance(annotation, _Wrapped) else None


class _Wrapped:
    """A table or list whose values are of one model: one more step leads into it."""

    def __init__(self, inner: type[BaseModel]) -> None:
        self.inner = inner


def line_numbers(text: str) -> dict[tuple[str | int, ...], int]:
    """The line of each table and key, as far as they stand on lines of their own."""
    found: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            path: tuple[str | int, ...] = ()
            for name in _split(header[2]):
                path = (*path, name)
                if path in counts and not (header[1] == "[[" and path == tuple(_split(header[2]))):
                    path = (*path, counts[path])
            if header[1] == "[[":
                counts[path] = counts.get(path, -1) + 1
                path = (*path, counts[path])
            table = path
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_split(key[1])), number)
    return found


def _split(text: str) -> list[str]:
    return [part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", text)]


def line_of(path: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> int | None:
    """The line of the path, or of the nearest part around it that has one."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


__all__ = ["Finding", "Severity", "check_text", "line_numbers", "line_of"]

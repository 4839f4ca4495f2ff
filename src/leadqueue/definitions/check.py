"""Checking a definitions file: everything that is wrong with it, in words, with the line.

First the format (TOML, keys, types, ranges); once that is right, the names that the parts call each other
by; once these are right, what they amount to. So one slip does not bring a page of findings after it; of
the format, a slip is one finding.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from leadqueue.definitions.findings import Collector, Finding, Severity, nearest_name, quoted
from leadqueue.definitions.lifecycle import check_lifecycle
from leadqueue.definitions.lines import Path, key_lines, line_of
from leadqueue.definitions.model import Definitions
from leadqueue.definitions.references import check_references
from leadqueue.definitions.sense import check_sense
from leadqueue.definitions.toml_text import refuse_long_keys
from leadqueue.definitions.validation import rule_said

_AT_LINE = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)$")
_DECLARED = re.compile(r"^Cannot (?:declare|overwrite|redefine|mutate)")
_KEY_HINT = "a name begins with a lower-case letter and goes on with such letters, digits and underscores"
_PATTERNS = {
    r"^[a-z][a-z0-9_]*$": _KEY_HINT,
    r"^[A-Za-z0-9][A-Za-z0-9_+.&-]*$": "a value has letters, digits and _ + . & - only, and no space",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "a version has letters, digits, points, dashes and underscores only",
}
_BARE = {"int": r"-?[0-9]{1,18}", "float": r"-?[0-9]{1,18}(\.[0-9]{1,18})?", "bool": "true|false"}
"""What TOML writes without quotes."""
_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "text in quotes",
    "tuple": "a list in [ ]",
    "dict": "a table",
    "model": "a table",
    "date": "a day such as 2026-11-23",
    "time": "a time of day such as 09:00:00",
}


def check_text(text: str) -> tuple[Finding, ...]:
    """Everything wrong with a definitions file of this text, in the order of its lines; empty if sound."""
    try:
        refuse_long_keys(text)
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        return (_broken(error, text),)
    to = Collector()
    definitions = _read(data, to)
    if definitions is not None:
        check_references(definitions, to)
        if not any(found.severity is Severity.ERROR for found in to.found):
            check_lifecycle(definitions, to)
        check_sense(definitions, to)
    lines = key_lines(text)
    findings = [
        Finding(
            found.severity, dotted(found.path, data), found.message, line_of(found.path, lines), found.nearest
        )
        for found in dict.fromkeys(to.found)
    ]
    return tuple(sorted(findings, key=lambda finding: finding.line or 0))


def has_errors(findings: tuple[Finding, ...]) -> bool:
    """Whether the findings keep the file from being used."""
    return any(finding.severity is Severity.ERROR for finding in findings)


def dotted(path: Path, data: object) -> str:
    """`score.rules.demo_request.points`: entries of a list by their `key`, else by number from 1."""
    parts: list[str] = []
    for step in path:
        inner: object = None
        if isinstance(data, dict):
            inner = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            inner = data[step]
        if isinstance(step, int):
            name = inner.get("key") if isinstance(inner, dict) else None
            parts.append(name if isinstance(name, str) and name else str(step + 1))
        else:
            parts.append(step)
        data = inner
    return ".".join(parts)


def _broken(error: ValueError | RecursionError, text: str) -> Finding:
    if isinstance(error, RecursionError):
        return Finding(Severity.ERROR, "", "this is no definitions file: it is nested too deep")
    said = str(error)
    where = _AT_LINE.search(said)
    line = None
    if where:
        line = int(where["line"]) if where["line"] else text.count("\n") + 1
        said = said[: where.start()]
    if _DECLARED.match(said):
        said = f"a key or a table is given twice ({said})"
    return Finding(Severity.ERROR, "", f"this is not TOML: {said}", line)


def _read(data: dict[str, Any], to: Collector) -> Definitions | None:
    """The definitions, or None after errors of format.

    Strictly typed, by way of JSON, where lists and days have one form: `minutes = "60"` is an error here,
    though a lenient reader would take it.
    """
    try:
        text = json.dumps(data, default=_day)
        return Definitions.model_validate_json(text, strict=True)
    except ValidationError as error:
        _format_errors(error.errors(include_url=False), data, to)
    except (ValueError, RecursionError) as error:
        to.error((), f"this is no definitions file: {error}")
    return None


def _day(value: object) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    raise ValueError(f"{value!r} has no place in definitions")


def _format_errors(details: Sequence[ErrorDetails], data: object, to: Collector) -> None:
    """A finding for each slip: what follows from one that is told is not told again."""
    missing = _missing(details, data)
    twins = _two_names(missing, data, to)
    places = [_path(detail["loc"], data) for detail in details]
    paths = [path for path, _ in places]
    for detail, (path, value) in zip(details, places, strict=True):
        kind = detail["type"]
        if kind == "missing" or path in twins:
            continue
        if kind == "too_short" and any(len(each) > len(path) == _common(each, path) for each in paths):
            continue  # it has entries, and each is told
        if kind == "extra_forbidden":
            _unknown_key(path, missing.get(path[:-1], []), to)
        else:
            _format_error(detail, path, value, to)
    for parent, keys in missing.items():
        if len(keys) == 1:
            to.error((*parent, keys[0]), f"the key '{keys[0]}' is missing")
        elif keys:
            to.error(parent, f"the keys {quoted(keys)} are missing")


def _common(one: Path, other: Path) -> int:
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))


def _missing(details: Sequence[ErrorDetails], data: object) -> dict[Path, list[str]]:
    """The keys that are missing, by the table that lacks them."""
    found: dict[Path, list[str]] = {}
    for detail in details:
        if detail["type"] == "missing":
            path, _ = _path(detail["loc"], data)
            found.setdefault(path[:-1], []).append(str(path[-1]))
    return found


def _two_names(missing: dict[Path, list[str]], data: object, to: Collector) -> frozenset[Path]:
    """Tell of tables that are one under two names, `[clocks.reviev]` and `[[clocks.review.lanes]]`, and take
    what the one lacks out of `missing`. The places of the other ones."""
    twins: set[Path] = set()
    for parent, keys in list(missing.items()):
        outer = _at(data, parent[:-1])
        if not parent or not isinstance(outer, dict) or not isinstance(here := outer[parent[-1]], dict):
            continue
        rest = [
            name
            for name, each in outer.items()
            if name != parent[-1] and isinstance(each, dict) and {*keys} <= {*each} and not {*each} & {*here}
        ]
        name = str(parent[-1])
        if (twin := nearest_name(name, rest)) is not None:
            message = f"'{twin[:64]}' has what '{name[:64]}' lacks, as if one table had two names"
            to.error((*parent[:-1], twin), message, name)
            twins.add((*parent[:-1], twin))
            del missing[parent]
    return frozenset(twins)


def _at(data: object, path: Path) -> object:
    for step in path:
        data = data[step] if _there(data, step) else None  # type: ignore[index] # _there has seen that it can be
    return data


def _unknown_key(path: Path, missing: list[str], to: Collector) -> None:
    """An unknown key, as one finding with the missing one that it was likely meant for."""
    name = str(path[-1])
    meant = nearest_name(name, missing)
    if meant is not None:
        missing.remove(meant)
        to.error(path, f"the key '{name[:64]}' is unknown here, and '{meant}' is missing", meant)
        return
    allowed = _allowed_keys(path[:-1])
    close = nearest_name(name, allowed)
    hint = "" if close else f"; allowed are {quoted(allowed)}" if len(allowed) <= 12 else ""
    to.error(path, f"the key '{name[:64]}' is unknown here{hint}", close)


def _format_error(detail: ErrorDetails, path: Path, value: object, to: Collector) -> None:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in ("literal_error", "enum"):
        if detail["loc"][-1] == "[key]":
            value = path[-1]
        expected = str(context.get("expected", ""))
        allowed = re.findall(r"'([^']*)'", expected)
        one_of = f"one of {quoted(allowed)}" if allowed else f"{expected}{_unquoted(value, expected)}"
        to.error(path, f"{_shown(value)} is not {one_of}", nearest_name(str(value), allowed))
    elif kind == "string_pattern_mismatch":
        wrong = detail["input"]
        hint = _PATTERNS.get(str(context.get("pattern")), str(context.get("pattern")))
        to.error(path, f"{_shown(wrong)} cannot be used: {hint}")
    else:
        to.error(
            path, _range_error(kind, context, value) or _type_error(kind, value) or rule_said(detail["msg"])
        )


def _unquoted(value: object, *wanted: str) -> str:
    """What is told of a value that is right but for its quotes."""
    return f": write {value} without quotes" if isinstance(value, str) and value in wanted else ""


def _range_error(kind: str, context: dict[str, Any], value: object) -> str | None:
    match kind:
        case "greater_than_equal":
            return f"{_shown(value)} is too small: at least {context['ge']}"
        case "greater_than":
            return f"{_shown(value)} is too small: more than {context['gt']}"
        case "less_than_equal":
            return f"{_shown(value)} is too large: at most {context['le']}"
        case "too_short":
            return "this must not be empty"
        case "string_too_short":
            return "this text must not be empty"
        case "string_too_long":
            return f"this text is too long: at most {context['max_length']} characters"
        case _:
            return None


def _type_error(kind: str, value: object) -> str | None:
    wanted = next((words for name, words in _WANTED.items() if kind.startswith(name)), None)
    if wanted is None:
        return None
    bare = next((sign for name, sign in _BARE.items() if kind.startswith(name)), None)
    right = isinstance(value, str) and bare is not None and re.fullmatch(bare, value)
    return f"this must be {wanted}, not {_shown(value)}{_unquoted(value, str(value)) if right else ''}"


def _shown(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"'{value[:64]}'"
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return str(value)[:64]


def _path(loc: tuple[str | int, ...], data: object) -> tuple[Path, object]:
    """The part of an error's place that the file has, and the value there.

    The validator adds steps of its own: `[key]` for a name, the branch of a union.
    """
    path: Path = ()
    for number, step in enumerate(loc):
        if _there(data, step):
            data = data[step]  # type: ignore[index] # _there has seen that it can be
        elif isinstance(data, dict) and number == len(loc) - 1 and step != "[key]":
            return (*path, step), None
        else:
            break
        path = (*path, step)
    return path, data


def _there(data: object, step: str | int) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _allowed_keys(path: Path) -> list[str]:
    """The keys that the format knows in the table at `path`."""
    annotation: object = Definitions
    for step in path:
        annotation = next(_inside(annotation, step), None)
    for model in _models(annotation):
        return [field.alias or name for name, field in model.model_fields.items()]
    return []


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, Annotated):
        for branch in get_args(annotation):
            yield from _models(branch)


def _inside(annotation: object, step: str | int) -> Iterator[object]:
    """What stands one step further in, as the model's annotations have it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict:
        yield arguments[1]
    elif origin is tuple:
        yield arguments[0]
    else:
        for model in _models(annotation):
            for name, field in model.model_fields.items():
                if step in (name, field.alias):
                    yield field.annotation
        for branch in arguments if origin in (Union, UnionType, Annotated) else ():
            if not isinstance(branch, type):
                yield from _inside(branch, step)


__all__ = ["Finding", "Severity", "check_text", "dotted", "has_errors"]

"""Mappings: which columns of a CSV file make which fields of a lead.

A mapping is a TOML file. A template is text with columns in braces, `"{First Name} {Last Name}"`; text
without braces is a constant, `{{` and `}}` are braces. `{Email|domain}` takes the domain of an e-mail or
web address.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from leadqueue.definitions.model import Definitions, FieldScope, Side
from leadqueue.domain.values import nearest

ANYTHING_ELSE = "*"
FILTERS = ("domain", "lower")
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


class MappingError(Exception):
    """A mapping cannot be used; `problems` name what is wrong and the fix, one line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignalMapping(_Part):
    """A signal that a row gives where `at` is not empty."""

    kind: str
    at: str
    title: str = ""
    url: str = ""


class Mapping(_Part):
    """A mapping file. `values` translate texts: `"*"` stands for any other text, `""` for an empty one.

    Moments without a zone are taken in `zone`; `formats` are those of `strptime`, tried after ISO 8601.
    `optional_columns` lets a file lack columns, as exports do whose columns the user chooses.
    """

    source: str = Field(min_length=1, max_length=80)
    source_id: str = Field(min_length=1)
    qualified: bool = False
    owner: str = ""
    created_at: str = ""
    zone: str = "UTC"
    formats: tuple[str, ...] = _FORMATS
    optional_columns: bool = False
    fields: dict[str, str] = Field(min_length=1)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    signals: tuple[SignalMapping, ...] = ()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"'{zone[:60]}' is no time zone; give one like Europe/Berlin") from error
        return zone

    def templates(self) -> dict[str, str]:
        """Every template by where it stands in the file."""
        found = {"source_id": self.source_id, "owner": self.owner, "created_at": self.created_at}
        found |= {f"fields.{key}": template for key, template in self.fields.items()}
        for number, signal in enumerate(self.signals):
            found |= {
                f"signals.{number}.at": signal.at,
                f"signals.{number}.title": signal.title,
                f"signals.{number}.url": signal.url,
            }
        return {place: template for place, template in found.items() if template}


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a template: literal text, or a column with a filter."""

    text: str
    column: str = ""
    filter: str = ""


@lru_cache(maxsize=512)
def pieces(template: str) -> tuple[Piece, ...]:
    """The template taken apart. Raises ValueError for a brace that has no partner or an unknown filter."""
    found: list[Piece] = []
    text = ""
    position = 0
    while position < len(template):
        char = template[position]
        if char in "{}" and template[position : position + 2] == char * 2:
            text += char
            position += 2
        elif char == "{":
            end = template.find("}", position)
            if end < 0:
                raise ValueError("a brace is not closed; write {{ for a brace itself")
            column, _, name = template[position + 1 : end].partition("|")
            if name and name.strip() not in FILTERS:
                raise ValueError(f"'{name.strip()[:40]}' is no filter; there are {', '.join(FILTERS)}")
            if text:
                found.append(Piece(text))
                text = ""
            found.append(Piece("", column.strip(), name.strip()))
            position = end + 1
        elif char == "}":
            raise ValueError("a closing brace has no partner; write }} for a brace itself")
        else:
            text += char
            position += 1
    if text:
        found.append(Piece(text))
    return tuple(found)


def columns(template: str) -> tuple[str, ...]:
    return tuple(piece.column for piece in pieces(template) if piece.column)


def fill(template: str, row: MappingOf[str, str]) -> str:
    """The template with the row's texts; '' where it has columns and all of them are empty."""
    parts = pieces(template)
    texts = [_filtered(row.get(piece.column, "").strip(), piece.filter) for piece in parts if piece.column]
    if texts and not any(texts):
        return ""
    given = iter(texts)
    return "".join(next(given) if piece.column else piece.text for piece in parts).strip()


def _filtered(text: str, name: str) -> str:
    if name == "lower":
        return text.casefold()
    if name == "domain":
        return _domain(text)
    return text


def _domain(text: str) -> str:
    if "@" in text:
        return text.rpartition("@")[2].casefold()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def moment(text: str, mapping: Mapping) -> datetime | None:
    """The moment that a text names, in UTC; None where none of the formats fits."""
    try:
        found: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        found = next((at for form in mapping.formats if (at := _parsed(text, form))), None)
    if found is None:
        return None
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(mapping.zone))
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None


def _parsed(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)  # noqa: DTZ007 - the mapping's zone is put on it
    except ValueError:
        return None


def shipped_names() -> tuple[str, ...]:
    folder = resources.files(__package__) / "mappings"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir()))


def load(name: str, definitions: Definitions) -> Mapping:
    """A shipped mapping by its name, else a mapping file by its path. Raises `MappingError`."""
    if name in shipped_names():
        text = (resources.files(__package__) / "mappings" / f"{name}.toml").read_text("utf-8")
        return parse(text, definitions)
    path = Path(name)
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise MappingError(
            (f"there is no mapping file {name}; the mappings {', '.join(shipped_names())} are shipped",)
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError((f"{name} cannot be read: {error}",)) from error
    return parse(text, definitions)


def parse(text: str, definitions: Definitions) -> Mapping:
    """A mapping from its TOML text, checked against the definitions. Raises `MappingError`."""
    try:
        mapping = Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingError((f"not TOML: {error}",)) from error
    except ValidationError as error:
        known = [*Mapping.model_fields, *SignalMapping.model_fields]
        raise MappingError(
            tuple(_said(each["loc"], each["type"], each["msg"], known) for each in error.errors())
        ) from error
    problems = tuple(_problems(mapping, definitions))
    if problems:
        raise MappingError(problems)
    return mapping


def _said(place: tuple[int | str, ...], kind: str, message: str, known: list[str]) -> str:
    path = ".".join(str(part) for part in place)
    if kind == "extra_forbidden":
        close = nearest(str(place[-1]), known)
        return f"{path}: unknown key{f'; did you mean {close}?' if close else ''}"
    return f"{path}: {message}"


def _problems(mapping: Mapping, definitions: Definitions) -> list[str]:
    found: list[str] = []
    for place, template in mapping.templates().items():
        try:
            pieces(template)
        except ValueError as error:
            found.append(f"{place}: {error}")
    allowed = [
        key
        for key, spec in definitions.fields.items()
        if spec.scope is FieldScope.LEAD and spec.owner is not Side.SHARED
    ]
    for group, keys in (("fields", mapping.fields), ("values", mapping.values)):
        for key in keys:
            if key not in allowed:
                close = nearest(key, allowed)
                hint = f"; did you mean {close}?" if close else ""
                what = "is set by sales alone" if key in definitions.fields else "is no field of a lead"
                found.append(f"{group}.{key}: {what}{hint}")
    kinds = definitions.vocabularies["signal_kind"].values
    for number, signal in enumerate(mapping.signals):
        if signal.kind not in kinds:
            close = nearest(signal.kind, list(kinds))
            hint = f"; did you mean {close}?" if close else ""
            found.append(f"signals.{number}.kind: '{signal.kind[:60]}' is no signal{hint}")
    return found


def missing_columns(mapping: Mapping, head: tuple[str, ...]) -> dict[str, str]:
    """Columns that the mapping asks for and the file lacks, each with where it is asked for."""
    lacking: dict[str, str] = {}
    for place, template in mapping.templates().items():
        for column in columns(template):
            if column not in head:
                lacking.setdefault(column, place)
    return lacking

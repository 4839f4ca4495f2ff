"""Mappings: which columns of a CSV file make which fields of a lead.

A mapping is a TOML file. A template is text with columns in braces, `"{First Name} {Last Name}"`; text
without braces is a constant, `{{` and `}}` are braces. `{Email|domain}` takes the domain of an e-mail or
web address, `{Website|url}` adds the `https://` that exports leave out, `{Employees|whole}` drops `.0`.
Of several templates the first that gives a text counts.
"""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from leadqueue.cache.text_files import UnreadableText, text_of
from leadqueue.definitions.model import Definitions
from leadqueue.definitions.toml_text import read_toml
from leadqueue.definitions.validation import rule_said
from leadqueue.sync.importing.checking import did_you_mean, problems
from leadqueue.sync.importing.templates import columns

ANYTHING_ELSE = "*"
_SOME_DAY = datetime(2026, 11, 23, 14, 5, 6, tzinfo=UTC)
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


class MappingError(Exception):
    """A mapping cannot be used; `problems` name what is wrong and the fix, one line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


Choices = str | tuple[str, ...]
"""A template, or several of which the first that gives a text counts."""


def as_choices(given: Choices) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SignalMapping(_Part):
    """A signal that a row gives where `at` is not empty."""

    kind: str
    at: str
    title: str = ""
    url: str = ""


class QualifiedWhere(_Part):
    """Rows are qualified where the template `text` gives one of the texts `is`, in upper or lower case."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    text: str
    is_: tuple[str, ...] = Field(alias="is", min_length=1)


class Mapping(_Part):
    """A mapping file. `values` translate texts: `"*"` stands for any other text, `""` for an empty one.

    Moments without a zone are taken in `zone`; `formats` are those of `strptime`, tried after ISO 8601.
    `optional_columns` lets a file lack columns, as exports do whose columns the user chooses.
    `not_in_list` leaves a field empty whose value is on a list of the definitions, `left_empty` one whose
    value the definitions refuse, where otherwise the whole row is refused; both are counted.
    """

    source: str = Field(min_length=1, max_length=80)
    source_id: Choices = Field(min_length=1)
    qualified: bool | QualifiedWhere = False
    owner: str = ""
    created_at: Choices = ""
    zone: str = "UTC"
    formats: tuple[str, ...] = _FORMATS
    optional_columns: bool = False
    fields: dict[str, Choices] = Field(min_length=1)
    not_in_list: dict[str, str] = Field(default_factory=dict)
    left_empty: tuple[str, ...] = ()
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

    @field_validator("formats")
    @classmethod
    def _formats_of_days(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for form in formats:
            if not _names_a_day(form):
                raise ValueError(
                    f"'{form[:60]}' names no day, with its year, that can be read; "
                    "give a format like %d.%m.%Y %H:%M"
                )
        return formats

    def choices(self) -> dict[str, tuple[str, ...]]:
        """All choices of templates by where they stand in the file; signals are counted from 1."""
        found = {
            "source_id": as_choices(self.source_id),
            "owner": (self.owner,),
            "created_at": as_choices(self.created_at),
        }
        if isinstance(self.qualified, QualifiedWhere):
            found["qualified.text"] = (self.qualified.text,)
        found |= {f"fields.{key}": as_choices(given) for key, given in self.fields.items()}
        for number, signal in enumerate(self.signals, start=1):
            found |= {
                f"signals.{number}.at": (signal.at,),
                f"signals.{number}.title": (signal.title,),
                f"signals.{number}.url": (signal.url,),
            }
        return {place: given for place, given in found.items() if any(given)}


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


def _names_a_day(form: str) -> bool:
    """Whether a day that is written in the format can be read again by it."""
    try:
        return datetime.strptime(_SOME_DAY.strftime(form), form).date() == _SOME_DAY.date()  # noqa: DTZ007
    except (ValueError, re.error):  # the latter where a part comes twice
        return False


def shipped_names() -> tuple[str, ...]:
    folder = resources.files(__package__) / "mappings"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir()))


def load(name: str, definitions: Definitions) -> Mapping:
    """A shipped mapping by its name, else a mapping file by its path. Raises `MappingError`."""
    if name in shipped_names():
        text = (resources.files(__package__) / "mappings" / f"{name}.toml").read_text("utf-8")
        return parse(text, definitions)
    try:
        text = text_of(Path(name))
    except UnreadableText as error:
        if not error.missing:
            raise MappingError((str(error),)) from error
        raise MappingError(
            (f"there is no mapping file {name}; the mappings {', '.join(shipped_names())} are shipped",)
        ) from None
    return parse(text, definitions)


def parse(text: str, definitions: Definitions) -> Mapping:
    """A mapping from its TOML text, checked against the definitions. Raises `MappingError`."""
    try:
        mapping = Mapping.model_validate(read_toml(text))
    except tomllib.TOMLDecodeError as error:
        raise MappingError((f"not TOML: {error}",)) from error
    except ValidationError as error:
        known = [*Mapping.model_fields, *SignalMapping.model_fields, "text", "is"]
        raise MappingError(
            tuple(_said(each["loc"], each["type"], each["msg"], known) for each in error.errors())
        ) from error
    found = problems(mapping, definitions)
    if found:
        raise MappingError(tuple(found))
    return mapping


def _said(place: tuple[int | str, ...], kind: str, message: str, known: list[str]) -> str:
    path = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
    if kind == "extra_forbidden":
        return f"{path}: unknown key{did_you_mean(str(place[-1]), known)}"
    return f"{path}: {rule_said(message)}"


def as_named(mapping: Mapping, head: tuple[str, ...]) -> tuple[str, ...]:
    """The header as the mapping spells it: exports differ in upper and lower case from year to year."""
    asked = {
        column.casefold(): column
        for given in mapping.choices().values()
        for template in given
        for column in columns(template)
    }
    folded = [name.casefold() for name in head]
    return tuple(
        asked.get(name.casefold(), name) if folded.count(name.casefold()) == 1 else name for name in head
    )


def missing_columns(mapping: Mapping, head: tuple[str, ...]) -> dict[str, str]:
    """Columns that the mapping asks for and the file lacks, each with where it is asked for.

    Of several choices the columns of one are enough.
    """
    lacking: dict[str, str] = {}
    for place, given in mapping.choices().items():
        if any(set(columns(template)) <= set(head) for template in given):
            continue
        for column in columns(given[0]):
            if column not in head:
                lacking.setdefault(column, place)
    return lacking

"""The rep's saved views and columns: `views.toml` in the folder of the settings.

A file that cannot be read never stops the program: it is told, kept as it is, and not written over.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from leadqueue.cache.home import write_private
from leadqueue.cache.own_columns import COLUMN, MOST_COLUMNS, ColumnChoice, read_column
from leadqueue.cache.queue_views import SORTS, QueueView, SortKey
from leadqueue.cache.text_files import why_unreadable
from leadqueue.definitions.toml_text import read_toml
from leadqueue.definitions.validation import rule_said
from leadqueue.domain.filters.reading import LONGEST, FilterError, read_filter
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.domain.filters.language import Language

MOST_VIEWS = 30
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class SavedView:
    """What is shown under a name. Empty `columns` are the default ones; `key` opens the view."""

    name: str
    filter: str = ""
    section: str = ""
    sort: SortKey = "urgency"
    descending: bool = False
    columns: tuple[ColumnChoice, ...] = ()
    key: str = ""

    @property
    def about(self) -> str:
        """What it shows, in a line."""
        parts = [self.filter, self.section, "" if self.sort == "urgency" else f"by {self.sort}"]
        return "  ".join(part for part in parts if part) or "every lead"


class UnreadableView(Exception):
    """The definitions know no such view; the message says what in it they do not know."""


def view_of(saved: SavedView, sections: Sequence[str], language: Language, owner: str | None) -> QueueView:
    """The saved view as the definitions read it now. Raises `UnreadableView`."""
    if saved.section and saved.section not in sections:
        raise UnreadableView(f"there is no section {saved.section}; the sections are {', '.join(sections)}")
    try:
        wanted = read_filter(saved.filter, language)
    except FilterError as error:
        raise UnreadableView(error.faults[0].message) from error
    return QueueView(saved.section or None, wanted, saved.sort, saved.descending, owner)


@dataclass(frozen=True, slots=True)
class Views:
    """The saved views in order, and the columns of everything else. `trouble` says why there are none."""

    views: tuple[SavedView, ...] = ()
    columns: tuple[ColumnChoice, ...] = ()
    trouble: str = ""

    def named(self, name: str) -> SavedView | None:
        return next((view for view in self.views if view.name.casefold() == name.casefold()), None)

    def having(self, view: SavedView) -> Views:
        """With `view`, in the place of the one of its name where there is one."""
        if self.named(view.name) is None:
            return replace(self, views=(*self.views, view))
        return self.replacing(view.name, view)

    def replacing(self, name: str, view: SavedView) -> Views:
        folded = name.casefold()
        kept = tuple(view if each.name.casefold() == folded else each for each in self.views)
        return replace(self, views=kept)

    def without(self, name: str) -> Views:
        folded = name.casefold()
        return replace(self, views=tuple(each for each in self.views if each.name.casefold() != folded))

    def moved(self, name: str, step: int) -> Views:
        """With the view one place further on, or back."""
        names = [each.name.casefold() for each in self.views]
        if name.casefold() not in names:
            return self
        here = names.index(name.casefold())
        there = max(0, min(here + step, len(names) - 1))
        views = list(self.views)
        views.insert(there, views.pop(here))
        return replace(self, views=tuple(views))


class ViewsNotSaved(Exception):
    """The file was left as it is; the text says why and the fix."""


class ViewsFile:
    """Reads and writes the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Views:
        try:
            return _views(_File.model_validate(read_toml(self.path.read_text("utf-8-sig"))))
        except FileNotFoundError:
            return Views()
        except (OSError, UnicodeDecodeError) as error:
            return Views(trouble=self._told(f"it cannot be read: {why_unreadable(error)}"))
        except ValidationError as error:
            return Views(trouble=self._told(_said(error)))
        except tomllib.TOMLDecodeError as error:
            return Views(trouble=self._told(f"this is not TOML: {error}"))
        except ValueError as error:
            return Views(trouble=self._told(f"it cannot be read: {error}"))

    def _told(self, problem: str) -> str:
        return f"{self.path.name}: {one_line(problem, 300)}. It is kept as it is; mend it or remove it"

    def save(self, views: Views) -> None:
        """Replace what the file says of views and columns; its other lines and comments stay. Nothing is
        written that could not be read again."""
        import tomlkit  # noqa: PLC0415 - only where something is saved
        from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415 - as above

        target = self.path.resolve()  # a link into somebody's dotfiles stays a link
        before = self.load()
        if before.trouble:
            raise ViewsNotSaved(before.trouble)
        try:
            document = tomlkit.parse(target.read_text("utf-8-sig") if target.exists() else "")
            document.pop("columns", None)
            document.pop("view", None)
            if views.columns:
                document["columns"] = [str(column) for column in views.columns]
            if views.views:
                tables = tomlkit.aot()
                for view in views.views:
                    table = tomlkit.table()
                    table.update(_written(view))
                    tables.append(table)
                document["view"] = tables
            text = tomlkit.dumps(document)
            _File.model_validate(read_toml(text))
            write_private(target, text)
        except ValidationError as error:
            raise ViewsNotSaved(f"{one_line(_said(error), 300)}. Nothing was saved") from error
        except (TOMLKitError, ValueError) as error:
            raise ViewsNotSaved(f"{self.path.name} cannot be changed: {error}") from error
        except OSError as error:
            raise ViewsNotSaved(f"{self.path} cannot be written: {error.strerror or error}") from error


def _written(view: SavedView) -> dict[str, object]:
    """Only what is not as usual."""
    found: dict[str, object] = {"name": view.name}
    if view.filter:
        found["filter"] = view.filter
    if view.section:
        found["section"] = view.section
    if view.sort != "urgency":
        found["sort"] = view.sort
    if view.descending:
        found["reverse"] = True
    if view.columns:
        found["columns"] = [str(column) for column in view.columns]
    if view.key:
        found["key"] = view.key
    return found


_Column = Annotated[str, StringConstraints(pattern=COLUMN)]
_Columns = Annotated[list[_Column], Field(max_length=MOST_COLUMNS)]
_Line = StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$")


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME), _Line
    ]
    filter: Annotated[str, StringConstraints(max_length=LONGEST), _Line] = ""
    section: Annotated[str, StringConstraints(max_length=64), _Line] = ""
    sort: SortKey = "urgency"
    reverse: bool = False
    columns: _Columns = []
    key: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x20\x7f,]*$", max_length=64)] = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    columns: _Columns = []
    view: Annotated[list[_View], Field(max_length=MOST_VIEWS)] = []

    @field_validator("view")
    @classmethod
    def _once(cls, views: list[_View]) -> list[_View]:
        for what, values in (
            ("name", [view.name.casefold() for view in views]),
            ("key", [v.key for v in views]),
        ):
            twice = [value for value, count in Counter(values).items() if value and count > 1]
            if twice:
                raise ValueError(f"two views have the {what} '{twice[0]}'; give one of them another")
        return views


def _views(file: _File) -> Views:
    return Views(
        tuple(
            SavedView(
                view.name,
                view.filter,
                view.section,
                view.sort,
                view.reverse,
                tuple(map(read_column, view.columns)),
                view.key,
            )
            for view in file.view
        ),
        tuple(map(read_column, file.columns)),
    )


def _said(error: ValidationError) -> str:
    """The first problem by its place, as the user counts: `view 2, sort: …`."""
    first = error.errors(include_url=False)[0]
    place: list[str] = []
    for part in first["loc"]:
        if isinstance(part, int):
            place.append(f"{place.pop() if place else ''} {part + 1}".strip())
        else:
            place.append(str(part))
    where = ", ".join(place)
    match first["type"]:
        case "extra_forbidden":
            what = "there is no such setting here; remove it"
        case "missing":
            what = "it is missing"
        case "literal_error":
            what = f"it is none of {', '.join(SORTS)}"
        case "string_pattern_mismatch":
            what = "it is not written as it should be: see docs/filters.md"
        case _:
            what = rule_said(first["msg"])
    return f"{where}: {what}" if where else what

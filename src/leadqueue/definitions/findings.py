"""What a check of a definitions file finds, and how it is collected."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from rapidfuzz import fuzz, process

from leadqueue.definitions.lines import Path

_CLOSE_ENOUGH = 60


class Severity(StrEnum):
    """An error keeps the file from being published; a warning says that something has no effect."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: where (dotted key and line of the text), what is wrong, and what was likely meant."""

    severity: Severity
    path: str
    message: str
    line: int | None = None
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A finding before its line is looked up."""

    severity: Severity
    path: Path
    message: str
    nearest: str | None = None


def quoted(names: Iterable[object]) -> str:
    """`'a', 'b', 'c'`."""
    return ", ".join(f"'{name}'" for name in names)


def nearest_name(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that `name` most likely meant, None where nothing is close."""
    names = list(allowed)
    found = process.extractOne(
        name.strip().casefold(),
        [each.casefold() for each in names],
        scorer=fuzz.ratio,
        score_cutoff=_CLOSE_ENOUGH,
    )
    return names[found[2]] if found else None


@dataclass(slots=True)
class Collector:
    """Collects findings in the order in which the rules make them."""

    found: list[Found] = field(default_factory=list)

    def error(self, path: Path, message: str, nearest: str | None = None) -> None:
        hint = f"; did you mean '{nearest}'?" if nearest else ""
        self.found.append(Found(Severity.ERROR, path, message + hint, nearest))

    def warning(self, path: Path, message: str) -> None:
        self.found.append(Found(Severity.WARNING, path, message))

    def known(self, path: Path, name: str, allowed: Iterable[str], what: str) -> bool:
        """Whether `name` is one of `allowed`; where not, that is an error with the nearest name."""
        names = list(allowed)
        if name in names:
            return True
        self.error(path, f"there is no {what} '{name[:64]}'", nearest_name(name, names))
        return False

    def unique(self, path: Path, names: Iterable[str], what: str, *, at_key: bool = False) -> None:
        """An error for each name in a list that stood there before."""
        seen: set[str] = set()
        for number, name in enumerate(names):
            if name in seen:
                here = (*path, number, "key") if at_key else (*path, number)
                self.error(here, f"{what} '{name}' is given twice")
            seen.add(name)

"""Where the style sheets lie: in the wheel beside the code, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path, PurePath

_FIRST = ("app", "queue", "header")
"""What the first frame needs; a screen over it brings its own sheets."""
_HOME = (*_FIRST, "picture", "covers", "filter", "views", "context", "form", "focus")


def first_sheets() -> list[str | PurePath]:
    """The style sheets of the first frame."""
    return [sheet(name) for name in _FIRST]


def home_sheets() -> list[str | PurePath]:
    """The home's style sheets, in the order in which they build on each other."""
    return [sheet(name) for name in _HOME]


def sheet(name: str) -> PurePath:
    """A style sheet by its name."""
    package = Path(__file__).parents[1]
    folders = (package / "styles", package.parents[1] / "styles")
    folder = next((each for each in folders if (each / "app.tcss").is_file()), folders[0])
    return folder / f"{name}.tcss"

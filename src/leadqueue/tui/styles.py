"""Where the style sheets lie: in the wheel beside the code, in a checkout at its top."""

from __future__ import annotations

from pathlib import Path, PurePath

_SHEETS = (
    "app",
    "queue",
    "filter",
    "views",
    "header",
    "context",
    "form",
    "attention",
    "team",
    "confirm",
    "help",
    "chooser",
    "focus",
    "today",
    "settings",
)


def style_sheets() -> list[str | PurePath]:
    """The paths of all style sheets, in the order in which they build on each other."""
    package = Path(__file__).parents[1]
    folders = (package / "styles", package.parents[1] / "styles")
    folder = next((each for each in folders if (each / "app.tcss").is_file()), folders[0])
    return [folder / f"{sheet}.tcss" for sheet in _SHEETS]

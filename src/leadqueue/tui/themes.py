"""Our own themes beside Textual's: one pair for colour-blind eyes, one of high contrast.

And a pair for terminals of 16 colours, where the others would be rounded to greys: it stands in for whatever
theme is chosen, and keeps to colours that stay apart there.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from textual import constants
from textual.theme import BUILTIN_THEMES, Theme


def _theme(name: str, *, dark: bool, grounds: tuple[str, str, str], words: str, urgency: dict[str, str],
           muted: str, primary: str, secondary: str) -> Theme:  # fmt: skip
    """A theme whose texts have just these colours: Textual would pale them towards black or white."""
    background, surface, panel = grounds
    return Theme(
        name,
        primary=primary,
        secondary=secondary,
        accent=urgency["accent"],
        success=urgency["success"],
        warning=urgency["warning"],
        error=urgency["error"],
        foreground=words,
        background=background,
        surface=surface,
        panel=panel,
        dark=dark,
        variables={
            **{f"text-{key}": color for key, color in urgency.items()},
            "text-primary": urgency["accent"],
            "text-muted": muted,
        },
    )


OURS: tuple[Theme, ...] = (
    # Blue, pale blue, yellow, orange: apart by hue and by lightness, also without red or without green.
    _theme(
        "colour-blind-dark",
        dark=True,
        grounds=("#10151c", "#161c25", "#1f2733"),
        words="#e8ebef",
        muted="#a9b4c0",
        primary="#3b82c4",
        secondary="#2b5f92",
        urgency={"success": "#5fa8f1", "accent": "#d7e8ff", "warning": "#fff099", "error": "#ff7f0f"},
    ),
    _theme(
        "colour-blind-light",
        dark=False,
        grounds=("#fbfbf9", "#f3f4f4", "#e8ebee"),
        words="#16191d",
        muted="#4d5761",
        primary="#1f6fb2",
        secondary="#5b9bd0",
        urgency={"success": "#0d579a", "accent": "#191c52", "warning": "#665500", "error": "#541a00"},
    ),
    _theme(
        "high-contrast-dark",
        dark=True,
        grounds=("#000000", "#000000", "#141414"),
        words="#ffffff",
        muted="#d4d4d4",
        primary="#2f8cff",
        secondary="#1f66c0",
        urgency={"success": "#7dff9b", "accent": "#7fe7ff", "warning": "#ffe100", "error": "#ff9a9a"},
    ),
    _theme(
        "high-contrast-light",
        dark=False,
        grounds=("#ffffff", "#ffffff", "#eeeeee"),
        words="#000000",
        muted="#333333",
        primary="#0057b8",
        secondary="#3c83cf",
        urgency={"success": "#004d1a", "accent": "#002d86", "warning": "#5a3f00", "error": "#8a0014"},
    ),
)


def _sixteen(name: str, *, dark: bool, ground: str, words: str, muted: str, cursor: str, field: str,
             heads: str, urgency: dict[str, str]) -> Theme:  # fmt: skip
    """Every ground is the same one: there are no shades. What is under a cursor has another."""
    return Theme(
        name,
        ansi=True,
        primary=heads,
        secondary=field,
        accent=urgency["accent"],
        success=urgency["success"],
        warning=urgency["warning"],
        error=urgency["error"],
        foreground=words,
        background=ground,
        surface=ground,
        panel=ground,
        boost=ground,
        dark=dark,
        variables={
            **{f"text-{key}": color for key, color in urgency.items()},
            "ansi-background": ground,
            "ansi-foreground": words,
            "surface": ground,
            "panel": ground,
            "panel-lighten-1": ground,
            "panel-lighten-2": muted,
            "text": words,
            "text-primary": heads,
            "text-muted": muted,
            "text-disabled": muted,
            "foreground-muted": muted,
            "border": heads,
            "border-blurred": muted,
            "block-cursor-foreground": words,
            "block-cursor-background": cursor,
            "block-cursor-blurred-foreground": words,
            "block-cursor-blurred-background": cursor,
            "block-hover-background": cursor,
            "button-foreground": words,
            "button-color-foreground": ground,
            "scrollbar": muted,
            "scrollbar-hover": muted,
            "scrollbar-active": words,
            "scrollbar-background": ground,
            "scrollbar-background-hover": ground,
            "scrollbar-background-active": ground,
            "scrollbar-corner-color": ground,
            "input-cursor-background": words,
            "input-cursor-foreground": ground,
            "input-cursor-text-style": "none",
            "input-selection-background": field,
            "input-selection-foreground": ground,
            "screen-selection-background": field,
            "screen-selection-foreground": ground,
        },
    )


SIXTEEN: dict[bool, Theme] = {
    True: _sixteen(
        "sixteen-dark",
        dark=True,
        ground="ansi_black",
        words="ansi_bright_white",
        muted="ansi_white",
        cursor="ansi_blue",
        field="ansi_cyan",
        heads="ansi_bright_cyan",
        urgency={
            "success": "ansi_bright_green",
            "accent": "ansi_bright_cyan",
            "warning": "ansi_bright_yellow",
            "error": "ansi_bright_red",
        },
    ),
    False: _sixteen(
        "sixteen-light",
        dark=False,
        ground="ansi_bright_white",
        words="ansi_black",
        muted="ansi_bright_black",
        cursor="ansi_white",
        field="ansi_cyan",
        heads="ansi_blue",
        urgency={
            "success": "ansi_green",
            "accent": "ansi_blue",
            "warning": "ansi_magenta",
            "error": "ansi_red",
        },
    ),
}
"""By whether the theme that was chosen is a dark one."""


def sixteen_colours(environ: Mapping[str, str]) -> bool:
    """Whether the terminal is known to have 16 colours and no more, by what Rich makes of its variables."""
    if constants.COLOR_SYSTEM not in (None, "auto"):  # the user says it by Textual's own variable
        return constants.COLOR_SYSTEM == "standard"
    return Console(force_terminal=True, _environ=environ).color_system == "standard"


def theme_names() -> tuple[str, ...]:
    """What the setting `theme` allows, ours first."""
    return (*(theme.name for theme in OURS), *BUILTIN_THEMES)

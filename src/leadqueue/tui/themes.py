"""Our own themes beside Textual's: one pair for colour-blind eyes, one of high contrast."""

from __future__ import annotations

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


def theme_names() -> tuple[str, ...]:
    """What the setting `theme` allows, ours first."""
    return (*(theme.name for theme in OURS), *BUILTIN_THEMES)

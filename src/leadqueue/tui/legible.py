"""Colours of text that can be read on every ground of the program: the contrast of WCAG 2, and its repair.

Themes choose their colours by taste; some of Textual's leave a warning on a light panel at a third of what
the eye needs. A colour that falls short is moved towards black or white, as little as will do.
"""

from __future__ import annotations

from textual.color import Color

TEXT = 4.5
"""The least contrast of text, WCAG 2 AA."""
GLYPH = 3.0
"""The least contrast of a sign that tells something."""
_WORDS = ("text-success", "text-warning", "text-error", "text-accent", "text-primary", "foreground")
_GROUNDS = ("background", "surface", "panel")
CURSOR, SELECTED, FIELD = 0.22, 0.18, 0.05
"""How strongly the style sheets tint a row under the cursor, a selected row and a field in use."""
PALE = 0.38
"""How far lesser words lie on the way from the foreground to the background."""
_STEPS = 50


def luminance(color: Color) -> float:
    """The relative luminance of WCAG 2, from 0 for black to 1 for white."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in color.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, from 1 for the same to 21 for black and white."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(color: Color, grounds: list[Color]) -> float:
    return min(contrast(ground + color, ground) for ground in grounds)


def mended(color: Color, grounds: list[Color], least: float = TEXT) -> Color:
    """The colour nearest to `color`, on its way to black or to white, that can be read on all `grounds`."""
    towards = max((Color(0, 0, 0), Color(255, 255, 255)), key=lambda pole: least_contrast(pole, grounds))
    for step in range(_STEPS + 1):
        tried = color.blend(towards, step / _STEPS, alpha=1.0)
        if least_contrast(tried, grounds) >= least:
            return tried
    return towards


def legible(variables: dict[str, str]) -> dict[str, str]:
    """The variables of a theme, with colours of text that can be read. Those of a terminal's own stay."""
    plain = [Color.parse(variables[name]) for name in _GROUNDS]
    if any(ground.ansi is not None or ground.a < 1 for ground in plain):
        return variables
    grounds = [*plain, *_tinted(variables)]
    found = dict(variables)
    for name in _WORDS:
        found[name] = mended(Color.parse(variables[name]), grounds).hex
    found["text-muted"] = _muted(variables, grounds).hex
    # White on a blue of middling strength, as on a button, is too pale: the blue gives way.
    behind = _behind(Color.parse(variables["block-cursor-background"]))
    found["block-cursor-background"] = behind.hex
    if not variables["block-cursor-foreground"].startswith("auto "):
        found["block-cursor-foreground"] = mended(
            Color.parse(variables["block-cursor-foreground"]), [behind]
        ).hex
    found["button-foreground"] = mended(Color.parse(variables["button-foreground"]), grounds).hex
    return found


def _tinted(variables: dict[str, str]) -> list[Color]:
    """The grounds that the style sheets mix: the row under the cursor, selected rows, a field in use."""
    background, panel, foreground, primary, secondary = (
        Color.parse(variables[name]) for name in ("background", "panel", "foreground", "primary", "secondary")
    )
    return [
        background + primary.with_alpha(CURSOR),
        background + secondary.with_alpha(SELECTED),
        panel + primary.with_alpha(CURSOR),
        panel + foreground.with_alpha(FIELD),
    ]


def _muted(variables: dict[str, str], grounds: list[Color]) -> Color:
    """The colour of lesser words. Textual's `auto 60%` is drawn at full strength within a text."""
    color = variables["text-muted"]
    if color.startswith("auto "):
        foreground, background = Color.parse(variables["foreground"]), Color.parse(variables["background"])
        return mended(foreground.blend(background, PALE, alpha=1.0), grounds)
    return mended(Color.parse(color), grounds)


def _behind(ground: Color) -> Color:
    """A ground near to `ground` on which Textual's text of 87 % strength can be read."""
    if ground.ansi is not None or ground.a < 1:
        return ground
    pole = Color(0, 0, 0) if ground.brightness < 0.5 else Color(255, 255, 255)
    for step in range(_STEPS + 1):
        tried = ground.blend(pole, step / _STEPS, alpha=1.0)
        if contrast(tried + tried.get_contrast_text(0.87), tried) >= TEXT:
            return tried
    return pole

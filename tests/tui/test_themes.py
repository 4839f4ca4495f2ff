"""Every text of our themes and of Textual's defaults can be read; urgency needs no eye for red and green."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tui.contrast import measured
from textual.color import Color, rgb_to_lab
from textual.theme import BUILTIN_THEMES, Theme

from leadqueue.tui.legible import TEXT, contrast, least_contrast, legible, luminance, mended
from leadqueue.tui.themes import OURS, theme_names

OFFERED = [*(theme.name for theme in OURS), "textual-dark", "textual-light"]

# How a red-green blind eye sees linear RGB: Viénot, Brettel and Mollon 1999.
BLIND = {
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
}
APART = 20.0
"""CIE76: far more than the smallest difference that is noticed, which is about 2.3."""


@pytest.mark.parametrize("theme", OFFERED)
async def test_every_pair_that_is_drawn_has_the_contrast_of_wcag_aa(theme: str) -> None:
    short = [str(pair) for pair in await measured(theme) if not pair.holds]
    assert not short, "\n".join(short)


def test_the_measure_knows_the_examples_of_wcag() -> None:
    white, black, grey = Color(255, 255, 255), Color(0, 0, 0), Color(119, 119, 119)
    assert contrast(white, black) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.48, abs=0.01)
    assert luminance(Color(255, 0, 0)) == pytest.approx(0.2126)


COLORS = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)).map(lambda rgb: Color(*rgb))


@given(COLORS, COLORS)
def test_any_colour_is_mended_on_any_ground(color: Color, ground: Color) -> None:
    found = mended(color, [ground])
    assert least_contrast(found, [ground]) >= TEXT
    if least_contrast(color, [ground]) >= TEXT:
        assert found == color


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=lambda theme: theme.name)
def test_the_colours_of_any_theme_are_mended(theme: Theme) -> None:
    before = {**theme.to_color_system().generate(), **theme.variables}
    after = legible(before)
    if theme.ansi:
        assert after == before
        return
    for name in ("text-success", "text-warning", "text-error", "text-accent", "foreground"):
        grounds = [Color.parse(before[ground]) for ground in ("background", "surface", "panel")]
        assert least_contrast(Color.parse(after[name]), grounds) >= TEXT


def test_high_contrast_is_that_of_aaa() -> None:
    for theme in OURS:
        if theme.name.startswith("high-contrast"):
            grounds = [Color.parse(str(each)) for each in (theme.background, theme.surface, theme.panel)]
            for key in ("text-success", "text-warning", "text-error", "text-accent", "text-muted"):
                assert least_contrast(Color.parse(theme.variables[key]), grounds) >= 7.0, (theme.name, key)


def seen(color: Color, blindness: str) -> Color:
    """The colour as an eye with that blindness sees it."""

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    def coded(share: float) -> int:
        share = min(1.0, max(0.0, share))
        made = share * 12.92 if share <= 0.0031308 else 1.055 * share ** (1 / 2.4) - 0.055
        return round(made * 255)

    parts = [linear(part) for part in color.rgb]
    red, green, blue = (
        coded(sum(weight * part for weight, part in zip(row, parts, strict=True))) for row in BLIND[blindness]
    )
    return Color(red, green, blue)


def distance(one: Color, other: Color) -> float:
    a, b = rgb_to_lab(one), rgb_to_lab(other)
    return float(((a.L - b.L) ** 2 + (a.a - b.a) ** 2 + (a.b - b.b) ** 2) ** 0.5)


@pytest.mark.parametrize("blindness", BLIND)
@pytest.mark.parametrize("name", ["colour-blind-dark", "colour-blind-light"])
def test_the_states_of_a_clock_stay_apart_for_colour_blind_eyes(name: str, blindness: str) -> None:
    theme = next(theme for theme in OURS if theme.name == name)
    shown = legible({**theme.to_color_system().generate(), **theme.variables})
    states = {key: Color.parse(shown[f"text-{key}"]) for key in ("success", "accent", "warning", "error")}
    for (one, first), (other, second) in combinations(states.items(), 2):
        apart = distance(seen(first, blindness), seen(second, blindness))
        assert apart >= APART, f"{name}: {one} and {other} are {apart:.1f} apart in {blindness}"


def test_red_and_green_would_not_have_stayed_apart() -> None:
    red, green = Color.parse("#c04040"), Color.parse("#6a7a20")
    assert distance(red, green) > 2 * APART
    assert distance(seen(red, "deuteranopia"), seen(green, "deuteranopia")) < APART


def test_our_themes_can_be_chosen() -> None:
    assert set(theme_names()) == {*BUILTIN_THEMES, *(theme.name for theme in OURS)}

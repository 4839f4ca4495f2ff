"""Terminals without UTF-8: everything stays readable and aligned."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.tui.doubles import app_over, busy_desk
from textual.color import Color

from leadqueue.domain.countdown import Urgency
from leadqueue.tui.glyphs import ASCII, UNICODE, Glyphs
from leadqueue.tui.plain import plain
from leadqueue.tui.widgets.context_pane import ContextPane
from leadqueue.tui.words import urgency_sign


def test_our_signs_have_stand_ins() -> None:
    assert plain("▌ ● 2h · Ada…", None) == "| * 2h - Ada~"


def test_names_stay_where_the_terminal_can_show_them() -> None:
    assert plain("Zoë 小林 ▌", None) == "Zoë 小林 |"
    assert plain("Zoë 小林", "latin-1") == "Zoë ????"
    assert plain("Zoë 小林", "ascii") == "Zo? ????"


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf", "Mn", "Me", "Mc")), max_size=40))
def test_what_is_left_can_be_encoded_and_is_as_wide(text: str) -> None:
    shown = plain(text, "ascii")
    assert shown.isascii()
    assert cell_len(shown) == cell_len(text)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_state_of_a_clock_has_a_sign_of_its_own(glyphs: Glyphs) -> None:
    signs = [urgency_sign(state, glyphs) for state in Urgency]
    assert len(set(signs)) == len(signs)
    urgent = [plain(urgency_sign(state, glyphs), None) for state in Urgency if state is not Urgency.NONE]
    assert all(cell_len(sign) == 1 for sign in urgent)
    assert (
        len(
            {
                plain(urgency_sign(state, UNICODE), None)
                for state in (Urgency.CALM, Urgency.SOON, Urgency.BREACHED)
            }
        )
        == 3
    )


async def test_without_colours_the_queue_still_tells_what_is_urgent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_over(busy_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.home.query(ContextPane):
            await pilot.pause()
        strips = app.screen._compositor.render_strips()
        for line_filter in app.get_line_filters():
            if line_filter.enabled:
                strips = [strip.apply_filter(line_filter, Color(0, 0, 0)) for strip in strips]
        for strip in strips:
            for _, style, _ in strip:
                for color in (style.color, style.bgcolor) if style else ():
                    if color is not None and color.triplet is not None:
                        assert len(set(color.triplet)) == 1, color
        text = "\n".join(strip.text for strip in strips)
        assert UNICODE.breached in text
        assert UNICODE.soon in text

"""Terminals without UTF-8: everything stays readable and aligned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from leadqueue.tui.plain import plain


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

"""What the terminal is given: no text of others can steer it, break its line or lack in its encoding."""

from __future__ import annotations

import unicodedata
from datetime import date

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.builders import DEFINITIONS
from tests.fuzz.support import ANY_TEXT, LEAVES, NASTY_TEXTS, fuzzed

from leadqueue.domain.text import harmless, one_line, spreadsheet_safe
from leadqueue.domain.values import check_value, parse_text, show_value
from leadqueue.tui.plain import plain

TEXTS = st.one_of(ANY_TEXT, NASTY_TEXTS, st.text("\x1b[]0;78\x07\x9bhHlJPq\\\r\n\t\x08ab", max_size=60))
OBEYED = frozenset({"Cc", "Cs", "Co", "Cn"})
JOINERS = "\u200c\u200d"
DATE = date(2026, 11, 23)


@fuzzed(100)
@given(text=TEXTS)
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    for shown in (harmless(text), one_line(text), spreadsheet_safe(text).replace("\n", "")):
        kinds = {unicodedata.category(char) for char in shown if char not in JOINERS}
        assert not kinds & (OBEYED | {"Cf", "Zl", "Zp"})
        shown.encode()
    assert harmless(harmless(text)) == harmless(text)
    assert len(one_line(text, 40)) <= 40


@fuzzed(60)
@given(text=TEXTS)
def test_a_real_terminal_only_prints_it(text: str) -> None:
    """The cursor stays in its line, and neither title nor modes of the terminal change."""
    screen = pyte.Screen(400, 5)
    stream = pyte.Stream(screen)
    modes = set(screen.mode)
    stream.feed(one_line(text, 90))
    assert screen.cursor.y == 0
    assert screen.title == ""
    assert set(screen.mode) == modes
    assert not any(line.strip() for line in screen.display[1:])


@fuzzed(100)
@given(
    text=TEXTS, encoding=st.sampled_from([None, "ascii", "latin-1", "cp437", "koi8-r", "utf-8", "no-such"])
)
def test_plain_signs_keep_their_cells(text: str, encoding: str | None) -> None:
    clean = one_line(text)
    shown = plain(clean, encoding)
    if encoding not in (None, "no-such"):
        shown.encode(encoding or "utf-8")
    widths = sum(cell_len(char) for char in clean)
    assert sum(cell_len(char) for char in shown) == widths


@fuzzed(100)
@given(field=st.sampled_from([*DEFINITIONS.fields, "x"]), value=LEAVES, text=TEXTS)
def test_any_value_in_any_field_is_checked_and_shown(field: str, value: object, text: str) -> None:
    for each in (value, text):
        if isinstance(each, float):
            continue
        assert each is None or isinstance(each, str | int | bool)
        error = check_value(field, each, DEFINITIONS, DATE)
        if error is not None and isinstance(each, str):
            error.message.encode()
        shown = show_value(field, each, DEFINITIONS)
        assert not {unicodedata.category(char) for char in shown.replace("\n", "")} & OBEYED
    parse_text(field, text, DEFINITIONS)

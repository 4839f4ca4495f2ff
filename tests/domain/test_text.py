"""Untrusted text, made harmless (T: terminals, logs, exports)."""

from __future__ import annotations

import csv
import io
import sys
import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadqueue.domain.text import REPLACEMENT, folded, harmless, one_line, spreadsheet_safe

ANY = st.text(alphabet=st.characters(), max_size=80)
"""Surrogates too: what a broken decoder may let through."""

FORMS: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Zoë O'Neil-Müller", "Zoë O'Neil-Müller"),
        ("李雷 (Li Lei)", "李雷 (Li Lei)"),
        ("\x1b[31mred\x1b[0m", f"{REPLACEMENT}[31mred{REPLACEMENT}[0m"),
        ("\x9b31m", f"{REPLACEMENT}31m"),
        ("a\x00b\x07", f"a{REPLACEMENT}b{REPLACEMENT}"),
        ("gpj\u202eexe", f"gpj{REPLACEMENT}exe"),
        ("a\u2066b\u2069", f"a{REPLACEMENT}b{REPLACEMENT}"),
        ("soft\xadly", "softly"),
        ("tab\tand\nline\r\nend", "tab and line end"),
        ("👩‍💻", "👩‍💻"),
        ("می‌خواهم", "می‌خواهم"),
        ("\ud800", REPLACEMENT),
        ("\ue000", REPLACEMENT),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4),
        ("e" + "\u0301" * 3 + "\u200d" + "\u0301" * 9, "e" + "\u0301" * 3 + "\u200d" + "\u0301"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
    ],
)
def test_examples(text: str, safe: str) -> None:
    assert harmless(text) == safe


def test_line_ends_stay_where_they_are_wanted() -> None:
    assert harmless("a\r\nb\rc\u2028d", lines=True) == "a\nb\nc\nd"


@given(ANY, st.booleans())
def test_nothing_that_a_terminal_obeys_is_left(text: str, lines: bool) -> None:
    safe = harmless(text, lines=lines)
    marks = 0
    for char in safe:
        category = unicodedata.category(char)
        assert category not in ("Cc", "Cs", "Co", "Cn") or (lines and char == "\n")
        assert category not in ("Zl", "Zp")
        assert category != "Cf" or char in "\u200c\u200d"
        if category != "Cf":
            marks = marks + 1 if category in ("Mn", "Me") else 0
        assert marks <= 4
    safe.encode("utf-8")


@given(ANY, st.booleans())
def test_harmless_text_stays_as_it_is(text: str, lines: bool) -> None:
    safe = harmless(text, lines=lines)
    assert harmless(safe, lines=lines) == safe


@given(ANY, st.integers(1, 60))
def test_one_line_is_one_line_and_no_longer(text: str, most: int) -> None:
    line = one_line(text, most)
    assert len(line) <= most
    assert "\n" not in line
    assert line == line.strip()


def test_one_line_marks_what_it_cuts() -> None:
    assert one_line("abcdef", 4) == "abc…"
    assert one_line("  a \n\t b  ", 4) == "a b"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|calc", "%0A", "  =1",
        "＝1", "＋1", "－1", "＠x",
        "\xad=1", '=HYPERLINK("http://evil.example")',
    ],
)  # fmt: skip
def test_formulas_are_guarded(text: str) -> None:
    assert spreadsheet_safe(text).startswith("'")


@pytest.mark.parametrize(
    ("text", "guarded"),
    [
        ("Acme;=HYPERLINK(1)", "Acme;'=HYPERLINK(1)"),
        ("Acme; =1+1; b", "Acme;' =1+1; b"),
        ('Acme;"=1+1', "Acme;'\"=1+1"),
        ("a\n- b", "a\n'- b"),
        ("a,@SUM(A1)", "a,'@SUM(A1)"),
        ("a|+1", "a|'+1"),
        ("=1;=2", "'=1;'=2"),
        ("a;\uff1d1", "a;'\uff1d1"),
    ],
)
def test_formulas_are_guarded_wherever_a_spreadsheet_may_begin_a_cell(text: str, guarded: str) -> None:
    assert spreadsheet_safe(text) == guarded


@pytest.mark.parametrize(
    "text",
    ["", "Ada", "a=b", "1-2", "50 %", "ada@engines.example", "Head of IT; Ops, R&D | Labs", "a; b=c", "x\ny"],
)
def test_plain_text_is_not_guarded(text: str) -> None:
    assert spreadsheet_safe(text) == text


@given(ANY)
def test_no_cell_begins_as_a_formula_after_a_trip_through_csv(text: str) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([spreadsheet_safe(text), "end"])
    [[cell, _]] = csv.reader(io.StringIO(buffer.getvalue(), newline=""))
    assert not cell.strip().startswith(("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠"))


FORMULAS = st.text(
    alphabet=st.sampled_from([*"=+-@|%;,\t\n\r\"' a", "＝", "\xa0", "\u2028", "\xad"]), max_size=12
)


@given(ANY | FORMULAS, st.sampled_from(",;\t|"))
def test_no_cell_begins_as_a_formula_whatever_the_row_is_split_at(text: str, separator: str) -> None:
    """As by a program of another country, which splits at another sign and then finds no quotation marks."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(["first", spreadsheet_safe(text), "end"])
    for line in buffer.getvalue().splitlines():
        for cell in line.split(separator):
            assert not cell.strip().lstrip('" ').startswith(("=", "+", "-", "@", "%", "＝", "＋", "－", "＠"))


@given(ANY | FORMULAS)
def test_what_is_guarded_is_not_guarded_again(text: str) -> None:
    assert spreadsheet_safe(spreadsheet_safe(text)) == spreadsheet_safe(text)


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        (("Müller", "Mu\u0308ller", "MÜLLER", "muller", "ｍüｌｌｅｒ"), "muller"),
        (("Straße", "STRASSE", "strasse", "STRAẞE"), "strasse"),
        (("İzmir", "izmir", "IZMIR", "I\u0307zmir", "ızmir"), "izmir"),
        (("ﬁnance", "Finance"), "finance"),
        (("Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ", "οδυσσευσ"), "οδυσσευσ"),
        (("Ａｃｍｅ　１２", "acme 12"), "acme 12"),
        (("Nguyễn", "NGUYỄN", "nguyen"), "nguyen"),
        (("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8"), "\u1112\u1161\u11ab\u1100\u116e\u11a8"),
        (("李雷",), "李雷"),
    ],
)
def test_what_is_searched_as_one(texts: tuple[str, ...], one: str) -> None:
    assert {folded(text) for text in texts} == {one}


@given(ANY)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


def test_no_sign_at_all_changes_when_it_is_folded_twice() -> None:
    once = {char: folded(char) for char in map(chr, range(sys.maxunicode + 1))}
    assert [char for char, text in once.items() if text != char and folded(text) != text] == []


@given(ANY, ANY, ANY)
def test_a_word_is_found_in_either_form_of_unicode(before: str, word: str, after: str) -> None:
    texts = {form: unicodedata.normalize(form, before + word + after) for form in FORMS}
    for form in FORMS:
        wanted = folded(unicodedata.normalize(form, word))
        assert all(wanted in folded(text) for text in texts.values())
    assert len({folded(text) for text in texts.values()}) == 1

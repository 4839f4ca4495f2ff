"""The context's lines: set in columns, selected by column."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content
from textual.geometry import Offset
from textual.selection import SELECT_ALL, Selection

from leadqueue.tui.widgets.context_page import GAP, Page
from leadqueue.tui.widgets.sheet import Section

texts = st.text(st.sampled_from("ab 界é"), max_size=6)


def page(*, two: bool) -> Page:
    sections = [
        Section("One", [Content("first"), Content("more of it")]),
        Section("Two", [Content("second 界")]),
        Section("Three", [Content("third"), Content("end")]),
    ]
    return Page.of(sections, 12, two=two, compact=False)


def selection(start: tuple[int, int], end: tuple[int, int]) -> Selection:
    return Selection.from_offsets(Offset(*start), Offset(*end))


def test_sections_stand_below_each_other_and_beside_where_there_is_room() -> None:
    assert page(two=False).text.splitlines() == [
        "One", "first", "more of it", "", "Two", "second 界", "", "Three", "third", "end",
    ]  # fmt: skip
    both = page(two=True)
    assert both.line(0).plain == "One" + " " * 11 + "Three"
    assert both.height == 6
    assert "".join(line.plain for line in (*both.left, *both.right)) == page(two=False).text.replace("\n", "")


def test_the_room_of_a_low_pane_is_for_words() -> None:
    low = Page.of([Section("", [Content("a")]), Section("B", [Content("b")])], 12, two=False, compact=True)
    assert low.text == "a\nB\nb"


@given(st.lists(texts, max_size=5), st.lists(texts, max_size=5))
def test_the_right_column_begins_at_one_cell_on_every_line(left: list[str], right: list[str]) -> None:
    both = Page(12, [Content(text) for text in left], [Content(text) for text in right])
    for index, text in enumerate(right):
        if text:
            whole = both.line(index)
            assert whole.plain.endswith(text)
            assert whole.cell_length - Content(text).cell_length == 12 + GAP


def test_what_is_selected_keeps_to_the_column_in_which_it_began() -> None:
    both = page(two=True)
    assert both.selected(selection((0, 1), (4, 2))) == "first\nmore"
    assert both.selected(selection((14, 0), (20, 1))) == "Three\nthird"
    assert both.selected(selection((3, 1), (20, 1))) == "st"
    assert both.selected(SELECT_ALL) == both.text
    assert page(two=False).selected(selection((2, 1), (4, 2))) == "rst\nmore"
    assert both.selected(selection((0, 50), (4, 60))) == ""

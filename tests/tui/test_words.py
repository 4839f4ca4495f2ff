"""Time and sync in words: exact texts, and widths that hold for anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from tests.builders import DEFINITIONS, NOW
from tests.tui.doubles import busy_desk

from leadqueue.cache.glance import Words
from leadqueue.cache.queue_views import QueueRow
from leadqueue.domain.countdown import Urgency, brief, countdown_text, urgency
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.glyphs import ASCII, UNICODE, glyphs_for
from leadqueue.tui.widgets.header import HeaderFacts, first_name, fitted, pieces, width_of
from leadqueue.tui.widgets.queue_row import (
    COUNTDOWN,
    MARKS,
    RowWords,
    cells,
    countdown_cell,
    fit,
    heading,
    layout_for,
)
from leadqueue.tui.words import Level, sync_words, trouble_words

ROW: QueueRow = busy_desk(1).rows()[0]
WORDS = RowWords.of(Words.of(DEFINITIONS), UNICODE, approximate=False)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(hours=2, minutes=5), "2h 05m"),
        (timedelta(minutes=4, seconds=59), "4:59"),
        (timedelta(minutes=10), "10m"),
        (timedelta(minutes=9, seconds=59, microseconds=999_999), "9:59"),
        (timedelta(0), "0:00"),
        (timedelta(hours=-1, minutes=-3), "-1h 03m"),
        (timedelta(seconds=-1), "-0:01"),
        (timedelta(hours=47, minutes=59), "47h 59m"),
        (timedelta(hours=53), "2d 05h"),
        (timedelta(days=-400), "-400d"),
    ],
)
def test_a_countdown_reads_like_this(left: timedelta, text: str) -> None:
    assert countdown_text(left) == text


@given(st.timedeltas(min_value=timedelta(days=-9000), max_value=timedelta(days=9000)), st.booleans())
def test_a_countdown_always_fits_its_cell(left: timedelta, approximate: bool) -> None:
    row = ROW._replace(due_at=NOW + left, target_at=None, soon_at=None)
    text, _ = countdown_cell(row, NOW, replace(WORDS, approximate=approximate), COUNTDOWN)
    assert cell_len(text) == COUNTDOWN
    assert countdown_text(left) in text


def test_an_unsure_clock_is_marked() -> None:
    text, _ = countdown_cell(ROW, NOW, replace(WORDS, approximate=True), COUNTDOWN)
    assert "≈" in text


def test_the_target_is_counted_down_until_it_has_passed() -> None:
    row = ROW._replace(
        target_at=NOW + timedelta(minutes=2),
        due_at=NOW + timedelta(minutes=57),
        soon_at=NOW - timedelta(minutes=1),
    )
    assert urgency(row, NOW) == (Urgency.TARGET, timedelta(minutes=2))
    later = NOW + timedelta(minutes=3)
    assert urgency(row, later) == (Urgency.SOON, timedelta(minutes=54))
    assert urgency(row, NOW + timedelta(minutes=58))[0] is Urgency.BREACHED
    assert urgency(row._replace(due_at=None), NOW) == (Urgency.NONE, None)


hostile = st.text(st.characters() | st.sampled_from("\x1b\u202e\u200d👩\u0301営\t\n[]@\ud800"), max_size=120)


@given(hostile, hostile, st.integers(40, 240))
def test_hostile_text_never_moves_a_column(person: str, company: str, width: int) -> None:
    row = ROW._replace(person=person, company=company, title=person, source=company, country=person)
    layout = layout_for(width)
    texts = dict(cells(row, NOW, layout, WORDS))
    for column, _, wide in layout.columns:
        if column.key != "countdown":
            assert cell_len(texts[column.key]) == wide + 1
            assert "\x1b" not in texts[column.key]
            assert "\n" not in texts[column.key]


@given(st.integers(49, 300), st.booleans())
def test_columns_fill_the_width_and_no_more(width: int, owners: bool) -> None:
    layout = layout_for(width, owners=owners)
    assert ("owner" in [column.key for column, _, _ in layout.columns]) is (owners and width >= 69)
    assert MARKS + sum(wide + 1 for _, _, wide in layout.columns) == width
    line = heading(layout, WORDS, "name", falls=True)
    assert cell_len(line) == width
    assert "Person▼" in line


@given(st.text(max_size=30), st.integers(0, 20), st.booleans())
def test_fit_is_exact(text: str, width: int, right: bool) -> None:
    from leadqueue.domain.text import one_line

    assert cell_len(fit(one_line(text), width, "…", right=right)) == width


@given(
    st.integers(60, 240),
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.integers(0, 99),
    st.text(max_size=40),
    st.sampled_from(Phase),
)
def test_the_header_fits_and_always_tells_what_is_unsent(
    width: int, breached: int, unsent: int, attention: int, who: str, phase: Phase
) -> None:
    facts = HeaderFacts(
        who,
        first_name(who),
        sync=SyncState(phase),
        unsent=unsent,
        oldest_unsent_at=NOW - timedelta(minutes=4),
        last_pull_at=NOW - timedelta(hours=5),
        breached=breached,
        soon=3,
        attention=attention,
    )
    left, right = fitted(tuple(pieces(facts, NOW, UNICODE)), width)
    assert width_of(left) + width_of(right) <= width
    keys = {key for _, _, key in (*left, *right)}
    assert {"unsent", "sync", "urgency"} <= keys
    text = "".join(text for text, _, _ in (*left, *right))
    assert (f"{unsent} unsent" if unsent else "all sent") in text
    assert not attention or f"!{attention}" in text.replace(" ", "")


@given(
    st.integers(60, 240),
    st.integers(0, 5000),
    st.integers(0, 500),
    st.integers(0, 99),
    st.sampled_from([None, -5, 1, 59, 600]),
    st.sampled_from([12, 300, 18_000]),
)
def test_the_header_never_tells_an_age_without_saying_of_what(
    width: int, breached: int, unsent: int, attention: int, next_try_s: int | None, age_s: int
) -> None:
    at = None if next_try_s is None else NOW + timedelta(seconds=next_try_s)
    facts = HeaderFacts(
        "Robin Rep",
        "Robin",
        sync=SyncState(Phase.OFFLINE, next_try_at=at),
        unsent=unsent,
        oldest_unsent_at=NOW - timedelta(seconds=age_s),
        last_pull_at=NOW - timedelta(seconds=age_s),
        breached=breached,
        soon=3,
        attention=attention,
    )
    left, right = fitted(tuple(pieces(facts, NOW, UNICODE)), width)
    told = {key: text for text, _, key in (*left, *right)}
    assert width_of(left) + width_of(right) <= width
    assert "age" not in told or told["age"].startswith(" data ")
    if width >= 80 and unsent < 100:
        assert told["age"] == f" data {brief(timedelta(seconds=age_s))} "
        assert told["sync"].strip(" ·") == sync_words(facts.sync, NOW)[0], "other pieces give way first"


@given(st.integers(70, 200), st.sampled_from([None, -5, 1, 9, 59]), st.integers(0, 99))
def test_no_piece_of_the_header_comes_and_goes_with_the_seconds_to_the_next_try(
    width: int, next_try_s: int | None, unsent: int
) -> None:
    def keys(seconds: int | None) -> list[str]:
        at = None if seconds is None else NOW + timedelta(seconds=seconds)
        facts = HeaderFacts(
            "Morgan Sample: the team",
            "Morgan",
            sync=SyncState(Phase.OFFLINE, next_try_at=at),
            unsent=unsent,
            last_pull_at=NOW - timedelta(minutes=6),
            breached=12,
            soon=3,
        )
        left, right = fitted(tuple(pieces(facts, NOW, UNICODE)), width)
        return [key for _, _, key in (*left, *right)]

    assert keys(next_try_s) == keys(30)


def test_the_sync_is_told_in_words() -> None:
    soon = SyncState(Phase.OFFLINE, next_try_at=NOW + timedelta(minutes=3))
    assert sync_words(soon, NOW) == ("Offline, next try 3m", Level.WARNING)
    seconds = SyncState(Phase.OFFLINE, next_try_at=NOW + timedelta(seconds=12))
    assert sync_words(seconds, NOW) == ("Offline, next try 12s", Level.WARNING)
    assert sync_words(seconds, NOW + timedelta(minutes=1)) == ("Offline, trying", Level.WARNING)
    assert sync_words(SyncState(Phase.LIVE), NOW) == ("Live", Level.GOOD)
    for phase in Phase:
        assert sync_words(SyncState(phase), NOW)[0]


def test_the_countdown_to_the_next_try_is_not_moved_by_a_wrong_clock() -> None:
    hour = timedelta(hours=1)
    state = SyncState(Phase.OFFLINE, next_try_at=NOW + timedelta(minutes=3), offset_ms=3_600_000)
    assert sync_words(state, NOW + hour) == ("Offline, next try 3m", Level.WARNING)


def test_what_keeps_the_sync_is_told_with_the_key_that_tries_at_once() -> None:
    offline = SyncState(Phase.OFFLINE, "The server cannot be reached.")
    assert trouble_words(offline, "", "^r") == "^r tries now. The server cannot be reached."
    assert "safe here" in trouble_words(SyncState(Phase.OFFLINE), "", "^r")
    assert trouble_words(SyncState(Phase.LIVE), "The token was refused.", "^r") == "The token was refused."
    assert trouble_words(SyncState(Phase.LIVE), "", "^r") == ""
    assert trouble_words(None, "", "") == ""


def test_a_span_in_one_unit() -> None:
    spans = [timedelta(seconds=59), timedelta(minutes=59), timedelta(hours=23), timedelta(days=3)]
    assert [brief(span) for span in spans] == ["59s", "59m", "23h", "3d"]


@pytest.mark.parametrize(
    ("env", "encoding", "ascii_only"),
    [
        ({"LANG": "en_GB.UTF-8", "TERM": "xterm-256color"}, "utf-8", False),
        ({"LC_ALL": "C", "TERM": "xterm-256color"}, "utf-8", True),
        ({"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}, "utf-8", False),
        ({"LANG": "POSIX"}, "utf-8", True),
        ({"LANG": "en_GB.UTF-8", "TERM": "linux"}, "utf-8", True),
        ({"LANG": "de_DE"}, "iso-8859-1", True),
        ({}, None, False),
    ],
)
def test_plain_terminals_get_plain_signs(env: dict[str, str], encoding: str | None, ascii_only: bool) -> None:
    assert (glyphs_for(env, encoding) is ASCII) is ascii_only


def test_every_sign_is_one_cell_and_ascii_is_ascii() -> None:
    for name in UNICODE._fields:
        assert all(cell_len(sign) == 1 for sign in getattr(UNICODE, name))
        assert getattr(ASCII, name).isascii()

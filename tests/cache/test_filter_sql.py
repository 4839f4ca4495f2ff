"""A filter means the same in SQL and in the rule, for every filter and every row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from tests.builders import DEFINITIONS, NOW, after, mql

from leadqueue.cache.filter_sql import FOLD, condition
from leadqueue.cache.row_reading import SHOWN, read_row
from leadqueue.cache.rows import COLUMNS, row_of, write_rows
from leadqueue.cache.tables import CACHE_REGISTRY
from leadqueue.definitions.model import Disposition
from leadqueue.domain.filters.filter import Filter
from leadqueue.domain.filters.language import DUE_STATES, FIELDS, STATES, Kind, Language
from leadqueue.domain.filters.meaning import matches
from leadqueue.domain.filters.reading import FilterError, quoted, read_filter
from leadqueue.domain.filters.terms import Begins
from leadqueue.domain.lead import Lead
from leadqueue.domain.text import folded

LANGUAGE = Language.of(DEFINITIONS, mql().owner_id or "")
HAYSTACK = COLUMNS.index("haystack")
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=6)
SMALL = st.text("aAßé İx%_'\"", max_size=3)
BASE = mql()
RETURNED = after(BASE, "reject")


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    def known(name: str) -> st.SearchStrategy[str]:
        return st.sampled_from([*list(LANGUAGE.values[name])[:3], ""])

    at = NOW - timedelta(minutes=draw(st.integers(0, 300)))
    due = NOW + timedelta(minutes=draw(st.integers(-90, 90)))
    before = draw(st.none() | st.integers(0, 90).map(lambda minutes: timedelta(minutes=minutes)))
    target = None if before is None else due - before
    soon = due - timedelta(minutes=30)
    clocks = tuple(replace(clock, due_at=due, soon_at=soon, target_at=target) for clock in BASE.clocks)
    fields = {
        **BASE.fields,
        "first_name": draw(SMALL),
        "company_name": draw(st.one_of(SMALL, TEXT)),
        "job_title": draw(SMALL),
        "campaign": draw(SMALL),
        "lead_source": draw(known("source")),
        "country": draw(known("country")),
    }
    given_back = tuple(
        replace(past, reason=draw(known("reason")), disposition=draw(st.sampled_from(Disposition)))
        for past in RETURNED.rejections * draw(st.integers(0, 2))
    )
    score = BASE.score if BASE.score is None else replace(BASE.score, total=draw(st.integers(68, 72)))
    return replace(
        BASE,
        created_at=at,
        clocks=clocks if draw(st.booleans()) else (),
        fields=fields,
        rejections=given_back,
        score=score if draw(st.booleans()) else None,
        owner_name=draw(SMALL),
        owner_id=draw(st.sampled_from(["x", BASE.owner_id])),
    )


@st.composite
def terms(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from([*FIELDS, ""]))
    sign = draw(st.sampled_from(["", "-", "!", "not "]))
    text = quoted(draw(st.one_of(SMALL, TEXT)))
    if not name:
        return sign + text
    match FIELDS[name].kind:
        case Kind.NUMBER:
            return f"{sign}{name}{draw(st.sampled_from(':<>'))}{draw(st.integers(-1, 72))}"
        case Kind.SPAN:
            states = [f"due:{state}" for state in DUE_STATES] if name == "due" else []
            spans = [f"{name}{op}{span}m" for op in ("<", "<=", ">", ">=") for span in (-30, 0, 30, 60)]
            return sign + draw(st.sampled_from([*states, *spans]))
        case Kind.STATE:
            return f"{sign}is:{','.join(draw(st.lists(st.sampled_from(list(STATES)), min_size=1)))}"
        case Kind.CHOICE:
            values = [*list(LANGUAGE.values[name])[:3], "none"]
            return f"{sign}{name}:{','.join(draw(st.lists(st.sampled_from(values), min_size=1)))}"
        case Kind.TEXT:
            value = draw(st.sampled_from([text, "none", "me"]))
            return f"{sign}{name}{draw(st.sampled_from([':', '=', '!=']))}{value}"


@st.composite
def groups(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    parts = draw(st.lists(inner, min_size=1, max_size=3))
    joined = parts[0] + "".join(draw(st.sampled_from([" ", " or ", " and "])) + part for part in parts[1:])
    return draw(st.sampled_from(["({})", "-({})", "not ({})", "{}"])).replace("{}", joined)


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    try:
        return read_filter(draw(groups(st.recursive(terms(), groups, max_leaves=5))), LANGUAGE)
    except FilterError as error:
        return error.rest


@pytest.fixture(scope="module")
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    engine = create_engine("sqlite://", creator=lambda: connection)
    CACHE_REGISTRY.metadata.create_all(engine)
    connection.create_function(FOLD, 1, folded, deterministic=True)
    yield connection
    connection.close()


@st.composite
def begun(draw: st.DrawFn) -> Filter:
    """What the jump by typing asks for."""
    text = folded(draw(st.one_of(st.text("a bß-İ", max_size=4), TEXT)))
    return Filter(terms=(Begins(draw(st.sampled_from(["name", "company"])), text),))


@given(st.lists(leads(), min_size=1, max_size=4), st.one_of(filters(), begun()))
def test_sql_and_the_rule_agree(database: sqlite3.Connection, many: list[Lead], wanted: Filter) -> None:
    database.execute("DELETE FROM queue_row")
    rows = [
        row_of(
            replace(lead, id=str(number)), DEFINITIONS, unsent=number % 2, attention=number % 3, open_here=0
        )
        for number, lead in enumerate(many)
    ]
    write_rows(database, rows)
    text, values = condition(wanted, NOW)
    found = {row[0] for row in database.execute(f"SELECT lead_id FROM queue_row WHERE {text}", values)}  # noqa: S608 - what is tested
    shown = [read_row(row) for row in database.execute(f"SELECT {SHOWN} FROM queue_row")]  # noqa: S608 - fixed texts
    searched = {str(row[0]): str(row[HAYSTACK]) for row in rows}
    assert found == {row.id for row in shown if matches(wanted, row, searched[row.id], NOW)}


@given(TEXT, st.sampled_from(list(FIELDS)), st.sampled_from([":", "=", "<", "!="]))
def test_nothing_that_is_typed_stands_in_the_query(text: str, name: str, sign: str) -> None:
    try:
        wanted = read_filter(f"{name}{sign}{quoted(text)} {quoted(text)}", LANGUAGE)
    except FilterError as error:
        wanted = error.rest
    plain, values = condition(wanted, NOW)
    other, _ = condition(Filter(terms=wanted.terms), NOW + timedelta(days=400))
    assert plain == other
    assert plain.count("?") == len(values)
    assert set(plain) <= set("abcdefghijklmnopqrstuvwxyzANDORTLIUSME_ ()?<>=,0123456789'")

"""The queue's numbers, kept as its rows are written: always those that a count of the rows makes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, RAUL, RITA, mql
from tests.cache.shelf import ACCOUNT, Shelf, make_old

from leadqueue.cache import tally
from leadqueue.cache.migrating import upgrade
from leadqueue.cache.queue import QueueReader
from leadqueue.cache.queue_views import QueueView
from leadqueue.cache.row_reading import OUTSIDE_RANK
from leadqueue.cache.rows import row_of, write_rows
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import system_now

OWNERS = (RITA.id, RAUL.id, None)
LEADS = tuple(mql(email=f"person{number}@example.com") for number in range(5))


def row(lead: Lead) -> tuple[object, ...]:
    return row_of(lead, DEFINITIONS, unsent=0, attention=0, open_here=0)


def counted(connection: sqlite3.Connection, owner: str | None) -> dict[int, int]:
    """The numbers from the rows themselves."""
    rows = connection.execute(
        "SELECT section_rank, COUNT(*) FROM queue_row "
        "WHERE section_rank < ?1 AND (?2 IS NULL OR owner_id = ?2) GROUP BY section_rank",
        (OUTSIDE_RANK, owner),
    )
    return {int(rank): int(count) for rank, count in rows}


def kept(connection: sqlite3.Connection, owner: str | None) -> dict[int, int]:
    return {rank: leads for rank, leads in tally.read(connection, owner, OUTSIDE_RANK).items() if leads}


@pytest.fixture(scope="module")
def empty() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    upgrade(connection, "cache")
    tally.put_up(connection)
    return connection


WRITES = st.one_of(
    st.tuples(
        st.just("write"),
        st.lists(
            st.tuples(
                st.sampled_from(LEADS), st.sampled_from(OWNERS), st.sampled_from(("mql", "sal", "new"))
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    st.tuples(st.just("drop"), st.sampled_from(LEADS)),
    st.tuples(st.just("roll back"), st.sampled_from(LEADS)),
    st.tuples(st.just("put up"), st.none()),
)


@given(st.lists(WRITES, max_size=12))
@settings(deadline=None)
def test_the_numbers_are_those_of_the_rows_whatever_is_written(
    empty: sqlite3.Connection, writes: list[tuple[str, object]]
) -> None:
    empty.execute("DELETE FROM queue_row")
    for what, given_here in writes:
        if what == "write":
            assert isinstance(given_here, list)
            write_rows(
                empty, [row(replace(lead, owner_id=owner, stage=stage)) for lead, owner, stage in given_here]
            )
        elif what == "drop":
            assert isinstance(given_here, Lead)
            empty.execute("DELETE FROM queue_row WHERE lead_id = ?", (given_here.id,))
        elif what == "roll back":
            assert isinstance(given_here, Lead)
            empty.execute("BEGIN")
            write_rows(empty, [row(given_here)])
            empty.execute("ROLLBACK")
        else:
            tally.put_up(empty)
        for owner in (None, RITA.id, RAUL.id, ""):
            assert kept(empty, owner) == counted(empty, owner)


def test_the_queue_tells_them_by_section_and_by_owner(shelf: Shelf) -> None:
    shelf.pull(*LEADS)
    desk = shelf.desk()
    sections = {each.key: each.count for each in desk.queue.sections()}
    assert sum(sections.values()) == desk.queue.count(QueueView()) == len(LEADS)
    for key, count in sections.items():
        assert desk.queue.count(QueueView(key)) == count == len(desk.queue.ids(QueueView(key)))
    assert desk.queue.count(QueueView("of another program")) == 0
    assert desk.queue.count(QueueView(owner=RAUL.id)) == 0
    assert {each.count for each in desk.queue.sections(RAUL.id)} == {0}


def test_no_row_is_read_to_count_a_queue_without_a_filter(shelf: Shelf) -> None:
    shelf.pull(*LEADS)
    shelf.close()
    path = shelf.home.cache_file(ACCOUNT)
    read: list[str] = []
    with closing(QueueReader(path, lambda: DEFINITIONS.sections, system_now)) as queue:
        queue._connection.set_trace_callback(read.append)
        queue.sections()
        queue.sections(RITA.id)
        queue.count(QueueView())
        queue.count(QueueView("review"))
    assert len(read) == 4
    assert not any("queue_row" in query for query in read)


@pytest.mark.parametrize("revision", ["0005", "0006"])
def test_an_older_cache_is_counted_once_and_kept_from_there(shelf: Shelf, revision: str) -> None:
    shelf.pull(*LEADS[:3])
    shelf.close()
    with closing(sqlite3.connect(shelf.home.cache_file(ACCOUNT))) as old, old:
        make_old(old, revision)
    assert shelf.desk().queue.count(QueueView()) == 3
    shelf.pull(*LEADS[3:], leave=[LEADS[0].id])
    assert shelf.desk().queue.count(QueueView()) == 4


def test_a_migration_that_makes_the_rows_anew_takes_no_number_with_it(shelf: Shelf) -> None:
    """SQLite drops a table's triggers with the table."""
    shelf.pull(*LEADS[:3])
    shelf.close()
    path: Path = shelf.home.cache_file(ACCOUNT)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("ALTER TABLE queue_row RENAME TO before")
        file.execute("CREATE TABLE queue_row AS SELECT * FROM before")
        file.execute("DROP TABLE before")
        file.execute("DELETE FROM queue_row WHERE lead_id = ?", (LEADS[0].id,))
        assert kept(file, None) != counted(file, None)
        tally.put_up(file)
        assert kept(file, None) == counted(file, None)
        file.execute("DELETE FROM queue_row")
        assert kept(file, None) == {}

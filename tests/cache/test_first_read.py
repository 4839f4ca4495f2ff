"""The first read of a scope: indexes put aside while it fills, and back at its end, whatever happens."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from tests.builders import mql
from tests.cache.shelf import ACCOUNT, AUDIENCE, Shelf

from leadqueue.cache import opening
from leadqueue.cache.errors import StoreError
from leadqueue.cache.queue_views import QueueView
from leadqueue.wire.api import ChangesPage, Leave, Upsert

Indexes = dict[str, str]


@pytest.fixture
def empty(shelf: Shelf) -> Iterator[Shelf]:
    shelf.store()
    shelf.close()
    yield shelf
    shelf.close()


def indexes(shelf: Shelf) -> Indexes:
    with closing(sqlite3.connect(shelf.home.cache_file(ACCOUNT))) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
        return dict(found.fetchall())


def test_indexes_are_aside_during_the_first_read_and_back_after_it(empty: Shelf) -> None:
    usual = indexes(empty)
    cache = empty.store().cache
    cache.apply_page(AUDIENCE, empty.page([mql()], more=True))
    during = indexes(empty)
    assert "ix_queue_row_urgency" in during
    assert "ix_queue_row_soon_at" in during  # the header's counts name it
    assert len(during) < len(usual)
    cache.apply_page(AUDIENCE, empty.page([mql()]))
    cache.finish_full_read(AUDIENCE)
    assert indexes(empty) == usual


def test_the_queue_answers_while_indexes_are_aside(empty: Shelf) -> None:
    ada, bob = mql(last_name="Ada"), mql(last_name="Bob")
    empty.store().cache.apply_page(AUDIENCE, empty.page([bob, ada], more=True))
    queue = empty.desk().queue
    for sort in ("urgency", "score", "name", "company", "source", "age"):
        assert {row.id for row in queue.window(QueueView(sort=sort), 0, 9)} == {ada.id, bob.id}
    assert [row.id for row in queue.window(QueueView(sort="name"), 0, 9)] == [ada.id, bob.id]
    assert queue.urgency_counts(empty.clock()).breached == 0
    assert queue.same_company("engines.example", ada.id, 9)[0].id == bob.id


def test_a_read_that_is_cut_off_goes_on_without_and_ends_with_them(empty: Shelf) -> None:
    usual = indexes(empty)
    empty.store().cache.apply_page(AUDIENCE, empty.page([mql()], more=True))
    empty.close()
    cache = empty.desk()._store.cache
    assert len(indexes(empty)) < len(usual)  # the read is not over
    cache.apply_page(AUDIENCE, empty.page([mql()]))
    cache.finish_full_read(AUDIENCE)
    assert indexes(empty) == usual


def test_a_second_read_of_the_scope_leaves_the_indexes_alone(empty: Shelf) -> None:
    empty.pull(mql())
    usual = indexes(empty)
    cache = empty.store().cache
    cache.begin_full_read(AUDIENCE)
    cache.apply_page(AUDIENCE, empty.page([mql()], more=True))
    assert indexes(empty) == usual


def test_a_newer_program_migrates_a_cache_whose_indexes_are_aside(
    empty: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = indexes(empty)
    empty.store().cache.apply_page(AUDIENCE, empty.page([mql()], more=True))
    empty.close()
    met: list[Indexes] = []

    def upgrade(connection: sqlite3.Connection, _kind: str) -> None:
        found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql <> ''")
        met.append(dict(found.fetchall()))
        raise StoreError(empty.home.cache_file(ACCOUNT), "far enough", "")

    monkeypatch.setitem(opening.HEADS, "cache", "of a newer program")
    monkeypatch.setattr("leadqueue.cache.migrating.upgrade", upgrade)
    with pytest.raises(StoreError):
        empty.store()
    assert met == [usual]


def test_a_page_that_brings_and_takes_a_lead_takes_it(empty: Shelf) -> None:
    lead = mql()
    page = ChangesPage(
        changes=(Upsert(seq=1, lead=lead), Leave(seq=2, lead_id=lead.id)), next="c", seq=2, more=False
    )
    store = empty.store()
    store.cache.apply_page(AUDIENCE, page)
    store.cache.finish_full_read(AUDIENCE)
    assert store.cache.lead(lead.id) is None
    assert empty.desk().queue.row(lead.id) is None

"""The first frame's look at the queue, against what the queue says once it is open."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from tests.builders import DEFINITIONS, after, mql
from tests.cache.shelf import ACCOUNT, Shelf, make_old

from leadqueue.cache.glance import Words, glance
from leadqueue.cache.queue_views import QueueView
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import FieldValues

YES: FieldValues = {"acceptance_reason": "strong_fit"}


def test_it_shows_what_the_opened_queue_shows(shelf: Shelf) -> None:
    leads = [mql(last_name=f"Lead {number}") for number in range(5)]
    shelf.pull(*leads, after(mql(), "accept"))
    with_decision = shelf.desk()
    with_decision.decide(leads[2].id, DecisionKind("accept"), YES)
    view, queue = QueueView(), with_decision.queue
    found = glance(shelf.home.cache_file(ACCOUNT))
    assert found is not None
    assert found.window(view, 0, 128) == queue.window(view, 0, 128)
    assert found.count(view) == queue.count(view) == 6
    assert found.sections == queue.sections()
    assert found.words == Words.of(DEFINITIONS)
    assert [found.index_of(view, lead_id) for lead_id in found.ids(view)] == list(range(6))
    assert found.index_of(view, "unknown") is None


def test_it_knows_the_servers_clock(shelf: Shelf) -> None:
    shelf.pull(mql())
    shelf.desk()
    store = shelf.store()
    store.cache.save_clock(-7000, 12)
    found = glance(shelf.home.cache_file(ACCOUNT))
    assert found is not None
    assert (found.offset_ms, found.error_ms) == (-7000, 12)


def test_there_is_none_before_the_first_read(shelf: Shelf) -> None:
    assert glance(shelf.home.cache_file(ACCOUNT)) is None
    shelf.desk()
    assert glance(shelf.home.cache_file(ACCOUNT)) is None


def test_a_file_that_is_no_cache_or_an_older_one_gives_none(shelf: Shelf) -> None:
    shelf.pull(mql())
    shelf.desk()
    shelf.close()
    file = shelf.home.cache_file(ACCOUNT)
    with closing(sqlite3.connect(file)) as old, old:
        make_old(old, "0006")
    assert glance(file) is None
    shelf.desk()
    shelf.close()
    assert glance(file) is not None
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 3])
    assert glance(file) is None
    file.write_bytes(b"not a database at all")
    assert glance(file) is None


@pytest.mark.parametrize("fact", ["clock", "glance"])
@pytest.mark.parametrize("said", ["not JSON", "[1]", "7", "null"])
def test_a_fact_that_cannot_be_read_gives_none(shelf: Shelf, fact: str, said: str) -> None:
    shelf.pull(mql())
    shelf.desk()
    shelf.store().cache._save_facts({fact: said})
    assert glance(shelf.home.cache_file(ACCOUNT)) is None

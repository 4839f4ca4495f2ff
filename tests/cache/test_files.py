"""The files themselves: private, migrated, refused when newer, set aside and salvaged when damaged."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests.builders import EXAMPLE_VALUES, NOW, after, mql, received, signal
from tests.cache.shelf import ACCOUNT, Shelf, make_old

from leadqueue.cache import opening
from leadqueue.cache.errors import (
    ForeignFile,
    NewerFile,
    StorageBusy,
    StorageFull,
    StorageUnusable,
    StoreError,
)
from leadqueue.cache.home import private_file
from leadqueue.cache.migrating import script_of
from leadqueue.cache.opening import HEADS, open_file
from leadqueue.cache.queue_views import QueueView
from leadqueue.cache.store import CacheStore
from leadqueue.cache.tables import CACHE_REGISTRY, OUTBOX_REGISTRY
from leadqueue.cache.views import Stored
from leadqueue.definitions.loader import default_text, parse
from leadqueue.definitions.model import DecisionKind, Disposition
from leadqueue.domain.filters.terms import of_words
from leadqueue.wire.api import Answer, AnswerStatus

ACCEPT = DecisionKind.ACCEPT
YES = EXAMPLE_VALUES[ACCEPT]


def outbox_file(shelf: Shelf) -> Path:
    return shelf.home.outbox_file(ACCOUNT)


def cache_file(shelf: Shelf) -> Path:
    return shelf.home.cache_file(ACCOUNT)


@pytest.mark.parametrize(("kind", "registry"), [("outbox", OUTBOX_REGISTRY), ("cache", CACHE_REGISTRY)])
def test_migrations_make_the_tables_that_the_models_say(
    shelf: Shelf, kind: str, registry: sa.orm.registry
) -> None:
    path = outbox_file(shelf).with_name("probe.db")
    connection, _ = open_file(path, kind, shelf.clock)
    connection.close()
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.connect() as inspected:
        assert compare_metadata(MigrationContext.configure(inspected), registry.metadata) == []
    engine.dispose()
    assert script_of(kind)[1].get_current_head() == HEADS[kind]


def test_a_commit_of_the_outbox_survives_a_power_cut(shelf: Shelf) -> None:
    connection, _ = open_file(outbox_file(shelf), "outbox", shelf.clock)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (3,)
    connection.close()


def test_everything_is_readable_by_its_owner_only(shelf: Shelf) -> None:
    shelf.pull(mql())
    desk = shelf.desk()
    desk.decide(desk.queue.ids(QueueView())[0], ACCEPT, YES)
    folder = shelf.home.account_dir(ACCOUNT)
    assert folder.stat().st_mode & 0o777 == 0o700
    files = [path for path in folder.iterdir() if path.is_file()]
    assert files
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


@pytest.mark.parametrize("which", [outbox_file, cache_file])
def test_a_newer_file_is_refused_and_untouched(shelf: Shelf, which: object) -> None:
    assert callable(which)
    lead = mql()
    shelf.pull(lead)
    shelf.desk().decide(lead.id, ACCEPT, YES)
    shelf.close()
    path = which(shelf)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NewerFile, match="Update leadqueue"):
        shelf.desk()
    assert path.read_bytes() == before


def test_rows_of_an_older_program_count_touches_since_their_lead_came_back(shelf: Shelf) -> None:
    lead = after(after(mql(signals=(signal("demo_request"),)), "touch"), "recycle")
    at = NOW + timedelta(days=1)
    back = received(existing=lead, signals=(signal("demo_request", at),), now=at).lead
    assert back is not None
    never_left = after(mql(), "touch")
    shelf.pull(back, never_left)
    shelf.close()
    with sqlite3.connect(cache_file(shelf)) as connection:
        make_old(connection, "0004")
        connection.execute("UPDATE queue_row SET touches = 1 WHERE lead_id = ?", (back.id,))
    connection.close()
    rows = {row.id: row.touches for row in shelf.desk().queue.window(QueueView(), 0, 10)}
    assert rows == {back.id: 0, never_left.id: 1}


def test_an_older_cache_sorts_its_titles_without_accents(shelf: Shelf) -> None:
    shelf.pull(*(mql(job_title=title) for title in ("Zoe", "Ärmel", "arm", "")))
    shelf.close()
    with sqlite3.connect(cache_file(shelf)) as connection:
        for column in ("title_key", "campaign_key", "owner_key"):
            connection.execute(f"ALTER TABLE queue_row DROP COLUMN {column}")
        connection.execute("UPDATE alembic_version SET version_num = '0009'")
    connection.close()
    rows = shelf.desk().queue.window(QueueView(sort="title"), 0, 10)
    assert [row.title for row in rows] == ["", "arm", "Ärmel", "Zoe"]


def test_a_foreign_database_is_refused(shelf: Shelf) -> None:
    with sqlite3.connect(outbox_file(shelf)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(ForeignFile):
        shelf.desk()


def test_a_damaged_cache_is_set_aside_and_read_again(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    shelf.desk().decide(lead.id, ACCEPT, YES)
    shelf.close()
    cache_file(shelf).write_bytes(b"this is no database at all, " * 500)
    desk = shelf.desk()
    assert not desk.ready
    assert len(desk.unsent()) == 1
    shelf.pull(lead)
    view = shelf.desk().lead(lead.id)
    assert view is not None
    assert view.lead.stage == "sal"
    assert list(cache_file(shelf).parent.glob("cache.db.damaged-*"))


def test_a_damaged_outbox_is_salvaged_row_by_row(shelf: Shelf) -> None:
    leads = [mql() for _ in range(60)]
    shelf.pull(*leads)
    desk = shelf.desk()
    desk.decide_many([lead.id for lead in leads], ACCEPT, YES)
    decided = {item.decision.id: item.decision for item in desk.unsent()}
    shelf.close()
    path = outbox_file(shelf)
    content = bytearray(path.read_bytes())
    page = 4096
    middle = len(content) // page // 2 * page
    content[middle : middle + page] = b"\xa5" * page
    path.write_bytes(bytes(content))
    path.with_name("outbox.db.suspect").touch()
    desk = shelf.desk()
    saved = {item.decision.id: item.decision for item in desk.unsent()}
    assert saved
    assert len(saved) < len(decided)
    assert all(decided[identifier] == decision for identifier, decision in saved.items())
    assert "damaged" in desk.notice
    assert str(len(saved)) in desk.notice
    [aside] = [each for each in path.parent.glob("outbox.db.damaged-*") if each.suffix != ".salvaged"]
    assert aside.stat().st_size == len(content)


def test_an_outbox_that_is_no_database_loses_no_cache(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    outbox_file(shelf).write_bytes(b"garbage " * 1000)
    desk = shelf.desk()
    assert desk.unsent() == []
    assert desk.ready
    assert "damaged" in desk.notice


def test_a_full_disk_says_so_and_writes_nothing(shelf: Shelf) -> None:
    first, second = mql(), mql()
    shelf.pull(first, second)
    desk = shelf.desk()
    stored = desk.decide(first.id, ACCEPT, YES)
    assert isinstance(stored, Stored)
    connection = desk._store.outbox._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFull, match="Free some space"):
        desk.decide_many([second.id] * 1, DecisionKind.NOTE, {"note": "x" * 9000})
    connection.execute("PRAGMA max_page_count = 1000000")
    assert [item.decision for item in desk.unsent()] == [stored.item.decision]
    assert isinstance(desk.decide(second.id, ACCEPT, YES), Stored)


@pytest.mark.parametrize("kind", ["outbox", "cache"])
def test_a_disk_too_full_for_the_first_files_says_so(shelf: Shelf, kind: str) -> None:
    small = (*opening._PRAGMAS[kind], "max_page_count = 2")
    with patch.dict(opening._PRAGMAS, {kind: small}), pytest.raises(StorageFull, match="Free some space"):
        shelf.desk()
    shelf.desk()


def test_a_locked_file_says_so(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    desk._store.outbox._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(outbox_file(shelf), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageBusy):
        desk.decide(lead.id, ACCEPT, YES)
    other.execute("ROLLBACK")
    other.close()
    assert isinstance(desk.decide(lead.id, ACCEPT, YES), Stored)


def test_a_file_in_the_way_is_named(shelf: Shelf) -> None:
    outbox_file(shelf).mkdir()
    with pytest.raises((StorageUnusable, StoreError), match=r"outbox\.db"):
        shelf.desk()


def test_accounts_do_not_share_files(shelf: Shelf) -> None:
    from dataclasses import replace

    other = replace(ACCOUNT, user_id="somebody-else")
    assert shelf.home.outbox_file(ACCOUNT) != shelf.home.outbox_file(other)


def test_a_usual_opening_imports_no_framework(shelf: Shelf) -> None:
    import subprocess
    import sys

    lead = mql()
    shelf.pull(lead)
    shelf.close()
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from leadqueue.cache.home import Account, Home\n"
        "from leadqueue.cache.desk import Desk\n"
        "from leadqueue.cache.queue_views import QueueView\n"
        "from leadqueue.domain.moments import system_now\n"
        f"account = Account(**{ {name: getattr(ACCOUNT, name) for name in ACCOUNT.__slots__}!r})\n"
        f"desk = Desk.open(Home.locate({{'LEADQUEUE_HOME': {str(shelf.folder)!r}}}), account, system_now)\n"
        "assert len(desk.queue.window(QueueView(), 0, 10)) == 1\n"
        "desk.close()\n"
        "heavy = {'sqlalchemy', 'sqlmodel', 'alembic', 'httpx', 'fastapi', 'holidays', 'keyring'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "[]", run.stderr


def test_a_crash_before_the_salvage_is_done_loses_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The damaged file is aside, the program dies before what was in it is saved."""
    leads = [mql() for _ in range(5)]
    shelf.pull(*leads)
    desk = shelf.desk()
    desk.decide_many([lead.id for lead in leads], ACCEPT, YES)
    decided = {item.decision.id for item in desk.unsent()}
    shelf.close()
    path = outbox_file(shelf)
    content = bytearray(path.read_bytes())
    content[100:110] = b"\xff" * 10  # the root of the schema's page
    path.write_bytes(bytes(content))
    path.with_name("outbox.db.suspect").touch()

    def dies(*_: object) -> tuple[int, int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(opening, "salvage", dies)
    with pytest.raises(KeyboardInterrupt):
        shelf.desk()
    monkeypatch.undo()
    desk = shelf.desk()
    assert "damaged" in desk.notice
    assert {item.decision.id for item in desk.unsent()} <= decided
    shelf.close()
    assert shelf.desk().notice == ""


def test_a_second_opening_keeps_the_locks_of_the_first(shelf: Shelf) -> None:
    """POSIX drops a process's locks on a file when any descriptor of it is closed."""
    import subprocess
    import sys

    lead = mql()
    shelf.pull(lead)
    first = shelf.store().outbox._connection
    first.execute("BEGIN IMMEDIATE")
    shelf.home.outbox_file(ACCOUNT)
    private_file(outbox_file(shelf))
    code = (
        "import sqlite3, sys\n"
        f"other = sqlite3.connect({str(outbox_file(shelf))!r}, timeout=0, isolation_level=None)\n"
        "try:\n    other.execute('BEGIN IMMEDIATE')\n"
        "except sqlite3.OperationalError:\n    print('locked')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    first.execute("ROLLBACK")
    assert run.stdout.strip() == "locked", run.stderr


def test_trouble_with_the_cache_is_no_trouble_with_the_decision(shelf: Shelf) -> None:
    """What the outbox holds is stored; telling the rep otherwise would have it stored twice."""
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    desk._store.cache._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(cache_file(shelf), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert isinstance(desk.decide(lead.id, ACCEPT, YES), Stored)
    other.execute("ROLLBACK")
    other.close()
    assert desk.changed()
    row = desk.queue.row(lead.id)
    assert row
    assert row.section == "first_outreach"


def test_new_definitions_reach_every_row_though_the_program_dies_between(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = mql()
    shelf.pull(lead)
    text = default_text().replace('key = "review"\nlabel', 'key = "waiting"\nlabel', 1)
    store = shelf.store()

    def dies(_self: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(store.cache), "refresh_all", dies)
    with pytest.raises(KeyboardInterrupt):
        store.cache.save_definitions(parse(text), "etag")
    monkeypatch.undo()
    shelf.close()
    row = shelf.desk().queue.row(lead.id)
    assert row
    assert row.section == "waiting"


def test_a_lead_that_left_leaves_the_disk_once_its_decision_is_answered(shelf: Shelf) -> None:
    lead = mql()
    shelf.pull(lead)
    desk = shelf.desk()
    stored = desk.decide(lead.id, ACCEPT, YES)
    assert isinstance(stored, Stored)
    shelf.pull(leave=[lead.id])
    store = shelf.store()
    assert store.cache.lead(lead.id) is not None
    store.outbox.mark_sending([stored.item.decision.id])
    store.outbox.answer(Answer(id=stored.item.decision.id, status=AnswerStatus.APPLIED, seq=1), shelf.clock())
    shelf.close()
    shelf.desk()
    assert shelf.store().cache.lead(lead.id) is None


def test_an_older_cache_gains_its_campaigns(shelf: Shelf) -> None:
    lead = mql(campaign="Autumn webinar")
    shelf.pull(lead)
    old = sqlite3.connect(cache_file(shelf))
    old.execute("ALTER TABLE queue_row DROP COLUMN campaign")
    old.execute("ALTER TABLE queue_row DROP COLUMN reason")
    old.execute("CREATE TABLE saved_view (name TEXT PRIMARY KEY)")
    make_old(old, "0002")
    old.commit()
    old.close()
    desk = shelf.desk()
    row = desk.queue.row(lead.id)
    assert row is not None
    assert row.campaign == "Autumn webinar"


def test_an_older_cache_learns_for_what_its_leads_were_given_back(shelf: Shelf) -> None:
    once = after(mql(), "reject", {"reason": "no_budget"})
    first = replace(once.rejections[0], reason="bad_timing", disposition=Disposition.RECYCLE)
    lost = replace(once.rejections[0], reason="chose_competitor", disposition=Disposition.CLOSE_LOST)
    twice = replace(once, rejections=(first, *once.rejections, lost))
    never = mql(email="never@example.com")
    shelf.pull(twice, never)
    old = sqlite3.connect(cache_file(shelf))
    old.execute("ALTER TABLE queue_row DROP COLUMN reason")
    make_old(old, "0003")
    old.commit()
    old.close()
    rows = [shelf.desk().queue.row(lead.id) for lead in (twice, never)]
    assert [row.reason for row in rows if row] == ["no_budget", ""]


@pytest.mark.parametrize("told", [True, False])
def test_an_older_cache_finds_names_without_accents_before_any_contact(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    """`told`: whether the server's definitions have been read."""
    lead = mql(last_name="Mu\u0308ller", company_name="Öl AG")
    shelf.pull(lead)
    if told:
        shelf.store().cache.save_definitions(parse(default_text()), "etag")
    shelf.close()
    old = sqlite3.connect(cache_file(shelf))
    old.execute("UPDATE queue_row SET haystack = ?, company_key = ?", ("mu\u0308ller\nöl ag", "öl ag"))
    make_old(old, "0005")
    old.commit()
    old.close()
    queue = shelf.desk().queue
    for words in ("muller", "Müller", "Mu\u0308ller"):
        assert queue.ids(QueueView(filter=of_words(words))) == [lead.id]
    shelf.close()

    def again(_self: object) -> None:
        raise AssertionError("the rows are worked out once")

    monkeypatch.setattr(CacheStore, "refresh_all", again)
    shelf.desk()

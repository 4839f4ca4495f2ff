"""Opening and migrating the server's database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests import postgres

from leadqueue.server import locks, migrating, trouble
from leadqueue.server.database import Database, Limits
from leadqueue.server.tables import REGISTRY
from leadqueue.server.trouble import DatabaseError


@pytest.fixture(params=["sqlite", "postgresql"])
def bare(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'crm.db'}"
    else:
        with postgres.empty_database() as address:
            yield address


class TestMigrating:
    def test_migrations_make_the_tables_that_the_models_say(self, bare: str) -> None:
        database = Database.open(bare, migrate=True)
        with database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection), REGISTRY.metadata) == []
        database.close()

    def test_a_second_time_changes_nothing(self, bare: str) -> None:
        assert Database.migrate(bare) == migrating.Migrated(None, _head())
        assert Database.migrate(bare) == migrating.Migrated(_head(), _head())

    def test_a_newer_database_is_left_alone(self, bare: str) -> None:
        database = Database.open(bare, migrate=True)
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        database.close()
        for migrate in (True, False, None):
            with pytest.raises(DatabaseError, match=r"newer leadqueue.*never migrated downward"):
                Database.open(bare, migrate=migrate)
        with pytest.raises(DatabaseError, match="newer leadqueue"):
            Database.migrate(bare)

    def test_several_processes_at_once_migrate_once(self, bare: str) -> None:
        code = f"from leadqueue.server.database import Database; print(Database.migrate({bare!r}).before)"
        command = [sys.executable, "-c", code]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
        said = sorted(process.communicate()[0].strip() for process in running)
        assert said == sorted(["None", _head(), _head()])

    def test_who_cannot_wait_for_another_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(migrating, "WAIT_SECONDS", 0.01)
        with postgres.empty_database() as address:
            other = Database.attach(address)
            with other.engine.connect() as holder:
                locks.migrations(holder)
                with pytest.raises(DatabaseError, match="another process has been migrating"):
                    Database.migrate(address)
            other.close()
            assert Database.migrate(address).before is None

    def test_serving_never_migrates_a_shared_database(self) -> None:
        with postgres.empty_database() as address:
            with pytest.raises(DatabaseError, match=r"has no tables yet.*leadqueue admin migrate"):
                Database.open(address)
            Database.migrate(address)
            Database.open(address).close()


def _head() -> str:
    return str(migrating._script()[1].get_current_head())


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    Database.open(url).close()
    before = (tmp_path / "crm.db").read_bytes()
    Database.open(url).close()
    assert (tmp_path / "crm.db").read_bytes() == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "no database address"),
        ("mysql://host/db", "'mysql' are not supported"),
        ("postgresql+asyncpg://host/db", "not supported; use .*psycopg"),
        ("postgresql://u:secret@127.0.0.1:1/db", r"u:\*\*\*@127.0.0.1:1/db cannot be used"),
        ("postgresql://u:secret@host:port/db", "no database address"),
        ("u:secret@host/db", "no database address"),
    ],
)
def test_an_unusable_address_says_what_to_do_and_no_password(url: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said) as raised:
        Database.open(url)
    assert "secret" not in str(raised.value)


def test_a_folder_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=f"there is no folder {tmp_path / 'slip'}"):
        Database.open(f"sqlite:///{tmp_path / 'slip' / 'crm.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_made_is_named() -> None:
    with pytest.raises(DatabaseError, match=r"/proc/crm\.db cannot be opened"):
        Database.open("sqlite:////proc/crm.db")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, " * 100)
    with pytest.raises(DatabaseError, match=r"notes\.txt"):
        Database.open(f"sqlite:///{path}")


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    opened = Database.open(address)
    yield opened
    opened.close()


def test_a_failed_write_leaves_no_trace(database: Database) -> None:
    def fail_halfway() -> None:
        with database.write() as connection:
            connection.execute(sa.text("INSERT INTO team VALUES ('o', 't', 'x')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM team")).scalar_one() == 0


def test_the_audit_trail_only_grows(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("INSERT INTO audit VALUES ('o', 'l', 1, 0, '{}')"))
    statements = ["UPDATE audit SET body = ''", "DELETE FROM audit"]
    if database.engine.dialect.name == "postgresql":
        statements.append("TRUNCATE audit")
    for statement in statements:
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            _run(database, statement)


def test_keys_have_the_same_order_on_both(database: Database) -> None:
    names = ["a", "B", "ä", "Z", "_", "-", "zz", "É", "\U0001f600", "\uffee", "a b", "ab"]
    with database.write() as connection:
        rows = [{"id": name} for name in names]
        connection.execute(sa.text("INSERT INTO team VALUES ('o', :id, 'x')"), rows)
    with database.read() as connection:
        found = list(connection.execute(sa.text("SELECT id FROM team ORDER BY id")).scalars())
    assert found == sorted(names, key=str.encode)


def test_a_reader_sees_one_state(database: Database) -> None:
    count = sa.text("SELECT COUNT(*) FROM team")
    with database.read() as reader:
        assert reader.execute(count).scalar_one() == 0
        _run(database, "INSERT INTO team VALUES ('o', 't', 'x')")
        assert reader.execute(count).scalar_one() == 0
    with database.read() as reader:
        assert reader.execute(count).scalar_one() == 1


def _run(database: Database, statement: str) -> None:
    with database.write() as connection:
        connection.execute(sa.text(statement))


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path / 'crm.db'}").close()
    assert (tmp_path / "crm.db").stat().st_mode & 0o077 == 0


class TestLimits:
    """Time limits on PostgreSQL: each is trouble that passes, and none leaves a connection behind."""

    @pytest.fixture
    def hurried(self) -> Iterator[Database]:
        with postgres.fresh_database() as address:
            opened = Database.open(address, limits=Limits(pool=2, wait=0, statement=1, lock=1, idle=1))
            yield opened
            opened.close()

    def test_a_session_has_them(self, hurried: Database) -> None:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        with hurried.read() as connection:
            assert [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names] == ["1s"] * 3

    def test_the_address_has_the_last_word(self) -> None:
        with postgres.fresh_database() as address:
            opened = Database.open(f"{address}&options=-c%20lock_timeout%3D7s")
            with opened.read() as connection:
                assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "7s"
            opened.close()

    @pytest.mark.parametrize(
        "statement", ["SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(5)", "LOCK TABLE team NOWAIT"]
    )
    def test_time_or_a_lock_that_is_out_of_reach(self, hurried: Database, statement: str) -> None:
        with hurried.write() as holder:
            holder.exec_driver_sql("LOCK TABLE team")
            with pytest.raises(sa.exc.OperationalError) as raised:
                _run(hurried, statement)
        assert trouble.passing(raised.value)

    def test_a_pool_that_is_used_up(self, hurried: Database) -> None:
        with hurried.read(), hurried.read(), pytest.raises(sa.exc.TimeoutError) as raised:
            _run(hurried, "SELECT 1")
        assert trouble.passing(raised.value)

    def test_a_transaction_in_which_nothing_happens(self, hurried: Database) -> None:
        def idle() -> None:
            with hurried.write() as connection:
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '1ms'")
                with hurried.write() as other:  # until the first one's session is gone
                    pid = "SELECT COUNT(*) FROM pg_stat_activity WHERE state = 'idle in transaction'"
                    while other.exec_driver_sql(f"SELECT pg_stat_clear_snapshot(), ({pid})").one()[1]:
                        pass
                connection.exec_driver_sql("SELECT 1")

        with pytest.raises(sa.exc.DBAPIError) as raised:
            idle()
        assert trouble.passing(raised.value)
        _run(hurried, "SELECT 1")

    def test_who_is_outrun_tries_again(self, hurried: Database) -> None:
        tries = []

        def outrun(connection: sa.Connection) -> str:
            tries.append(1)
            if len(tries) < 3:
                connection.exec_driver_sql("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$")
            return "through"

        assert hurried.settle(outrun) == "through"
        assert len(tries) == 3

    def test_a_fault_of_ours_is_none_that_passes(self, hurried: Database) -> None:
        with pytest.raises(sa.exc.ProgrammingError) as raised:
            _run(hurried, "SELECT nothing FROM nowhere")
        assert not trouble.passing(raised.value)

"""Opening and migrating the server's database."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from leadqueue.server.database import Database, DatabaseError
from leadqueue.server.tables import REGISTRY


def test_migrations_make_the_tables_that_the_models_say(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'crm.db'}")
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), REGISTRY.metadata) == []
    database.close()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'crm.db'}"
    Database.open(url).close()
    before = (tmp_path / "deep" / "crm.db").read_bytes()
    Database.open(url).close()
    assert (tmp_path / "deep" / "crm.db").read_bytes() == before


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'crm.db'}"
    database = Database.open(url)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(DatabaseError, match="newer leadqueue"):
        Database.open(url)


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db", "sqlite:////proc/none/crm.db"])
def test_an_unusable_address_says_what_to_do(url: str) -> None:
    with pytest.raises((DatabaseError, OSError)):
        Database.open(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, " * 100)
    with pytest.raises(DatabaseError, match=r"notes\.txt"):
        Database.open(f"sqlite:///{path}")


def test_a_failed_write_leaves_no_trace(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'crm.db'}")

    def fail_halfway() -> None:
        with database.write() as connection:
            connection.execute(sa.text("INSERT INTO team VALUES ('o', 't', 'x')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with database.read() as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM team")).scalar_one() == 0
    database.close()


def test_the_audit_trail_only_grows(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'crm.db'}")
    with database.write() as connection:
        connection.execute(sa.text("INSERT INTO audit VALUES ('o', 'l', 1, 0, '{}')"))
    for statement in ("UPDATE audit SET body = ''", "DELETE FROM audit"):
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            _run(database, statement)
    database.close()


def _run(database: Database, statement: str) -> None:
    with database.write() as connection:
        connection.execute(sa.text(statement))


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path / 'crm.db'}").close()
    assert (tmp_path / "crm.db").stat().st_mode & 0o077 == 0

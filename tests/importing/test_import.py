"""The import as a user runs it, against a real server."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.server.world import World, open_world

from leadqueue.definitions.loader import default_text, parse
from leadqueue.server.embedded import EmbeddedServer

OLIST = (
    Path(os.environ.get("LEADQUEUE_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    / "olist"
    / "olist_marketing_qualified_leads_dataset.csv"
)

PLAIN = """
source = "Olist"
source_id = "{mql_id}"
created_at = "{first_contact_date}"
[fields]
landing_page = "{landing_page_id}"
lead_source = "{origin}"
"""
WHOLE = """
source = "Olist"
source_id = "{mql_id}"
qualified = true
owner = "rita@sales.example"
created_at = "{first_contact_date}"
[fields]
email = "{mql_id}@example.org"
company_name = "Seller {mql_id}"
company_domain = "{mql_id}.example.org"
landing_page = "{landing_page_id}"
campaign = "Seller programme"
lead_source = "{origin}"
[values.lead_source]
"" = "unknown"
"""
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Company Name,Original Source,First Conversion,Number of Employees,"
    "Country/Region,Recent Conversion Date,Recent Conversion\n"
    "101,Ada,Byron,ada@engines.example,Analytical Engines,Organic Search,Demo form,240,United Kingdom,"
    "2026-11-20 10:00,Demo form\n"
    "102,Grace,Hopper,grace@harbour.example,Harbour Systems,Paid Search,Guide,90,US,,\n"
    '103,=HYPERLINK("http://x"),Test,not-an-address,Formula Ltd,Referrals,,5,US,,\n'
)


@dataclass
class Program:
    """The real program, logged in as marketing ops."""

    world: World
    folder: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {
            **os.environ,
            "LEADQUEUE_HOME": str(self.folder / "home"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        command = [sys.executable, "-m", "leadqueue.cli.main", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env=env, cwd=self.folder, check=False, timeout=300
        )

    def imported(self, path: Path, mapping: str, *words: str, code: int = 0) -> dict[str, object]:
        done = self.run("import", "leads", str(path), "--mapping", mapping, "--json", *words)
        assert done.returncode == code, done.stderr
        summary = json.loads(done.stdout)
        assert isinstance(summary, dict)
        return summary


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    world = open_world(tmp_path)
    with EmbeddedServer(world.database, now=world.clock) as server:
        made = Program(world, tmp_path)
        done = made.run("login", "--url", server.url, "--token", world.tokens["olga"])
        assert done.returncode == 0, done.stderr
        yield made
    world.client.close()
    world.database.close()


def test_a_hubspot_export_goes_in_with_the_shipped_mapping(program: Program) -> None:
    path = program.folder / "contacts.csv"
    path.write_text(HUBSPOT)
    rehearsed = program.imported(path, "hubspot", "--dry-run")
    assert (rehearsed["created"], rehearsed["refused"]) == (2, 1)
    page = program.world.changes("maya")
    assert page.changes == ()
    summary = program.imported(path, "hubspot")
    assert (summary["created"], summary["refused"], summary["rows"]) == (2, 1, 3)
    rejects = list(csv.DictReader(io.StringIO((program.folder / "contacts.rejects.csv").read_text())))
    assert [row["line"] for row in rejects] == ["4"]
    assert "email" in rejects[0]["reason"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rejects for cell in row.values())
    again = program.imported(path, "hubspot")
    assert (again["unchanged"], again["created"], again["updated"]) == (2, 0, 0)


def counted(world: World, table: str) -> int:
    with world.database.read() as connection:
        return int(connection.execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar_one())  # noqa: S608


def test_a_second_run_changes_nothing_where_a_record_comes_twice(program: Program) -> None:
    path = program.folder / "contacts.csv"
    head, ada, *_ = HUBSPOT.splitlines()
    path.write_text("\n".join((head, ada, ada.replace(",240,", ",300,").replace("-20 10:00", "-19 10:00"))))
    first = program.imported(path, "hubspot")
    assert (first["created"], first["rows"], first["superseded_lines"]) == (1, 2, [2])
    assert counted(program.world, "signal") == 2, "each row brought an event"
    assert isinstance(first["stages"], dict)
    assert sum(first["stages"].values()) == 1
    trail = counted(program.world, "audit")
    again = program.imported(path, "hubspot")
    assert (again["unchanged"], again["updated"]) == (1, 0)
    assert counted(program.world, "audit") == trail
    said = program.run("import", "leads", str(path), "--mapping", "hubspot").stderr
    assert "1 superseded by a later row of the same record" in said
    assert "Superseded: line 2." in said


def test_errors_name_the_file_the_key_and_the_fix(program: Program) -> None:
    path = program.folder / "a.csv"
    path.write_text("mql_id,first_contact_date,landing_page_id,orign\nx,2018-01-01,p,social\n")
    mapping = program.folder / "m.toml"
    mapping.write_text(PLAIN)
    done = program.run("import", "leads", str(path), "--mapping", str(mapping))
    assert done.returncode == 2
    assert "no column 'origin', asked for by fields.lead_source; did you mean 'orign'" in done.stderr
    mapping.write_text(PLAIN.replace("lead_source", "lead_sorce"))
    done = program.run("import", "leads", str(path), "--mapping", str(mapping))
    assert done.returncode == 2
    assert "did you mean lead_source" in done.stderr
    done = program.run("import", "leads", "nothing.csv", "--mapping", "hubspot")
    assert done.returncode == 2
    assert "nothing.csv" in done.stderr


def test_quarantine_is_listed_and_repaired(program: Program) -> None:
    path = program.folder / "a.csv"
    path.write_text("mql_id,first_contact_date,landing_page_id,origin\nabc,2018-01-01,p,social\n")
    mapping = program.folder / "m.toml"
    mapping.write_text(PLAIN)
    summary = program.imported(path, str(mapping))
    assert summary["quarantined"] == 1
    [listed] = json.loads(program.run("quarantine", "--json").stdout)
    assert listed["source_id"] == "abc"
    assert listed["missing"] == ["email", "company_name", "company_domain"]
    sets = [
        "--set",
        "email=a@b.example",
        "--set",
        "company_name=Engines",
        "--set",
        "company_domain=b.example",
    ]
    done = program.run("quarantine", "repair", "abc", *sets)
    assert done.returncode == 0, done.stderr
    assert json.loads(program.run("quarantine", "--json").stdout) == []
    assert program.run("quarantine", "repair", "abc", *sets).returncode == 7


def test_a_rep_may_not_import(program: Program) -> None:
    program.world.lead()
    url = json.loads(program.run("whoami", "--json").stdout)["url"]
    program.run("login", "--url", url, "--token", program.world.tokens["rita"])
    path = program.folder / "contacts.csv"
    path.write_text(HUBSPOT)
    done = program.run("import", "leads", str(path), "--mapping", "hubspot")
    assert done.returncode == 6
    assert "may not import" in done.stderr


@pytest.mark.skipif(not OLIST.exists(), reason=f"the real leads are not here: {OLIST}")
def test_eight_thousand_real_leads(program: Program) -> None:
    mapping = program.folder / "m.toml"
    mapping.write_text(PLAIN)
    plain = program.imported(OLIST, str(mapping))
    assert (plain["rows"], plain["quarantined"]) == (8000, 8000)
    assert plain["missing"] == {"email": 8000, "company_name": 8000, "company_domain": 8000}
    assert program.imported(OLIST, str(mapping))["quarantined"] == 0
    mapping.write_text(WHOLE)
    whole = program.imported(OLIST, str(mapping))
    assert whole["stages"] == {"mql": 8000}
    again = program.imported(OLIST, str(mapping))
    assert again["unchanged"] == 8000


def test_the_imported_file_and_files_of_others_are_never_written_over(program: Program) -> None:
    path = program.folder / "contacts.csv"
    path.write_text(HUBSPOT)
    notes = program.folder / "notes.txt"
    notes.write_text("precious")
    for target in (path, notes):
        done = program.run(
            "import", "leads", str(path), "--mapping", "hubspot", "--dry-run", "--rejects", str(target)
        )
        assert done.returncode == 8
        assert "Name another with --rejects" in done.stderr
    assert (path.read_text(), notes.read_text()) == (HUBSPOT, "precious")
    for encoding in ("base64", "utf-99"):
        done = program.run("import", "leads", str(path), "--mapping", "hubspot", "--encoding", encoding)
        assert done.returncode == 2, done.stderr


def test_the_servers_definitions_count_before_the_first_sync(program: Program) -> None:
    text = default_text()
    assert text.count('webinar = "Webinar"\n') == 2
    own = text.replace('webinar = "Webinar"\n', 'webinar = "Webinar"\npodcast = "Podcast"\n', 1)
    program.world.admin.publish_definitions(program.world.organisation.id, parse(own))
    path = program.folder / "a.csv"
    path.write_text("mql_id,first_contact_date,landing_page_id,origin\nabc,2018-01-01,p,Podcast\n")
    mapping = program.folder / "m.toml"
    mapping.write_text(PLAIN)
    summary = program.imported(path, str(mapping))
    assert (summary["quarantined"], summary["refused"]) == (1, 0), "the label is known, and translated"


def test_a_repair_that_does_not_hold_says_what_would(program: Program) -> None:
    path = program.folder / "a.csv"
    path.write_text("mql_id,first_contact_date,landing_page_id,origin\nabc,2018-01-01,p,social\n")
    mapping = program.folder / "m.toml"
    mapping.write_text(PLAIN)
    program.imported(path, str(mapping))
    done = program.run("quarantine", "repair", "abc", "--set", "lead_source=refferal")
    assert done.returncode == 3
    assert "nearest allowed value is 'referral'" in done.stderr
    assert "organic_search" in done.stderr
    done = program.run("quarantine", "repair", "abc", "--set", "emial=a@b.example")
    assert done.returncode == 2
    assert "Did you mean email?" in done.stderr

"""`leadqueue admin`: what a mistake is told, and lists that people can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from leadqueue.cli.admin import app
from leadqueue.server.database import Database


class Books:
    """The command on a database of its own, with one organisation."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'crm.db'}"
        self("organisation", "create", "Example Ltd")

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--database", self.url])

    def user(self, team: str, email: str = "rita@sales.example") -> Result:
        return self("user", "create", email, "--name", "Rita Rep", "--role", "rep", "--team", team)


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path)


def test_a_team_is_made_once(books: Books) -> None:
    assert books("team", "create", "Inbound").exit_code == 0
    again = books("team", "create", " inbound")
    assert again.exit_code == 2
    assert "a team 'inbound' is there already" in again.stderr
    assert len(json.loads(books("team", "list", "--json").stdout)) == 1


def test_a_team_that_nobody_knows_is_met_with_those_there_are(books: Books) -> None:
    assert "leadqueue admin team create NAME" in books.user("Inbound").stderr
    for name in ("Inbound", "Outbound"):
        books("team", "create", name)
    slip = books.user("Inbund")
    assert slip.exit_code == 7
    assert "no team is called 'Inbund'" in slip.stderr
    assert "Did you mean 'Inbound'?" in slip.stderr
    assert "There are: Inbound, Outbound" in books.user("xyz").stderr


def test_of_two_teams_of_one_name_the_ids_are_told(books: Books) -> None:
    made = books("team", "create", "Inbound").stdout.strip()
    database = Database.open(books.url)
    with database.write() as connection:  # as older programs let it happen
        connection.execute(
            sa.text("INSERT INTO team SELECT organisation_id, 'another', name FROM team WHERE id = :id"),
            {"id": made},
        )
    database.close()
    doubled = books.user("Inbound")
    assert doubled.exit_code == 7
    assert "2 teams are called 'Inbound'" in doubled.stderr
    assert "Give the id of one: " in doubled.stderr
    assert made in doubled.stderr
    assert "another" in doubled.stderr
    assert books.user(made).exit_code == 0


def test_tokens_are_listed_with_their_holders(books: Books) -> None:
    books("team", "create", "Inbound")
    books.user("Inbound")
    books("token", "create", "rita@sales.example", "--label", "laptop")
    books("token", "create", "rita@sales.example")
    head, first, second = books("token", "list").stdout.splitlines()
    assert " ".join(head.split()) == "Id Name Email Label Scopes Created Expires Ends Revoked Renewals"
    for word in ("Rita Rep", "rita@sales.example", "laptop"):
        assert first.index(word) == head.index({"Rita Rep": "Name", "laptop": "Label"}.get(word, "Email"))
    assert second[head.index("Label")] == "-"
    token, _ = json.loads(books("token", "list", "--json").stdout)
    assert (token["name"], token["email"], token["label"]) == ("Rita Rep", "rita@sales.example", "laptop")


def test_a_list_of_nothing_is_nothing(books: Books) -> None:
    assert books("token", "list").stdout == ""
    assert json.loads(books("token", "list", "--json").stdout) == []

"""`leadqueue admin`: organisations, teams, users, tokens and definitions, on the server's own database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.domain.text import one_line
from leadqueue.server import DEFAULT_URL

if TYPE_CHECKING:
    from leadqueue.definitions.loader import Published
    from leadqueue.server.admin import Admin, Team

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Set up the shared server: organisations, teams, users, tokens.",
)
organisation = typer.Typer(
    add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Organisations."
)
team = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Teams.")
user = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help="Users.")
token = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Tokens. A token is shown once, when it is made.",
)
definitions = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The definitions that the server publishes.",
)
for group, name in (
    (organisation, "organisation"),
    (team, "team"),
    (user, "user"),
    (token, "token"),
    (definitions, "definitions"),
):
    app.add_typer(group, name=name)

Database = Annotated[
    str, typer.Option("--database", envvar="LEADQUEUE_DATABASE", help="The server's database.")
]
Organisation = Annotated[
    str, typer.Option("--organisation", help="Id of the organisation; not needed where there is only one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def _admin(database: str) -> Iterator[Admin]:
    from leadqueue.domain.moments import system_now
    from leadqueue.server.admin import Admin, AdminError
    from leadqueue.server.app import new_uuid
    from leadqueue.server.database import Database as ServerDatabase
    from leadqueue.server.trouble import DatabaseError

    try:
        opened = ServerDatabase.open(database)
    except (DatabaseError, OSError) as error:
        fail(Exit.LOCAL_FILES, str(error))
    try:
        yield Admin(opened, system_now, new_uuid)
    except AdminError as error:
        fail(Exit.USAGE, str(error))
    finally:
        opened.close()


def _only(admin: Admin, wanted: str) -> str:
    """The organisation that is named, or the only one."""
    known = admin.organisations()
    if wanted:
        if wanted not in {each.id for each in known}:
            fail(Exit.NOT_FOUND, f"--organisation: there is no organisation '{wanted}'")
        return wanted
    if not known:
        fail(
            Exit.NOT_FOUND,
            "there is no organisation yet",
            "Make one: leadqueue admin organisation create NAME",
        )
    if len(known) > 1:
        names = ", ".join(f"{each.id} ({each.name})" for each in known)
        fail(Exit.USAGE, f"say which organisation with --organisation: {names}")
    return known[0].id


def _team_id(teams: list[Team], wanted: str) -> str:
    """The id of the team that is named by its id or its name."""
    from leadqueue.domain.values import nearest

    found = [each.id for each in teams if wanted in (each.id, each.name)]
    if len(found) > 1:
        fail(
            Exit.NOT_FOUND,
            f"--team: {len(found)} teams are called '{one_line(wanted, 60)}'",
            f"Give the id of one: {', '.join(found)}",
        )
    if not found:
        names = [each.name for each in teams]
        close = nearest(wanted, names)
        there = f"Did you mean '{close}'?" if close else f"There are: {one_line(', '.join(names), 500)}"
        fail(
            Exit.NOT_FOUND,
            f"--team: no team is called '{one_line(wanted, 60)}'",
            there if teams else "There is no team yet; make one: leadqueue admin team create NAME",
        )
    return found[0]


def _plain(record: dict[str, object]) -> dict[str, object]:
    return {key: _plain_value(value) for key, value in record.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return ",".join(map(str, value)) if isinstance(value, tuple) else value


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    return "-" if value in (None, "", ()) else one_line(str(_plain_value(value)))


def _show(records: list[dict[str, object]], *, as_json: bool) -> None:
    if as_json:
        print_json([_plain(record) for record in records])
        return
    if not records:
        return
    heads = [key.removesuffix("_at").replace("_", " ").capitalize() for key in records[0]]
    table = [heads, *([_cell(value) for value in record.values()] for record in records)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for cells in table:
        print_line("  ".join(map(str.ljust, cells, widths)).rstrip())


def _show_one(record: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(_plain(record))
    else:
        print_line(str(record["id"]))


def _published(path: Path | None) -> Published:
    from leadqueue.cli.definitions import text_or_end
    from leadqueue.definitions.check import check_text, has_errors
    from leadqueue.definitions.loader import parse, shipped

    if path is None:
        return shipped()
    text = text_or_end(path)
    if has_errors(check_text(text)):
        fail(
            Exit.REFUSED,
            f"{path} does not hold, nothing was published",
            f"See what is wrong: leadqueue definitions check {path}",
        )
    return parse(text)


@app.command("migrate")
def migrate(database: Database = DEFAULT_URL) -> None:
    """Bring the database's tables to what this program needs; take a backup first."""
    from leadqueue.server.database import Database as ServerDatabase
    from leadqueue.server.trouble import DatabaseError

    try:
        done = ServerDatabase.migrate(database)
    except (DatabaseError, OSError) as error:
        fail(Exit.LOCAL_FILES, str(error))
    if done.before == done.after:
        say(f"The database stands at revision {done.after} already.")
    else:
        say(f"Migrated from {done.before or 'an empty database'} to revision {done.after}.")


@organisation.command("create")
def create_organisation(
    name: str,
    definitions_file: Annotated[
        Path | None, typer.Option("--definitions", help="A definitions file; the shipped one by default.")
    ] = None,
    database: Database = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Make an organisation and print its id."""
    published = _published(definitions_file)
    with _admin(database) as admin:
        _show_one(asdict(admin.create_organisation(name, published)), as_json=as_json)


@organisation.command("list")
def list_organisations(database: Database = DEFAULT_URL, as_json: AsJson = False) -> None:
    """List the organisations."""
    with _admin(database) as admin:
        _show([asdict(each) for each in admin.organisations()], as_json=as_json)


@organisation.command("new-epoch")
def new_epoch(database: Database = DEFAULT_URL, organisation_id: Organisation = "") -> None:
    """Tell all clients that the database was restored from a backup."""
    with _admin(database) as admin:
        admin.new_epoch(_only(admin, organisation_id))
        say("A new epoch has begun; each client offers its decisions of the last 30 days again.")


@team.command("create")
def create_team(
    name: str, database: Database = DEFAULT_URL, organisation_id: Organisation = "", as_json: AsJson = False
) -> None:
    """Make a team and print its id."""
    with _admin(database) as admin:
        _show_one(asdict(admin.create_team(_only(admin, organisation_id), name)), as_json=as_json)


@team.command("list")
def list_teams(
    database: Database = DEFAULT_URL, organisation_id: Organisation = "", as_json: AsJson = False
) -> None:
    """List the teams."""
    with _admin(database) as admin:
        _show([asdict(each) for each in admin.teams(_only(admin, organisation_id))], as_json=as_json)


@user.command("create")
def create_user(
    email: str,
    name: Annotated[str, typer.Option(help="The user's name.")],
    role: Annotated[str, typer.Option(help="rep, manager, marketing_ops or admin.")],
    team_name: Annotated[str, typer.Option("--team", help="Id or name of the team.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone, e.g. Europe/Berlin.")] = "UTC",
    database: Database = DEFAULT_URL,
    organisation_id: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """Make a user and print the id."""
    from leadqueue.definitions.model import Role

    roles = [each.value for each in Role if each is not Role.SYSTEM]
    if role not in roles:
        fail(Exit.USAGE, f"--role: '{role}' is not one of {', '.join(roles)}")
    with _admin(database) as admin:
        organisation = _only(admin, organisation_id)
        team_id = _team_id(admin.teams(organisation), team_name) if team_name else None
        made = admin.create_user(organisation, email, name, Role(role), team_id, zone)
        _show_one(asdict(made), as_json=as_json)


@user.command("list")
def list_users(
    database: Database = DEFAULT_URL, organisation_id: Organisation = "", as_json: AsJson = False
) -> None:
    """List the users."""
    with _admin(database) as admin:
        _show([asdict(each) for each in admin.users(_only(admin, organisation_id))], as_json=as_json)


@token.command("create")
def create_token(
    email: Annotated[str, typer.Argument(help="E-mail address or id of the user.")],
    label: Annotated[str, typer.Option(help="What the token is for.")] = "",
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="Days until it ends for good, renewed or not.")
    ] = 365,
    renew_days: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=3650,
            help="Days for which it holds until it is renewed; leadqueue does that by itself.",
        ),
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="read, decide or intake; may be repeated. All that the role allows by default."),
    ] = None,
    database: Database = DEFAULT_URL,
    organisation_id: Organisation = "",
    as_json: AsJson = False,
) -> None:
    """Make a token for a user and print it, this once. Make one for each machine."""
    from leadqueue.domain.moments import system_now
    from leadqueue.wire.api import Scope

    for name in scope or ():
        if name not in list(Scope):
            fail(Exit.USAGE, f"--scope: '{name}' is not one of {', '.join(Scope)}")
    scopes = [Scope(name) for name in scope] if scope else list(Scope)
    with _admin(database) as admin:
        organisation = _only(admin, organisation_id)
        holder = next(
            (each for each in admin.users(organisation) if email.casefold() in (each.email, each.id)), None
        )
        if holder is None:
            fail(Exit.NOT_FOUND, f"there is no user '{email}'")
        text, made = admin.create_token(
            organisation,
            holder.id,
            label,
            system_now() + timedelta(days=days),
            scopes=scopes,
            lifetime=timedelta(days=renew_days) if renew_days else None,
        )
        if as_json:
            print_json({"token": text, **_plain(asdict(made))})
        else:
            print_line(text)
            say("This token is shown once; only its hash is stored.")


@token.command("list")
def list_tokens(
    database: Database = DEFAULT_URL, organisation_id: Organisation = "", as_json: AsJson = False
) -> None:
    """List the tokens, without their texts; a token and those that renewed it are one line."""
    with _admin(database) as admin:
        organisation = _only(admin, organisation_id)
        people = {each.id: each for each in admin.users(organisation)}
        listed = []
        for each in admin.tokens(organisation):
            holder = people[each.user_id]
            whose = {"id": each.id, "name": holder.name, "email": holder.email}
            record = {**whose, **asdict(each)}
            if not as_json:
                del record["user_id"]
            listed.append(record)
        _show(listed, as_json=as_json)


@token.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(help="Id of the token, as listed.")],
    database: Database = DEFAULT_URL,
    organisation_id: Organisation = "",
) -> None:
    """End a token at once, with all that renewed it. Its machine then offers to erase its copy."""
    with _admin(database) as admin:
        admin.revoke_token(_only(admin, organisation_id), token_id)
        say("The token is revoked.")


@definitions.command("publish")
def publish_definitions(
    file: Annotated[Path, typer.Argument(help="A definitions file that passes the check.")],
    database: Database = DEFAULT_URL,
    organisation_id: Organisation = "",
) -> None:
    """Publish a definitions file; clients take it over with their next contact."""
    published = _published(file)
    with _admin(database) as admin:
        admin.publish_definitions(_only(admin, organisation_id), published)
        say(f"Version {published.definitions.version} holds from now on.")

"""The entry point. Each command's module is imported only when the command is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from leadqueue import __version__
from leadqueue.cli.ending import ends_with_a_code
from leadqueue.cli.output import print_line

COMMANDS: dict[str, dict[str, tuple[str, str]]] = {
    "The queue": {
        "queue": ("leadqueue.cli.queue:queue", "List the leads that wait, most urgent first."),
        "show": ("leadqueue.cli.queue:show", "Show a lead with everything that is known of it."),
        "journey": ("leadqueue.cli.queue:journey", "Follow a lead from first touch on, line by line."),
        "export": ("leadqueue.cli.export:export", "Write the leads of the queue as CSV or JSON."),
    },
    "Decisions": {
        "accept": ("leadqueue.cli.decide:accept", "Accept leads that await review."),
        "reject": ("leadqueue.cli.decide:reject", "Reject leads, with a reason code."),
        "recycle": ("leadqueue.cli.decide:recycle", "Send leads back to nurture, with a reason code."),
        "touch": ("leadqueue.cli.decide:touch", "Log a call, an e-mail or another touch."),
        "qualify": ("leadqueue.cli.decide:qualify", "Qualify an accepted lead."),
        "opportunity": ("leadqueue.cli.decide:opportunity", "Create an opportunity."),
        "close": ("leadqueue.cli.decide:close", "Close an opportunity, won or lost."),
        "note": ("leadqueue.cli.decide:note", "Add a note."),
        "reopen": ("leadqueue.cli.decide:reopen", "Reopen a lead, an override that says why."),
        "reassign": ("leadqueue.cli.decide:reassign", "Give leads to another rep of the team."),
        "edit": ("leadqueue.cli.decide:edit", "Change the fields that reps own."),
        "today": ("leadqueue.cli.today:today", "List what was decided today, and how far it has come."),
        "undo": ("leadqueue.cli.decide:undo", "Take the last unsent decision back."),
    },
    "The team": {
        "team": ("leadqueue.cli.team:team", "Show what waits for each rep, and how the last weeks went."),
        "escalations": ("leadqueue.cli.team:app", "Breaches and overrides of the team: list, acknowledge."),
    },
    "Sync": {
        "sync": ("leadqueue.cli.sync:sync", "Send what is unsent and read what is new, now."),
        "outbox": ("leadqueue.cli.inbox:outbox", "List the decisions that are not sent yet."),
        "inbox": ("leadqueue.cli.inbox:app", "Decisions that did not hold: list, send again, drop."),
        "digest": ("leadqueue.cli.queue:digest", "Prove that this copy and the server agree."),
    },
    "Account": {
        "login": ("leadqueue.cli.login:login", "Log in to a server."),
        "logout": ("leadqueue.cli.logout:logout", "Forget the token; unsent decisions stay."),
        "whoami": ("leadqueue.cli.login:whoami", "Say who is logged in, and where."),
        "config": ("leadqueue.cli.config:app", "The settings: show them, find the file, check it."),
        "where": ("leadqueue.cli.where:where", "Say where the program's files are."),
        "doctor": ("leadqueue.cli.doctor:doctor", "Look for what could be wrong."),
    },
    "Marketing and set-up": {
        "import": ("leadqueue.cli.importing:app", "Bring leads in from CSV files."),
        "quarantine": ("leadqueue.cli.quarantine:app", "Leads that lack a required field: list, repair."),
        "definitions": ("leadqueue.cli.definitions:app", "Show, check and compare definitions files."),
        "admin": ("leadqueue.cli.admin:app", "Set up the server: organisation, teams, users, tokens."),
        "serve": ("leadqueue.cli.serve:serve", "Serve the shared CRM API."),
        "web": ("leadqueue.cli.web:web", "Open the queue as a page in a browser on this machine."),
        "demo": ("leadqueue.cli.demo:app", "Try it out: made-up leads on an embedded server."),
    },
}
_PLACES = {name: place for group in COMMANDS.values() for name, place in group.items()}


class LazyGroup(TyperGroup):
    """Knows its commands by name, and imports the one that is called."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - typer's signature
        return list(_PLACES)

    def get_command(self, ctx: object, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - typer keeps its own copy of click private
        if cmd_name not in _PLACES:
            return None
        module, _, name = _PLACES[cmd_name][0].partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            group = found
        else:
            group = typer.Typer(add_completion=False, rich_markup_mode=None)
            group.command(cmd_name)(found)
        command = get_command(group)
        command.name = cmd_name
        return command  # type: ignore[return-value] # get_command answers with one of the two

    def format_commands(self, ctx: object, formatter: object) -> None:  # noqa: ARG002 - typer's signature
        """The commands in their groups, from the table, so that nothing is imported for the help."""
        for title, commands in COMMANDS.items():
            with formatter.section(title):  # type: ignore[attr-defined] # as above
                formatter.write_dl([(name, text) for name, (_, text) in commands.items()])  # type: ignore[attr-defined] # as above


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print_line(f"leadqueue {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Triage the leads that wait for you. Without a command the queue opens.

    Data goes to stdout, everything else to stderr. Exit codes: 0 done (a decision that waits to be sent is
    done), 1 fault, 2 usage, 3 refused by the definitions, 4 conflict, 5 not reachable, 6 not logged in,
    7 not found, 8 local files, 9 another protocol, 130 interrupted.
    """
    if version or ctx.invoked_subcommand is not None:
        return
    from leadqueue.cli.tui import run_tui

    run_tui()


def main() -> None:
    """Run the command line."""
    ends_with_a_code(app)


if __name__ == "__main__":
    main()

"""`definitions`: the one file that says what a stage, a reason or a clock is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say

if TYPE_CHECKING:
    from leadqueue.definitions.loader import Published
    from leadqueue.domain.lead import Lead

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.callback()
def definitions() -> None:
    """Show, check and compare definitions files."""


@app.command()
def show(
    part: Annotated[
        str, typer.Argument(help="One part: stages, decisions, reasons, clocks, score, ownership, …")
    ] = "",
    toml: Annotated[bool, typer.Option("--toml", help="Print the file itself.")] = False,
    shipped_ones: Annotated[
        bool, typer.Option("--shipped", help="Those that come with the program.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the definitions that hold: the server's, as read last, for who is logged in; else the shipped."""
    from leadqueue.definitions.show import PARTS, overview

    published = _holding(shipped_ones)
    if part and part not in PARTS:
        fail(Exit.USAGE, f"'{part[:40]}' is not one of {', '.join(PARTS)}")
    if toml:
        for line in published.text.splitlines():
            print_line(line)
    elif as_json:
        data = published.definitions.model_dump(mode="json", by_alias=True)
        print_json(data | {"digest": published.digest})
    else:
        for line in overview(published.definitions, part or None):
            print_line(line)


def _holding(shipped_ones: bool) -> Published:
    from leadqueue.cache.home import Home
    from leadqueue.definitions.loader import shipped

    home = Home.locate()
    account = None if shipped_ones else home.load_account()
    if account is None or not home.cache_file(account).exists():
        return shipped()
    from leadqueue.cli.session import open_desk

    with open_desk() as desk:
        return desk.published


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A definitions file.")], as_json: AsJson = False
) -> None:
    """Check a definitions file; ends with 3 where something is wrong."""
    from leadqueue.definitions.check import Severity, check_text

    findings = check_text(text_or_end(file))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            line = f":{finding.line}" if finding.line else ""
            where = f" {finding.path}:" if finding.path else ""
            print_line(f"{file}{line}: {finding.severity}:{where} {finding.message}")
    if errors:
        say(f"{errors} {'error' if errors == 1 else 'errors'}.")
        raise SystemExit(int(Exit.REFUSED))
    warnings = f", with {len(findings)} {'warning' if len(findings) == 1 else 'warnings'}" if findings else ""
    say(f"The file holds{warnings}.")


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A definitions file, or 'shipped'.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The same.")],
    as_json: AsJson = False,
) -> None:
    """Say in words what changes for a rep, and how many of your open leads it touches."""
    from leadqueue.definitions.diff import touched

    before, after = _read(old), _read(new)
    hits = touched(_open_leads(), before.definitions, after.definitions)
    if as_json:
        print_json([asdict(hit.change) | {"open_leads": list(hit.leads)} for hit in hits])
        return
    for hit in hits:
        count = len(hit.leads)
        leads = f" ({count} open {'lead' if count == 1 else 'leads'})" if count else ""
        print_line(f"{hit.change.words}{leads}")
    if not hits:
        say("Nothing changes.")


def _open_leads() -> list[Lead]:
    """The leads of the queue, where there is a queue on this machine."""
    from leadqueue.cache.home import Home
    from leadqueue.cache.queue_views import QueueView

    home = Home.locate()
    account = home.load_account()
    if account is None or not home.cache_file(account).exists():
        return []
    from leadqueue.cli.session import open_desk

    with open_desk() as desk:
        views = [desk.lead(lead_id) for lead_id in desk.queue.ids(QueueView())]
    return [view.lead for view in views if view is not None]


def _read(file: Path) -> Published:
    """The definitions of a file whose format is right; whether they make sense is for `check` to say."""
    from leadqueue.definitions.loader import parse, shipped

    if str(file) == "shipped":
        return shipped()
    try:
        return parse(text_or_end(file, "'shipped' stands for the definitions that come with the program."))
    except (ValueError, RecursionError):
        fail(Exit.REFUSED, f"{file} does not hold", f"See why: leadqueue definitions check {file}")


def text_or_end(file: Path, fix_if_missing: str = "") -> str:
    """The text of a file that the user named; where it cannot be read that is told, and ends the program."""
    from leadqueue.cache.text_files import UnreadableText, text_of

    try:
        return text_of(file)
    except UnreadableText as error:
        fail(Exit.USAGE, str(error), fix_if_missing if error.missing else "")

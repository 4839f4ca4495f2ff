"""`import`: leads from CSV files."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadqueue.crm.gateway import Gateway
    from leadqueue.definitions.model import Definitions
    from leadqueue.sync.importing.mapping import Mapping
    from leadqueue.sync.importing.reader import BadRow, Layout, Row
    from leadqueue.sync.importing.run import Ready, Summary, Superseded

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def imports() -> None:
    """Bring leads in from files. A second run of the same file changes nothing."""


@app.command()
def leads(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="The file; encoding and dialect are found out.")
    ],
    mapping: Annotated[str, typer.Option(help="A mapping file, or one of: hubspot, salesforce.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would become of new leads.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rows go that cannot be taken; beside the file by default.")
    ] = None,
    encoding: Annotated[str, typer.Option(help="The file's encoding, where it is not found out right.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Import leads. What lacks a required field goes to quarantine, what cannot be read to a reject file."""
    from leadqueue.sync.importing.mapping import MappingError, as_named, load, missing_columns
    from leadqueue.sync.importing.reader import UnreadableFile, look
    from leadqueue.sync.importing.rejects import NotWritable, RejectFile
    from leadqueue.sync.importing.run import Summary

    definitions = _definitions_to_rehearse_with() if dry_run else _definitions_to_import_by()
    try:
        chosen = load(mapping, definitions)
    except MappingError as error:
        for problem in error.problems:
            say(f"leadqueue: {mapping}: {problem}")
        raise SystemExit(int(Exit.USAGE)) from None
    if encoding:
        try:
            "".encode(encoding)
        except LookupError:
            fail(Exit.USAGE, f"--encoding: '{encoding[:40]}' is not known; give one like utf-8 or cp1252")
    try:
        layout = look(file, encoding)
    except UnreadableFile as error:
        fail(Exit.USAGE, str(error))
    layout = replace(layout, head=as_named(chosen, layout.head))
    _check_columns(missing_columns(chosen, layout.head), chosen, layout)
    target = rejects or file.with_name(f"{file.stem}.rejects.csv")
    summary = Summary()
    done = False
    kept = None
    try:
        with RejectFile(target, (file, Path(mapping))) as kept:
            _run(file, layout, chosen, definitions, kept.write, summary, dry_run=dry_run)
        done = True
    except NotWritable as error:
        fail(Exit.LOCAL_FILES, str(error), "Name another with --rejects.")
    finally:
        if done or summary.answered:
            _tell(summary, definitions, dry_run=dry_run, done=done)
        if kept is not None and kept.count:
            say(f"Rows that could not be taken, with line and reason: {target}")
    if as_json:
        print_json(summary.as_json() | {"rejects": str(target) if kept.count else None, "dry_run": dry_run})


async def _may_import(gateway: Gateway) -> None:
    """Raises `Forbidden` where the server would."""
    from leadqueue.crm.gateway import Forbidden
    from leadqueue.domain.handoff import BRINGERS
    from leadqueue.wire.api import Scope

    session = await gateway.session()
    if session.role not in BRINGERS:
        raise Forbidden(f"Your role is '{session.role.value}'.")
    if Scope.INTAKE not in session.scopes:
        raise Forbidden(f"Your token lacks the scope '{Scope.INTAKE.value}'.")


def _definitions_to_import_by() -> Definitions:
    """The server's definitions, for who may import; before a row is read or a reject file written."""
    from leadqueue.cli.session import ask_server, for_marketing

    with for_marketing("import leads"):
        ask_server(_may_import)
    return published_definitions()


def published_definitions() -> Definitions:
    """The definitions as the server publishes them now, by which it judges the leads."""
    from pydantic import ValidationError

    from leadqueue.cli.session import ask_server
    from leadqueue.crm.gateway import NotTheApi, ProtocolMismatch
    from leadqueue.definitions.loader import parse

    published = ask_server(lambda gateway: gateway.definitions())
    if published is None:
        raise NotTheApi
    try:
        return parse(published.text).definitions
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ProtocolMismatch("The server's definitions cannot be read; update leadqueue.") from error


def _definitions_to_rehearse_with() -> Definitions:
    """The server's definitions where it can be asked, else the last known, else the shipped ones."""
    from leadqueue.cache.home import Home
    from leadqueue.cli.session import open_desk
    from leadqueue.crm.gateway import GatewayError
    from leadqueue.definitions.loader import shipped

    if Home.locate().load_account() is None:
        say("Nobody is logged in: the definitions that come with the program are used.")
        return shipped().definitions
    try:
        return published_definitions()
    except GatewayError as error:
        say(f"{error} The definitions of the last sync are used.")
    with open_desk() as desk:
        return desk.definitions


def _check_columns(lacking: dict[str, str], mapping: Mapping, layout: Layout) -> None:
    from leadqueue.domain.values import nearest

    fatal = [
        column for column, place in lacking.items() if place == "source_id" or not mapping.optional_columns
    ]
    for column in fatal:
        close = nearest(column, list(layout.head))
        hint = f"; did you mean '{close}'?" if close else ""
        say(f"leadqueue: the file has no column '{column}', asked for by {lacking[column]}{hint}")
    if fatal:
        say(f"  its columns: {', '.join(layout.head)[:500]}")
        raise SystemExit(int(Exit.USAGE))
    if lacking:
        say(f"Not in this file, left empty: {', '.join(lacking)}")


def _run(
    file: Path,
    layout: Layout,
    mapping: Mapping,
    definitions: Definitions,
    on_bad: Callable[[BadRow], None],
    summary: Summary,
    *,
    dry_run: bool,
) -> None:
    import asyncio

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from leadqueue.cache.desk import new_uuid
    from leadqueue.cli.session import ask_server, for_marketing
    from leadqueue.domain.moments import system_now
    from leadqueue.sync.importing.reader import UnreadableFile, rows
    from leadqueue.sync.importing.run import leads_of, patient, rehearse, send_all
    from leadqueue.sync.importing.superseding import ends_of, once_each

    size = file.stat().st_size
    read = 0
    console = Console(stderr=True)
    progress = Progress(
        TextColumn("{task.fields[said]}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
    )
    task = progress.add_task("", total=max(size, 1), said="Importing")

    def on_progress(summary: Summary) -> None:
        done = max(summary.rows, 1)
        progress.update(task, completed=min(read, size), said=f"{done} rows")

    now = system_now()

    def sent() -> Iterator[Ready | BadRow | Superseded]:
        progress.update(task, said="Looking for records that come again")
        ends = ends_of(rows(file, layout), mapping, definitions, now)
        return once_each(leads_of(counted(), mapping, definitions), ends, definitions, now)

    def counted() -> Iterator[Row | BadRow]:
        nonlocal read
        for row in rows(file, layout):
            read += sum(len(text) + 1 for text in getattr(row, "values", {}).values()) or 1
            yield row

    with progress:
        try:
            made = sent()
            if dry_run:
                send = rehearse(definitions, now, new_uuid)
                asyncio.run(
                    send_all(made, mapping, send, on_bad=on_bad, on_progress=on_progress, summary=summary)
                )
                return
            with for_marketing("import leads"):
                ask_server(
                    lambda gateway: send_all(
                        made,
                        mapping,
                        patient(gateway.intake_leads),
                        on_bad=on_bad,
                        on_progress=on_progress,
                        summary=summary,
                    )
                )
        except UnreadableFile as error:
            fail(Exit.LOCAL_FILES, str(error))


def _tell(summary: Summary, definitions: Definitions, *, dry_run: bool, done: bool) -> None:
    from leadqueue.sync.importing.run import lines_said

    if dry_run:
        say("Nothing was changed. This is what would become of new leads:")
    else:
        say("Imported." if done else "Not finished. The same command again goes on; no lead comes twice.")
    lines = (
        ("rows", summary.rows),
        ("created", summary.created),
        ("updated", summary.updated),
        ("unchanged", summary.unchanged),
        ("in quarantine", summary.quarantined),
        ("refused", summary.refused),
        ("unreadable", summary.unreadable),
        ("superseded by a later row of the same record", len(summary.superseded)),
    )
    for name, count in lines:
        if count or name == "rows":
            say(f"  {count:>7} {name}")
    if summary.superseded:
        say(f"  Superseded: {lines_said(summary.superseded)}.")
    if summary.missing:
        lacking = ", ".join(
            f"{definitions.fields[key].label} ({count})" for key, count in summary.missing.most_common()
        )
        say(f"  Missing: {lacking}. `leadqueue quarantine` lists them.")
    if summary.left_empty:
        fields = ", ".join(
            f"{definitions.fields[key].label} ({count})" for key, count in summary.left_empty.most_common()
        )
        say(f"  Left empty, since the value does not hold: {fields}.")
    if summary.stages:
        stages = ", ".join(
            f"{definitions.stages[key].short} {count}" for key, count in summary.stages.most_common()
        )
        say(f"  They stand at: {stages}.")

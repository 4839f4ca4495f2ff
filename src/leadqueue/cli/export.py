"""`export`: the queue's leads for a spreadsheet or a script."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.errors import NOTHING_READ
from leadqueue.cache.home import private_file
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, flush_data, holds_all_text, say, write_data
from leadqueue.cli.queue import Filtering, asked_view, moment
from leadqueue.cli.session import open_desk
from leadqueue.domain.text import spreadsheet_safe

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


def _file(output: Path | None) -> Path | None:
    """The file, None for standard output, which a dash stands for as it does elsewhere."""
    return None if output == Path("-") else output


def export(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", callback=_file, help="A file; stdout without it, or with -."),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv or json.")] = "csv",
    section: Annotated[str, typer.Option(help="Only this section of the queue.")] = "",
    search: Annotated[str, typer.Option(help="Only leads that hold every one of these words.")] = "",
    filtering: Filtering = "",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write the leads of the queue with all their fields. No cell can act as a formula.

    The leads are those of the queue at the start; each is written as it stands when its turn comes.
    """
    if form not in ("csv", "json"):
        fail(Exit.USAGE, f"--format: '{form[:20]}' is neither csv nor json")
    if output is not None and output.exists() and not force:
        fail(Exit.USAGE, f"{output} is there already", "Give another name, or --force to replace it.")
    with open_desk() as desk:
        if not desk.ready:
            say(NOTHING_READ)
        fields = list(desk.definitions.fields)
        view = asked_view(
            desk, section=section, search=search, filtering=[filtering], sort="urgency", reverse=False
        )
        head = ["id", "stage", "section", "owner", "version", "score", "due_at", "created_at", *fields]

        # Read once: under whoever pages through it, the queue moves by a sync or a decision beside this.
        wanted = desk.queue.ids(view)

        def records() -> Iterable[dict[str, object]]:
            for lead_id in wanted:
                row, found = desk.queue.row(lead_id), desk.lead(lead_id)
                if row is None or found is None:
                    continue
                yield {
                    "id": row.id,
                    "stage": row.stage,
                    "section": row.section,
                    "owner": row.owner_name,
                    "version": row.version,
                    "score": row.score,
                    "due_at": moment(row.due_at),
                    "created_at": moment(row.created_at),
                    **{key: found.lead.fields.get(key) for key in fields},
                }

        if output is None:
            count = _print(form, head, records())
        else:
            partial = output.with_name(f".{output.name}.part")
            try:
                with private_file(partial).open("w", encoding="utf-8", newline="") as file:
                    count = _write(file, form, head, records())
                partial.replace(output)
            except OSError as error:
                fail(Exit.LOCAL_FILES, f"{output} cannot be written: {error.strerror}")
            finally:  # leads shall not stay behind in a file that nobody knows of, whatever cut it short
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
    say(f"Exported: {count}.")
    if count < len(wanted):
        say(f"Left out, since they went out of your reach meanwhile: {len(wanted) - count}.")


def _print(form: str, head: list[str], records: Iterable[dict[str, object]]) -> int:
    if form == "csv" and not holds_all_text():
        say(f"stdout is {sys.stdout.encoding}: what that lacks is written as ?; -o FILE keeps every letter.")
    count = _write(_Stdout(), form, head, records)
    flush_data()  # what cannot be written shall not be counted as exported
    return count


class _Stdout:
    def write(self, text: str) -> None:
        write_data(text)


def _write(file: SupportsWrite[str], form: str, head: list[str], records: Iterable[dict[str, object]]) -> int:
    count = 0
    if form == "json":
        file.write("[")
        for count, record in enumerate(records, 1):
            file.write(("," if count > 1 else "") + "\n" + json.dumps(record, ensure_ascii=True))
        file.write("\n]\n")
        return count
    writer = csv.DictWriter(file, head, lineterminator="\r\n")
    writer.writeheader()
    for record in records:
        count += 1
        writer.writerow(
            {
                key: spreadsheet_safe(value) if isinstance(value, str) else value
                for key, value in record.items()
            }
        )
    return count

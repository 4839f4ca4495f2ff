"""`quarantine`: leads that lack a field sales was promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.cli.session import ask_server, for_marketing
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.crm.gateway import Gateway
    from leadqueue.definitions.model import Definitions
    from leadqueue.domain.lead import FieldValues, Lead
    from leadqueue.wire.intake import IntakeResult, QuarantinedLead

_ALL = 1_000_000

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def quarantine(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the leads in quarantine, each with the fields it lacks."""
    if ctx.invoked_subcommand is not None:
        return
    with for_marketing("see the quarantine"):
        leads, total = ask_server(lambda gateway: _read(gateway, limit))
    if as_json:
        print_json(
            [
                {
                    "id": each.lead.id,
                    "source_id": each.lead.source_id,
                    "name": each.lead.person,
                    "company": each.lead.company,
                    "missing": each.missing,
                }
                for each in leads
            ]
        )
    else:
        for each in leads:
            who = one_line(each.lead.person or each.lead.company, 40) or "nameless"
            source = one_line(each.lead.source_id or "", 48)
            print_line(f"{source:<48}  {who:<40}  lacks {', '.join(each.missing)}")
    if total > len(leads):
        say(f"{len(leads)} of {total} shown; --limit shows more.")
    elif not total:
        say("The quarantine is empty.")


async def _read(gateway: Gateway, limit: int) -> tuple[list[QuarantinedLead], int]:
    leads: list[QuarantinedLead] = []
    while True:
        after = leads[-1].lead.id if leads else ""
        page = await gateway.quarantine(after, min(limit - len(leads), 500))
        leads += page.leads
        if not page.leads or len(leads) >= limit or len(leads) >= page.total:
            return leads, page.total


@app.command()
def repair(
    source_id: Annotated[str, typer.Argument(help="The lead's id at its source, as listed.")],
    assign: Annotated[list[str], typer.Option("--set", metavar="FIELD=VALUE", help="A field to fill.")],
) -> None:
    """Fill what a lead lacks; with everything filled it goes on from there."""
    from leadqueue.cli.importing import published_definitions
    from leadqueue.domain.values import nearest

    definitions = published_definitions()
    given: dict[str, str] = {}
    for pair in assign:
        key, sign, text = pair.partition("=")
        key = key.strip().replace("-", "_")
        if not sign or key not in definitions.fields:
            close = nearest(key, definitions.fields)
            fail(
                Exit.USAGE,
                f"--set wants FIELD=VALUE with a field of a lead, not '{one_line(pair, 60)}'",
                f"Did you mean {close}?" if close and close != key else "",
            )
        given[key] = text
    with for_marketing("repair leads"):
        result = ask_server(lambda gateway: _repair(gateway, source_id, given, definitions))
    if result.errors:
        for error in result.errors:
            allowed = f" Allowed: {', '.join(error.allowed[:20])}" if error.allowed else ""
            say(f"leadqueue: {error.field}: {one_line(error.message, 300)}.{one_line(allowed, 400)}")
        raise SystemExit(int(Exit.REFUSED))
    if result.missing:
        say(f"Still lacks {', '.join(result.missing)}.")
    else:
        say(f"Goes on: {definitions.stages[result.stage or ''].label}." if result.stage else "Repaired.")


async def _repair(
    gateway: Gateway, source_id: str, given: dict[str, str], definitions: Definitions
) -> IntakeResult:
    from leadqueue.wire.intake import IntakeLead, IntakeLeads

    waiting, _ = await _read(gateway, _ALL)
    found = next((each.lead for each in waiting if each.lead.source_id == source_id), None)
    if found is None:
        fail(Exit.NOT_FOUND, f"no lead in quarantine has the source id '{one_line(source_id, 80)}'")
    lead = IntakeLead(source_id=source_id, fields=_values(given, definitions, found))
    answer = await gateway.intake_leads(IntakeLeads(leads=(lead,), source="quarantine repair"))
    return answer.results[0]


def _values(given: dict[str, str], definitions: Definitions, lead: Lead) -> FieldValues:
    """The texts as the definitions' types; ends the program where one cannot be read."""
    from leadqueue.domain.decision import FieldError
    from leadqueue.domain.values import parse_texts

    values: FieldValues = {}
    for key, read in parse_texts(given, definitions, lead.fields).items():
        if isinstance(read, FieldError):
            fail(Exit.REFUSED, f"{key}: {one_line(read.message, 300)}")
        values[key] = read
    return values

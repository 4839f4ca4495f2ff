"""`inbox` and `outbox`: decisions that did not hold, and those that are not sent yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import Annotated

import typer

from leadqueue.cache.both_sides import Facing, changes, deeds, reasons, sides, status_words, tried, whom
from leadqueue.cache.today import whom as lead_named
from leadqueue.cache.views import AttentionItem, EarlierTry, NotStored
from leadqueue.cli.decide import people_of, say_errors
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.cli.queue import moment
from leadqueue.cli.session import open_desk
from leadqueue.definitions.model import Definitions
from leadqueue.domain.ages import stamp
from leadqueue.domain.lead import Directory
from leadqueue.domain.moments import zone_named
from leadqueue.domain.shown import SHORTEST_NAME, UNKNOWN, goes_by, id_shown, too_short
from leadqueue.domain.text import one_line

app = typer.Typer(add_completion=False, rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ItemId = Annotated[
    str,
    typer.Argument(
        metavar="ITEM",
        help=f"Id of the item as listed, or its beginning, {SHORTEST_NAME} characters or more.",
    ),
]


@app.callback(invoke_without_command=True)
def inbox(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the decisions that did not hold, with both sides. Nothing of them is lost."""
    if ctx.invoked_subcommand is not None:
        return
    with open_desk() as desk:
        items = desk.attention()
        definitions, directory = desk.definitions, desk.directory
        zone = zone_named(desk.account.zone)
    if as_json:
        print_json([_json(item, definitions, directory) for item in items])
        return
    for item in items:
        for line in _lines(item, definitions, directory, zone):
            print_line(line)
    if not items:
        say("The inbox is empty.")


def _lines(
    item: AttentionItem, definitions: Definitions, directory: Directory, zone: tzinfo
) -> Iterator[str]:
    """What was decided, about whom and why it did not hold; then both sides, as the screen has them."""
    decision, told = item.decision, status_words(item)
    label = one_line(definitions.decisions[decision.kind].label, 24)
    yield f"{id_shown(item.id)}  {label}: {whom(item)}; {told}"
    indent = " " * 10
    yield f"{indent}Decided {stamp(decision.decided_at, zone)}, did not hold {stamp(item.at, zone)}"
    for reason in reasons(item):
        if reason != told:
            yield f"{indent}{reason}"
    for facing in sides(item, definitions, directory):
        yield f"{indent}{facing.label}: yours {facing.mine or UNKNOWN}, now {facing.now or UNKNOWN}"
    for facing in changes(item, definitions, directory):
        changed = f"was {facing.mine or UNKNOWN}, now {facing.now or UNKNOWN}"
        yield f"{indent}Changed meanwhile, {facing.label}: {changed}"
    for deed in deeds(item, definitions):
        who = f"{deed.by}, {stamp(deed.at, zone)}: " if deed.at else ""
        yield f"{indent}Since then, {who}{deed.what}"
    for each in item.earlier:
        values, why = tried(each, definitions, directory)
        yield f"{indent}Earlier try, {stamp(each.decision.decided_at, zone)}: {values}; {why}"


def _json(item: AttentionItem, definitions: Definitions, directory: Directory) -> dict[str, object]:
    return {
        "id": item.id,
        "lead_id": item.decision.lead_id,
        "kind": item.decision.kind.value,
        **_said(item),
        "decided_at": moment(item.decision.decided_at),
        "at": moment(item.at),
        "stage_then": item.lead_then.stage if item.lead_then else None,
        "stage_now": item.lead_now.stage if item.lead_now else None,
        "sides": [_facing(each) for each in sides(item, definitions, directory)],
        "changed": [_facing(each) for each in changes(item, definitions, directory)],
        "since": [
            {"at": moment(each.at), "by": each.by, "what": each.what} for each in deeds(item, definitions)
        ],
        "earlier": [earlier_json(each) for each in item.earlier],
    }


def earlier_json(item: EarlierTry) -> dict[str, object]:
    """What was tried before, for the JSON of whatever stands in for it."""
    return {
        "id": item.decision.id,
        **_said(item),
        "decided_at": moment(item.decision.decided_at),
        "at": moment(item.at),
    }


def _said(item: AttentionItem | EarlierTry) -> dict[str, object]:
    return {
        "values": item.decision.values,
        "status": item.status.value,
        "message": item.message,
        "errors": [{"field": each.field, "code": each.code, "message": each.message} for each in item.errors],
    }


def _facing(facing: Facing) -> dict[str, object]:
    return {"label": facing.label, "yours": facing.mine, "now": facing.now, "differs": facing.differs}


def _found(items: list[AttentionItem], name: str) -> AttentionItem:
    wanted = name.strip().casefold()
    if len(wanted) < SHORTEST_NAME:
        fail(Exit.NOT_FOUND, too_short(wanted, "the item's id"))
    found = [item for item in items if goes_by(item.id, wanted)]
    if len(found) != 1:
        fail(Exit.NOT_FOUND, f"{len(found) or 'no'} items of the inbox are called '{one_line(name, 60)}'")
    return found[0]


@app.command()
def resend(item: ItemId) -> None:
    """Decide the same again, on the lead as it stands now."""
    with open_desk() as desk:
        found = _found(desk.attention(), item)
        answer = desk.resend(found.id)
        people = people_of(desk)
    if isinstance(answer, NotStored):
        say_errors(answer.errors, people)
        raise SystemExit(int(Exit.REFUSED))
    say("Stored again, waits to be sent.")


@app.command()
def drop(item: ItemId) -> None:
    """Give the decision up."""
    with open_desk() as desk:
        found = _found(desk.attention(), item)
        desk.drop(found.id)
    say("Dropped.")


def outbox(as_json: AsJson = False) -> None:
    """List the decisions that the server has not answered for, oldest first."""
    with open_desk() as desk:
        items = desk.unsent()
        rows = {item.decision.lead_id: desk.queue.row(item.decision.lead_id) for item in items}
        kept = {lead_id: desk.remembered(lead_id) for lead_id, row in rows.items() if row is None}
        definitions, zone = desk.definitions, zone_named(desk.account.zone)
    if as_json:
        print_json(
            [
                {
                    "id": item.decision.id,
                    "lead_id": item.decision.lead_id,
                    "name": row.person if (row := rows[item.decision.lead_id]) else None,
                    "company": row.company if row else None,
                    "kind": item.decision.kind.value,
                    "state": item.state.value,
                    "attempts": item.attempts,
                    "decided_at": moment(item.decision.decided_at),
                    "next_try_at": moment(item.next_try_at),
                    "trouble": item.trouble,
                }
                for item in items
            ]
        )
        return
    for item in items:
        decision = item.decision
        person = one_line(lead_named(rows[decision.lead_id], kept.get(decision.lead_id)), 48)
        label = one_line(definitions.decisions[decision.kind].label, 15)
        lead = f"lead {id_shown(decision.lead_id)}"
        at = stamp(decision.decided_at, zone)
        print_line(
            f"{id_shown(decision.id)}  {label:<15} {lead}  {person:<48}  "
            f"{item.state.value:<8} {at:>17}  {one_line(item.trouble, 200)}".rstrip()
        )
    if not items:
        say("Everything is sent.")

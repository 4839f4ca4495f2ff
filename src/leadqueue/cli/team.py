"""`team` and `escalations`: what a manager sees of the team, and the escalations they take care of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.breaches import Breach, breach
from leadqueue.cache.errors import NOTHING_READ
from leadqueue.cache.home import Account, Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.cli.queue import moment
from leadqueue.cli.session import open_desk, sync_now
from leadqueue.definitions.model import Role
from leadqueue.domain.countdown import ago, brief
from leadqueue.domain.shown import SHORTEST_NAME, UNKNOWN, id_shown, minutes_text, percent, too_short
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.cache.desk import Desk
    from leadqueue.cache.team import TeamFacts
    from leadqueue.domain.team import RepLine
    from leadqueue.wire.api import Escalation

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_TEAM = "GET /v1/team/queue?team=ID, with the id that `leadqueue admin team list` names"
_ESCALATIONS = "GET /v1/escalations, those of all teams"
_ACKNOWLEDGE = "POST /v1/escalations/acknowledge"

_NOT_READ = "The escalations have not been read yet: leadqueue sync"

_SORTS: dict[str, Callable[[RepLine], float | str]] = {
    "breached": lambda line: -line.load.breached,
    "soon": lambda line: -line.load.soon,
    "waiting": lambda line: -line.load.waiting,
    "name": lambda line: line.name.casefold(),
}


def team(
    sort: Annotated[str, typer.Option(help=f"One of {', '.join(_SORTS)}.")] = "breached",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what waits for each rep of your team, and how the last weeks went."""
    if sort not in _SORTS:
        fail(Exit.USAGE, f"--sort: '{sort[:40]}' is not one of {', '.join(_SORTS)}")
    with open_desk() as desk:
        _manager(desk, _TEAM)
        now, facts = desk.now(), desk.team.facts()
        table = facts.table(desk.team.backlog(), now)
        ready = desk.ready
    lines = sorted(table.lines, key=_SORTS[sort])
    if as_json:
        said = facts.said
        print_json(
            {
                "team_id": facts.team_id,
                "team": said.team_name if said else None,
                "at": moment(now),
                "history_at": moment(said.at) if said else None,
                "history_since": moment(said.since) if said else None,
                "touches_from": said.first_day.isoformat() if said else None,
                "zone": said.zone if said else None,
                "reps": [line_json(line) for line in lines],
                "total": line_json(table.total) if ready else None,
            }
        )
    elif ready:
        print_line(
            f"{'Rep':<24} {'Waiting':>8} {'Soon':>6} {'Breached':>9} {'Oldest':>7} {'Average':>8} "
            f"{'Response':>9} {'Answered':>9} {'SLA':>5} {'Accepted':>9} {'Touches':>8}"
        )
        for line in (*lines, table.total):
            print_line(_line(line, now))
    if not ready:
        say(NOTHING_READ)
    elif facts.said is None:
        say("The last weeks have not been read yet: leadqueue sync")
    else:
        age = ago(now - facts.said.at)
        say(f"What waits is of now; the last 28 days are of {age}, touches of 14 days in {facts.said.zone}.")


def line_json(line: RepLine) -> dict[str, object]:
    """A line as scripts get it; what is not known is null. docs/team.md says what each figure means."""
    load, history = line.load, line.history
    return {
        "owner_id": line.owner_id or None,
        "name": line.name,
        "waiting": load.waiting,
        "due_soon": load.soon,
        "breached": load.breached,
        "oldest_since": moment(load.oldest_since),
        "average_since": moment(load.average_since),
        "answered": history.answered if history else None,
        "median_response_minutes": history.median_minutes if history else None,
        "sla_counted": history.counted if history else None,
        "sla_in_time": history.in_time if history else None,
        "sla_compliance": history.compliance if history else None,
        "accepted": history.accepted if history else None,
        "acceptance_rate": history.acceptance if history else None,
        "touches": history.touches if history else None,
        "touches_by_day": history.touches_by_day if history else None,
    }


def _line(line: RepLine, now: datetime) -> str:
    load, history = line.load, line.history
    oldest, average = (
        UNKNOWN if since is None else brief(now - since) for since in (load.oldest_since, load.average_since)
    )
    past = (
        (UNKNOWN,) * 5
        if history is None
        else (
            minutes_text(history.median_minutes),
            f"{history.answered:,}",
            percent(history.compliance),
            percent(history.acceptance),
            str(history.touches),
        )
    )
    return (
        f"{one_line(line.name, 24):<24} {load.waiting:>8} {load.soon:>6} {load.breached:>9} {oldest:>7} "
        f"{average:>8} {past[0]:>9} {past[1]:>9} {past[2]:>5} {past[3]:>9} {past[4]:>8}"
    )


_NOT_FOR = {
    Role.REP: "is a rep",
    Role.MARKETING_OPS: "belongs to marketing ops",
    Role.ADMIN: "is an administrator",
}
_LOG_IN = "Log in as the manager: leadqueue login"


def _manager(desk: Desk, call: str) -> None:
    """End the program for anybody but a manager. An administrator is told the server's `call` that is theirs:
    this machine keeps a team's figures for its manager only."""
    role = desk.actor.role
    if role is Role.MANAGER:
        return
    who = f"{desk.account.name} {_NOT_FOR.get(role, 'is not its manager')}"
    ask = f"Ask the server: {call} (docs/server.md). Or log in as the manager: leadqueue login"
    fail(
        Exit.NOT_LOGGED_IN,
        f"{who}; the team's figures are for its manager",
        ask if role is Role.ADMIN else _LOG_IN,
    )


@app.callback(invoke_without_command=True)
def escalations(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are acknowledged.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the breaches and overrides of your team that nobody has acknowledged, the oldest first."""
    if ctx.invoked_subcommand is None:
        _list(everything=everything, as_json=as_json)


@app.command(name="list")
def listed(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are acknowledged.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The same as without a word."""
    _list(everything=everything, as_json=as_json)


def _list(*, everything: bool, as_json: bool) -> None:
    with open_desk() as desk:
        _manager(desk, _ESCALATIONS)
        facts, now = desk.team.facts(), desk.now()
        found = _open(facts) if not everything else sorted(facts.breaches, key=lambda each: each.breached_at)
        if as_json:
            print_json([_breach_json(each, facts, desk) for each in found])
        else:
            for each in found:
                row = desk.queue.row(each.lead_id)
                shown = breach(each, row, facts, desk.definitions, now)
                print_line(_breach_line(shown, now, told=everything))
    if facts.said is None:
        say(_NOT_READ)
    elif facts.beyond:
        say(f"{facts.beyond:,} older ones wait too; they come once these are acknowledged.")
    elif not found:
        say("No escalation waits to be acknowledged.")


def _breach_line(shown: Breach, now: datetime, *, told: bool) -> str:
    """The escalation in a line; `told` says beside it whether anybody has acknowledged it."""
    seen = f"acknowledged: {one_line(shown.seen, 60)}" if shown.seen else "to acknowledge"
    line = (
        f"{id_shown(shown.id)} {brief(now - shown.breached_at):>4} ago  {one_line(shown.clock, 16):<16} "
        f"{one_line(shown.person, 28):<28}  {one_line(shown.company, 28):<28}  "
        f"{one_line(shown.owner, 24):<24}  {seen if told else ''}"
    ).rstrip()
    return f"{line}  {one_line(shown.told, MOST_TOLD)}" if shown.told else line


MOST_TOLD = 2500
"""Signs of an override: its reason may have 2,000."""


def _open(facts: TeamFacts) -> list[Escalation]:
    waiting = [each for each in facts.breaches if each.acknowledged_at is None and each.id not in facts.seen]
    return sorted(waiting, key=lambda each: (each.breached_at, each.id))


def _breach_json(each: Escalation, facts: TeamFacts, desk: Desk) -> dict[str, object]:
    row = desk.queue.row(each.lead_id)
    here = each.id in facts.seen
    return {
        "id": each.id,
        "lead_id": each.lead_id,
        "kind": each.kind,
        "clock": each.clock,
        "message": each.message,
        "breached_at": moment(each.breached_at),
        "person": row.person if row else "",
        "company": row.company if row else "",
        "owner_id": row.owner_id if row else each.owner_id,
        "owner": row.owner_name if row else each.owner_name,
        "acknowledged_at": moment(each.acknowledged_at),
        "acknowledged_by": each.acknowledged_by_name or (desk.account.name if here else None),
        "sent": not here,
    }


@app.command()
def ack(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID…", help=f"As listed; the last letters are enough, {SHORTEST_NAME} or more."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that nobody has acknowledged.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say that you take care of escalations. Saying it again is harmless."""
    if bool(ids) is everything:
        fail(
            Exit.USAGE, "name the escalations by their ids, or take --all", "leadqueue escalations lists them"
        )
    with open_desk() as desk:
        _manager(desk, _ACKNOWLEDGE)
        facts = desk.team.facts()
        chosen = [each.id for each in _open(facts)] if everything else _named(ids or [], facts)
        if chosen:
            desk.team.acknowledge(chosen)
        account = desk.account
    waiting, trouble = _send(account, chosen) if chosen else (set(), "")
    if as_json:
        print_json({"acknowledged": chosen, "waiting": sorted(waiting), "trouble": trouble or None})
    if trouble:
        say(trouble)
    if not chosen:
        say(_NOT_READ if facts.said is None else "No escalation waits to be acknowledged.")
    elif waiting:
        say(f"Stored, waits to be sent: {len(waiting)}.")
    else:
        say(f"Acknowledged: {len(chosen)}.")


def _named(texts: list[str], facts: TeamFacts) -> list[str]:
    """The ids that the texts name; ends the program where one names none, or several."""
    chosen: list[str] = []
    if facts.said is None:
        fail(Exit.NOT_FOUND, _NOT_READ)
    for text in texts:
        wanted = text.strip().casefold()
        if len(wanted) < SHORTEST_NAME:
            fail(Exit.NOT_FOUND, too_short(wanted, "the escalation's id"))
        found = [each.id for each in facts.breaches if wanted in (each.id, each.id[-len(wanted) :])]
        if len(found) != 1:
            why = "names several escalations" if len(found) > 1 else "names no escalation of your team"
            fail(Exit.NOT_FOUND, f"'{text[:60]}' {why}", "leadqueue escalations --all lists them")
        chosen += found
    return list(dict.fromkeys(chosen))


def _send(account: Account, chosen: list[str]) -> tuple[set[str], str]:
    """Try to send at once; answers what is still waiting, and what went wrong, in words."""
    from leadqueue.crm.gateway import GatewayError

    trouble = ""
    try:
        report = sync_now(Home.locate(), account)
        if report is None:
            say("Another leadqueue of this account sends it with its next look at the server.")
        elif report.error is not None:
            trouble = str(report.error)
    except GatewayError as error:
        trouble = str(error)
    with open_desk() as desk:
        facts = desk.team.facts()
    waiting = set(chosen) & facts.seen
    return waiting, trouble or (facts.trouble if waiting else "")

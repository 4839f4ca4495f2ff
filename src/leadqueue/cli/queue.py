"""`queue`, `show`, `journey`, `digest`: what is known, read from this machine's copy where that is enough."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.errors import NOTHING_READ
from leadqueue.cache.queue_views import SORTS, QueueRow, QueueView
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.cli.session import ask_server, open_desk
from leadqueue.domain.countdown import Urgency, countdown_text, urgency
from leadqueue.domain.moments import zone_named
from leadqueue.domain.shown import SHORTEST_NAME, id_shown
from leadqueue.domain.text import harmless, one_line

if TYPE_CHECKING:
    from leadqueue.cache.desk import Desk
    from leadqueue.cache.saved_views import SavedView
    from leadqueue.cache.views import LeadView
    from leadqueue.definitions.model import Definitions
    from leadqueue.domain.filters.filter import Filter
    from leadqueue.domain.filters.reading import FilterError
    from leadqueue.domain.lead import Directory
    from leadqueue.wire.api import JourneyEntry

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Filtering = Annotated[
    str, typer.Option("--filter", help="Only leads that pass, e.g. 'score>70 due<2h'; see docs/filters.md.")
]
LeadName = Annotated[
    str,
    typer.Argument(
        metavar="LEAD",
        help=f"Id as listed or its beginning, {SHORTEST_NAME} characters or more, or an e-mail address.",
    ),
]


def asked_view(
    desk: Desk, *, section: str, search: str, filtering: Sequence[str], sort: str, reverse: bool
) -> QueueView:
    """The view that the options ask for; ends the program where a value is not one of the allowed."""
    known = [each.key for each in desk.definitions.sections]
    if section and section not in known:
        fail(Exit.USAGE, f"--section: '{section[:40]}' is not one of {', '.join(known)}")
    wanted = next((each for each in SORTS if each == (sort or "urgency")), None)
    if wanted is None:
        fail(Exit.USAGE, f"--sort: '{sort[:40]}' is not one of {', '.join(SORTS)}")
    return QueueView(section or None, filter_of(desk, filtering, search), wanted, reverse)


def saved_view(name: str, desk: Desk) -> SavedView:
    """The view that the rep saved under this name; ends the program where there is none, or where the
    definitions cannot read it any more."""
    from leadqueue.cache.home import Home
    from leadqueue.cache.saved_views import UnreadableView, ViewsFile, view_of
    from leadqueue.domain.filters.language import Language

    views = ViewsFile(Home.locate().views_file).load()
    found = views.named(name)
    if views.trouble:
        fail(Exit.USAGE, views.trouble)
    if found is None:
        names = ", ".join(view.name for view in views.views)
        fail(Exit.USAGE, f"--view: there is no view '{name[:60]}'", f"Saved: {names}" if names else "")
    try:
        sections = [each.key for each in desk.definitions.sections]
        view_of(found, sections, Language.of(desk.definitions, desk.actor.id), None)
    except UnreadableView as error:
        file = Home.locate().views_file
        fail(Exit.USAGE, f"--view: '{found.name}' cannot be read: {error}", f"Change it in {file}.")
    return found


def filter_of(desk: Desk, filtering: Sequence[str], search: str = "") -> Filter:
    """The filter that all of these ask for together; ends the program where one of them is none."""
    from leadqueue.domain.filters.filter import Filter
    from leadqueue.domain.filters.language import Language
    from leadqueue.domain.filters.reading import FilterError, quoted, read_filter

    words = " ".join(quoted(word) for word in search.split())
    language = Language.of(desk.definitions, desk.actor.id)
    try:  # each by itself: an `or` in one does not reach into the others
        read = [read_filter(text, language) for text in (*filtering, words)]
        return Filter(terms=tuple(term for each in read for term in each.terms))
    except FilterError as error:
        for line in caret_lines(error):
            say(line)
        raise SystemExit(int(Exit.USAGE)) from None


def caret_lines(error: FilterError) -> list[str]:
    """Each fault under the word that is wrong, as a compiler shows it."""
    from rich.cells import cell_len

    shown = harmless(error.text)
    lines = ["leadqueue: --filter cannot be read"]
    for fault in error.faults:
        before = cell_len(harmless(error.text[: fault.start]))
        wide = max(1, cell_len(harmless(error.text[fault.start : fault.end])))
        lines += [f"  {shown}", f"  {' ' * before}{'^' * wide}", f"  {fault.message}"]
    return lines


def queue(
    section: Annotated[str, typer.Option(help="Only this section of the queue.")] = "",
    search: Annotated[str, typer.Option(help="Only leads that hold every one of these words.")] = "",
    filtering: Filtering = "",
    saved: Annotated[str, typer.Option("--view", help="A view that is saved under this name.")] = "",
    sort: Annotated[str, typer.Option(help=f"{', '.join(SORTS)}; urgency without it.")] = "",
    reverse: Annotated[bool, typer.Option("--reverse", help="The other way round.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="At most so many; 0 for all.")] = 0,
    *,
    plain: Annotated[
        bool, typer.Option("--plain", help="Whole sentences, one lead a line: for screen readers.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the leads that wait, most urgent first, with their unsent decisions worked in."""
    if plain and as_json:
        fail(Exit.USAGE, "--plain and --json cannot go together: sentences or JSON")
    with open_desk() as desk:
        if not desk.ready:
            say(NOTHING_READ)
        filters = [filtering]
        if saved:
            found = saved_view(saved, desk)
            section = section or found.section
            filters.append(found.filter)
            reverse = reverse is not (found.descending and not sort)
            sort = sort or found.sort
        view = asked_view(desk, section=section, search=search, filtering=filters, sort=sort, reverse=reverse)
        rows = desk.queue.window(view, 0, limit or -1)
        now = desk.now()
        if as_json:
            print_json([row_json(row) for row in rows])
            return
        if plain:
            from leadqueue.cli.plain import sentence

            sections = {each.key: each.label for each in desk.definitions.sections}
            for row in rows:
                print_line(sentence(row, sections, now))
        else:
            for row in rows:
                print_line(_row_line(row, now))
        if not rows and desk.ready:
            say("No lead passes the filter." if view.filter else "No lead waits.")


def row_json(row: QueueRow) -> dict[str, object]:
    """A row as scripts get it: moments in RFC 3339, UTC."""
    return {
        "id": row.id,
        "stage": row.stage,
        "section": row.section or None,
        "name": row.person,
        "company": row.company,
        "title": row.title,
        "score": row.score,
        "due_at": moment(row.due_at),
        "target_at": moment(row.target_at),
        "soon_at": moment(row.soon_at),
        "clock": row.clock or None,
        "lane": row.lane or None,
        "owner": row.owner_name,
        "owner_id": row.owner_id,
        "version": row.version,
        "source": row.source,
        "country": row.country,
        "campaign": row.campaign,
        "touches": row.touches,
        "returned": row.returned,
        "unsent": row.unsent,
        "attention": row.attention,
        "created_at": moment(row.created_at),
    }


def moment(at: datetime | None) -> str | None:
    """A moment as scripts get it: RFC 3339, UTC. People read `ages.stamp`."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _row_line(row: QueueRow, now: datetime) -> str:
    state, left = urgency(row, now)
    marks = ("*" if row.unsent else " ") + ("!" if row.attention else " ")
    marks += "t" if state is Urgency.TARGET else " "
    countdown = "" if left is None else countdown_text(left)
    score = "-" if row.score is None else str(row.score)
    return (
        f"{id_shown(row.id)} {marks} {countdown:>9} {score:>4}  {one_line(row.person, 28):<28}  "
        f"{one_line(row.company, 32):<32}  {row.section}"
    )


def show(lead: LeadName, as_json: AsJson = False) -> None:
    """Show a lead with everything that is known of it, unsent decisions worked in."""
    from leadqueue.cli.lead_text import company_lines, lead_lines, unsent_lines
    from leadqueue.domain.trail import state_of

    with open_desk() as desk:
        view = desk.lead(desk.resolve(lead))
        if view is None:
            fail(Exit.NOT_FOUND, "the lead is out of your reach now")
        if as_json:
            unsent = [
                {
                    "id": item.decision.id,
                    "kind": item.decision.kind.value,
                    "state": item.state.value,
                    "trouble": item.trouble,
                }
                for item in view.unsent
            ]
            print_json({**state_of(view.lead), "unsent": unsent, **company_json(view, desk.definitions)})
            return
        definitions, zone = desk.definitions, zone_named(desk.account.zone)
        for line in (
            *lead_lines(view, definitions, desk.now(), zone),
            *company_lines(view, definitions, zone),
            *unsent_lines(view, definitions, zone),
        ):
            print_line(line)


def company_json(view: LeadView, definitions: Definitions) -> dict[str, object]:
    """The other leads of the company as scripts get them. `yours` are the ones that one reaches oneself;
    `same_company_more` counts what is not listed, `same_company_more_yours` what of it one reaches."""
    from leadqueue.cache.views import Colleagues
    from leadqueue.domain.company import is_open

    own: list[dict[str, object]] = [
        {
            "id": row.id,
            "name": row.person,
            "title": row.title,
            "stage": row.stage,
            "open": is_open(row.stage, definitions),
            "owner": row.owner_name,
            "since": None,
            "yours": True,
        }
        for row in view.same_company
    ]
    colleagues = view.colleagues or Colleagues()
    others: list[dict[str, object]] = [
        {
            "id": each.id,
            "name": each.name,
            "title": each.title,
            "stage": each.stage,
            "open": is_open(each.stage, definitions),
            "owner": each.owner_name,
            "since": moment(each.since),
            "yours": False,
        }
        for each in colleagues.leads
    ]
    return {
        "same_company": own + others,
        "same_company_more": view.same_company_more + colleagues.more,
        "same_company_more_yours": view.same_company_more,
        "colleagues_as_of": moment(colleagues.at),
    }


def journey(lead: LeadName, as_json: AsJson = False) -> None:
    """Follow a lead from first touch on: its audit trail, asked from the server."""
    with open_desk() as desk:
        lead_id = desk.resolve(lead)
        definitions, directory = desk.definitions, desk.directory
        zone = zone_named(desk.account.zone)
    told = ask_server(lambda gateway: gateway.journey(lead_id))
    if as_json:
        print_json(told.model_dump(mode="json"))
        return
    from leadqueue.domain.ages import stamp

    for entry in told.entries:
        who = f"{one_line(entry.actor_name)} ({entry.actor_role.value})"
        mark = " OVERRIDE" if entry.override else ""
        decided = told_by(entry, definitions, directory)
        story = f"{one_line(entry.message, 400)}{f': {decided}' if decided else ''}"
        print_line(f"{entry.seq:>3}  {stamp(entry.at, zone):>17}  {entry.event:<12} {who}{mark}: {story}")


def told_by(entry: JourneyEntry, definitions: Definitions, directory: Directory) -> str:
    """What a line of the trail says was decided, and who has the lead from then on; '' for nothing."""
    from leadqueue.definitions.model import DecisionKind
    from leadqueue.domain.values import values_told

    kind = next((each for each in DecisionKind if each.value == entry.event), None)
    owner = entry.after.get("owner_name")
    new = one_line(owner, 60) if isinstance(owner, str) else ""
    values = dict(entry.values)
    if new and kind is DecisionKind.REASSIGN:
        values.pop("assignee", None)
    parts = [
        f"to {new}" if new else "",
        values_told(kind, values, definitions, directory, 500) if kind else "",
    ]
    return " · ".join(part for part in parts if part)


def digest(as_json: AsJson = False) -> None:
    """Compare this copy of the leads with the server's: how many, and a hash over their versions."""
    with open_desk() as desk:
        count, value = desk.digest()
        unsent = desk.status().unsent
        audience = desk.audience
    theirs = ask_server(lambda gateway: gateway.digest(audience))
    same = (count, value) == (theirs.count, theirs.digest)
    if as_json:
        print_json(
            {
                "same": same,
                "unsent": unsent,
                "here": {"count": count, "digest": value},
                "server": theirs.model_dump(mode="json"),
            }
        )
    else:
        print_line(f"here:   {count} leads {value}")
        print_line(f"server: {theirs.count} leads {theirs.digest}")
        say("They agree." if same else "They differ; `leadqueue sync` brings them together.")
    if unsent:
        say(f"Unsent decisions: {unsent}")
    if not same:
        raise SystemExit(int(Exit.CONFLICT))

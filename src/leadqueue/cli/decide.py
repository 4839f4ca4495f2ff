"""The decisions, one command for each kind, through the same outbox as the terminal UI.

The options of a command are the fields of its form, read off the definitions: `--revisit-on` is the field
`revisit_on`. Which of them are needed depends on what one chooses, so the rule book tells, not the parser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.errors import AmbiguousLead, UnknownLead
from leadqueue.cache.home import Account, Home
from leadqueue.cache.views import AttentionStatus, BulkResult, OutboxItem, OutboxState
from leadqueue.cli.account import logged_in
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, say
from leadqueue.cli.session import open_desk, sync_now
from leadqueue.definitions.model import DecisionKind, Definitions, FieldType
from leadqueue.domain.shown import SHORTEST_NAME, id_shown
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.cache.desk import Desk
    from leadqueue.domain.decision import FieldError
    from leadqueue.domain.lead import FieldValue, FieldValues

_SHOWN_ALLOWED = 20
_NOT_HELD = frozenset(status.value for status in AttentionStatus)


def _fields_of(kind: DecisionKind) -> dict[str, str]:
    """What is told of each field that the kind's form can ask for, under the shipped definitions."""
    from leadqueue.definitions.loader import shipped
    from leadqueue.definitions.wording import least
    from leadqueue.domain.form_rules import editable_fields

    definitions = shipped().definitions
    spec = definitions.decisions[kind]
    keys = [entry.field for entry in definitions.form_fields(kind)]
    if spec.reason is not None:
        served = [each for each in definitions.reasons.values() if spec.disposition in each.dispositions]
        keys += [key for reason in served for key in reason.fields]
    keys += editable_fields(kind, definitions)
    asked = {key: definitions.fields[key] for key in dict.fromkeys(keys)}
    how = {FieldType.USER: "by name or e-mail address", FieldType.DATE: "a day, like 'in 3 months'"}
    return {
        key: ", ".join(part for part in (spec.label, how.get(spec.type, ""), least(spec)) if part)
        for key, spec in asked.items()
    }


def _parameters(kind: DecisionKind) -> list[Parameter]:
    """The command's parameters: the leads, an option for each field, and what all decisions have."""
    lead_help = f"Ids as listed or their beginnings, {SHORTEST_NAME} characters or more, or e-mail addresses."
    assign_help = "A field that has no option of its own here."
    given: list[tuple[str, object, object]] = [
        ("leads", Parameter.empty, Annotated[list[str], typer.Argument(metavar="LEAD...", help=lead_help)])
    ]
    given += [
        (key, None, Annotated[str | None, typer.Option(_option(key), help=told)])
        for key, told in _fields_of(kind).items()
    ]
    given += [
        ("assign", (), Annotated[list[str], typer.Option("--set", metavar="FIELD=VALUE", help=assign_help)]),
        (
            "offline",
            False,
            Annotated[bool, typer.Option("--offline", help="Store only; the next sync sends.")],
        ),
        ("as_json", False, Annotated[bool, typer.Option("--json", help="Print JSON.")]),
    ]
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, default, annotation in given
    ]


def _app(kind: DecisionKind) -> typer.Typer:
    from leadqueue.definitions.loader import shipped

    fields = _fields_of(kind)

    def command(
        *,
        leads: list[str],
        assign: list[str],
        offline: bool,
        as_json: bool,
        **values: str | None,
    ) -> None:
        given = {key: text for key, text in values.items() if key in fields and text is not None}
        _run(kind, leads, given | _assigned(assign), offline=offline, as_json=as_json)

    parameters = _parameters(kind)
    # typer reads a command's options off its signature; these come from the definitions.
    command.__signature__ = Signature(parameters)  # type: ignore[attr-defined] # functions may carry one
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    spec = shipped().definitions.decisions[kind]
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    text = f"{spec.label}. {spec.description}\n\nWhat a choice asks for beyond that is told."
    app.command(kind.value, help=text)(command)
    return app


def __getattr__(name: str) -> typer.Typer:
    """The command's app by the name of its decision, made when it is asked for."""
    try:
        return _app(DecisionKind(name))
    except ValueError:
        raise AttributeError(name) from None


def _run(
    kind: DecisionKind, leads: list[str], given: dict[str, str], *, offline: bool, as_json: bool
) -> None:
    home = Home.locate()
    account = logged_in(home)
    with open_desk() as desk:
        ids = _named(desk, leads)
        values, unread = _values(desk, kind, given, ids)
        result = _not_read(desk, kind, values, unread, ids) if unread else desk.decide_many(ids, kind, values)
        people = people_of(desk)
    for lead_id, errors in result.refused.items():
        say_errors(errors, people, lead_id if len(ids) > 1 else "")
    states: dict[str, str] = {item.decision.id: "waiting" for item in result.stored}
    if result.stored and not offline:
        states = _send(home, account, result)
    elif result.stored:
        say(f"Stored, waits to be sent: {len(result.stored)}.")
    if as_json:
        print_json(_json(result, states))
    if result.refused:
        raise SystemExit(int(Exit.REFUSED))
    if any(state in _NOT_HELD for state in states.values()):
        refused = all(state != AttentionStatus.CONFLICT for state in states.values())
        raise SystemExit(int(Exit.REFUSED if refused else Exit.CONFLICT))


def _named(desk: Desk, leads: Sequence[str]) -> list[str]:
    """The leads' ids, each once. A name that stands for none, or for several, is a slip: before anything is
    stored, the program ends."""
    try:
        return list(dict.fromkeys(desk.resolve(lead) for lead in leads))
    except (UnknownLead, AmbiguousLead) as error:
        fail(Exit.NOT_FOUND, str(error), "Nothing was stored." if len(leads) > 1 else "")


def _assigned(pairs: list[str]) -> dict[str, str]:
    """Values by field from `--set FIELD=VALUE`."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            fail(Exit.USAGE, f"--set wants FIELD=VALUE, not '{one_line(pair, 60)}'")
        given[name.strip().replace("-", "_")] = value
    return given


def _values(
    desk: Desk, kind: DecisionKind, given: dict[str, str], lead_ids: Sequence[str]
) -> tuple[FieldValues, dict[str, FieldError]]:
    """The texts as the definitions' types, and by field what of them is no value.

    What means another amount on each of several leads is refused before any amount is read.
    """
    from leadqueue.domain.decision import FieldError
    from leadqueue.domain.form_rules import editable_fields, errors_over_several
    from leadqueue.domain.today import day_for
    from leadqueue.domain.values import nearest, parse_texts

    definitions = desk.definitions
    allowed = {entry.field for entry in definitions.form_fields(kind)} | set(
        editable_fields(kind, definitions)
    )
    for reason in definitions.reasons.values():
        allowed |= set(reason.fields)
    for key in given:
        if key not in definitions.fields:
            close = nearest(key, sorted(allowed))
            hint = f"; did you mean {_option(close)}?" if close else ""
            fail(Exit.USAGE, f"there is no field {_option(one_line(key, 40))}{hint}")
    several = errors_over_several(kind, given, definitions) if len(lead_ids) > 1 else ()
    people = people_of(desk)
    if several:
        say_errors(several, people)
        options = " ".join(f"{_option(error.field)} …" for error in several)
        fail(Exit.REFUSED, "nothing was stored", f"Add {options}, or edit the leads one by one.")
    first = desk.lead(lead_ids[0])
    shown = first if len(lead_ids) == 1 else None
    today = day_for(desk.actor, first.lead if first else None, desk.now(), desk.directory)
    read = parse_texts(given, definitions, shown.lead.fields if shown else {}, desk.directory, today)
    _say_days(given, read, definitions, today)
    unread = {key: value for key, value in read.items() if isinstance(value, FieldError)}
    return {key: value for key, value in read.items() if not isinstance(value, FieldError)}, unread


def _say_days(
    given: Mapping[str, str],
    read: Mapping[str, FieldValue | FieldError],
    definitions: Definitions,
    today: date,
) -> None:
    """Say which day was understood where it was not written as one."""
    from leadqueue.domain.days import say_day

    for key, value in read.items():
        spec = definitions.fields[key]
        if spec.type is FieldType.DATE and isinstance(value, str) and value != given[key].strip():
            say(f"{spec.label}: {value} ({say_day(date.fromisoformat(value), today)})")


def _not_read(
    desk: Desk, kind: DecisionKind, values: FieldValues, unread: dict[str, FieldError], lead_ids: list[str]
) -> BulkResult:
    """Nothing is stored of a form with a text that is no value; all that is wrong with it is told at once."""
    from leadqueue.domain.forms import with_unread

    fields = desk.definitions.fields
    return BulkResult(
        kind, (), {each: with_unread(desk.check(each, kind, values), unread, fields) for each in lead_ids}
    )


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def people_of(desk: Desk) -> dict[str, str]:
    """What the people are called that a field may name, by id."""
    from leadqueue.domain.people import labels

    return labels(desk.directory)


def say_errors(errors: tuple[FieldError, ...], people: Mapping[str, str], lead_id: str = "") -> None:
    """Each error with its field and what is allowed, on stderr; people by what they are called."""
    for error in errors:
        head = f"{id_shown(lead_id)} " if lead_id else ""
        say(f"leadqueue: {head}{error.field}: {one_line(error.message, 500)}")
        if error.allowed:
            more = " …" if len(error.allowed) > _SHOWN_ALLOWED else ""
            allowed = (one_line(people.get(each, each), 80) for each in error.allowed[:_SHOWN_ALLOWED])
            say(f"  allowed: {', '.join(allowed)}{more}")


def _send(home: Home, account: Account, result: BulkResult) -> dict[str, str]:
    """Try to send at once, and say what became of each decision."""
    from leadqueue.crm.gateway import GatewayError

    trouble = ""
    try:
        report = sync_now(home, account)
        if report is None:
            trouble = "Another leadqueue of this account is open and sends it as soon as it can."
        elif report.error is not None:
            trouble = str(report.error)
    except GatewayError as error:
        trouble = str(error)
    with open_desk() as desk:
        people = people_of(desk)
        inbox = {item.id: item for item in desk.attention()}
        states: dict[str, str] = {}
        for item in result.stored:
            found = desk.item(item.decision.id)
            states[item.decision.id] = _state(found, item.decision.id in inbox)
            told = inbox.get(item.decision.id)
            if told is not None:
                states[item.decision.id] = told.status.value
                say(f"Did not hold: {one_line(told.message or 'see the inbox', 300)}")
                say_errors(told.errors, people)
    done = sum(state == "applied" for state in states.values())
    waiting = sum(state == "waiting" for state in states.values())
    if done:
        say(f"Applied: {done}.")
    if waiting:
        say(f"Stored, waits to be sent: {waiting}. {trouble}".rstrip())
    return states


def _state(item: OutboxItem | None, in_inbox: bool) -> str:
    if item is None:
        return "attention" if in_inbox else "undone"
    return "applied" if item.state is OutboxState.ANSWERED else "waiting"


def _json(result: BulkResult, states: dict[str, str]) -> dict[str, object]:
    return {
        "stored": [
            {
                "id": item.decision.id,
                "lead_id": item.decision.lead_id,
                "kind": item.decision.kind.value,
                "state": states[item.decision.id],
            }
            for item in result.stored
        ],
        "refused": {
            lead_id: [
                {"field": error.field, "code": error.code, "message": error.message, "allowed": error.allowed}
                for error in errors
            ]
            for lead_id, errors in result.refused.items()
        },
    }


def undo(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Take the last unsent decision back, with all those of the same form."""
    with open_desk() as desk:
        gone = desk.undo_last()
    if as_json:
        print_json([{"id": item.decision.id, "kind": item.decision.kind.value} for item in gone])
    if not gone:
        say("Nothing can be taken back: everything is sent, or its sending has begun.")
        return
    say(f"Taken back: {gone[0].decision.kind.value} on {len(gone)} {'lead' if len(gone) == 1 else 'leads'}.")

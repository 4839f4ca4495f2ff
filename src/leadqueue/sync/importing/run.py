"""The import itself: rows become leads, leads go to the server in batches, and each is accounted for."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import date, datetime

from pydantic import ValidationError

from leadqueue.crm.gateway import GatewayError, ServerFault, Throttled, TimedOut, TooLarge, Unreachable
from leadqueue.definitions.model import Definitions, Role
from leadqueue.definitions.validation import rule_said
from leadqueue.domain.decision import FieldError
from leadqueue.domain.handoff import Incoming, receive
from leadqueue.domain.lead import Actor, FieldValues, Signal
from leadqueue.domain.values import check_value, parse_texts
from leadqueue.sync.importing.mapping import (
    ANYTHING_ELSE,
    Choices,
    Mapping,
    QualifiedWhere,
    as_choices,
    moment,
)
from leadqueue.sync.importing.reader import BadRow, Row
from leadqueue.sync.importing.templates import fill
from leadqueue.wire.intake import (
    IntakeLead,
    IntakeLeads,
    IntakeResult,
    IntakeResults,
    IntakeSignalOfLead,
    IntakeStatus,
)

BATCH = 250
TRIES = 4
LONGEST_PAUSE_S = 60.0
LONGEST_ID = 200
_LINES_SAID = 20
_PASSING = (TimedOut, Unreachable, ServerFault, Throttled)
Send = Callable[[IntakeLeads], Awaitable[IntakeResults]]


@dataclass(slots=True)
class Summary:
    """What became of the rows. `superseded` are the lines of those that went into a later row of the same
    record; `stages` counts leads, `missing` the fields for want of which leads are in quarantine,
    `left_empty` the values that the mapping left out."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    refused: int = 0
    unreadable: int = 0
    superseded: list[int] = field(default_factory=list)
    stages: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    left_empty: Counter[str] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """Leads of which it is known what became of them."""
        return self.created + self.updated + self.unchanged + self.quarantined + self.refused

    def as_json(self) -> dict[str, object]:
        counts: dict[str, object] = {each.name: getattr(self, each.name) for each in dataclass_fields(self)}
        return counts | {
            "superseded": len(self.superseded),
            "superseded_lines": list(self.superseded),
            "stages": dict(self.stages),
            "missing": dict(self.missing),
            "left_empty": dict(self.left_empty),
        }


@dataclass(frozen=True, slots=True)
class Ready:
    """A row as the lead that it makes. `supersedes` are the lines of earlier rows that are part of it.

    `rest` holds signals of the row before it that did not fit into that; it is no row of its own.
    """

    row: Row
    lead: IntakeLead
    left_empty: tuple[str, ...] = ()
    supersedes: tuple[int, ...] = ()
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Superseded:
    """A row that is not sent by itself, since a later row of the file is of the same record."""

    line: int


def leads_of(
    rows: Iterable[Row | BadRow], mapping: Mapping, definitions: Definitions
) -> Iterator[Ready | BadRow]:
    """The rows as leads; those that make none, with the reason."""
    for row in rows:
        yield row if isinstance(row, BadRow) else lead_of(row, mapping, definitions)


class _Unreadable(Exception):
    """A row makes no lead; the message names the field and says why."""


def lead_of(row: Row, mapping: Mapping, definitions: Definitions) -> Ready | BadRow:
    """The lead that a row makes under the mapping; a `BadRow` names the field that cannot be read."""
    try:
        source_id = _source_id(row, mapping)
        fields, left_empty = _fields(row, mapping, definitions)
        lead = IntakeLead(
            source_id=source_id,
            fields=fields,
            signals=_signals(source_id, row, mapping),
            qualified=_qualified(row, mapping),
            owner=fill(mapping.owner, row.values) or None,
            created_at=_moment("created_at", mapping.created_at, row, mapping),
        )
    except _Unreadable as error:
        return BadRow(row.line, str(error), " | ".join(row.values.values()))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return BadRow(row.line, f"{place}: {rule_said(first['msg'])}", " | ".join(row.values.values()))
    return Ready(row, lead, left_empty)


def _source_id(row: Row, mapping: Mapping) -> str:
    source_id = source_id_of(row, mapping)
    if not source_id:
        raise _Unreadable("source_id: empty")
    return source_id


def source_id_of(row: Row, mapping: Mapping) -> str:
    """The key of the record that the row is of; '' where it has none."""
    return next(_filled(mapping.source_id, row), "")


def _fields(row: Row, mapping: Mapping, definitions: Definitions) -> tuple[FieldValues, tuple[str, ...]]:
    """The values, and the fields that stay empty because the definitions refuse theirs."""
    texts = {key: _text(key, row, mapping, definitions) for key in mapping.fields}
    fields: FieldValues = {}
    left_empty: list[str] = []
    for key, value in parse_texts(texts, definitions, {}).items():
        error = value if isinstance(value, FieldError) else None
        if key in mapping.left_empty and not isinstance(value, FieldError):
            error = check_value(key, value, definitions, date.min)
        if error is not None and key in mapping.left_empty:
            left_empty.append(key)
        elif isinstance(value, FieldError):
            raise _Unreadable(f"{key}: {value.message}")
        elif value is not None:
            fields[key] = value
    return fields, tuple(left_empty)


def _signals(source_id: str, row: Row, mapping: Mapping) -> tuple[IntakeSignalOfLead, ...]:
    moments = (
        (signal, _moment(f"signals.{number}.at", signal.at, row, mapping))
        for number, signal in enumerate(mapping.signals, start=1)
    )
    return tuple(
        IntakeSignalOfLead(
            source_id=_short(f"{source_id}:{signal.kind}:{at.isoformat()}"),
            kind=signal.kind,
            at=at,
            title=fill(signal.title, row.values)[:500],
            url=fill(signal.url, row.values)[:2000],
        )
        for signal, at in moments
        if at is not None
    )


def _moment(place: str, given: Choices, row: Row, mapping: Mapping) -> datetime | None:
    text = next(_filled(given, row), "")
    at = moment(text, mapping) if text else None
    if text and at is None:
        raise _Unreadable(f"{place}: '{text[:40]}' fits none of the mapping's formats")
    return at


def _text(key: str, row: Row, mapping: Mapping, definitions: Definitions) -> str:
    """The text for a field: the first choice that gives one and is not on the list to leave out."""
    unwanted = definitions.lists[mapping.not_in_list[key]] if key in mapping.not_in_list else ()
    texts = (text for text in _filled(mapping.fields[key], row) if text.casefold() not in unwanted)
    return _translated(key, next(texts, ""), mapping)


def _filled(given: Choices, row: Row) -> Iterator[str]:
    """The choices that give a text, in order."""
    return (text for template in as_choices(given) if (text := fill(template, row.values)))


def _qualified(row: Row, mapping: Mapping) -> bool:
    rule = mapping.qualified
    if not isinstance(rule, QualifiedWhere):
        return rule
    return fill(rule.text, row.values).casefold() in {text.casefold() for text in rule.is_}


def _short(source_id: str) -> str:
    """The id, its end replaced by a hash where it is too long: a cut would make two signals one."""
    if len(source_id) <= LONGEST_ID:
        return source_id
    digest = hashlib.sha256(source_id.encode()).hexdigest()
    return f"{source_id[: LONGEST_ID - len(digest) - 1]}:{digest}"


def _translated(key: str, text: str, mapping: Mapping) -> str:
    table = mapping.values.get(key)
    if not table:
        return text
    folded = {name.strip().casefold(): value for name, value in table.items()}
    anything_else = folded.get(ANYTHING_ELSE, text) if text else ""
    return folded.get(text.casefold(), anything_else)


async def send_all(
    leads: Iterable[Ready | BadRow | Superseded],
    mapping: Mapping,
    send: Send,
    *,
    on_bad: Callable[[BadRow], None],
    on_progress: Callable[[Summary], None],
    summary: Summary | None = None,
) -> Summary:
    """Send every lead. Raises `GatewayError`s; what was sent before stays, and a second run goes over it.

    `summary` is filled as it goes, so that the caller knows how far it came.
    """
    summary = summary or Summary()
    batch: list[Ready] = []
    for each in leads:
        if isinstance(each, BadRow):
            summary.rows += 1
            summary.unreadable += 1
            on_bad(each)
            continue
        if isinstance(each, Superseded):
            summary.rows += 1
            summary.superseded.append(each.line)
            continue
        summary.rows += not each.rest
        batch.append(each)
        if len(batch) >= BATCH:
            await _send_batch(batch, mapping, send, summary, on_bad)
            batch = []
            on_progress(summary)
    if batch:
        await _send_batch(batch, mapping, send, summary, on_bad)
    on_progress(summary)
    return summary


async def _send_batch(
    batch: list[Ready], mapping: Mapping, send: Send, summary: Summary, on_bad: Callable[[BadRow], None]
) -> None:
    try:
        answer = await send(IntakeLeads(leads=tuple(each.lead for each in batch), source=mapping.source))
    except TooLarge:
        if len(batch) == 1:
            raise
        middle = len(batch) // 2
        await _send_batch(batch[:middle], mapping, send, summary, on_bad)
        await _send_batch(batch[middle:], mapping, send, summary, on_bad)
        return
    for each, result in zip(batch, answer.results, strict=True):
        account_for(each, result, summary, on_bad)


def patient(send: Send, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> Send:
    """`send`, tried again where the trouble may pass. Harmless: the same lead twice is one lead."""

    async def try_it(leads: IntakeLeads) -> IntakeResults:
        for number in range(1, TRIES):
            try:
                return await send(leads)
            except _PASSING as error:
                await sleep(_pause(error, number))
        return await send(leads)

    return try_it


def _pause(error: GatewayError, number: int) -> float:
    return min(max(error.retry_after or 0.0, float(2 ** (number - 1))), LONGEST_PAUSE_S)


def account_for(
    each: Ready, result: IntakeResult, summary: Summary, on_bad: Callable[[BadRow], None]
) -> None:
    """Count a result; a refused lead goes to the reject file with its errors."""
    if each.rest:
        return  # it fares as the row that it belongs to
    match result.status:
        case IntakeStatus.CREATED:
            summary.created += 1
        case IntakeStatus.UPDATED:
            summary.updated += 1
        case IntakeStatus.UNCHANGED:
            summary.unchanged += 1
        case IntakeStatus.QUARANTINED:
            summary.quarantined += 1
            summary.missing.update(result.missing)
        case _:
            summary.refused += 1
            reason = "; ".join(f"{error.field}: {error.message}" for error in result.errors) or result.status
            if each.supersedes:
                reason += f"; the record's earlier rows were not sent either: {lines_said(each.supersedes)}"
            on_bad(BadRow(each.row.line, reason, " | ".join(each.row.values.values())))
            return
    summary.left_empty.update(each.left_empty)
    if result.stage:
        summary.stages[result.stage] += 1


def lines_said(lines: Sequence[int]) -> str:
    """`line 3`, `lines 3, 5`; of many the first only."""
    shown = ", ".join(map(str, lines[:_LINES_SAID]))
    more = f" and {len(lines) - _LINES_SAID} more" if len(lines) > _LINES_SAID else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"


def incoming_of(lead: IntakeLead) -> Incoming:
    """The lead as the rule book takes it in."""
    signals = tuple(Signal(s.source_id, s.kind, s.at, s.title, s.url) for s in lead.signals)
    return Incoming(lead.source_id, dict(lead.fields), signals, lead.qualified, lead.created_at)


def rehearse(definitions: Definitions, now: datetime, new_id: Callable[[], str]) -> Send:
    """A stand-in for the server that keeps nothing: what would become of new leads, by the same rules."""
    actor = Actor("import", "import", Role.MARKETING_OPS)

    async def answer(leads: IntakeLeads) -> IntakeResults:
        await asyncio.sleep(0)  # here an interrupt is heard; nothing else in a rehearsal waits
        results: list[IntakeResult] = []
        for each in leads.leads:
            outcome = receive(None, incoming_of(each), definitions, now, actor, leads.source, new_id)
            results.append(
                IntakeResult(
                    source_id=each.source_id,
                    status=IntakeStatus(outcome.status.value),
                    stage=outcome.lead.stage if outcome.lead else None,
                    missing=outcome.missing,
                    errors=outcome.errors,
                )
            )
        return IntakeResults(results=tuple(results))

    return answer

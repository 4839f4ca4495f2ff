"""The import itself: rows become leads, leads go to the server in batches, and each is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime

from pydantic import ValidationError

from leadqueue.crm.gateway import TooLarge
from leadqueue.definitions.model import Definitions, Role
from leadqueue.domain.decision import FieldError
from leadqueue.domain.handoff import Incoming, receive
from leadqueue.domain.lead import Actor, FieldValue, FieldValues, Signal
from leadqueue.domain.values import parse_text
from leadqueue.sync.importing.mapping import ANYTHING_ELSE, Mapping, fill, moment
from leadqueue.sync.importing.reader import BadRow, Row
from leadqueue.wire.api import (
    IntakeLead,
    IntakeLeads,
    IntakeResult,
    IntakeResults,
    IntakeSignalOfLead,
    IntakeStatus,
)

BATCH = 250
Send = Callable[[IntakeLeads], Awaitable[IntakeResults]]


@dataclass(slots=True)
class Summary:
    """What became of the rows. `missing` counts the fields for want of which leads are in quarantine."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    refused: int = 0
    unreadable: int = 0
    repeated: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, object]:
        counts: dict[str, object] = {each.name: getattr(self, each.name) for each in dataclass_fields(self)}
        return counts | {"stages": dict(self.stages), "missing": dict(self.missing)}


@dataclass(frozen=True, slots=True)
class Ready:
    """A row as the lead that it makes."""

    row: Row
    lead: IntakeLead


def leads_of(
    rows: Iterable[Row | BadRow], mapping: Mapping, definitions: Definitions
) -> Iterator[Ready | BadRow]:
    """The rows as leads; those that make none, with the reason."""
    for row in rows:
        yield row if isinstance(row, BadRow) else lead_of(row, mapping, definitions)


def lead_of(row: Row, mapping: Mapping, definitions: Definitions) -> Ready | BadRow:
    """The lead that a row makes under the mapping; a `BadRow` names the field that cannot be read."""
    raw = " | ".join(row.values.values())
    source_id = fill(mapping.source_id, row.values)
    if not source_id:
        return BadRow(row.line, "source_id: empty", raw)
    texts = {
        key: _translated(key, fill(template, row.values), mapping) for key, template in mapping.fields.items()
    }
    fields: FieldValues = {}
    for key, text in texts.items():
        known: dict[str, FieldValue] = {other: value for other, value in texts.items() if value}
        value = parse_text(key, text, definitions, known)
        if isinstance(value, FieldError):
            return BadRow(row.line, f"{key}: {value.message}", raw)
        if value is not None:
            fields[key] = value
    created = fill(mapping.created_at, row.values)
    created_at = moment(created, mapping) if created else None
    if created and created_at is None:
        return BadRow(row.line, f"created_at: '{created[:40]}' fits none of the mapping's formats", raw)
    signals: list[IntakeSignalOfLead] = []
    for number, signal in enumerate(mapping.signals):
        text = fill(signal.at, row.values)
        at = moment(text, mapping) if text else None
        if text and at is None:
            return BadRow(
                row.line, f"signals.{number}.at: '{text[:40]}' fits none of the mapping's formats", raw
            )
        if at is not None:
            signals.append(
                IntakeSignalOfLead(
                    source_id=f"{source_id}:{signal.kind}:{at.isoformat()}"[:200],
                    kind=signal.kind,
                    at=at,
                    title=fill(signal.title, row.values)[:500],
                    url=fill(signal.url, row.values)[:2000],
                )
            )
    try:
        lead = IntakeLead(
            source_id=source_id,
            fields=fields,
            signals=tuple(signals),
            qualified=mapping.qualified,
            owner=fill(mapping.owner, row.values) or None,
            created_at=created_at,
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return BadRow(row.line, f"{place}: {first['msg']}", raw)
    return Ready(row, lead)


def _translated(key: str, text: str, mapping: Mapping) -> str:
    table = mapping.values.get(key)
    if not table:
        return text
    folded = {name.strip().casefold(): value for name, value in table.items()}
    anything_else = folded.get(ANYTHING_ELSE, text) if text else ""
    return folded.get(text.casefold(), anything_else)


async def send_all(
    leads: Iterable[Ready | BadRow],
    mapping: Mapping,
    send: Send,
    *,
    on_bad: Callable[[BadRow], None],
    on_progress: Callable[[Summary], None],
) -> Summary:
    """Send every lead. Raises `GatewayError`s; what was sent before stays, and a second run goes over it."""
    summary = Summary()
    seen: set[str] = set()
    batch: list[Ready] = []
    for each in leads:
        summary.rows += 1
        if isinstance(each, BadRow):
            summary.unreadable += 1
            on_bad(each)
            continue
        summary.repeated += each.lead.source_id in seen
        seen.add(each.lead.source_id)
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


def account_for(
    each: Ready, result: IntakeResult, summary: Summary, on_bad: Callable[[BadRow], None]
) -> None:
    """Count a result; a refused lead goes to the reject file with its errors."""
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
            on_bad(BadRow(each.row.line, reason, " | ".join(each.row.values.values())))
            return
    if result.stage:
        summary.stages[result.stage] += 1


def rehearse(definitions: Definitions, now: datetime, new_id: Callable[[], str]) -> Send:
    """A stand-in for the server that keeps nothing: what would become of new leads, by the same rules."""
    actor = Actor("import", "import", Role.MARKETING_OPS)
    seen: set[str] = set()

    async def answer(leads: IntakeLeads) -> IntakeResults:
        results: list[IntakeResult] = []
        for each in leads.leads:
            signals = tuple(Signal(s.source_id, s.kind, s.at, s.title, s.url) for s in each.signals)
            incoming = Incoming(each.source_id, dict(each.fields), signals, each.qualified, each.created_at)
            outcome = receive(None, incoming, definitions, now, actor, leads.source, new_id)
            status = IntakeStatus(outcome.status.value)
            if each.source_id in seen and status is not IntakeStatus.REFUSED:
                status = IntakeStatus.UNCHANGED
            seen.add(each.source_id)
            results.append(
                IntakeResult(
                    source_id=each.source_id,
                    status=status,
                    stage=outcome.lead.stage if outcome.lead else None,
                    missing=outcome.missing,
                    errors=outcome.errors,
                )
            )
        return IntakeResults(results=tuple(results))

    return answer

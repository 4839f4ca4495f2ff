"""A record that stands in a file several times is sent once: a later row's values count before an earlier's.

Sent row by row, two values of a field would take turns with every run of the file. What only an earlier row
has is no less true for that: its signals, and values where the later cells are empty, go with the last row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from leadqueue.definitions.model import Definitions
from leadqueue.domain.handoff import refusals
from leadqueue.domain.lead import FieldValues
from leadqueue.sync.importing.mapping import Mapping
from leadqueue.sync.importing.reader import BadRow, Row, UnreadableFile
from leadqueue.sync.importing.run import Ready, Superseded, incoming_of, lead_of, source_id_of
from leadqueue.wire.intake import MAX_INTAKE, IntakeLead, IntakeSignalOfLead


@dataclass(frozen=True, slots=True)
class Ends:
    """Where each record of a file ends: the line of its last row that can be taken, by source id.

    `gives` holds, of records with several rows, the fields that the last of them fills.
    """

    lines: dict[str, int] = field(default_factory=dict)
    gives: dict[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Earlier:
    """What the rows of a record so far bring that its last row does not have, and their lines."""

    fields: FieldValues = field(default_factory=dict)
    signals: dict[str, IntakeSignalOfLead] = field(default_factory=dict)
    qualified: bool = False
    owner: str | None = None
    created_at: datetime | None = None
    lines: list[int] = field(default_factory=list)

    def add(self, each: Ready, replaced: frozenset[str]) -> None:
        lead = each.lead
        self.fields |= {key: value for key, value in lead.fields.items() if key not in replaced}
        self.signals |= {signal.source_id: signal for signal in lead.signals}
        self.qualified |= lead.qualified
        self.owner = lead.owner or self.owner
        self.created_at = lead.created_at or self.created_at
        self.lines.append(each.row.line)


def ends_of(rows: Iterable[Row | BadRow], mapping: Mapping, definitions: Definitions, now: datetime) -> Ends:
    """A first look over all rows. A row that would be refused supersedes none."""
    ends = Ends()
    alike: dict[frozenset[str], frozenset[str]] = {}
    for row in rows:
        source_id = "" if isinstance(row, BadRow) else source_id_of(row, mapping)
        if isinstance(row, BadRow) or not source_id:
            continue
        if source_id not in ends.lines:
            ends.lines[source_id] = row.line
            continue
        made = lead_of(row, mapping, definitions)
        if isinstance(made, Ready) and _taken(made.lead, definitions, now):
            gives = frozenset(made.lead.fields)
            ends.lines[source_id] = row.line
            ends.gives[source_id] = alike.setdefault(gives, gives)
    return ends


def once_each(
    made: Iterable[Ready | BadRow], ends: Ends, definitions: Definitions, now: datetime
) -> Iterator[Ready | BadRow | Superseded]:
    """Each record with its last row, the earlier ones as superseded; a row that is refused stays by itself.

    Kept meanwhile is only what no last row replaces. Raises `UnreadableFile` where the rows are not those
    that the first look saw.
    """
    waiting: dict[str, _Earlier] = {}
    for each in made:
        if isinstance(each, BadRow):
            yield each
            continue
        source_id, line = each.lead.source_id, each.row.line
        last = ends.lines.get(source_id, line)
        if line == last:
            yield from _whole(each, waiting.pop(source_id, None))
        elif line < last and _taken(each.lead, definitions, now):
            waiting.setdefault(source_id, _Earlier()).add(each, ends.gives.get(source_id, frozenset()))
            yield Superseded(line)
        else:
            yield each
    if waiting:
        raise UnreadableFile("the file was changed while it was read; run the import again")


def _taken(lead: IntakeLead, definitions: Definitions, now: datetime) -> bool:
    return not refusals(incoming_of(lead), definitions, now)


def _whole(last: Ready, before: _Earlier | None) -> Iterator[Ready]:
    """The last row with what came before it; signals beyond what the API takes at once come after it.

    Neither an empty cell nor a missing vote for the lead takes back what an earlier row said.
    """
    if before is None:
        yield last
        return
    signals = tuple((before.signals | {signal.source_id: signal for signal in last.lead.signals}).values())
    lead = last.lead.model_copy(
        update={
            "fields": before.fields | last.lead.fields,
            "signals": signals[:MAX_INTAKE],
            "qualified": before.qualified or last.lead.qualified,
            "owner": last.lead.owner or before.owner,
            "created_at": last.lead.created_at or before.created_at,
        }
    )
    yield replace(last, lead=lead, supersedes=tuple(before.lines))
    for start in range(MAX_INTAKE, len(signals), MAX_INTAKE):
        part = {"fields": {}, "signals": signals[start : start + MAX_INTAKE]}
        yield Ready(last.row, lead.model_copy(update=part), rest=True)

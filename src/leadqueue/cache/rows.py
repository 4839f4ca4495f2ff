"""The queue's rows: what of a lead, its open decisions replayed on top, is sorted, searched and shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from leadqueue.cache.micros import optional_micros
from leadqueue.cache.row_reading import OUTSIDE_RANK
from leadqueue.definitions.model import Definitions
from leadqueue.domain.company import company_of
from leadqueue.domain.lead import Lead
from leadqueue.domain.moments import to_micros
from leadqueue.domain.queue import place_of
from leadqueue.domain.text import folded
from leadqueue.domain.touches import present_touches

_NEVER = 2**62
_NOTES_SEARCHED = 2000

COLUMNS = (
    "lead_id",
    "section",
    "section_rank",
    "in_queue",
    "due_at",
    "target_at",
    "soon_at",
    "due_key",
    "clock",
    "lane",
    "person",
    "company",
    "title",
    "score",
    "stage",
    "source",
    "country",
    "owner_id",
    "owner_name",
    "version",
    "touches",
    "returned",
    "created_at",
    "unsent",
    "attention",
    "open_here",
    "name_key",
    "company_key",
    "score_key",
    "source_key",
    "age_key",
    "company_group",
    "waiting_since",
    "campaign",
    "reason",
    "haystack",
    "title_key",
    "campaign_key",
    "owner_key",
)
UPSERT = (
    f"INSERT INTO queue_row ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)}) "  # noqa: S608 - our own names
    f"ON CONFLICT (lead_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}"
)


def row_of(
    lead: Lead,
    definitions: Definitions,
    *,
    unsent: int,
    attention: int,
    open_here: int,
    server: Lead | None = None,
) -> tuple[object, ...]:
    """The values of `COLUMNS` for a lead as the rep sees it.

    `server` is the lead as the server last said it, None for the same: its company is the one of which the
    server tells, until a decision that changes it has arrived there.
    """
    place = place_of(lead, definitions)
    clock = place.clock if place else None
    due = to_micros(clock.due_at) if clock else None
    score = lead.score.total if lead.score else None
    person, company, text = lead.person, lead.company, lead.text
    source, created = text("lead_source"), to_micros(lead.created_at)
    searched = [
        person,
        company,
        *(text(key) for key in ("email", "company_domain", "job_title", "phone", "campaign")),
        source,
        *(note.text[:_NOTES_SEARCHED] for note in lead.notes),
    ]
    return (
        lead.id,
        place.section if place else "",
        place.rank if place else OUTSIDE_RANK,
        int(place is not None),
        due,
        optional_micros(clock.target_at) if clock else None,
        optional_micros(clock.soon_at) if clock else None,
        _NEVER if due is None else due,
        clock.kind if clock else "",
        (clock.lane or "") if clock else "",
        person,
        company,
        text("job_title"),
        score,
        lead.stage,
        source,
        text("country"),
        lead.owner_id or "",
        lead.owner_name,
        lead.versions.sales,
        len(present_touches(lead)),
        int(lead.returned),
        created,
        unsent,
        attention,
        open_here,
        folded(person),
        folded(company),
        score or 0,
        folded(source),
        created,
        company_of(server or lead, definitions),
        to_micros(clock.started_at) if clock else None,
        text("campaign"),
        lead.last_reason,
        folded("\n".join(part for part in searched if part)),
        folded(text("job_title")),
        folded(text("campaign")),
        folded(lead.owner_name),
    )


def write_rows(connection: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    connection.executemany(UPSERT, rows)

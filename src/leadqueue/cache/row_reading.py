"""The queue's rows as they are read. Only the standard library, for the first frame."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from leadqueue.cache.queue_views import QueueRow
from leadqueue.domain.moments import from_micros

OUTSIDE_RANK = 9999
"""Rank of a lead that stands in no section of the queue."""

SHOWN = (
    "lead_id, section, due_at, target_at, soon_at, clock, lane, person, company, title, score, stage, "
    "source, country, owner_id, owner_name, version, created_at, touches, returned, unsent, attention, "
    "campaign, reason"
)
"""The columns that a `QueueRow` is made of, in its order."""


def read_row(row: sqlite3.Row | tuple[object, ...]) -> QueueRow:
    """A `QueueRow` from the columns of `SHOWN`."""
    texts = [str(each) for each in row]
    return QueueRow(
        id=texts[0],
        section=texts[1],
        due_at=_moment(row[2]),
        target_at=_moment(row[3]),
        soon_at=_moment(row[4]),
        clock=texts[5],
        lane=texts[6],
        person=texts[7],
        company=texts[8],
        title=texts[9],
        score=None if row[10] is None else _whole(row[10]),
        stage=texts[11],
        source=texts[12],
        country=texts[13],
        owner_id=texts[14],
        owner_name=texts[15],
        version=_whole(row[16]),
        created_at=from_micros(_whole(row[17])),
        touches=_whole(row[18]),
        returned=bool(row[19]),
        unsent=_whole(row[20]),
        attention=_whole(row[21]),
        campaign=texts[22],
        reason=texts[23],
    )


def _moment(value: object) -> datetime | None:
    return None if value is None else from_micros(_whole(value))


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("the cache holds something that is no number")
    return value

"""Which lead is the most urgent one that nobody has dealt with yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueRow, QueueView
    from leadqueue.tui.ports import QueueSource

_WINDOW = 64
_MOST_LOOKED_AT = 2_048
"""Rows after which the search gives up: so many decisions wait on no queue."""


def next_urgent(queue: QueueSource, view: QueueView, here: str | None, *, go_on: bool) -> QueueRow | None:
    """The most urgent lead of the view without an unsent decision, other than `here`.

    With `go_on` the first one after `here` in the order of urgency, and from the end on from the top.
    """
    ordered = replace(view, sort="urgency", descending=False)
    place = queue.index_of(ordered, here) if go_on and here is not None else None
    start = 0 if place is None else place + 1
    for row in _rows(queue, ordered, start):
        if row.unsent == 0 and row.due_at is not None and row.id != here:
            return row
    return None


def most_urgent(rows: Iterable[QueueRow], here: QueueRow | None, *, go_on: bool) -> QueueRow | None:
    """The same among rows that are at hand already, in whatever order they stand; at most so many of them.

    For a filter over a large queue, which would take too long to ask again between two keys.
    """
    others = [
        row
        for row in islice(rows, _MOST_LOOKED_AT)
        if row.unsent == 0 and row.due_at is not None and (here is None or row.id != here.id)
    ]
    later = [row for row in others if here is not None and _key(row) > _key(here)] if go_on else []
    return min(later or others, key=_key, default=None)


def _key(row: QueueRow) -> tuple[bool, float, str]:
    return row.due_at is None, row.due_at.timestamp() if row.due_at else 0.0, row.id


def _rows(queue: QueueSource, view: QueueView, start: int) -> Iterator[QueueRow]:
    """The rows of the view from `start` to its end, then from its beginning, up to a bound."""
    count = queue.count(view)
    looked_at = 0
    for begin, end in ((start, count), (0, min(start, count))):
        for offset in range(begin, end, _WINDOW):
            if looked_at >= _MOST_LOOKED_AT:
                return
            looked_at += _WINDOW
            yield from queue.window(view, offset, min(_WINDOW, end - offset))

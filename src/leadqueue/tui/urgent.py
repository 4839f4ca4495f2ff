"""Which lead is the most urgent one that nobody has dealt with yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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
        if row.unsent == 0 and row.id != here:
            return row
    return None


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

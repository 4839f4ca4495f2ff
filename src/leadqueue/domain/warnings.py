"""Who is to be told now that a lead is about to breach: once for each lead and clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A lead whose clock is running out."""

    lead_id: str
    clock: str
    due_at: datetime
    who: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.lead_id, self.clock


Told = frozenset[tuple[str, str]]


def to_tell(
    upcoming: Iterable[Upcoming], told: Told, now: datetime, before: timedelta
) -> tuple[tuple[Upcoming, ...], Told]:
    """Those of `upcoming` that are to be told of now, the nearest first, and who counts as told then.

    A lead is told of from `before` its breach on, once. Whoever is not in that span any more is forgotten:
    if the same clock runs out another time, it is another warning.
    """
    near = sorted(
        (each for each in upcoming if now <= each.due_at <= now + before),
        key=lambda each: (each.due_at, each.key),
    )
    fresh: dict[tuple[str, str], Upcoming] = {}
    for each in near:
        if each.key not in told:
            fresh.setdefault(each.key, each)
    return tuple(fresh.values()), frozenset(each.key for each in near)

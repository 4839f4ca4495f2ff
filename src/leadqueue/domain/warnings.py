"""Who is to be told now that a lead is about to miss its target or its limit: once for each of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A lead whose clock is running out: at `due_at` its limit is reached, or only its target."""

    lead_id: str
    clock: str
    due_at: datetime
    who: str = ""
    is_target: bool = False

    @property
    def key(self) -> tuple[str, str, bool]:
        return self.lead_id, self.clock, self.is_target


Told = frozenset[tuple[str, str, bool]]


def to_tell(
    upcoming: Iterable[Upcoming], told: Told, now: datetime, before: timedelta
) -> tuple[tuple[Upcoming, ...], Told]:
    """Those of `upcoming` that are to be told of now, the nearest first, and who counts as told then.

    A lead is told of from `before` its target on, and, once no target is near any more, from `before` its
    limit on; once each. Whoever is not in that span any more is forgotten: if the same clock runs out another
    time, it is another warning.
    """
    span = [each for each in upcoming if now <= each.due_at <= now + before]
    aimed_at = {(each.lead_id, each.clock) for each in span if each.is_target}
    near = sorted(
        (each for each in span if each.is_target or (each.lead_id, each.clock) not in aimed_at),
        key=lambda each: (each.due_at, each.key),
    )
    fresh: dict[tuple[str, str, bool], Upcoming] = {}
    for each in near:
        if each.key not in told:
            fresh.setdefault(each.key, each)
    return tuple(fresh.values()), frozenset(each.key for each in near)

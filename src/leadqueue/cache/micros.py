"""Optional moments as the local files keep them: whole microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import datetime

from leadqueue.domain.moments import from_micros, to_micros


def optional_micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def optional_moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)

"""When to try again: full jitter up to five minutes; a pause that the server asks for is obeyed."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST_S = 1.0
LONGEST_S = 300.0
LONGEST_PAUSE_S = 3600.0
"""No server may silence a client for longer than this."""

UNREACHABLE_LONGEST_S = 5.0
"""Knocking at a door that nobody opens loads no server, and the rep waits for the network to come back."""

_DOUBLINGS = 20


def pause(
    attempt: int, rng: random.Random, *, retry_after: float | None = None, longest: float = LONGEST_S
) -> timedelta:
    """The pause after the `attempt`-th failure in a row (1 is the first).

    Full jitter after the AWS study of it: anything between nothing and a bound that doubles each time. With
    `retry_after` the pause is never shorter than that, and clients spread behind it.
    """
    bound = min(longest, FIRST_S * 2.0 ** min(max(attempt - 1, 0), _DOUBLINGS))
    return timedelta(seconds=min(max(retry_after or 0.0, 0.0), LONGEST_PAUSE_S) + rng.uniform(0.0, bound))

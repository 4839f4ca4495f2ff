"""How long a run of the tests may go on playing what could be played without end."""

from __future__ import annotations

import os
from datetime import timedelta
from time import monotonic

LONGEST = timedelta(minutes=45)
"""Five times what the whole suite takes on two cores."""

TOO_LATE = f"the run had taken {LONGEST.seconds // 60} minutes already; `make faults` plays them all"

STALE = "hunted anew"
"""The property of a test whose mutant lives through the schedule that killed it last."""

_BEGAN = "LEADQUEUE_TESTS_BEGAN"


def begin_run() -> None:
    """Note the time; the workers that start later inherit it."""
    os.environ[_BEGAN] = str(monotonic())


def too_late() -> bool:
    """Whether the run has taken `LONGEST`: a check that never ends says nothing of all the others."""
    return monotonic() - float(os.environ[_BEGAN]) > LONGEST.total_seconds()

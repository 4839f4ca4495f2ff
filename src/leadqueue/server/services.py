"""What the routes work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadqueue.domain.moments import NowFn
from leadqueue.server import store
from leadqueue.server.database import Database
from leadqueue.server.decisions import Decisions
from leadqueue.server.hints import Hints
from leadqueue.server.intake import Intake
from leadqueue.server.limits import Bodies, Pace


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one running server."""

    database: Database
    now: NowFn
    new_id: Callable[[], str]
    definitions: store.DefinitionsCache
    decisions: Decisions
    intake: Intake
    hints: Hints
    pace: Pace
    bodies: Bodies

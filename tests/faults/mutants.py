"""Programs that break a promise, each in one way. The simulator has to find every one of them."""

from __future__ import annotations

from tests.faults.mutants_client import CLIENT
from tests.faults.mutants_server import SERVER
from tests.faults.mutating import Mutant

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*SERVER, *CLIENT)}
LIMIT = 2000
"""Within so many schedules each has to be found."""

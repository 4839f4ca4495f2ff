"""Long runs: `python -m tests.apifuzz` calls the API as every role, and ends with 1 on a finding."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.apifuzz.campaign import Campaign, run
from tests.apifuzz.company import open_company

from leadqueue.definitions.model import Role

ROLES = (Role.ADMIN, Role.REP, Role.MANAGER, Role.MARKETING_OPS)
_ENOUGH = 1000


def main() -> int:
    """Run, and tell what was found. The database named must be empty, and is not cleared afterwards."""
    asked = argparse.ArgumentParser(prog="python -m tests.apifuzz", description=__doc__)
    asked.add_argument("--seconds", type=int, default=240, help="time of the whole run, shared by the roles")
    asked.add_argument("--examples", type=int, default=_ENOUGH, help="most requests per operation and phase")
    asked.add_argument("--seed", type=int, default=1, help="another seed makes other requests")
    asked.add_argument("--role", type=Role, action="append", help="only this role; may be given repeatedly")
    asked.add_argument("--only", default="", metavar="OPERATION", help="only this operation")
    asked.add_argument("--database", default="", help="a database address; without one a fresh SQLite file")
    given = asked.parse_args()
    roles = given.role or ROLES
    sound, cases = True, 0
    with tempfile.TemporaryDirectory() as folder, open_company(Path(folder), given.database) as company:
        for role in roles:
            seconds = max(given.seconds // len(roles), 1)
            campaign = Campaign(role, given.examples, given.seed, seconds=seconds, only=given.only)
            outcome = run(campaign, company, Path(folder) / role.value)
            print(outcome.report)
            sound = sound and outcome.sound
            cases += outcome.cases
    print(f"{cases} requests made; {'nothing was found' if sound else 'see the findings above'}.")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())

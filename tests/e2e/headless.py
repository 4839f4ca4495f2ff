"""The client at work without a screen: it decides as told, and syncs all the while as the screen does.

`python -m tests.e2e.headless`. Each line of stdin is `LEAD [KIND]`, or `now` for a try at once. It answers
with a line each: the id of the decision once that is stored, or `refused`.
"""

from __future__ import annotations

import sys

from tests.builders import EXAMPLE_VALUES

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Home
from leadqueue.cache.views import Stored
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.moments import system_now
from leadqueue.sync.runner import SyncRunner


def main() -> None:
    home = Home.locate()
    account = home.load_account()
    assert account is not None
    runner = SyncRunner(home, account, system_now)
    runner.start()
    desk = Desk.open(home, account, system_now)
    for line in sys.stdin:
        lead, _, kind = line.strip().partition(" ")
        if lead == "now":
            runner.try_now()
            continue
        wanted = DecisionKind(kind or "accept")
        outcome = desk.decide(lead, wanted, EXAMPLE_VALUES[wanted])
        told = outcome.item.decision.id if isinstance(outcome, Stored) else "refused"
        print(told, flush=True)
        runner.wake()
    runner.stop()
    desk.close()


if __name__ == "__main__":
    main()

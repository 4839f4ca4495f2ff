"""Exactly once, though processes die: 50 decisions through kill -9 of the server, and of the client."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter

import pytest
from tests.e2e.firm import PROGRAM, Firm

DECISIONS = 50

CLIENT = """
import sys
from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Home
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.moments import system_now
from leadqueue.sync.runner import SyncRunner
home = Home.locate()
account = home.load_account()
runner = SyncRunner(home, account, system_now)
runner.start(lambda state: None)
desk = Desk.open(home, account, system_now)
for number, lead in enumerate(sys.argv[1:]):
    stored = desk.decide(lead, DecisionKind.NOTE, {"note": f"note {number}"})
    print(stored.item.decision.id, flush=True)
    runner.wake()
print("done", flush=True)
sys.stdin.read()
"""


def stored_until(firm: Firm, leads: list[str], stop_after: int) -> list[str]:
    """Let a real client decide and sync at once, and kill it after so many stored decisions."""
    client = subprocess.Popen(
        [PROGRAM[0], "-c", CLIENT, *leads],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **firm.env("rita")},
    )
    assert client.stdout is not None
    stored: list[str] = []
    for line in client.stdout:
        if line.strip() == "done":
            break
        stored.append(line.strip())
        if len(stored) == stop_after:
            break
    client.send_signal(signal.SIGKILL)
    rest, trouble = client.communicate()
    assert "Traceback" not in trouble, trouble
    return stored + [line.strip() for line in rest.splitlines() if line.strip() != "done"]


def applied_once(firm: Firm, leads: list[str], stored: list[str]) -> None:
    done = firm.run("rita", "sync")
    assert done.returncode == 0, done.stderr
    assert firm.json("rita", "outbox") == []
    assert firm.json("rita", "inbox") == []
    counted = Counter(firm.decided(*leads))
    assert counted == Counter(stored)
    agreed = firm.run("rita", "digest")
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr


def test_the_server_dies_in_the_middle_of_a_run(firm: Firm) -> None:
    leads = firm.hand_over(DECISIONS)
    firm.log_in("rita")
    firm.run("rita", "sync")
    stored: list[str] = []
    for number, start in enumerate(range(0, DECISIONS, 10)):
        if number == 2:
            firm.kill_server()
        answer = firm.json("rita", "accept", *leads[start : start + 10], "--acceptance-reason", "strong_fit")
        stored += [each["id"] for each in answer["stored"]]
        states = {each["state"] for each in answer["stored"]}
        assert states == ({"applied"} if number < 2 else {"waiting"})
    assert len(firm.json("rita", "outbox")) == 30
    firm.start_server()
    applied_once(firm, leads, stored)
    assert {firm.ask("maya", f"leads/{lead}")["stage"] for lead in leads} == {"sal"}


@pytest.mark.parametrize("stop_after", [7, 25, 49])
def test_the_client_dies_in_the_middle_of_a_run(firm: Firm, stop_after: int) -> None:
    leads = firm.hand_over(DECISIONS)
    firm.log_in("rita")
    firm.run("rita", "sync")
    stored = stored_until(firm, leads, stop_after)
    assert len(stored) >= stop_after
    applied_once(firm, leads, stored)


def test_both_die_again_and_again(firm: Firm) -> None:
    leads = firm.hand_over(DECISIONS)
    firm.log_in("rita")
    firm.run("rita", "sync")
    stored = stored_until(firm, leads[:20], 12)
    firm.kill_server()
    stored += stored_until(firm, leads[20:40], 15)
    firm.start_server()
    stored += stored_until(firm, leads[40:], 9)
    applied_once(firm, leads, stored)

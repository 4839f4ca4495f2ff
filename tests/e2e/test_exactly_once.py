"""Exactly once, though processes die: 50 decisions through kill -9 of the server, and of the client."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.e2e.firm import Firm, clean_env, run_program
from tests.e2e.serving import Server

DECISIONS = 50
ROOT = Path(__file__).parents[2]


class Client:
    """A rep's program at work, that tells which decisions it has reported as stored."""

    def __init__(self, firm: Firm, name: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.headless"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=clean_env(firm.home(name)),
            cwd=ROOT,
        )
        self.stored: list[str] = []

    def tell(self, leads: list[str]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(f"{lead}\n" for lead in leads))
        self._process.stdin.flush()

    def hear(self, count: int) -> None:
        """Wait until so many decisions more are stored."""
        assert self._process.stdout is not None
        for _ in range(count):
            line = self._process.stdout.readline()
            assert line, self._process.stderr.read() if self._process.stderr else ""
            self.stored.append(line.strip())

    def kill(self) -> list[str]:
        self._process.send_signal(signal.SIGKILL)
        return self._end()

    def leave(self) -> list[str]:
        """Tell it nothing more, and let it end as it should."""
        stored = self._end()
        assert self._process.returncode == 0
        return stored

    def _end(self) -> list[str]:
        told, trouble = self._process.communicate(timeout=100)
        assert "Traceback" not in trouble, trouble
        self.stored += told.split()
        return self.stored


@contextmanager
def client(firm: Firm, name: str) -> Iterator[Client]:
    at_work = Client(firm, name)
    try:
        yield at_work
    finally:
        at_work.kill()


@pytest.fixture
def leads(firm: Firm) -> list[str]:
    """Rita's leads, on the server and on her machine."""
    made = firm.hand_over(DECISIONS)
    firm.log_in("rita")
    assert firm.json("rita", "sync")["pulled"] == DECISIONS
    return made


def synced(firm: Firm) -> None:
    """One sync sends what is left, and afterwards both sides agree."""
    report = firm.json("rita", "sync")
    assert (report["ok"], report["unsent"], report["attention"]) == (True, 0, 0)
    with firm.desk("rita") as desk:
        assert desk.unsent() == []
        assert desk.attention() == []
    agreed = firm.run("rita", "digest")
    assert agreed.returncode == 0, agreed.stdout + agreed.stderr


def applied_once(firm: Firm, leads: list[str], stored: list[str], *, kills: int = 0) -> None:
    """Each decision that was reported as stored stands in a trail once, and no other does.

    A client that is killed between storing and reporting leaves one that nobody was told of.
    """
    counted = firm.decided(*leads)
    assert set(counted.values()) <= {1}
    assert Counter(stored) <= counted
    assert len(counted) - len(stored) in range(kills + 1)
    accepted = sum(row["stage"] == "sal" for row in firm.json("rita", "queue"))
    assert accepted == len(counted)


def test_the_server_dies_under_a_running_client(firm: Firm, leads: list[str]) -> None:
    with client(firm, "rita") as rita:
        rita.tell(leads[:15])
        rita.hear(15)
        firm.server.kill()
        rita.tell(leads[15:25])
        rita.hear(10)
        firm.server.start()
        rita.tell(leads[25:40])
        rita.hear(15)
        firm.server.kill()
        firm.server.start()
        rita.tell(leads[40:])
        rita.hear(10)
        stored = rita.leave()
    synced(firm)
    applied_once(firm, leads, stored)


def test_the_server_dies_between_commands(firm: Firm, leads: list[str]) -> None:
    stored: list[str] = []
    for start, state in ((0, "applied"), (20, "waiting"), (40, "applied")):
        if state == "waiting":
            firm.server.kill()
        elif not firm.server.runs():
            firm.server.start()
        some = leads[start : start + 20]
        answer = firm.json("rita", "accept", *some, "--acceptance-reason", "strong_fit")
        assert {each["state"] for each in answer["stored"]} == {state}
        stored += [each["id"] for each in answer["stored"]]
    synced(firm)
    applied_once(firm, leads, stored)
    assert len(stored) == DECISIONS


@pytest.mark.parametrize("stop_after", [3, 40])
def test_the_client_dies(firm: Firm, leads: list[str], stop_after: int) -> None:
    with client(firm, "rita") as rita:
        rita.tell(leads)
        rita.hear(stop_after)
        stored = rita.kill()
    assert len(stored) >= stop_after
    synced(firm)
    applied_once(firm, leads, stored, kills=1)


def test_both_die_again_and_again(firm: Firm, leads: list[str]) -> None:
    stored: list[str] = []
    for number, (start, stop_after) in enumerate(((0, 12), (20, 9), (35, 7))):
        with client(firm, "rita") as rita:
            rita.tell(leads[start : start + 15])
            rita.hear(stop_after)
            if number == 1:
                firm.server.kill()
            stored += rita.kill()
        if not firm.server.runs():
            firm.server.start()
    synced(firm)
    applied_once(firm, leads, stored, kills=3)


def test_the_server_comes_back_from_a_backup(tmp_path: Path) -> None:
    """What it has forgotten is offered again, what it still knows is not applied again."""
    original = Server(tmp_path / "server")
    firm = Firm(original, tmp_path)
    leads = firm.hand_over(20)
    firm.log_in("rita")
    firm.run("rita", "sync")

    def accept(some: list[str]) -> list[str]:
        answer = firm.json("rita", "accept", *some, "--acceptance-reason", "strong_fit")
        assert {each["state"] for each in answer["stored"]} == {"applied"}
        return [each["id"] for each in answer["stored"]]

    stored = accept(leads[:10])
    original.close()
    shutil.copytree(original.folder, tmp_path / "backup")
    original.reopen()
    stored += accept(leads[10:])
    original.close()
    shutil.rmtree(original.folder)
    shutil.copytree(tmp_path / "backup", original.folder)
    told = run_program(
        tmp_path / "home-admin", "admin", "organisation", "new-epoch", "--database", original.database
    )
    assert told.returncode == 0, told.stderr
    original.reopen()
    try:
        assert {firm.stage(lead) for lead in leads[10:]} == {"mql"}
        report = firm.json("rita", "sync")
        assert (report["new_epoch"], report["attention"], report["unsent"]) == (True, 0, 0)
        assert firm.run("rita", "digest").returncode == 0
        applied_once(firm, leads, stored)
    finally:
        original.close()

"""The demo: made up in a moment, served, cut off and joined again."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.firm import clean_env, run_program
from tests.e2e.serving import PROGRAM
from tests.e2e.terminal import Terminal


@pytest.fixture
def headless(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    env = clean_env(tmp_path)
    command = [*PROGRAM, "demo", "--headless", "--leads", "30", "--reps", "2"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr.read() if process.stderr else ""
    yield process, json.loads(line)
    if process.poll() is None:
        process.kill()
    process.communicate()


def test_headless(headless: tuple[subprocess.Popen[str], dict[str, str]], tmp_path: Path) -> None:
    process, told = headless
    assert {"url", "token", "manager_token", "rep", "home"} <= set(told)
    home = Path(told["home"])
    assert run_program(home, "sync").returncode == 0
    rows = json.loads(run_program(home, "queue", "--json").stdout)
    assert len(rows) == 30
    assert {row["owner"] for row in rows} == {told["rep"]}
    assert run_program(tmp_path, "demo", "offline", "on").returncode == 0
    assert run_program(home, "sync").returncode == 5
    mql = next(row["id"] for row in rows if row["stage"] == "mql")
    stored = run_program(home, "accept", mql, "--acceptance-reason", "strong_fit", "--json")
    assert json.loads(stored.stdout)["stored"][0]["state"] == "waiting"
    assert run_program(tmp_path, "demo", "offline", "off").returncode == 0
    assert run_program(home, "sync").returncode == 0
    assert json.loads(run_program(home, "outbox", "--json").stdout) == []
    again = run_program(tmp_path, "demo", "--headless")
    assert again.returncode == 8
    assert "open already" in again.stderr
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 0


def test_the_network_is_cut_and_joined_by_a_key(tmp_path: Path) -> None:
    command = [*PROGRAM, "demo", "--leads", "20", "--reps", "1"]
    with Terminal(command, clean_env(tmp_path), columns=120, rows=36) as screen:
        screen.wait_for("All 20", "Live")
        screen.press("1")
        screen.wait_for("Awaiting review")
        screen.press("f9")
        screen.wait_for("Offline")
        screen.press("a")
        screen.wait_for("Acceptance reason required")
        screen.press("1")
        screen.press("ctrl+s")
        screen.wait_for("1 unsent")
        screen.press("f9")
        screen.wait_for("all sent", "Live")
        screen.press("q")
        assert screen.wait_exit() == 0
    # What was decided stands when the demo is opened again.
    with Terminal(command, clean_env(tmp_path), columns=120, rows=36) as screen:
        screen.wait_for("All 20", "Live", "all sent")


def test_the_team_as_its_manager_sees_it(tmp_path: Path) -> None:
    command = [*PROGRAM, "demo", "--as", "manager", "--leads", "20", "--reps", "2"]
    with Terminal(command, clean_env(tmp_path), columns=120, rows=36) as screen:
        screen.wait_for("Live")
        screen.press("m")
        screen.wait_for("Waiting", "Accepted", "14 days", "to acknowledge")
        screen.press("enter")
        screen.wait_for("read only")

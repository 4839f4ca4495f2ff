"""Storms over the real programs, killed with signal 9: `python -m tests.kill`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests import postgres
from tests.kill.cluster import Cluster
from tests.kill.spread import Kill, spread
from tests.kill.storm import Storm

CLIENTS_EACH = 25
SERVERS_TO_A_DATABASE = 8
"""So many kills of the server there are for one of its PostgreSQL."""


@dataclass(frozen=True)
class Task:
    """One storm. `database` is sqlite or postgresql."""

    seed: int
    database: str
    clients: int
    servers: int

    @property
    def crashes(self) -> int:
        return self.servers // SERVERS_TO_A_DATABASE if self.database == "postgresql" else 0

    def __str__(self) -> str:
        crashed = f", PostgreSQL {self.crashes} times" if self.crashes else ""
        return f"{self.clients} clients, {self.servers} servers{crashed} killed on {self.database}"


def shares(total: int, parts: int) -> list[int]:
    """`total` split as evenly as it goes."""
    return [total * (each + 1) // parts - total * each // parts for each in range(parts)]


def tasks(clients: int, servers: int, storms: int, seed: int, databases: list[str]) -> Iterator[Task]:
    """The storms, on one database after the other."""
    parts = zip(shares(clients, storms), shares(servers, storms), strict=True)
    for number, (some_clients, some_servers) in enumerate(parts):
        yield Task(seed + number, databases[number % len(databases)], some_clients, some_servers)


def play(task: Task, cluster: Cluster | None) -> tuple[list[str], list[Kill], int]:
    """What is wrong after the storm, its kills, and how many decisions were reported as stored."""
    with tempfile.TemporaryDirectory(prefix="leadqueue-storm-") as folder:
        used = cluster if task.database == "postgresql" else None
        with Storm(Path(folder), task.seed, cluster=used) as storm:
            try:
                wrongs = storm.rage(task.clients, task.servers, task.crashes)
            except AssertionError as error:
                wrongs = [str(error)]
            return wrongs, storm.scene.kills, len(storm.scene.promises)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--clients", type=int, default=300, help="how many kills of clients")
    parser.add_argument("--servers", type=int, default=100, help="how many kills of the server")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--storms", type=int, default=0, help="in how many storms; 0 chooses")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm; the next ones count on")
    chosen = parser.parse_args()
    databases = ["sqlite", "postgresql"] if chosen.database == "both" else [chosen.database]
    if "postgresql" in databases and not postgres.installed():
        say("PostgreSQL is not installed here: every storm is on SQLite.")
        databases = ["sqlite"]
    storms = chosen.storms or max(len(databases), -(-chosen.clients // CLIENTS_EACH))
    kills: list[Kill] = []
    promised = failed = 0
    began = time.monotonic()
    with closing(Cluster()) if "postgresql" in databases else nullcontext() as cluster:
        for task in tasks(chosen.clients, chosen.servers, storms, chosen.seed, databases):
            wrongs, struck, kept = play(task, cluster)
            kills += struck
            promised += kept
            failed += bool(wrongs)
            passed = time.monotonic() - began
            found = f"{kept} decisions reported as stored, {len(wrongs)} wrong"
            say(f"storm {task.seed}: {task}; {found}; {passed:.0f} s so far")
            for wrong in wrongs:
                say(f"  {wrong}")
            if wrongs:
                again = f"--clients {task.clients} --servers {task.servers} --database {task.database}"
                say(f"  play it again: python -m tests.kill --seed {task.seed} --storms 1 {again}")
    say(f"\n{promised} decisions reported as stored, {failed} of {storms} storms failed\n")
    say(spread(kills))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Storms over the real programs, killed with signal 9: `python -m tests.kill`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.kill.spread import Kill, spread
from tests.kill.storm import Storm

CLIENTS_EACH = 25


def shares(total: int, parts: int) -> list[int]:
    """`total` split as evenly as it goes."""
    return [total * (each + 1) // parts - total * each // parts for each in range(parts)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.kill", description=__doc__)
    parser.add_argument("--clients", type=int, default=300, help="how many kills of clients")
    parser.add_argument("--servers", type=int, default=100, help="how many kills of the server")
    parser.add_argument("--storms", type=int, default=0, help="in how many storms; 0 chooses")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm; the next ones count on")
    chosen = parser.parse_args()
    storms = chosen.storms or max(1, (chosen.clients + CLIENTS_EACH - 1) // CLIENTS_EACH)
    kills: list[Kill] = []
    promised = failed = 0
    began = time.monotonic()
    parts = zip(shares(chosen.clients, storms), shares(chosen.servers, storms), strict=True)
    for seed, (clients, servers) in enumerate(parts, chosen.seed):
        with (
            tempfile.TemporaryDirectory(prefix="leadqueue-storm-") as folder,
            Storm(Path(folder), seed) as storm,
        ):
            try:
                wrongs = storm.rage(clients, servers)
            except AssertionError as error:
                wrongs = [str(error)]
            kills += storm.scene.kills
            kept = len(storm.scene.promises)
        promised += kept
        failed += bool(wrongs)
        sys.stdout.write(
            f"storm {seed}: {clients} clients and {servers} servers killed, {len(wrongs)} wrong; "
            f"{kept} decisions reported as stored; {time.monotonic() - began:.0f} s so far\n"
        )
        for wrong in wrongs:
            sys.stdout.write(f"  {wrong}\n")
        if wrongs:
            again = f"--seed {seed} --storms 1 --clients {clients} --servers {servers}"
            sys.stdout.write(f"  play it again: python -m tests.kill {again}\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{promised} decisions reported as stored, {failed} of {storms} storms failed\n\n")
    sys.stdout.write(spread(kills))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m benchmarks [NAME …]`: run benchmarks, print figures and ratios, and keep them where asked."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Protocol, cast

from benchmarks.measuring import Report, as_json, machine

NAMES = ("first_sync", "decision", "drain", "server_rate", "crowd", "scale", "cockpit")


class _Benchmark(Protocol):
    def run(self) -> Report: ...


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all without one")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in NAMES]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}'; choose of {', '.join(NAMES)}")
    print("On:", ", ".join(f"{key} {value}" for key, value in machine().items()))
    reports: list[Report] = []
    for name in given.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        reports.append(cast("_Benchmark", module).run())
    if given.json:
        given.json.write_text(as_json(reports) + "\n", "utf-8")


if __name__ == "__main__":
    main()

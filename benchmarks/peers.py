"""Other terminal programs, each in a virtual environment of its own under the user's cache folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Peer:
    """`shows` is what stands on its screen once it is open; `moves` are two keys, down and up."""

    name: str
    what: str
    command: Sequence[str]
    shows: str
    moves: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


def installed(rows: Path) -> list[Peer]:
    """The peers, installed where they are not yet, those with a table over the file `rows`."""
    visidata = _environment("visidata")
    fast = _environment("textual-fastdatatable")
    first = rows.read_text("utf-8").split("\n")[1].split(",")[0]
    return [
        Peer("VisiData", "the same rows", [_bin(visidata, "vd"), str(rows)], first[:8], "jk"),
        Peer("posting", "empty", [_bin(_environment("posting"), "posting")], "Collection"),
        Peer("harlequin", "empty", [_bin(_environment("harlequin"), "harlequin")], "Run Query"),
        Peer(
            "DataTable",
            "the same rows",
            [sys.executable, str(HERE / "table_app.py"), str(rows)],
            first[:8],
            "jk",
        ),
        Peer(
            "textual-fastdatatable",
            "the same rows",
            [_bin(fast, "python"), str(HERE / "table_app.py"), "--fast", str(rows)],
            first[:8],
            "jk",
        ),
    ]


def _environment(package: str) -> Path:
    """The folder of a virtual environment that holds the package."""
    folder = user_cache_path("leadqueue-benchmarks") / package
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([_bin(folder, "pip"), "install", "--quiet", package], check=True)
        (folder / "ready").touch()
    return folder


def _bin(folder: Path, name: str) -> str:
    return str(folder / "bin" / name)

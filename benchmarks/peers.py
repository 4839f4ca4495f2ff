"""Other terminal programs, each in a virtual environment of its own under the user's cache folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

HERE = Path(__file__).parent
_NO_JIRA = """\
jira_api_username: nobody@leads.example
jira_api_token: none
jira_api_base_url: http://127.0.0.1:9
"""


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
    posting = _environment("posting", "tree-sitter==0.25.2")  # with the next one it crashes
    jiratui = _environment("jiratui", "textual<8")  # with the next one it ends
    nowhere = rows.with_name("jiratui.yaml")
    nowhere.write_text(_NO_JIRA, "utf-8")
    first = rows.read_text("utf-8").split("\n")[1].split(",")[0]
    return [
        Peer("VisiData", "the same rows", [_bin(visidata, "vd"), str(rows)], first[:8], "jk"),
        Peer("posting", "empty", [_bin(posting, "posting")], "Collection"),
        Peer(
            "jiratui",
            "empty",
            [_bin(jiratui, "jiratui"), "ui"],
            "Work Items",
            env={"JIRA_TUI_CONFIG_FILE": str(nowhere)},
        ),
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


def _environment(package: str, *beside: str) -> Path:
    """The folder of a virtual environment that holds the package, and what it needs beside it."""
    folder = user_cache_path("leadqueue-benchmarks") / package
    if not (folder / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([_bin(folder, "pip"), "install", "--quiet", package, *beside], check=True)
        (folder / "ready").touch()
    return folder


def _bin(folder: Path, name: str) -> str:
    return str(folder / "bin" / name)

"""`leadqueue definitions` beside a queue: what the server published, and the open leads a change touches."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Shell
from tests.definitions.edits import DEFINITIONS, TEXT, changed


def test_diff_counts_the_open_leads_of_the_queue(shell: Shell, tmp_path: Path) -> None:
    first, second = shell.world.lead(), shell.world.lead(email="grace@harbour.example")
    assert shell("sync").code == 0
    assert shell("accept", second.id, "--set", "acceptance_reason=strong_fit").code == 0
    file = tmp_path / "team.toml"
    file.write_text(changed("minutes = 1440", "minutes = 960"), "utf-8")
    told = shell("definitions", "diff", "shipped", str(file))
    assert told.code == 0
    assert told.stdout == "The clock 'Review': 24 business hours → 16 business hours (1 open lead)\n"
    [change] = json.loads(shell("definitions", "diff", "shipped", str(file), "--json").stdout)
    assert change["open_leads"] == [first.id]


def test_show_gives_what_the_server_published(shell: Shell) -> None:
    assert shell("sync").code == 0
    assert shell("definitions", "show", "--toml").stdout == TEXT
    assert shell("definitions", "show").stdout.startswith(
        f"{DEFINITIONS.name}, version {DEFINITIONS.version}"
    )

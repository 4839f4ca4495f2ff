"""`leadqueue config`: what holds, where it is, what is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

from tests.cli.conftest import Shell

from leadqueue.tui.settings.keymaps import conflicts
from leadqueue.tui.settings.model import SETTINGS
from leadqueue.tui.settings.reading import checked


def test_path_show_and_check(shell: Shell) -> None:
    path = shell.home.config_file
    assert shell("config", "path").stdout == f"{path}\n"
    assert shell("config", "check").code == 0
    path.parent.mkdir(parents=True)
    path.write_text('bell = true\n[keys]\naccept = "ctrl+a"\n')
    shown = shell("config", "show")
    assert shown.code == 0
    data = tomllib.loads(shown.stdout)
    assert data["bell"] is True
    assert data["keys"] == {"accept": "ctrl+a"}
    assert set(data) == {setting.name for setting in SETTINGS} | {"keys"}
    assert shell("config", "show", "--json").json["bell"] is True


def test_a_mistake_is_told_with_the_file_and_the_fix(shell: Shell) -> None:
    path: Path = shell.home.config_file
    path.parent.mkdir(parents=True)
    path.write_text('theme = "nrod"\n')
    done = shell("config", "check")
    assert done.code == 2
    assert str(path) in done.stderr
    assert "did you mean 'nord'?" in done.stderr
    assert shell("config", "show").code == 0


def test_the_keys_that_hold_are_listed(shell: Shell) -> None:
    path: Path = shell.home.config_file
    path.parent.mkdir(parents=True)
    path.write_text('keymap = "vim"\n[keys]\naccept = "ctrl+a"\n')
    listed = shell("config", "keys", "--json").json
    assert listed["accept"] == "ctrl+a"
    assert listed["palette"] == "colon,ctrl+p"
    assert ["accept", "ctrl+a"] in [line.split()[:2] for line in shell("config", "keys").stdout.splitlines()]


def test_the_manual_shows_every_setting_with_its_default() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text()
    sample = manual.split("```toml\n")[1].split("```")[0]
    shown = tomllib.loads(sample)
    assert shown.pop("keys") == {}
    assert shown == {setting.name: setting.default for setting in SETTINGS}
    awake = sample.partition("\n[keys]\n")[2].replace("# ", "").strip()
    read = checked(tomllib.loads(f"[keys]\n{awake}"))
    assert read.problems == ()
    assert conflicts(read.settings.keys) == ()
    assert set(read.settings.keys) == {"accept", "reject", "form.submit"}

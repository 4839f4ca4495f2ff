"""`leadqueue config`: what holds, where it is, what is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.cli.conftest import Shell

from leadqueue.cache.saved_views import ViewsFile
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


def write_settings(shell: Shell, text: str) -> None:
    shell.home.config_file.parent.mkdir(parents=True, exist_ok=True)
    shell.home.config_file.write_text(text)


def test_names_of_the_start_are_checked_as_far_as_they_are_known(shell: Shell) -> None:
    write_settings(shell, 'start_view = "nope"\nstart_section = "nope"\n')
    before = shell("config", "check")
    assert before.code == 2
    assert "start_view: there is no view 'nope'; none is saved yet" in before.stderr
    assert "start_section" not in before.stderr, "the definitions are not known before the first sync"
    assert shell("sync").code == 0
    shell.home.views_file.write_text('[[view]]\nname = "Hot"\nfilter = "score>70"\n')
    after = shell("config", "check")
    assert after.code == 2
    assert "start_view: there is no view 'nope'; saved: Hot" in after.stderr
    assert "start_section: there is no 'nope'; take one of review, returned, " in after.stderr
    write_settings(shell, 'start_view = "hot"\nstart_section = "review"\n')
    assert shell("config", "check").code == 0
    shell.home.views_file.write_text("[[view]\n")
    broken = shell("config", "check").stderr
    assert "views.toml: this is not TOML" in broken
    assert "start_view" not in broken, "which views there are is not known"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[view]]\nname = "Hot"\nsort = "foo"\n', "view 1, sort: it is none of urgency, score, "),
        ('[[view]]\nname = "Hot"\n[[view]]\nname = "hot"\n', "two views have the name 'hot'"),
        ('[[view]]\nname = "Hot"\ncolour = "red"\n', "view 1, colour: there is no such setting here"),
        ("[[view]\n", "this is not TOML"),
    ],
)
def test_views_that_cannot_be_read_are_told_in_the_words_of_the_screen(
    shell: Shell, text: str, said: str
) -> None:
    file = shell.home.views_file
    file.parent.mkdir(parents=True)
    file.write_text(text)
    trouble = ViewsFile(file).load().trouble
    assert said in trouble
    told = shell("config", "check")
    assert told.code == 2
    assert told.stderr == f"leadqueue: {file.parent}/{trouble}\n"
    found = [each for each in shell("doctor", "--json").json if each["state"] == "warning"]
    assert [(each["name"], each["message"], each["fix"]) for each in found if each["name"] == "views"] == [
        ("views", trouble.partition(": ")[2], f"Mend it in {file}")
    ]


def test_a_column_that_there_is_not_is_told(shell: Shell) -> None:
    file = shell.home.views_file
    file.parent.mkdir(parents=True)
    file.write_text('columns = ["compny:30"]\n[[view]]\nname = "Hot"\ncolumns = ["score", "foo"]\n')
    told = shell("config", "check")
    assert told.code == 2
    first, second = told.stderr.splitlines()
    assert f"{file}: columns: did you mean 'company'?" in first
    assert f"{file}: view 1, columns: there is no 'foo'; take one of countdown, section, " in second
    assert ViewsFile(file).load().trouble == "", "a screen leaves them out"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('section = "nope"', "there is no section nope; the sections are review, "),
        ('filter = "source:webniar"', "did you mean webinar?"),
    ],
)
def test_what_the_definitions_do_not_know_of_a_view_is_told_once_they_are_here(
    shell: Shell, written: str, said: str
) -> None:
    file = shell.home.views_file
    file.parent.mkdir(parents=True)
    file.write_text(f'[[view]]\nname = "Hot"\n{written}\n[[view]]\nname = "Fine"\nfilter = "score>70"\n')
    assert shell("config", "check").code == 0, "the definitions are not known before the first sync"
    assert shell("sync").code == 0
    told = shell("config", "check")
    assert told.code == 2
    (line,) = told.stderr.splitlines()
    assert line.startswith(f"leadqueue: {file}: the view Hot cannot be read: ")
    assert said in line


def test_the_doctor_looks_at_the_settings(shell: Shell) -> None:
    def settings() -> list[dict[str, str]]:
        return [each for each in shell("doctor", "--json").json if each["name"] == "settings"]

    assert [each["state"] for each in settings()] == ["ok"]
    write_settings(shell, 'density = "compcat"\nbell = 3\n')
    found = settings()
    assert [each["state"] for each in found] == ["warning", "warning"]
    assert "did you mean 'compact'?" in found[0]["message"]
    assert str(shell.home.config_file) in found[0]["fix"]
    write_settings(shell, "density =")
    assert "this is not TOML" in settings()[0]["message"]


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

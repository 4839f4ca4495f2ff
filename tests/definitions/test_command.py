"""`leadqueue definitions`: exit codes, and data on stdout only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.definitions.edits import DEFINITIONS, TEXT, changed
from typer.testing import CliRunner

from leadqueue.cli.definitions import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADQUEUE_HOME", str(tmp_path / "home"))


def written(tmp_path: Path, text: str, name: str = "team.toml") -> str:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return str(path)


def test_a_sound_file_ends_with_0_and_no_data(tmp_path: Path) -> None:
    result = runner.invoke(app, ["check", written(tmp_path, TEXT)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "holds" in result.stderr


def test_warnings_alone_end_with_0(tmp_path: Path) -> None:
    result = runner.invoke(
        app, ["check", written(tmp_path, changed("[groups]", '[groups]\nspare = "Spare"'))]
    )
    assert result.exit_code == 0
    assert "warning: groups.spare: nothing uses 'spare'" in result.stdout
    assert "with 1 warning" in result.stderr


def test_errors_end_with_3_and_say_file_line_and_key(tmp_path: Path) -> None:
    text = changed('nurture = "value_case"', 'nurture = "valuecase"')
    line = text.splitlines().index('nurture = "valuecase"') + 1
    file = written(tmp_path, text)
    result = runner.invoke(app, ["check", file])
    assert result.exit_code == 3
    assert f"{file}:{line}: error: reasons.no_budget.nurture: there is no nurture track" in result.stdout
    as_json = runner.invoke(app, ["check", "--json", file])
    assert as_json.exit_code == 3
    first = json.loads(as_json.stdout)[0]
    assert first["severity"] == "error"
    assert (first["path"], first["line"], first["nearest"]) == (
        "reasons.no_budget.nurture",
        line,
        "value_case",
    )


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_what_cannot_be_read_ends_with_2(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "team.toml"
    if content is not None:
        path.write_bytes(content)
    result = runner.invoke(app, ["check", str(path)])
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_diff_in_words(tmp_path: Path) -> None:
    new = written(tmp_path, changed("minutes = 1440", "minutes = 960"))
    result = runner.invoke(app, ["diff", "shipped", new])
    assert result.exit_code == 0
    assert result.stdout == "The clock 'Review': 24 business hours → 16 business hours\n"
    [change] = json.loads(runner.invoke(app, ["diff", "shipped", new, "--json"]).stdout)
    assert change["path"] == "clocks.review.minutes"
    assert (change["stages"], change["open_leads"]) == (["mql"], [])


def test_diff_of_equal_files_says_so_on_stderr(tmp_path: Path) -> None:
    result = runner.invoke(app, ["diff", "shipped", written(tmp_path, TEXT)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing changes" in result.stderr


def test_diff_with_a_file_that_is_none_ends_with_3(tmp_path: Path) -> None:
    for text in ("format = 1", "no toml", "[" * 5000):
        result = runner.invoke(app, ["diff", written(tmp_path, text), "shipped"])
        assert result.exit_code == 3
        assert "definitions check" in result.stderr


def test_show_prints_people_json_or_the_file() -> None:
    words = runner.invoke(app, ["show", "clocks"])
    assert words.exit_code == 0
    assert "24 business hours" in words.stdout
    assert json.loads(runner.invoke(app, ["show", "--json"]).stdout)["version"] == DEFINITIONS.version
    assert runner.invoke(app, ["show", "--toml"]).stdout == TEXT


def test_show_of_an_unknown_part_names_the_parts() -> None:
    result = runner.invoke(app, ["show", "colours"])
    assert result.exit_code == 2
    assert "stages" in result.stderr
    assert "mql" in result.stderr


def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    wide = tmp_path / "wide.toml"
    wide.write_text(TEXT, "utf-16")
    for file, said in (
        (tmp_path / "none.toml", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (wide, "it is not UTF-8; save it with that encoding"),
    ):
        for words in (["check", str(file)], ["diff", "shipped", str(file)]):
            result = runner.invoke(app, words)
            assert result.exit_code == 2
            assert result.stderr.splitlines()[0] == f"leadqueue: {file} cannot be read: {said}"


def test_a_slip_of_shipped_is_met_with_the_word() -> None:
    result = runner.invoke(app, ["diff", "shiped", "shipped"])
    assert result.exit_code == 2
    assert "'shipped' stands for the definitions that come with the program" in result.stderr


def test_the_mark_that_editors_put_before_a_text_is_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "marked.toml"
    file.write_text(TEXT, "utf-8-sig")
    assert runner.invoke(app, ["check", str(file)]).exit_code == 0

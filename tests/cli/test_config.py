"""The user's settings: checked, with errors that name the setting and the fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadqueue.cli.config import Config, ConfigError, load_config
from leadqueue.tui.actions import ACTIONS


def config(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load_config(path)


def problems(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text)
    return "\n".join(caught.value.problems)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load_config(tmp_path / "none.toml") == Config()


def test_theme_and_keys(tmp_path: Path) -> None:
    found = config(tmp_path, 'theme = "nord"\n[keys]\naccept = "ctrl+a"\nreject = "X,f5"\n')
    assert found == Config("nord", {"accept": "ctrl+a", "reject": "X,f5"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('theem = "nord"', "did you mean 'theme'"),
        ('theme = "mauve"', "'mauve' is none of"),
        ("theme = 3", "'3' is none of"),
        ("keys = 3", "a table is wanted"),
        ('[keys]\nacept = "a"', "did you mean 'accept'"),
        ("[keys]\naccept = 3", "a key is wanted"),
        ('[keys]\naccept = "x"', "'x' would stand for accept and reject"),
        ("theme = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    assert message in problems(tmp_path, text)


def test_the_shipped_keys_do_not_collide(tmp_path: Path) -> None:
    action = ACTIONS[0]
    assert config(tmp_path, f'[keys]\n{action.id} = "{action.keys}"').keys == {action.id: action.keys}

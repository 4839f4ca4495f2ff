"""The user's settings: `config.toml`."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from leadqueue.definitions.loader import read_toml
from leadqueue.domain.values import nearest
from leadqueue.tui.actions import ACTIONS


class ConfigError(Exception):
    """The settings cannot be used; `problems` name what is wrong and the fix, one line each."""

    def __init__(self, path: Path, problems: tuple[str, ...]) -> None:
        super().__init__(f"{path}: {'; '.join(problems)}")
        self.path = path
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Config:
    """`theme` is one of Textual's, None for the default. `keys` gives actions other keys, by their ids."""

    theme: str | None = None
    keys: dict[str, str] = field(default_factory=dict)


def load_config(path: Path) -> Config:
    """The settings in the file, the defaults where there is none. Raises `ConfigError`."""
    try:
        data = read_toml(path.read_text("utf-8"))
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(path, (f"cannot be read: {error}",)) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, (f"this is not TOML: {error}",)) from error
    problems = [
        f"unknown setting '{key}'{_hint(key, ['theme', 'keys'])}"
        for key in data
        if key not in ("theme", "keys")
    ]
    theme = data.get("theme")
    if theme is not None:
        problems += _theme_problems(theme)
    keys = data.get("keys", {})
    if not isinstance(keys, dict):
        problems.append('keys: a table is wanted, [keys], with lines like accept = "ctrl+a"')
        keys = {}
    problems += _key_problems(keys)
    if problems:
        raise ConfigError(path, tuple(problems))
    return Config(theme, {str(action): str(wanted) for action, wanted in keys.items()})


def _hint(value: str, allowed: list[str]) -> str:
    close = nearest(value, allowed)
    return f"; did you mean '{close}'?" if close else ""


def _theme_problems(theme: object) -> list[str]:
    from textual.theme import BUILTIN_THEMES

    if isinstance(theme, str) and theme in BUILTIN_THEMES:
        return []
    return [f"theme: '{theme}' is none of {', '.join(sorted(BUILTIN_THEMES))}"]


def _key_problems(keys: dict[str, object]) -> list[str]:
    known = [action.id for action in ACTIONS]
    problems: list[str] = []
    users: defaultdict[str, list[str]] = defaultdict(list)
    for name, wanted in keys.items():
        if name not in known:
            problems.append(f"keys.{name}: there is no such action{_hint(name, known)}")
        elif not isinstance(wanted, str) or not wanted.strip():
            problems.append(f'keys.{name}: a key is wanted, like "ctrl+a" or "a,f5"')
    for action in ACTIONS:
        wanted = keys.get(action.id, action.keys)
        for key in str(wanted).split(","):
            users[f"{action.place} {key.strip()}"].append(action.id)
    for place, names in users.items():
        if len(names) > 1 and any(name in keys for name in names):
            problems.append(f"keys: '{place.split(' ', 1)[1]}' would stand for {' and '.join(sorted(names))}")
    return problems

"""Reading `config.toml`. What is wrong is told, with the fix, and its default holds; nothing here raises."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leadqueue.cache.text_files import why_unreadable
from leadqueue.definitions.toml_text import read_toml
from leadqueue.tui.actions import ACTIONS, BY_ID, key_name
from leadqueue.tui.settings.keymaps import is_key, is_typed, sent_as
from leadqueue.tui.settings.model import BY_NAME, Choice, Name, Number, Setting, Switch
from leadqueue.tui.settings.values import DEFAULTS, Settings, Value

if TYPE_CHECKING:
    from leadqueue.cache.saved_views import Views

MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Read:
    """The settings as far as they can be used, and what is wrong, one line each. Keys may still collide."""

    settings: Settings = DEFAULTS
    problems: tuple[str, ...] = ()


def read_settings(path: Path) -> Read:
    """The settings in a file; the defaults where there is none."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return Read(problems=("it is larger than settings are; the defaults hold",))
        data = read_toml(path.read_text("utf-8-sig"))
    except FileNotFoundError:
        return Read()
    except (OSError, UnicodeDecodeError) as error:
        return Read(problems=(f"it cannot be read, the defaults hold: {why_unreadable(error)}",))
    except tomllib.TOMLDecodeError as error:
        return Read(problems=(f"this is not TOML, the defaults hold: {error}",))
    return checked(data)


def checked(data: dict[str, object]) -> Read:
    """The settings in a file's data."""
    settings, problems = DEFAULTS, []
    for name, value in data.items():
        if name == "keys":
            continue
        if name not in BY_NAME:
            said = "there is no such setting; leadqueue config show lists them"
            problems.append(f"'{name[:40]}': {_asked(_nearest(name, [*BY_NAME, 'keys']), said)}")
            continue
        problem = fault(BY_NAME[name], value)
        if problem:
            problems.append(f"{name}: {problem}")
        elif isinstance(value, bool | int | str):
            settings = settings.having(name, value)
    keys, wrong = _keys(data.get("keys", {}))
    return Read(replace(settings, keys=keys), (*problems, *wrong))


def fault(setting: Setting, value: object) -> str:
    """What is wrong with a value, with what would be right; '' where nothing is."""
    match setting.kind:
        case Choice(allowed):
            words = allowed()
            return "" if value in words else _not_among(value, words)
        case Switch():
            return "" if isinstance(value, bool) else f"true or false is wanted, not {_said(value)}"
        case Number(least, most):
            fits = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
            return "" if fits else f"from {least} to {most}; a whole number is wanted, not {_said(value)}"
        case Name(most):
            fits = isinstance(value, str) and len(value) <= most and value.isprintable()
            return "" if fits else f"a name of up to {most} signs; that is wanted, not {_said(value)}"


def unknown_names(
    settings: Settings, sections: Iterable[str] | None, views: Iterable[str] | None
) -> tuple[str, ...]:
    """What is wrong with the names among the settings, one line each.

    `sections` are the keys that the definitions have, `views` the names that are saved; None where they are
    not known, so that nothing can be said.
    """
    told: list[str] = []
    section, view = settings.start_section, settings.start_view
    if section and sections is not None:
        known = [*sections]
        if section not in known:
            told.append(f"start_section: {_not_among(section, known)}")
    if view and views is not None:
        saved = {name.casefold(): name for name in views}
        if view.casefold() not in saved:
            there = f"; saved: {', '.join(saved.values())}" if saved else "; none is saved yet"
            said = f"there is no view {_said(view)}{there}"
            told.append(f"start_view: {_asked(_nearest(view, saved.values()), said)}")
    return tuple(told)


def unknown_columns(views: Views, known: Iterable[str]) -> tuple[str, ...]:
    """Which columns of the saved views there are none of, one line each; a screen leaves them out."""
    words = [*known]
    chosen = [("columns", views.columns)]
    chosen += [(f"view {number}, columns", view.columns) for number, view in enumerate(views.views, 1)]
    return tuple(
        f"{where}: {_not_among(column.key, words)}"
        for where, columns in chosen
        for column in columns
        if column.key not in words
    )


def first_part(problem: str) -> tuple[str, str]:
    """What helps most of a problem's line, and the rest of it: a narrow screen cuts the line somewhere.

    >>> first_part("theme: did you mean 'nord'? There is no 'nordd'; take one of dracula, nord")
    ("theme: did you mean 'nord'?", " There is no 'nordd'; take one of dracula, nord")
    """
    ends = [problem.index(sign) + kept for sign, kept in (("? ", 1), ("; ", 0)) if sign in problem]
    end = min(ends, default=len(problem))
    return problem[:end], problem[end:]


def _not_among(value: object, allowed: Iterable[str]) -> str:
    words = [*allowed]
    said = f"there is no {_said(value)}; take one of {', '.join(words)}"
    return _asked(_nearest(value, words), said) if isinstance(value, str) else said


def _asked(meant: str | None, said: str) -> str:
    """What is wrong, and before it, since a line may be cut, whether something else was meant."""
    return f"did you mean '{meant}'? {said[0].upper()}{said[1:]}" if meant else said


def _nearest(value: str, allowed: Iterable[str]) -> str | None:
    from leadqueue.domain.values import nearest

    return nearest(value[:60], allowed)


def _action_meant(name: str) -> str | None:
    """The id of the action that is called nearly so, by its id or by what the screen calls it."""
    names = {action.label: action.id for action in reversed(ACTIONS)} | {each.id: each.id for each in ACTIONS}
    close = _nearest(name, names)
    return names[close] if close else None


def _said(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return f"'{text[:40]}'" if isinstance(value, str) else text[:40]


def _keys(given: object) -> tuple[dict[str, str], list[str]]:
    if not isinstance(given, dict):
        return {}, ['keys: a table is wanted, [keys], with lines like accept = "ctrl+a"']
    known = [action.id for action in ACTIONS]
    own: dict[str, str] = {}
    problems: list[str] = []
    for name, wanted in _flat(given).items():
        if name not in known:
            said = "there is no such action; leadqueue config keys lists them"
            problems.append(f"keys.{name[:40]}: {_asked(_action_meant(name), said)}")
        elif not isinstance(wanted, str) or not wanted.strip(" ,"):
            problems.append(f'keys.{name}: a key is wanted, like "ctrl+a" or "a,f5"')
        elif strange := next((key for key in _listed(wanted) if not is_key(key)), ""):
            problems.append(f"keys.{name}: there is no key '{strange[:40]}'; like ctrl+a, f5, pagedown, A")
        elif mute := next((key for key in _listed(wanted) if sent_as(key)), ""):
            heard = key_name(sent_as(mute))
            problems.append(f"keys.{name}: a terminal cannot tell '{mute}' from {heard}; take another key")
        elif text := next((key for key in _listed(wanted) if is_typed(key, BY_ID[name])), ""):
            said = "is written as text there; take one with ctrl+ or a function key, like f6"
            problems.append(f"keys.{name}: '{text}' {said}")
        else:
            own[name] = ",".join(_listed(wanted))
    return own, problems


def _listed(keys: str) -> list[str]:
    return [key.strip() for key in keys.split(",") if key.strip()]


def _flat(table: dict[str, object]) -> dict[str, object]:
    """`form.submit = "f5"` without quotes is a table in TOML; here it is the action of that name."""
    flat: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": each for inner, each in value.items()}
        else:
            flat[name] = value
    return flat


def parsed(setting: Setting, text: str) -> Value | None:
    """What somebody typed for a setting, as its value; None where it is none."""
    match setting.kind:
        case Switch():
            return {"on": True, "true": True, "off": False, "false": False}.get(text.strip().casefold())
        case Number():
            return int(text) if text.strip().lstrip("-").isdecimal() else None
        case _:
            return text.strip()

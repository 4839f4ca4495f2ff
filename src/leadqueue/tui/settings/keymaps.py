"""Keys: the shipped presets, the user's own on top, and which two actions would share one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from textual.keys import REPLACED_KEYS, Keys, _character_to_key, key_to_character

from leadqueue.tui.actions import ACTIONS, MOVES, TEAM_TOO, Action, Place, key_name, writes
from leadqueue.tui.ports import Keymap

PRESETS: dict[str, Mapping[str, str]] = {
    "default": {},
    "vim": {
        "page_down": "ctrl+d,ctrl+f,pagedown",
        "page_up": "ctrl+u,ctrl+b,pageup",
        "palette": "colon,ctrl+p",
    },
    "emacs": {
        "down": "ctrl+n,down",
        "up": "ctrl+p,up",
        "page_down": "ctrl+v,pagedown",
        "page_up": "alt+v,pageup",
        "first": "alt+less_than_sign,home",
        "last": "alt+greater_than_sign,end",
        "search": "ctrl+s,slash",
        "clear": "ctrl+g,escape",
        "undo": "ctrl+underscore,u",
        "palette": "alt+x",
        "form.cancel": "ctrl+g,escape",
        "jump.back": "ctrl+g,escape",
        "attention.close": "ctrl+g,escape,q",
        "today.close": "ctrl+g,escape,q,l",
        "views.close": "ctrl+g,escape",
        "columns.close": "ctrl+g,escape,w",
    },
}
"""Only what differs from the registry. Each key that a preset takes from an action gives that one another."""

_HOME = frozenset({Place.SCREEN, Place.LIST, Place.APP})
_TYPING = frozenset({Place.FORM, Place.FILTER, Place.JUMP})
"""Where text is written, and a letter or sign is part of it."""
_MODIFIERS = ("ctrl+", "alt+", "shift+", "super+", "hyper+", "meta+")
_NAMED = frozenset({*REPLACED_KEYS, *(key.value.rpartition("+")[2] for key in Keys)})

_SENT_AS = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
}
"""Keys for which a terminal sends what it sends for another one, whose name Textual gives them."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A key that several actions of one place would hear."""

    key: str
    actions: tuple[str, ...]

    def __str__(self) -> str:
        return f"'{key_name(self.key)}' would stand for {' and '.join(self.actions)}"


def keymap_of(preset: str, own: Keymap) -> dict[str, str]:
    """The keys by action id: the preset's, and over them the user's own."""
    return {**PRESETS.get(preset, {}), **own}


def conflicts(keymap: Keymap) -> tuple[Conflict, ...]:
    """The keys that several actions would share where both are listened to."""
    found: dict[tuple[str, ...], Conflict] = {}
    for place in Place:
        users: defaultdict[str, list[str]] = defaultdict(list)
        for action in ACTIONS:
            if _is_heard(action, place):
                for key in dict.fromkeys(split(keymap.get(action.id, action.keys))):
                    users[key].append(action.id)
        for key, ids in users.items():
            if len(ids) > 1:
                found.setdefault((key, *sorted(ids)), Conflict(key, tuple(sorted(ids))))
    return tuple(found.values())


def _is_heard(action: Action, place: Place) -> bool:
    """Whether the keys of an action are listened to where those of a place are."""
    if action.place in (place, Place.APP):
        return True
    match place:
        case Place.SCREEN | Place.LIST | Place.APP:
            return action.place in _HOME
        case _ if place in _TYPING:
            return False
        case Place.TEAM:
            return action.place is Place.LIST or action.id in TEAM_TOO
        case Place.CONTEXT:
            return action.place is Place.SCREEN or action.id in MOVES
        case _:
            return action.id in MOVES


def without_conflicts(preset: str, own: Keymap) -> tuple[dict[str, str], tuple[Conflict, ...]]:
    """The user's keys that can be used, and the conflicts of those that cannot.

    An action whose wish collides keeps the preset's key; since that may be taken too, it is looked at again.
    """
    usable = dict(own)
    told: list[Conflict] = []
    while True:
        found = conflicts(keymap_of(preset, usable))
        losers = {id_ for conflict in found for id_ in conflict.actions if id_ in usable}
        if not losers:
            return usable, tuple(told)
        told += [conflict for conflict in found if losers & set(conflict.actions)]
        for id_ in losers:
            del usable[id_]


def split(keys: str) -> list[str]:
    """The keys of a list like `a,ctrl+s`, by Textual's long names."""
    return [normal(part.strip()) for part in keys.split(",") if part.strip()]


def normal(key: str) -> str:
    """Textual's name of a key: `?` is `question_mark`."""
    modifiers, base = _parted(key)
    return modifiers + (_character_to_key(base) if len(base) == 1 else base)


def is_key(key: str) -> bool:
    """Whether a terminal could ever send it."""
    _, base = _parted(key)
    return len(base) == 1 or base in _NAMED or key_to_character(base) is not None


def sent_as(key: str) -> str:
    """The key that a terminal cannot tell from this one and that is heard in its place; '' where it can."""
    return _SENT_AS.get(normal(key).casefold(), "")


def is_typed(key: str, action: Action) -> bool:
    """Whether the key writes a letter or sign where the action is listened to, so that it cannot run it."""
    return action.place in _TYPING and writes(normal(key))


def _parted(key: str) -> tuple[str, str]:
    base = key
    while base.startswith(_MODIFIERS):
        base = base.partition("+")[2]
    return key[: len(key) - len(base)], base

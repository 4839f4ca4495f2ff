"""Every setting once: the check of the file, the settings screen, the palette and the manual come from here.

The values themselves are in `values`: the first frame needs no more than those.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from leadqueue.tui.settings.values import DEFAULTS, Settings, Value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the allowed words."""

    allowed: Callable[[], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Switch:
    """On or off."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number between two bounds, both allowed."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name that only the definitions or the user's views know; '' for none."""

    most: int = 60


Kind = Choice | Switch | Number | Name


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting as it is told: `name` in the file, `label` and `about` on the screen."""

    name: str
    label: str
    about: str
    kind: Kind

    @property
    def default(self) -> Value:
        return DEFAULTS.value(self.name)


def _themes() -> tuple[str, ...]:
    from leadqueue.tui.themes import theme_names

    return theme_names()


def _presets() -> tuple[str, ...]:
    from leadqueue.tui.settings.keymaps import PRESETS

    return tuple(PRESETS)


SETTINGS: tuple[Setting, ...] = (
    Setting("theme", "Theme", "Ours: colour-blind-…, high-contrast-…; others: Textual's",
            Choice(_themes)),
    Setting("density", "Density", "How much room a lead takes in the queue",
            Choice(lambda: ("compact", "roomy"))),
    Setting("keymap", "Keymap", "Ready-made keys; [keys] in the file goes before them", Choice(_presets)),
    Setting("start_section", "First section", "The section that is open at the start, by its key", Name()),
    Setting("start_view", "First view", "The saved view that is open at the start, by its name", Name()),
    Setting("bell", "Bell", "Ring the terminal's bell before a lead's target and limit, once each", Switch()),
    Setting("notifications", "Notifications",
            "Tell it on the desktop too: by the terminal, or by notify-send",
            Choice(lambda: ("off", "terminal", "desktop"))),
    Setting("warn_minutes", "Minutes before", "How long before these bell and notification come",
            Number(1, 240)),
    Setting("reduced_motion", "Reduced motion", "Nothing on the screen slides, fades or blinks", Switch()),
)  # fmt: skip

BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}
assert {each.name for each in fields(Settings)} == {*BY_NAME, "keys"}


def shown(setting: Setting, value: Value) -> str:
    """A value as people read it."""
    match setting.kind:
        case Switch():
            return "on" if value else "off"
        case Number():
            return str(value)
        case _:
            return str(value) or "none"

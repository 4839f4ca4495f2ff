"""Every setting once: the check of the file, the settings screen, the palette and the manual come from here.

Plain dataclasses: the theme is needed for the first frame, and pydantic is not to be loaded before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

Value = bool | int | str


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. `keys` are the user's own, by action id, over those of the preset `keymap`."""

    theme: str = "textual-dark"
    density: str = "compact"
    keymap: str = "default"
    start_section: str = ""
    start_view: str = ""
    bell: bool = False
    notifications: str = "off"
    warn_minutes: int = 10
    reduced_motion: bool = False
    keys: Mapping[str, str] = field(default_factory=dict)

    def value(self, name: str) -> Value:
        found = getattr(self, name)
        assert isinstance(found, bool | int | str)
        return found

    def having(self, name: str, value: Value) -> Settings:
        """The same settings but for one."""
        return replace(self, **{name: value})  # type: ignore[arg-type]  # the registry knows each value's type


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


DEFAULTS = Settings()

SETTINGS: tuple[Setting, ...] = (
    Setting("theme", "Theme", "The colours. Ours end in -dark and -light; the others are Textual's",
            Choice(_themes)),
    Setting("density", "Density", "How much room a lead takes in the queue",
            Choice(lambda: ("compact", "roomy"))),
    Setting("keymap", "Keymap", "Ready-made keys; [keys] in the file goes before them", Choice(_presets)),
    Setting("start_section", "First section", "The section that is open at the start, by its key", Name()),
    Setting("start_view", "First view", "The saved view that is open at the start, by its name", Name()),
    Setting("bell", "Bell", "Ring the terminal's bell, once, before a lead breaches its SLA", Switch()),
    Setting("notifications", "Notifications",
            "Tell it on the desktop too: by the terminal, or by notify-send",
            Choice(lambda: ("off", "terminal", "desktop"))),
    Setting("warn_minutes", "Minutes before", "How long before a breach bell and notification come",
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

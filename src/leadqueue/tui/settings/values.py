"""The settings in force. Only the standard library, for the first frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

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


DEFAULTS = Settings()

"""The settings while the program runs: what holds now, and the one way to change it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from leadqueue.tui.settings.values import DEFAULTS, Settings, Value

if TYPE_CHECKING:
    from leadqueue.tui.settings.reading import Read


class LiveSettings:
    """Holds the settings; `path` None keeps changes to this run.

    `keymap` is one dict for as long as the program runs, so whoever was handed it reads the keys of now.
    """

    def __init__(self, read: Read | None = None, path: Path | None = None) -> None:
        self.now: Settings = read.settings if read else DEFAULTS
        self._wrong = read.problems if read else ()
        self._clashes: tuple[str, ...] = ()
        self.path = path
        self._passing: dict[str, str] = {}
        self.keymap: dict[str, str] = {}
        self._rekey()

    @classmethod
    def of(cls, path: Path) -> LiveSettings:
        """The settings in a file, to which changes go back."""
        if not os.path.lexists(path):  # as with most people: the first frame waits for no reader of TOML
            return cls(None, path)
        from leadqueue.tui.settings.reading import read_settings

        return cls(read_settings(path), path)

    @classmethod
    def fixed(cls, settings: Settings = DEFAULTS) -> LiveSettings:
        """Settings that no file holds."""
        from leadqueue.tui.settings.reading import Read

        return cls(Read(settings))

    def keep_out(self, name: str, why: str) -> None:
        """Let the file neither say nor be told what this setting is: it holds for this run alone."""
        self._passing[name] = why
        self.now = self.now.having(name, DEFAULTS.value(name))

    def kept_in(self, name: str) -> str:
        """Where a setting is stored, in a few words."""
        if name in self._passing:
            return f"this run only ({self._passing[name]})"
        return self.path.name if self.path else "this run only"

    def change(self, name: str, value: Value) -> str:
        """Let a setting have another value from now on; what kept it from being stored, '' for nothing."""
        from leadqueue.tui.settings.writing import NotWritten, write_setting

        self.now = self.now.having(name, value)
        if name == "keymap":
            self._rekey()
        if self.path is None or name in self._passing:
            return ""
        try:
            write_setting(self.path, name, value)
        except NotWritten as error:
            return f"It holds until you leave. {error}"
        return ""

    def _rekey(self) -> None:
        """The preset's keys and over them the user's; a wish that collides is told and not followed."""
        self.keymap.clear()
        self._clashes = ()
        if self.now.keymap == DEFAULTS.keymap and not self.now.keys:
            return
        from leadqueue.tui.settings.keymaps import keymap_of, without_conflicts

        usable, clashes = without_conflicts(self.now.keymap, self.now.keys)
        self.keymap.update(keymap_of(self.now.keymap, usable))
        self._clashes = tuple(f"keys: {clash}; the wish is not followed" for clash in clashes)

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the settings, one line each."""
        return (*self._wrong, *self._clashes)


def settings_trouble(live: LiveSettings, beside: tuple[str, ...] = ()) -> str:
    """What is wrong with the settings, and what else is told `beside` it, in one line; '' for nothing.

    What is cut off on a narrow screen is the list of what would be allowed.
    """
    told = (*live.problems, *beside)
    if not told:
        return ""
    from leadqueue.tui.settings.reading import first_part

    more = len(told) - 1
    first, rest = first_part(told[0])
    return f"Settings: {first}{f' (and {more} more: leadqueue config check)' if more else ''}{rest}"

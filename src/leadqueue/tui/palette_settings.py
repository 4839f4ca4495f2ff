"""The palette's entries for the settings: each by its name, and the allowed values of a choice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.command import Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from leadqueue.domain.text import folded
from leadqueue.tui.markup import unread
from leadqueue.tui.screens.personal import PersonalScreen
from leadqueue.tui.settings.model import SETTINGS, shown


class SettingCommands(Provider):
    """`Setting: Theme` opens the settings at the theme."""

    def _commands(self) -> Iterator[tuple[str, str, IgnoreReturnCallbackType]]:
        screen = self.screen
        if not isinstance(screen, PersonalScreen) or screen.form_open:
            return
        now = screen.parts.settings.now
        for setting in SETTINGS:
            run = cast("IgnoreReturnCallbackType", partial(screen.action_settings, setting.name))
            value = shown(setting, now.value(setting.name))
            yield f"Setting: {setting.label}", f"{setting.about} (now {value})", run

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(folded(query))
        for name, about, run in self._commands():
            score = max(matcher.match(folded(name)), matcher.match(folded(about)) * 0.6)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, text=name, help=unread(about))

"""The palette's entries for the settings: each by its name, and the allowed values of a choice."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from textual.command import Hit, Hits, Provider
from textual.fuzzy import Matcher
from textual.types import IgnoreReturnCallbackType

from leadqueue.domain.text import folded
from leadqueue.tui.markup import marked, unread
from leadqueue.tui.screens.personal import PersonalScreen
from leadqueue.tui.settings.model import SETTINGS, Choice, Setting, shown


class SettingCommands(Provider):
    """`Setting: Theme` opens the settings at the theme."""

    def _commands(self) -> Iterator[tuple[Setting, str, IgnoreReturnCallbackType]]:
        """Each setting with its value of now, and what opens it."""
        screen = self.screen
        if not isinstance(screen, PersonalScreen) or screen.form_open:
            return
        now = screen.parts.settings.now
        for setting in SETTINGS:
            run = cast("IgnoreReturnCallbackType", partial(screen.action_settings, setting.name))
            yield setting, shown(setting, now.value(setting.name)), run

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(folded(query))
        for setting, now, run in self._commands():
            name, about = f"Setting: {setting.label}", f"{setting.about} (now {now})"
            score = max(matcher.match(folded(name)), matcher.match(folded(about)) * 0.6)
            value, by_value = _nearest(setting, matcher)
            if by_value > score:
                score, about = by_value, f"{setting.about}: {value} (now {now})"
            if score > 0:
                yield Hit(score, marked(matcher, name), run, text=name, help=unread(about))


def _nearest(setting: Setting, matcher: Matcher) -> tuple[str, float]:
    """The allowed value that is most like what is sought, and how much; 0 for none."""
    values = setting.kind.allowed() if isinstance(setting.kind, Choice) else ()
    found = ((value, matcher.match(folded(value)) * 0.8) for value in values)
    return max(found, key=lambda each: each[1], default=("", 0.0))

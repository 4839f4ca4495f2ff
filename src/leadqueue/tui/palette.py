"""The command palette: every action of the registry that works now, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol, cast, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from leadqueue.tui.actions import Action, Situation, usable
from leadqueue.tui.screens.queue_screen import Parts


@runtime_checkable
class Commanded(Protocol):
    """A screen whose actions are in the registry."""

    @property
    def parts(self) -> Parts: ...

    def situation(self) -> Situation: ...


class QueueCommands(Provider):
    """Commands of the home screen, and of those that lie over it."""

    def _commands(self) -> Iterator[tuple[Action, str, IgnoreReturnCallbackType]]:
        screen = self.screen
        if not isinstance(screen, Commanded):
            return
        for action in usable(screen.situation()):
            if action.palette:
                keys = action.shown_keys(screen.parts.keymap)
                run = cast("IgnoreReturnCallbackType", partial(screen.run_action, action.action))
                yield action, f"{action.help} ({keys})", run

    async def discover(self) -> Hits:
        for action, about, run in self._commands():
            yield DiscoveryHit(action.label, run, help=about)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action, about, run in self._commands():
            score = max(matcher.match(action.label), matcher.match(action.help) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(action.label), run, text=action.label, help=about)

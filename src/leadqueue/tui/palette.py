"""The command palette: every action of the registry that works now, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Protocol, cast, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.types import IgnoreReturnCallbackType

from leadqueue.domain.text import folded
from leadqueue.tui.actions import Action, Situation, usable
from leadqueue.tui.markup import marked, unread
from leadqueue.tui.screens.parts import Parts


@runtime_checkable
class Commanded(Protocol):
    """A screen whose actions are in the registry."""

    @property
    def parts(self) -> Parts: ...

    def situation(self) -> Situation: ...

    def label_of(self, action: Action) -> str: ...


class QueueCommands(Provider):
    """Commands of the home screen, and of those that lie over it."""

    def _commands(self) -> Iterator[tuple[str, str, IgnoreReturnCallbackType]]:
        screen = self.screen
        if not isinstance(screen, Commanded):
            return
        for action in usable(screen.situation()):
            if action.palette:
                keys = action.shown_keys(screen.parts.keymap)
                run = cast("IgnoreReturnCallbackType", partial(screen.run_action, action.action))
                yield screen.label_of(action), f"{action.help} ({keys})", run

    async def discover(self) -> Hits:
        for label, about, run in self._commands():
            yield DiscoveryHit(Content(label), run, text=label, help=unread(about))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(folded(query))
        for label, about, run in self._commands():
            score = max(matcher.match(folded(label)), matcher.match(folded(about)) * 0.8)
            if score > 0:
                yield Hit(score, marked(matcher, label), run, text=label, help=unread(about))

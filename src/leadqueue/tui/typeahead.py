"""Keys are heard one after the other: each by what has the focus once the one before has had its effect."""

from __future__ import annotations

from collections import deque
from functools import partial
from pathlib import PurePath

from textual.events import Event, Key, Paste
from textual.message import Message
from textual.widget import Widget

from leadqueue.tui.actions import sign_of
from leadqueue.tui.faults import KeepsItsFault

ROUNDS = 12
"""How often a key's followers are waited for; a screen that never comes to rest holds no key up for good."""
LOST_S = 0.05
"""Seconds after which a follower that has not come back is taken for lost."""


class KeyPassed(Message, verbose=True):
    """Goes behind a key, from widget to widget up to the app: once it is here, the key has been heard."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class KeysInOrder(KeepsItsFault):
    """An app that loses no key of a burst.

    Textual hands every key at once to what has the focus now. In a paste or with fast fingers the letters
    behind a key that opens a box, a form or a screen would be handed to the old one, where each of them is a
    command. Here a key waits until the one before it has been heard, and what that has set going is done.
    """

    def __init__(self, sheets: list[str | PurePath] | None = None) -> None:
        super().__init__(css_path=sheets)
        self._typed: deque[Event] = deque()
        self._followed: Widget | None = None
        self._number = 0
        self._rounds = 0
        self._watched = False

    @property
    def all_heard(self) -> bool:
        """Whether every key has been heard that was typed up to now."""
        return self._followed is None and not self._typed

    async def on_event(self, event: Event) -> None:
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            await super().on_event(event)
        elif self._followed is None and self._at_rest():
            await self._hear(event)
        else:
            self._typed.append(event)
            self._watch()
            if self._followed is None:
                self._follow()

    async def on_key_passed(self, event: KeyPassed) -> None:
        event.stop()
        if event.number == self._number:
            await self._go_on()

    async def _hear(self, event: Event) -> None:
        self._rounds = 0
        self._followed = self._listener  # an action may take its time: what comes meanwhile waits
        await super().on_event(event)
        self._follow()

    @property
    def _listener(self) -> Widget:
        return self.focused or self.screen

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Ask for a binding. A sign that is being typed comes before the app's own keys.

        Textual leaves keys out that the focus consumes before it applies the user's keymap, and not after it.
        """
        if priority and self._listener.check_consume_key(key, sign_of(key)):
            return False
        heard = await super()._check_bindings(key, priority)
        if not heard and not priority:
            self.not_heard(key)
        return heard

    def not_heard(self, key: str) -> None:
        """Nothing from the focus up to the app has made anything of `key`."""

    def _follow(self) -> None:
        self._number += 1
        self._followed = self._listener
        self._followed.post_message(KeyPassed(self._number))

    async def _go_on(self) -> None:
        """Hear the next key, if there is one; before that let everything come to rest."""
        if not self._typed:
            self._followed = None
            return
        self._rounds += 1
        if self._rounds < ROUNDS and (self._rounds == 1 or not self._at_rest()):
            self._follow()
        else:
            await self._hear(self._typed.popleft())

    def _at_rest(self) -> bool:
        """Whether nothing waits on the way from the focus to the app, a move of the focus included."""
        way = (self, *self._listener.ancestors_with_self)
        return not any(node.message_queue_size or node._pending_message for node in way)

    def _watch(self) -> None:
        if not self._watched:
            self._watched = True
            self.set_timer(LOST_S, partial(self._look_after, self._number))

    async def _look_after(self, number: int) -> None:
        """A widget may go away with a follower in it: then send another one."""
        self._watched = False
        if not self._typed:
            return
        if number == self._number:
            await self._go_on()
        self._watch()

"""The bottom line: the keys that work now, the most important first."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from leadqueue.tui.actions import Action, Situation, offered
from leadqueue.tui.ports import Keymap

_ALWAYS = ("help", "quit")


class KeyFooter(Widget):
    """Fills the line with as many keys as fit; help and quit are always among them where they work."""

    class Pressed(Message):
        """The rep clicked on an action."""

        def __init__(self, action: Action) -> None:
            super().__init__()
            self.action = action

    def __init__(self, keymap: Keymap, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._keymap = keymap
        self._situation: Situation | None = None
        self._actions: list[tuple[Action, str]] = []
        self._typing = False

    def show(self, situation: Situation) -> None:
        """Tell what can be done now. Where nothing has changed it costs a comparison."""
        if situation == self._situation:
            return
        self._situation = situation
        actions = [(action, action.named(situation)) for action in offered(situation)]
        if (actions, situation.typing) != (self._actions, self._typing):
            self._actions, self._typing = actions, situation.typing
            self.refresh()

    def fitting(self, width: int) -> list[tuple[Action, str, str]]:
        """The actions with key and label that fit; room for help and quit is kept. While one is typing only
        those that another key than a letter runs."""
        said = {
            action.id: (action, f" {key} ", f"{label} ")
            for action, label in self._actions
            if (key := action.first_key(self._keymap, typing=self._typing))
        }
        kept = [said.pop(id_) for id_ in _ALWAYS if id_ in said]
        room = width - sum(cell_len(key + label) for _, key, label in kept)
        chosen: list[tuple[Action, str, str]] = []
        for action, key, label in said.values():
            size = cell_len(key + label)
            if size <= room:
                chosen.append((action, key, label))
                room -= size
        return [*chosen, *kept]

    def render(self) -> Content:
        return Content.assemble(
            *(
                part
                for _, key, label in self.fitting(self.size.width)
                for part in ((key, "bold $text-accent"), (label, "$text-muted"))
            )
        )

    def on_click(self, event: Click) -> None:
        start = 0
        for action, key, label in self.fitting(self.size.width):
            start += cell_len(key + label)
            if event.x < start:
                self.post_message(self.Pressed(action))
                return

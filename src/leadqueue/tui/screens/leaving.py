"""What stands on the screen while the last decisions go out before the program ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadqueue.tui.actions import BY_ID, keys_told
from leadqueue.tui.ports import Keymap
from leadqueue.tui.styles import sheet

WITHIN_S = 2.0
"""Seconds for which whoever leaves waits at most."""
LOOK_EVERY_S = 0.1


class LeavingScreen(ModalScreen[None]):
    """Says what is being sent. Calls `leave` once: when `going_out` says no, the time is over, or the rep
    asks once more. It takes the keys meanwhile, so that nothing is decided or undone any more."""

    CSS_PATH = sheet("leaving")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(BY_ID["quit"].keys, "now", show=False, id="quit"),
        Binding("ctrl+c", "now", show=False, priority=True),
    ]

    def __init__(
        self, words: str, keymap: Keymap, going_out: Callable[[], bool], leave: Callable[[], None]
    ) -> None:
        super().__init__()
        self._words = words
        self._hint = keys_told(keymap, ("quit", "leaves at once"))
        self._going_out = going_out
        self._leave = leave
        self._left = False

    def compose(self) -> ComposeResult:
        with Vertical(id="leaving"):
            yield Static(Content.styled(self._words, "bold"), id="leaving-words", markup=False)
            yield Static(Content(self._hint), id="leaving-hint", markup=False)

    def on_mount(self) -> None:
        self.set_interval(LOOK_EVERY_S, self.look)
        self.set_timer(WITHIN_S, self.action_now)

    def look(self) -> None:
        if not self._going_out():
            self.action_now()

    def action_now(self) -> None:
        if not self._left:
            self._left = True
            self._leave()

    def refusal(self, _key: str) -> str:
        """Why a key of the queue does nothing here."""
        return self._hint

"""Where one types to jump: the cursor follows each letter."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static

from leadqueue.tui.actions import Place, bindings, keys_told
from leadqueue.tui.ports import Keymap

HINT = ("jump.next", "the next"), ("jump.done", "stays"), ("jump.back", "goes back")


class JumpInput(Input):
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.JUMP)]

    class Again(Message):
        """On to the next that begins so."""

    class Leave(Message):
        """Back to where the cursor was."""

    def action_again(self) -> None:
        self.post_message(self.Again())

    def action_leave(self) -> None:
        self.post_message(self.Leave())


class JumpBox(Horizontal):
    """One line over the footer, there while one jumps."""

    class Wanted(Message):
        """From the lead `start` on; `beyond` it where that one is not meant."""

        def __init__(self, text: str, start: str | None, *, beyond: bool) -> None:
            super().__init__()
            self.text = text
            self.start = start
            self.beyond = beyond

    class Left(Message):
        """The rep is there, or wants `back` to a lead."""

        def __init__(self, back: str | None = None) -> None:
            super().__init__()
            self.back = back

    def __init__(self, keymap: Keymap) -> None:
        super().__init__(id="jump")
        self._keymap = keymap
        self._began: str | None = None
        self._here: str | None = None

    def compose(self) -> ComposeResult:
        yield Static("Jump to", id="jump-label")
        yield JumpInput(id="jump-to", compact=True, placeholder="name or company")
        yield Static("", id="jump-told", markup=False)

    @property
    def input(self) -> JumpInput:
        return self.query_one(JumpInput)

    def begin(self, here: str | None) -> None:
        self._began = self._here = here
        field = self.input
        with field.prevent(Input.Changed):
            field.value = ""
        self.tell(", ".join(keys_told(self._keymap, each) for each in HINT))
        self.add_class("-open")
        self.screen.set_focus(field)  # at once: the next key is meant for it

    def tell(self, text: str) -> None:
        self.query_one("#jump-told", Static).update(text)

    def stands_on(self, lead_id: str | None) -> None:
        """Where the cursor is by now: from there the next one is looked for."""
        self._here = lead_id

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Wanted(event.value, self._began, beyond=False))

    @on(JumpInput.Again)
    def _again(self, event: JumpInput.Again) -> None:
        event.stop()
        self.post_message(self.Wanted(self.input.value, self._here, beyond=True))

    @on(JumpInput.Leave)
    def _leave(self, event: JumpInput.Leave) -> None:
        event.stop()
        self._close(self._began)

    @on(Input.Submitted)
    def _done(self, event: Input.Submitted) -> None:
        event.stop()
        self._close(None)

    def _close(self, back: str | None) -> None:
        self.remove_class("-open")
        self.post_message(self.Left(back))

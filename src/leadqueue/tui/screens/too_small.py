"""What stands where the terminal has no room for the queue. Nothing beneath it is lost."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import ModalScreen
from textual.widgets import Static

from leadqueue.tui.screens.parts import LEAST, too_small


class TooSmallScreen(ModalScreen[None]):
    """Says how much room is there and how much is needed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "app.quit", "Quit")]

    def __init__(self) -> None:
        super().__init__(classes="-too-small")

    def compose(self) -> ComposeResult:
        yield Static("", id="too-small", markup=False)

    def on_screen_resume(self) -> None:
        """There may be room again since a dialog lay over this."""
        if not too_small(self.app.size):
            self.dismiss()

    def on_resize(self, event: Resize) -> None:
        here = event.size
        self.query_one("#too-small", Static).update(
            f"Too small\n\n{here.width}×{here.height} here\n{LEAST.width}×{LEAST.height} needed\n\nq quits"
        )

"""The floor of a key: a Textual app in which one changes a line, another every line of the screen."""

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

LINES = 39


class BareKeysApp(App[None]):
    """Two texts, and nothing else to do."""

    CSS = "#line {height: 1} #lines {height: 1fr}"
    BINDINGS: ClassVar[list[BindingType]] = [("j", "line"), ("p", "lines")]

    def __init__(self) -> None:
        super().__init__()
        self._presses = 0

    def compose(self) -> ComposeResult:
        yield Static("a line that changes", id="line")
        yield Static(self._lines(), id="lines")

    def _lines(self) -> str:
        return "\n".join(f"{self._presses:>4} line {number:>3} {'·' * 100}" for number in range(LINES))

    def action_line(self) -> None:
        self._presses += 1
        self.query_one("#line", Static).update(f"{self._presses} times", layout=False)

    def action_lines(self) -> None:
        self._presses += 1
        self.query_one("#lines", Static).update(self._lines(), layout=False)


if __name__ == "__main__":
    BareKeysApp().run()

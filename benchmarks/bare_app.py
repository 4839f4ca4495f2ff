"""The floor of a terminal program: a Textual app that paints one static screen."""

from textual.app import App, ComposeResult
from textual.widgets import Static

LINES = "\n".join(f"line {number:>3} of a static screen" for number in range(100))


class BareApp(App[None]):
    """Nothing but text."""

    def compose(self) -> ComposeResult:
        yield Static(LINES)


if __name__ == "__main__":
    BareApp().run()

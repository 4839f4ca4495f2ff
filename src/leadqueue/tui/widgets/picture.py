"""What stands in the queue's place where there is no row to show: each reason is another picture."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from leadqueue.domain.text import harmless
from leadqueue.tui.widgets.header import STYLES
from leadqueue.tui.words import Level


class Picture(Static):
    """A title, a sentence or two, and what one can do."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False)
        self.said: tuple[str, str, str] = ("", "", "")

    def show(self, title: str, text: str, hint: str = "", level: Level = Level.PLAIN) -> None:
        said = (harmless(title), harmless(text, lines=True), harmless(hint, lines=True))
        if said == self.said:
            return
        self.said = said
        parts = [Content.styled(said[0], f"bold {STYLES[level]}".strip()), Content(""), Content(said[1])]
        if said[2]:
            parts += [Content(""), Content.styled(said[2], "$text-muted")]
        self.update(Content("\n").join(parts))

"""The line above the footer: what just happened, or what the rep should know."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from leadqueue.domain.text import one_line
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.widgets.header import STYLES
from leadqueue.tui.words import Level

SECONDS = {Level.GOOD: 6, Level.PLAIN: 6, Level.WARNING: 12, Level.ERROR: 30}
"""How many ticks a message stays."""
MOST_ROWS = 2
"""Rows of a message that is too long for one; what is longer still ends in an ellipsis."""


class StatusLine(Widget):
    """A message that fades; under it the standing remark, where there is one."""

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._message = ""
        self._level = Level.PLAIN
        self._left = 0
        self._standing: tuple[str, Level] = ("", Level.PLAIN)
        self._of_here = False

    @property
    def message(self) -> str:
        """What the line says now."""
        return self._message or self._standing[0]

    def say(self, message: str, level: Level = Level.PLAIN, *, ticks: int = 0, of_here: bool = False) -> None:
        """Say it for so many ticks, or until it has been there long enough for its weight. What is said `of
        here` holds for the lead under the cursor, and no longer than one stays with it."""
        self._message, self._level, self._left = one_line(message, 400), level, ticks or SECONDS[level]
        self._of_here = of_here
        self._redraw()

    def leave(self) -> None:
        """Say no more of a lead that one has left."""
        if self._message and self._of_here:
            self._message, self._left = "", 0
            self._redraw()

    def unsay(self, message: str) -> None:
        """Say that no more, where it is what is said."""
        if self._message and self._message == one_line(message, 400):
            self._message, self._left = "", 0
            self._redraw()

    def stand(self, message: str, level: Level = Level.PLAIN) -> None:
        """Say it whenever there is nothing newer to say."""
        standing = (one_line(message, 400), level)
        if standing != self._standing:
            self._standing = standing
            self._redraw()

    def tick(self) -> None:
        """A second has passed."""
        if self._left > 0:
            self._left -= 1
            if self._left == 0:
                self._message = ""
                self._redraw()

    def _redraw(self) -> None:
        rows = len(self._written(self.size.width)) if self.size else 1
        self.refresh(layout=rows != self.size.height)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's signature
        return len(self._written(width))

    def render(self) -> Content:
        return Content("\n").join(self._written(self.size.width))

    def _written(self, width: int) -> list[Content]:
        """The rows of the message, a blank one where there is none."""
        message, level = (self._message, self._level) if self._message else self._standing
        if not message:
            return [Content("")]
        sign = {
            Level.GOOD: self._glyphs.good,
            Level.PLAIN: self._glyphs.dot,
            Level.WARNING: self._glyphs.attention,
            Level.ERROR: self._glyphs.bad,
        }[level]
        head = f" {sign} "
        room = max(width - cell_len(head), 1)
        rows = Content(message).wrap(room)
        if len(rows) > MOST_ROWS:
            rest = " ".join(row.plain.strip() for row in rows[MOST_ROWS - 1 :])
            rows = [*rows[: MOST_ROWS - 1], Content(rest).truncate(room, ellipsis=True)]
        starts = [head, *[" " * cell_len(head)] * (len(rows) - 1)]
        return [
            Content.styled(f"{start}{row.plain}", STYLES[level])
            for start, row in zip(starts, rows, strict=True)
        ]

"""The line over a single lead: which of how many it is, and who comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueRow


class FocusBar(Widget):
    """`12 of 57`, and at the right the lead that follows."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._said = ("", "")

    @property
    def text(self) -> str:
        """What the bar says."""
        return "  ".join(self._said).strip()

    def show(self, place: int, count: int, following: QueueRow | None) -> None:
        """`place` counts from one."""
        then = ""
        if following is not None:
            company = f", {one_line(following.company, 40)}" if following.company else ""
            then = f"then {one_line(following.person, 40) or '(no name)'}{company}"
        elif count:
            then = "the last one here"
        said = (f"{place:,} of {count:,}", then)
        if said != self._said:
            self._said = said
            self.refresh()

    def render(self) -> Content:
        left = Content.styled(f" {self._said[0]}", "bold $text-primary")
        room = self.size.width - left.cell_length - 2
        right = Content.styled(self._said[1], "$text-muted").truncate(max(room, 0), ellipsis=True)
        gap = " " * max(self.size.width - left.cell_length - right.cell_length - 1, 1)
        return left + gap + right

"""Everything about the lead under the cursor, so that nobody has to look it up elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from leadqueue.cache.views import LeadView
from leadqueue.definitions.model import Definitions
from leadqueue.domain.clocks import running
from leadqueue.tui.widgets.ages import countdown
from leadqueue.tui.widgets.context_sections import Sheet
from leadqueue.tui.widgets.sheet import Section

TWO_COLUMNS = 88
"""Cells from which on the pane sets its sections in two columns."""
COMPACT = 16
"""Rows up to which the pane leaves out empty lines."""


class ContextPane(VerticalScroll):
    """Shows one lead. `zone` is the viewer's, for moments that are told by date."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "toggle_full", "Long texts in full", show=False, id="context.full"),
    ]

    def __init__(self, *, id: str | None = "context", zone: tzinfo = UTC) -> None:  # noqa: A002
        super().__init__(id=id)
        self.zone = zone
        self._view: LeadView | None = None
        self._now: datetime | None = None
        self._definitions: Definitions | None = None
        self._full = False
        self._drawn: tuple[str, ...] = ()
        self._left = Static("", id="context-left", markup=False)
        self._right = Static("", id="context-right", markup=False)

    def compose(self) -> ComposeResult:
        with Horizontal(id="context-columns"):
            yield self._left
            yield self._right

    def show(self, view: LeadView | None, now: datetime, definitions: Definitions) -> None:
        """Show `view`, or that no lead is chosen. Another lead is shown from its top."""
        known = self._view.lead.id if self._view else None
        if (view.lead.id if view else None) != known:
            self._full = False
            self.scroll_home(animate=False)
        self._view, self._now, self._definitions = view, now, definitions
        self._draw()

    def tick(self, now: datetime) -> None:
        """Bring countdowns and ages up to date; redraws only where one of them reads differently."""
        if self._view is None or self._definitions is None:
            return
        self._now = now
        if self._reading() != self._drawn:
            self._draw()

    def action_toggle_full(self) -> None:
        """Show long texts and lists in full, or cut again."""
        self._full = not self._full
        self._draw()

    def on_resize(self, _event: Resize) -> None:
        self._draw()

    def _reading(self) -> tuple[str, ...]:
        if self._view is None or self._definitions is None or self._now is None:
            return ()
        clocks = [countdown(clock, self._definitions, self._now)[0] for clock in running(self._view.lead)]
        return (f"{self._now:%Y-%m-%d %H:%M}", *clocks)

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        if not self.is_mounted or width <= 0:
            return
        if self._view is None or self._now is None or self._definitions is None:
            self._right.display = False
            self._left.update(Content.styled("No lead is chosen.", "$text-muted"))
            return
        self._drawn = self._reading()
        two = width >= TWO_COLUMNS
        compact = self.size.height <= COMPACT
        column = (width - 2) // 2 if two else width
        sheet = Sheet(self._view, self._now, self._definitions, column, self.zone, self._full)
        sections = sheet.sections()
        left, right = _halves(sections) if two else (sections, [])
        self._right.display = two
        self._left.update(_content(left, compact))
        self._right.update(_content(right, compact))


def _content(sections: list[Section], compact: bool) -> Content:
    lines: list[Content] = []
    for section in sections:
        if lines and not compact:
            lines.append(Content())
        if section.title:
            lines.append(Content.styled(section.title, "bold $text-primary"))
        lines.extend(section.lines)
    return Content("\n").join(lines)


def _halves(sections: list[Section]) -> tuple[list[Section], list[Section]]:
    """The sections in two columns of about the same height, in their order."""
    heights = [len(section.lines) + 2 for section in sections]
    total, so_far, cut = sum(heights), 0, 0
    for index, height in enumerate(heights):
        if so_far + height / 2 > total / 2:
            break
        so_far += height
        cut = index + 1
    return sections[: max(cut, 1)], sections[max(cut, 1) :]

"""Everything about the lead under the cursor, so that nobody has to look it up elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style

from leadqueue.cache.views import LeadView
from leadqueue.definitions.model import Definitions
from leadqueue.domain.clocks import running
from leadqueue.tui.actions import Place, bindings, moves
from leadqueue.tui.widgets.ages import countdown
from leadqueue.tui.widgets.context_page import GAP, Page
from leadqueue.tui.widgets.context_sections import Sheet
from leadqueue.tui.widgets.plain_lines import PlainLines

TWO_COLUMNS = 88
"""Cells from which on the pane sets its sections in two columns."""
COMPACT = 16
"""Rows up to which the pane leaves out empty lines."""
EDGE = 1
"""Empty cells left and right of what is written."""


class ContextPane(PlainLines, can_focus=True):
    """Shows one lead; only the lines in sight are drawn. `zone` is the viewer's, for moments told by date."""

    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.CONTEXT), *moves()]

    def __init__(self, *, id: str | None = "context", zone: tzinfo = UTC) -> None:  # noqa: A002
        super().__init__(id=id)
        self.zone = zone
        self._view: LeadView | None = None
        self._now: datetime | None = None
        self._definitions: Definitions | None = None
        self._full = False
        self._drawn: tuple[str, ...] = ()
        self._page = Page(0, ())
        self._strips: dict[int, Strip] = {}
        self._parsed: dict[str | Style, Style] = {}

    @property
    def page(self) -> Page:
        """What is written on the pane now."""
        return self._page

    @property
    def view(self) -> LeadView | None:
        """The lead that is shown."""
        return self._view

    def show(self, view: LeadView | None, now: datetime, definitions: Definitions) -> None:
        """Show `view`, or that no lead is chosen. Another lead is shown from its top."""
        known = self._view.lead.id if self._view else None
        if (view.lead.id if view else None) != known:
            self._full = False
            self.scroll_to(y=0, animate=False, immediate=True)
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

    # The keys that move through the queue move through what is written here

    def action_cursor_move(self, step: int) -> None:
        self.scroll_relative(y=step, animate=False, immediate=True)

    def action_cursor_page(self, direction: int) -> None:
        """A page, of which two lines stay in sight."""
        self.action_cursor_move(direction * max(1, self.size.height - 2))

    def action_cursor_end(self, direction: int) -> None:
        self.scroll_to(y=0 if direction < 0 else self.max_scroll_y, animate=False, immediate=True)

    def on_resize(self) -> None:
        self._draw()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._strips.clear()
        self._parsed.clear()

    def _reading(self) -> tuple[str, ...]:
        if self._view is None or self._definitions is None or self._now is None:
            return ()
        clocks = [countdown(clock, self._definitions, self._now)[0] for clock in running(self._view.lead)]
        return (f"{self._now:%Y-%m-%d %H:%M}", *clocks)

    def _draw(self) -> None:
        width = self.scrollable_content_region.width
        if not self.is_mounted or width <= 2 * EDGE:
            return
        self._page = self._written(width - 2 * EDGE)
        self._strips.clear()
        self.stretch_to(Size(width, self._page.height))
        self.refresh()

    def _written(self, width: int) -> Page:
        if self._view is None or self._now is None or self._definitions is None:
            return Page(width, [Content.styled("No lead is chosen.", "$text-muted")])
        self._drawn = self._reading()
        two = width >= TWO_COLUMNS
        column = (width - GAP) // 2 if two else width
        sheet = Sheet(self._view, self._now, self._definitions, column, self.zone, self._full)
        return Page.of(sheet.sections(), column, two=two, compact=self.size.height <= COMPACT)

    # Drawing

    def render_line(self, y: int) -> Strip:
        index = self.scroll_offset.y + y
        selection = self.text_selection
        if selection is None and (known := self._strips.get(index)) is not None:
            return known
        line = self._page.line(index)
        if selection is not None and (span := self._page.span(index, selection)) is not None:
            line = line.stylize(self._selection_style, *span)
        style = self.visual_style
        edge = Segment(" " * EDGE, style.rich_style)
        written = line.render(style, end="", parse_style=self._style_of)
        segments = [Segment(text, part.rich_style) for text, part in written if text]
        strip = Strip(segments, line.cell_length).apply_offsets(0, index)
        strip = Strip([edge, *strip], EDGE + line.cell_length)
        strip = strip.adjust_cell_length(self.size.width, style.rich_style)
        if selection is None:
            self._strips[index] = strip
        return strip

    def _style_of(self, style: str | Style) -> Style:
        parsed = self._parsed.get(style)
        if parsed is None:
            parsed = self._parsed[style] = self._get_style(style)
        return parsed

    @property
    def _selection_style(self) -> Style:
        return Style.from_styles(self.screen.get_component_styles("screen--selection"))

    # What the mouse selects can be copied

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return self._page.selected(selection), "\n"

"""The queue's rows as lines: only those in sight, and the pages beside them, are read and drawn."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.events import Blur, DescendantBlur
from textual.geometry import Region
from textual.strip import Strip

from leadqueue.domain.countdown import Urgency
from leadqueue.tui.widgets.plain_lines import PlainLines, finishing

if TYPE_CHECKING:
    from leadqueue.cache.own_columns import ColumnChoice
    from leadqueue.cache.queue_views import QueueRow, QueueView
    from leadqueue.tui.glyphs import Glyphs
    from leadqueue.tui.ports import Rows
    from leadqueue.tui.widgets.queue_row import Layout, RowWords


Backing = Literal["cursor", "resting", "selected", "row"]
Drawn = tuple[tuple[str, Urgency, Backing, bool, "QueueRow"], Strip]
"""A lead's first line: what it depends on, and the line."""
DRAWN_KEPT = 400
"""Lines that are kept whether they are near or not."""
DRAWN_AT_ONCE = 8
"""Lines that are drawn ahead before a key can come between."""
PAGE = 64
"""Rows that are read at once."""
PAGES_KEPT = 16
FAR = 5000
"""Rows from which on those of the farther half are read from the end."""
_PARTS = {"person": "row", "score": "row", "company": "row", "flags": "flag"}
"""The part of a row as which a column is coloured, where it is not dim."""


class QueueLines(PlainLines):
    """Rows of the queue, a line or two each, one of them under a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--row",
        "queue--cursor",
        "queue--resting",
        "queue--selected",
        "queue--dim",
        "queue--flag",
        *(f"queue--{state.value}" for state in Urgency),
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0
        self.selected: dict[str, None] = {}
        self.as_if_focused = False
        """Whether the cursor is drawn as if the keys went here: before any key is heard."""
        self.columns: tuple[ColumnChoice, ...] = ()
        self.owners = False
        self.lines = 1
        self._source: Rows | None = None
        self._view: QueueView | None = None
        self._words: RowWords | None = None
        self._now: datetime | None = None
        self._layout: Layout | None = None
        self._pages: dict[int, list[QueueRow]] = {}
        self._drawn: dict[str, Drawn] = {}
        self._drawing_ahead = False
        self._styles: dict[tuple[str, Backing], Style] = {}

    @property
    def in_page(self) -> int:
        """Leads that are in sight as a whole."""
        return max(1, self.scrollable_content_region.height // self.lines)

    @property
    def layout_now(self) -> Layout:
        from leadqueue.tui.widgets.queue_row import layout_for

        width = self.scrollable_content_region.width
        if self._layout is None or self._layout.width != width:
            self._layout = layout_for(width, self.columns, owners=self.owners)
            self._drawn.clear()
        return self._layout

    def row(self, index: int) -> QueueRow | None:
        """The row at a place; read with its page where it is not there yet."""
        if self._source is None or self._view is None or not 0 <= index < self.count:
            return None
        number, inside = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            page = self._keep(number, self._read(self._source, self._view, number * PAGE))
        return page[inside] if inside < len(page) else None

    def _read(self, source: Rows, view: QueueView, begin: int) -> list[QueueRow]:
        """A page, read from whichever end of the queue is nearer: to walk past all the others takes long."""
        left = min(PAGE, self.count - begin)
        if self.count > FAR and begin > self.count // 2:
            rows = source.window(view, begin - self.count, left)
            if len(rows) == left:  # fewer where the queue has become shorter since it was counted
                return rows
        return source.window(view, begin, PAGE)

    def _keep(self, number: int, page: list[QueueRow]) -> list[QueueRow]:
        if len(self._pages) >= PAGES_KEPT:
            self._pages.pop(next(iter(self._pages)))
        self._pages[number] = page
        return page

    def render_line(self, y: int) -> Strip:
        index, line = divmod(self.scroll_offset.y + y, self.lines)
        row = self.row(index)
        width = self.size.width
        if row is None or self._words is None or self._now is None:
            return Strip.blank(width, self.rich_style)
        if line:
            return self._second(row, index, self._words)
        return self._strip(row, index, self._words, self._now)

    def _second(self, row: QueueRow, index: int, words: RowWords) -> Strip:
        """The second line of a lead that has two."""
        from leadqueue.tui.widgets.queue_row import second_line

        backing = self._backing(row, index)
        text = second_line(row, self.layout_now, words)
        segments = [
            Segment(self._mark(words.glyphs, backing), self._style("flag", backing)),
            Segment(text, self._style("dim", backing)),
        ]
        return Strip(segments).adjust_cell_length(self.size.width, self._style("base", backing))

    def _strip(self, row: QueueRow, index: int, words: RowWords, now: datetime) -> Strip:
        from leadqueue.tui.widgets.queue_row import cells, countdown_cell

        backing, selected = self._backing(row, index), row.id in self.selected
        layout = self.layout_now
        text, state = countdown_cell(row, now, words, layout.columns[0][2])
        depends = (text, state, backing, selected, row)
        known = self._drawn.get(row.id)
        if known is not None and known[0] == depends:
            return known[1]
        marks = self._mark(words.glyphs, backing) + (words.glyphs.selected if selected else " ")
        parts = [("flag", marks), (state.value, text + " ")]
        parts += [(_PARTS.get(key, "dim"), cell) for key, cell in cells(row, now, layout, words)]
        segments = [
            Segment("".join(text for _, text in alike), self._style(part, backing))
            for part, alike in groupby(parts, itemgetter(0))
        ]
        strip = Strip(segments).adjust_cell_length(self.size.width, self._style("base", backing))
        self._drawn[row.id] = depends, strip
        return strip

    def _backing(self, row: QueueRow, index: int) -> Backing:
        """What a row stands on: the cursor is lit where the keys go here."""
        if index == self.cursor:
            return "cursor" if self.has_focus or self.as_if_focused else "resting"
        return "selected" if row.id in self.selected else "row"

    @staticmethod
    def _mark(glyphs: Glyphs, backing: Backing) -> str:
        """The first cell of a row: where the cursor is, and whether the keys go here."""
        return {"cursor": glyphs.cursor, "resting": glyphs.resting}.get(backing, " ")

    def _style(self, part: str, backing: Backing) -> Style:
        """The style of a part of a row on the row's own backing."""
        known = self._styles.get((part, backing))
        if known is None:
            known = self.get_component_rich_style(f"queue--{backing}")
            if part != "base" and not (backing in ("cursor", "resting") and part in ("row", "dim")):
                own = self.get_component_rich_style(f"queue--{part}")
                known = Style(color=own.color, bgcolor=known.bgcolor, bold=own.bold, dim=own.dim)
            self._styles[part, backing] = known
        return known

    def watch_has_focus(self, _has_focus: bool) -> None:
        """No style of the sheet depends on where the keys go, so none is looked up anew."""

    def _on_blur(self, event: Blur) -> None:
        """As Textual's own, but for its drawing of all the rows at once: whoever has the keys now is seen
        first, and of the rows only the cursor's looks different."""
        event.prevent_default()
        self.has_focus = False
        self.call_after_refresh(self._draw_cursor)
        if self.parent is not None:
            self.parent.post_message(DescendantBlur(self))

    def _draw_cursor(self) -> None:
        self.refresh(Region(0, self.cursor * self.lines - self.scroll_offset.y, self.size.width, self.lines))

    def draw_ahead(self) -> None:
        """Draw the page before and the page behind what is in sight, a few lines at a time: a key comes
        between them, and a page then only has to be painted."""
        if not self._drawing_ahead:
            self._drawing_ahead = True
            # By way of the loop: the next message of a widget is processed before anybody else's turn.
            asyncio.get_running_loop().call_soon(self.call_later, self._draw_some)

    def _draw_some(self) -> None:
        self._drawing_ahead = False
        if self._words is None or self._now is None or not self.is_attached:
            return
        ahead = [
            (index, row) for index in self._near if (row := self.row(index)) and row.id not in self._drawn
        ][:DRAWN_AT_ONCE]
        finish, console = finishing(self), self.app.console
        for index, row in ahead:
            finish(self._strip(row, index, self._words, self._now)).render(console)
        if len(ahead) == DRAWN_AT_ONCE:
            self.draw_ahead()

    @property
    def _near(self) -> range:
        """The rows in sight, and a page on either side."""
        first, page = self.scroll_offset.y // self.lines, self.in_page
        return range(max(0, first - page), min(first + 2 * page, self.count))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._drawn.clear()

    def tick(self, now: datetime) -> None:
        """Redraw the countdowns in sight whose text reads differently now; once a minute the ages too."""
        from leadqueue.tui.widgets.queue_row import MARKS, countdown_cell

        if self._at(now):
            self.refresh()
            self.draw_ahead()
        if self._words is None or not self.count:
            return
        first = self.scroll_offset.y // self.lines
        last = (self.scroll_offset.y + self.scrollable_content_region.height - 1) // self.lines
        _, start, wide = self.layout_now.columns[0]
        for index in range(first, min(last + 1, self.count)):
            row = self.row(index)
            if row is None:
                continue
            text, _ = countdown_cell(row, now, self._words, wide)
            drawn = self._drawn.get(row.id)
            if drawn is None or drawn[0][0] != text:
                y = index * self.lines - self.scroll_offset.y
                self.refresh(Region(start - MARKS, y, wide + MARKS, 1))
        if len(self._drawn) > DRAWN_KEPT:
            near = {row.id for index in self._near if (row := self.row(index))}
            self._drawn = {lead_id: drawn for lead_id, drawn in self._drawn.items() if lead_id in near}

    def _at(self, now: datetime) -> bool:
        """Draw as of `now` from here on; answers whether all ages may read differently."""
        other = self._now is not None and now.replace(second=0, microsecond=0) > self._now
        if other:
            self._drawn.clear()
        self._now = now
        return other

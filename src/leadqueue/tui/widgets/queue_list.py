"""The queue: only the rows in sight are read and drawn, so its cost does not grow with its length."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from leadqueue.domain.countdown import Urgency
from leadqueue.tui.actions import Place, bindings
from leadqueue.tui.widgets.plain_lines import PlainLines

if TYPE_CHECKING:
    from leadqueue.cache.own_columns import ColumnChoice
    from leadqueue.cache.queue_views import QueueCounts, QueueRow, QueueView
    from leadqueue.tui.glyphs import Glyphs
    from leadqueue.tui.ports import Rows
    from leadqueue.tui.widgets.queue_row import Layout, RowWords

Backing = Literal["cursor", "resting", "selected", "row"]
Drawn = tuple[tuple[str, Urgency, Backing, bool, "QueueRow"], Strip]
"""A row's first line: what it depends on, and the line."""
DRAWN_KEPT = 400
"""Lines that are kept whether they are near or not."""
DRAWN_AT_ONCE = 8
"""Lines that are drawn ahead before a key can come between."""
PAGE = 128
"""Rows that are read at once."""
PAGES_KEPT = 8
_LOOKS = 3
WHEEL = 3
"""Rows that a step of the mouse wheel moves."""
_PARTS = {"person": "row", "score": "row", "company": "row", "flags": "flag"}
"""The part of a row as which a column is coloured, where it is not dim."""


class QueueList(PlainLines, can_focus=True):
    """Rows of the queue under a cursor. Cursor and selection are held by lead id."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LIST)]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "queue--row",
        "queue--cursor",
        "queue--resting",
        "queue--selected",
        "queue--dim",
        "queue--flag",
        *(f"queue--{state.value}" for state in Urgency),
    }

    class Moved(Message):
        """The cursor stands on another lead, or on none. Of several, the last one counts."""

        def __init__(self, lead_id: str | None) -> None:
            super().__init__()
            self.lead_id = lead_id

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueueList.Moved)

    class SelectionChanged(Message):
        """A lead was selected or not any more."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueueList.SelectionChanged)

    class Resized(Message):
        """The columns have other widths now."""

    class Opened(Message):
        """The rep wants to see more of the lead under the cursor."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.count = 0
        self.cursor = 0
        self.cursor_id: str | None = None
        self.selected: dict[str, None] = {}
        self.locked = False
        self.as_if_focused = False
        """Whether the cursor is drawn as if the keys went here: before any key is heard."""
        self.columns: tuple[ColumnChoice, ...] = ()
        self.owners = False
        self.lines = 1
        self.pages: Callable[[int], None] | None = None
        self._source: Rows | None = None
        self._view: QueueView | None = None
        self._words: RowWords | None = None
        self._now: datetime | None = None
        self._layout: Layout | None = None
        self._pages: dict[int, list[QueueRow]] = {}
        self._drawn: dict[int, Drawn] = {}
        self._drawing_ahead = False
        self._styles: dict[tuple[str, Backing], Style] = {}

    # What is shown

    def show(
        self,
        source: Rows,
        view: QueueView,
        words: RowWords,
        now: datetime,
        *,
        want: str | None = None,
        counted: QueueCounts | None = None,
    ) -> None:
        """Read `view` of `source` and show it; `counted` is what was asked about it beforehand.

        The cursor goes to the lead `want`, or stays on its lead, or else stays at its place; in another
        view it begins at the top.
        """
        other = self._view is not None and view != self._view
        self._source, self._view, self._words, self._now = source, view, words, now
        self._pages.clear()
        self._drawn.clear()
        self.count = source.count(view) if counted is None else counted.rows
        self._measure()
        place = None
        for lead_id in (want, self.cursor_id):
            if place is None and lead_id is not None and self.count:
                place = self._place_of(lead_id, counted)
        if place is None:
            place = 0 if other else self.cursor
        self._put_cursor(place, keep_in_sight=True)
        self.refresh()

    def _place_of(self, lead_id: str, counted: QueueCounts | None) -> int | None:
        """Where the lead stands; None where the view does not hold it. Somebody may write between the look
        for its place and the reading of the rows there: a place is one where the lead is found."""
        place = counted.place if counted is not None and counted.lead_id == lead_id else None
        for _ in range(_LOOKS):
            if place is not None and (row := self.row(place)) is not None and row.id == lead_id:
                return place
            self._pages.clear()
            place = self._source.index_of(self._view, lead_id) if self._source and self._view else None
            if place is None:
                return None
        return place

    def hold_still(self, locked: bool) -> None:
        """While a form is open the cursor stays where it is, and a click takes no focus from the form."""
        self.locked = locked
        self.can_focus = not locked

    def set_columns(self, columns: tuple[ColumnChoice, ...]) -> None:
        """Show these columns behind the countdown; none for those that fit."""
        if columns != self.columns:
            self.columns = columns
            self._new_layout()

    def show_owners(self, owners: bool) -> None:
        """Have the leads' owners among the columns that fit."""
        if owners != self.owners:
            self.owners = owners
            self._new_layout()

    def _new_layout(self) -> None:
        self._layout = None
        self.refresh()
        self.post_message(self.Resized())

    def set_lines(self, lines: int) -> None:
        """Give each lead one line, or two."""
        if lines != self.lines:
            self.lines = lines
            self._measure()
            self._in_sight()
            self.refresh()

    def _measure(self) -> None:
        height = self.scrollable_content_region.height
        beyond = height % self.lines if self.count > height // self.lines else 0
        self.stretch_to(Size(self.size.width, self.count * self.lines + beyond))

    @property
    def in_page(self) -> int:
        """Leads that are in sight as a whole."""
        return max(1, self.scrollable_content_region.height // self.lines)

    @property
    def view(self) -> QueueView | None:
        """The view that is shown."""
        return self._view

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
            if len(self._pages) >= PAGES_KEPT:
                self._pages.pop(next(iter(self._pages)))
            page = self._pages[number] = self._source.window(self._view, number * PAGE, PAGE)
        return page[inside] if inside < len(page) else None

    @property
    def current(self) -> QueueRow | None:
        """The row under the cursor."""
        return self.row(self.cursor)

    def after(self, leaving: set[str]) -> str | None:
        """The lead on which to stand once those of `leaving` are dealt with: the next one, or the last."""
        index = self.cursor
        while (row := self.row(index)) is not None:
            if row.id not in leaving:
                return row.id
            index += 1
        index = self.cursor
        while (row := self.row(index)) is not None:
            if row.id not in leaving:
                return row.id
            index -= 1
        return None

    # Drawing

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
        known = self._drawn.get(index)
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
        self._drawn[index] = depends, strip
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
        ahead = [index for index in self._near if index not in self._drawn][:DRAWN_AT_ONCE]
        finish, console = self.finishing(), self.app.console
        for index in ahead:
            row = self.row(index)
            if row is None:  # the queue has become shorter, or cannot be read: whoever looks again will see
                return
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

        if self._now is not None and now.replace(second=0, microsecond=0) > self._now:
            self._drawn.clear()
            self.refresh()
            self.draw_ahead()
        self._now = now
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
            drawn = self._drawn.get(index)
            if drawn is None or drawn[0][0] != text:
                y = index * self.lines - self.scroll_offset.y
                self.refresh(Region(start - MARKS, y, wide + MARKS, 1))
        if len(self._drawn) > DRAWN_KEPT:
            near = self._near
            self._drawn = {index: drawn for index, drawn in self._drawn.items() if index in near}

    # The cursor

    def _put_cursor(self, index: int, *, keep_in_sight: bool = False) -> None:
        before, before_id = self.cursor, self.cursor_id
        self.cursor = max(0, min(index, self.count - 1))
        row = self.current
        self.cursor_id = row.id if row else None
        if self.cursor != before:
            for line in range(self.lines):
                self.refresh_line(before * self.lines + line)
                self.refresh_line(self.cursor * self.lines + line)
        if self.cursor != before or keep_in_sight:
            self._in_sight()
        if self.cursor_id != before_id:
            self.post_message(self.Moved(self.cursor_id))

    def _in_sight(self) -> None:
        height = self.scrollable_content_region.height
        top = self.scroll_offset.y
        if height <= 0:
            return
        begin = self.cursor * self.lines
        if begin < top:
            self.scroll_to(y=begin, animate=False, immediate=True)
        elif begin + self.lines > top + height:  # a lead is never cut at the top
            y = (self.cursor - self.in_page + 1) * self.lines
            self.scroll_to(y=y, animate=False, immediate=True)

    def go_to(self, lead_id: str) -> bool:
        """Put the cursor on a lead; false where it is not in the view."""
        if self._source is None or self._view is None:
            return False
        place = self._source.index_of(self._view, lead_id)
        if place is None:
            return False
        self._put_cursor(place)
        return True

    def action_cursor_move(self, step: int) -> None:
        if not self.locked:
            self._put_cursor(self.cursor + step)

    def action_cursor_page(self, direction: int) -> None:
        if self.pages is not None:
            self.pages(direction)
            return
        self.action_cursor_move(direction * max(1, self.in_page - 1))

    def action_cursor_end(self, direction: int) -> None:
        if not self.locked:
            self._put_cursor(0 if direction < 0 else self.count - 1)

    def action_open_context(self) -> None:
        if self.cursor_id is not None:
            self.post_message(self.Opened())

    def on_resize(self) -> None:
        self._layout = None
        self._measure()
        self._in_sight()
        self.post_message(self.Resized())

    # The selection

    def action_toggle_select(self) -> None:
        """Select the lead under the cursor, or take it out, and go on to the next."""
        if self.cursor_id is None or self.locked:
            return
        self._toggle(self.cursor_id)
        self._put_cursor(self.cursor + 1)

    def _toggle(self, lead_id: str) -> None:
        if self.selected.pop(lead_id, self) is self:
            self.selected[lead_id] = None
        self.refresh()
        self.post_message(self.SelectionChanged())

    def select(self, lead_ids: list[str]) -> None:
        self.selected = dict.fromkeys(lead_ids)
        self.refresh()
        self.post_message(self.SelectionChanged())

    # The mouse

    def on_click(self, event: Click) -> None:
        index = (self.scroll_offset.y + event.get_content_offset_capture(self).y) // self.lines
        row = self.row(index)
        if row is None or self.locked:
            return
        if event.ctrl or event.get_content_offset_capture(self).x == 1:
            self._toggle(row.id)
        self._put_cursor(index)
        if event.chain == 2:
            self.post_message(self.Opened())

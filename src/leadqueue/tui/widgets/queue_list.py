"""The queue: its rows under a cursor that keeps to its lead, and a selection. Its cost does not grow with its
length."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message

from leadqueue.tui.actions import Place, bindings
from leadqueue.tui.widgets.queue_lines import QueueLines

if TYPE_CHECKING:
    from leadqueue.cache.own_columns import ColumnChoice
    from leadqueue.cache.queue_views import QueueCounts, QueueRow, QueueView
    from leadqueue.tui.ports import Rows
    from leadqueue.tui.widgets.queue_row import RowWords

_LOOKS = 3
WHEEL = 3
"""Rows that a step of the mouse wheel moves."""


class QueueList(QueueLines, can_focus=True):
    """Rows of the queue under a cursor. Cursor and selection are held by lead id."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.LIST)]

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
        self.cursor_id: str | None = None
        self.locked = False
        self.pages: Callable[[int], None] | None = None

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
        if words != self._words:
            self._drawn.clear()
        self._at(now)
        self._source, self._view, self._words = source, view, words
        self._pages.clear()
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
    def view(self) -> QueueView | None:
        """The view that is shown."""
        return self._view

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

    @property
    def ids_in_sight(self) -> set[str]:
        """The leads that are drawn now."""
        first = self.scroll_offset.y // self.lines
        rows = map(self.row, range(first, min(first + self.in_page + 1, self.count)))
        return {row.id for row in rows if row is not None}

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
        if self.locked:
            return
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

"""One lead at a time, full screen, and the way to the most urgent one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import on

from leadqueue.tui.screens.parts import LARGE
from leadqueue.tui.screens.reach import ReachScreen
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from textual.css.query import DOMQuery

    from leadqueue.cache.queue_views import QueueCounts, QueueRow
    from leadqueue.tui.screens.parts import Parts
    from leadqueue.tui.widgets.focus_bar import FocusBar


FOCUS_PARTS = "FocusBar, SectionTabs, #filter-line, ColumnHeads, #main, #left, QueueList, #side"
"""All that styles/focus.tcss names."""


class FocusScreen(ReachScreen):
    """The home screen with its focus mode. The queue stays as one row: its keys work as ever."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._jumped_to: str | None = None

    @property
    def in_focus(self) -> bool:
        return self.has_class("-focus")

    async def action_focus_mode(self) -> None:
        """Show the lead under the cursor alone, or the whole queue again."""
        if self.in_focus:
            self.leave_focus()
            return
        from leadqueue.tui.widgets.focus_bar import FocusBar

        if not self._bars:
            await self.mount(FocusBar(id="focus-bar"), after="#header")
        self.reclass(True, "-focus", FOCUS_PARTS)
        self.rows.pages = self._read_on
        self.rows.focus()
        self._show_focus()
        self.refresh_header(count_urgent=False)
        self.refresh_footer()

    def leave_focus(self) -> None:
        self.reclass(False, "-focus", FOCUS_PARTS)
        self.rows.pages = None
        self.rows.focus()
        self.refresh_header(count_urgent=False)
        self.refresh_footer()

    @property
    def _bars(self) -> DOMQuery[FocusBar]:
        from leadqueue.tui.widgets.focus_bar import FocusBar

        return self.query(FocusBar)

    def _show_focus(self) -> None:
        rows = self.rows
        if self.in_focus:
            for bar in self._bars:
                bar.show(rows.cursor + 1 if rows.count else 0, rows.count, rows.row(rows.cursor + 1))

    def _read_on(self, direction: int) -> None:
        """In focus mode a page is one of the context."""
        if self.context is not None:
            self.context.action_cursor_page(direction)

    def reload(
        self, *, want: str | None = None, counted: bool = True, counts: QueueCounts | None = None
    ) -> None:
        super().reload(want=want, counted=counted, counts=counts)
        if self.in_focus and not self.rows.count:
            self.leave_focus()
        self._show_focus()

    @on(QueueList.Moved)
    def _focus_moved(self) -> None:
        self._show_focus()

    def action_urgent(self) -> None:
        """To the most urgent lead without an unsent decision; asked again there, to the one after it."""
        from leadqueue.tui.urgent import most_urgent, next_urgent

        if self.desk is None or self.queue_view is None:
            return
        here = self.rows.cursor_id
        go_on = here is not None and here == self._jumped_to
        if self._takes_long(self.queue_view) and self.query_one(SectionTabs).total >= LARGE:
            row = most_urgent(self._shown_rows(), self.rows.current, go_on=go_on)
        else:
            row = next_urgent(self.desk.queue, self.queue_view, here, go_on=go_on)
        if row is None and self.say_trouble():
            return
        if row is None:
            self.status.say("Every other lead here is dealt with.", Level.GOOD)
            return
        self._jumped_to = row.id
        self.rows.go_to(row.id)

    def _shown_rows(self) -> Iterator[QueueRow]:
        for index in range(self.rows.count):
            if (row := self.rows.row(index)) is not None:
                yield row

"""Which part of the queue is shown, and in what order: sections, search, sort."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.timer import Timer
from textual.widgets import Input

from leadqueue.tui.screens.queue_screen import LARGE, Parts, QueueScreen
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.section_tabs import SectionTabs

if TYPE_CHECKING:
    from leadqueue.cache.views import SortKey

SORTS: tuple[SortKey, ...] = ("urgency", "score", "age", "name", "company", "source")
"""What `sort` goes through, each in its natural order: the greatest score first, the rest from the least."""


PAUSE = 0.15
"""Seconds of rest in the typing after which a large queue is searched."""


class BrowseScreen(QueueScreen):
    """The home screen with its ways of choosing what is shown."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._typing: Timer | None = None

    def change_view(self, **changes: object) -> None:
        """Show another section, search or order of the queue."""
        if self.queue_view is not None:
            self.queue_view = replace(self.queue_view, **changes)  # type: ignore[arg-type]
            self.reload()

    def action_section(self, number: int) -> None:
        if self.desk is not None:
            sections = self.desk.definitions.sections
            self.change_view(section=sections[number - 1].key if 0 < number <= len(sections) else None)

    def action_sort(self) -> None:
        """Sort by the next thing that can be sorted by."""
        if self.queue_view is not None:
            following = (SORTS.index(self.queue_view.sort) + 1) % len(SORTS)
            self.change_view(sort=SORTS[following], descending=False)

    def action_reverse(self) -> None:
        if self.queue_view is not None:
            self.change_view(descending=not self.queue_view.descending)

    @on(ColumnHeads.Chosen)
    def _heading(self, event: ColumnHeads.Chosen) -> None:
        column = self.rows.layout_now.at(event.x)
        if self.queue_view is None or column is None or column.sort is None or self.form_open:
            return
        if column.sort == self.queue_view.sort:
            self.action_reverse()
        else:
            self.change_view(sort=column.sort, descending=False)

    @on(SectionTabs.Chosen)
    def _section(self, event: SectionTabs.Chosen) -> None:
        if not self.form_open:
            self.action_section(event.number)

    def action_search(self) -> None:
        search = self.query_one("#search", Input)
        search.add_class("-open")
        search.focus()
        self.refresh_footer()

    def search_for(self, text: str) -> None:
        """Show what `text` finds, and that it is a search."""
        search = self.query_one("#search", Input)
        with search.prevent(Input.Changed):
            search.value = text
        search.set_class(bool(text), "-open")
        self.change_view(search=text)

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        event.stop()
        self._stop_waiting()
        search = event.value.strip()
        if self.query_one(SectionTabs).total < LARGE:
            self.change_view(search=search)
        else:
            self._typing = self.set_timer(PAUSE, lambda: self.change_view(search=search))

    @on(Input.Submitted, "#search")
    def _search_done(self, event: Input.Submitted) -> None:
        event.stop()
        self._stop_waiting()
        search = event.value.strip()
        self.change_view(search=search)
        self.query_one("#search").set_class(bool(search), "-open")
        self.rows.focus()

    def _stop_waiting(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None

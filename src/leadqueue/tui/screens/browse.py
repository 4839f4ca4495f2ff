"""Which part of the queue is shown, and in what order: sections, filter, sort."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from leadqueue.domain.text import one_line
from leadqueue.tui.actions import keys_told
from leadqueue.tui.screens.parts import LARGE, Parts
from leadqueue.tui.screens.queue_screen import QueueScreen
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.filter_box import FilterBox
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.own_columns import ColumnChoice
    from leadqueue.cache.queue_views import QueueCounts, QueueView
    from leadqueue.domain.filters.language import Language
    from leadqueue.tui.actions import Situation
    from leadqueue.tui.ports import FoundRows, QueueSource

FILTER_AGAIN = 5
"""Ticks after which a filter that looks at the time is asked again."""


class RowsFound(Message):
    """A search beside the screen has found rows; posted from its thread."""

    def __init__(self, view: QueueView, rows: FoundRows, want: str | None) -> None:
        super().__init__()
        self.view = view
        self.rows = rows
        self.want = want


class CountedBeside(Message):
    """All is counted for `view`, None where it could not be; asked as the `ask`th, after the screen's reload
    number `reloads`. Posted from a thread."""

    def __init__(self, view: QueueView, counts: QueueCounts | None, ask: int, reloads: int) -> None:
        super().__init__()
        self.view = view
        self.counts = counts
        self.ask = ask
        self.reloads = reloads


class IdsFound(Message):
    """The answer to a question for leads, and what is to be done with it; posted from its thread."""

    def __init__(self, ids: list[str], then: Callable[[list[str]], None]) -> None:
        super().__init__()
        self.ids = ids
        self.then = then


@dataclass(frozen=True, slots=True)
class SetAside:
    """What was shown before the rep went to a lead beyond it: the view, what stood in the filter box, the
    lead under the cursor. `name` is that of the saved view, '' for none; `columns` are None for the usual."""

    view: QueueView
    typed: str
    here: str | None
    name: str = ""
    columns: tuple[ColumnChoice, ...] | None = None


class BrowseScreen(QueueScreen):
    """The home screen with its ways of choosing what is shown."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._looking_for: QueueView | None = None
        self._asks = self._shown_ask = 0
        self._came_from: str | None = None
        """The lead under the cursor when the filter was opened: Esc comes back to it."""
        self._aside: SetAside | None = None

    @property
    def filter_box(self) -> FilterBox:
        return self.query_one(FilterBox)

    @property
    def language(self) -> Language | None:
        """The filter language as the definitions have it now."""
        from leadqueue.domain.filters.language import Language

        return Language.of(self.desk.definitions, self.desk.actor.id) if self.desk else None

    def change_view(self, *, want: str | None = None, **changes: object) -> None:
        """Show another section, filter or order of the queue, and stand on the lead `want` if it is shown."""
        if self.queue_view is not None:
            if changes.keys() & {"section", "filter"}:
                self.forget_aside()
            self.queue_view = replace(self.queue_view, **changes)  # type: ignore[arg-type]
            self.reload(want=want, counted=False)

    # A large queue is looked through in a thread: no key waits for it

    @property
    def _large(self) -> bool:
        return self.query_one(SectionTabs).total >= LARGE

    def reload_beside(self) -> None:
        if self.desk is None or self.queue_view is None:
            return
        if not self._large:
            self.reload()
            return
        from leadqueue.cache.queue_views import QueueView

        self._asks += 1
        view, ask, reloads = self.queue_view, self._asks, self._reloads
        counted, lead_id = view, self.rows.cursor_id
        if self._takes_long(view):  # its rows are counted as they are looked for
            counted, lead_id = QueueView(owner=view.owner), None
        ask_counts = partial(self.desk.queue.counts_beside, counted, self.now(), lead_id)

        def count() -> None:
            self.post_message(CountedBeside(view, ask_counts(), ask, reloads))

        self.run_worker(count, group="counts", thread=True, exit_on_error=False)

    @on(CountedBeside)
    def _show_counted(self, event: CountedBeside) -> None:
        """Show what was counted. What a key has overtaken is counted again, since the key may have counted
        less; where something newer is shown or on its way, nothing is to be done."""
        event.stop()
        if event.ask <= self._shown_ask:
            return
        if event.reloads != self._reloads or event.view != self.queue_view:
            if event.ask == self._asks:
                self.reload_beside()
            return
        self._shown_ask = event.ask
        if event.counts is None:
            self.refresh_header(count_urgent=False)  # which tells what is the matter with the files
        else:
            self.reload(counts=event.counts)

    def show_rows(self, want: str | None, counts: QueueCounts | None = None) -> None:
        if self.desk is None or self.queue_view is None:
            return
        view = self.queue_view = replace(self.queue_view, at=self.now())
        if not self._large or not self._takes_long(view):
            self._looking_for = None
            super().show_rows(want, counts)
            self._tell_found(view, whole=True)
            return
        self._looking_for = view
        search = partial(self._look, self.desk.queue, view, want)
        self.run_worker(search, group="find", thread=True, exit_on_error=False)

    @staticmethod
    def _takes_long(view: QueueView) -> bool:
        from leadqueue.cache.queue import INDEXED

        return bool(view.filter) or view.sort not in INDEXED

    def _look(self, source: QueueSource, view: QueueView, want: str | None) -> None:
        """In a thread; a newer search ends this one."""
        for rows in source.find(view):
            self.post_message(RowsFound(view, rows, want))

    @on(RowsFound)
    def _found(self, event: RowsFound) -> None:
        event.stop()
        if event.view is not self._looking_for or self._words is None:
            return
        here = self.rows.cursor_id
        beyond = not event.rows.whole and (event.want or here) is not None
        if (
            beyond
            and event.rows.index_of(event.view, event.want or here or "") is None
            and self._shows(event.view)
        ):
            return  # the cursor's lead stands further down: the whole comes in a moment
        self.rows.show(event.rows, event.view, self._words, self.now(), want=event.want)
        self.rows_shown()
        self._tell_found(event.view, whole=event.rows.whole)

    def _tell_found(self, view: QueueView, *, whole: bool) -> None:
        self.filter_box.count(self.rows.count if view.filter and whole else None)

    def _shows(self, view: QueueView) -> bool:
        """Whether the list already shows this view, as it was a moment ago."""
        return self.rows.count > 0 and self.rows.view == view

    def ask_ids(self, view: QueueView, then: Callable[[list[str]], None]) -> None:
        """Do something with the leads of a view: at once, or with a large queue as soon as they are found."""
        if self.desk is None:
            return
        view = replace(view, at=self.now())
        if not self._large:
            ids = self.desk.queue.ids(view)
            if ids or not self.say_trouble():
                then(ids)
            return
        ask = partial(self._ask, self.desk.queue, view, then)
        self.run_worker(ask, group="ask", thread=True, exit_on_error=False)

    def _ask(self, source: QueueSource, view: QueueView, then: Callable[[list[str]], None]) -> None:
        """In a thread."""
        ids = source.ids_beside(view)
        if ids is not None:
            self.post_message(IdsFound(ids, then))

    @on(IdsFound)
    def _answered(self, event: IdsFound) -> None:
        event.stop()
        event.then(event.ids)

    def tick(self) -> None:
        super().tick()
        view = self.queue_view
        if view is not None and view.filter.of_the_moment and self._ticks % FILTER_AGAIN == 0:
            self.reload(counted=False)

    # Sections and order

    def action_section(self, number: int) -> None:
        if self.desk is not None:
            sections = self.desk.definitions.sections
            self.change_view(section=sections[number - 1].key if 0 < number <= len(sections) else None)

    def action_sort(self) -> None:
        """Sort by the next column that is to be seen, in its natural order."""
        if self.queue_view is not None:
            self.change_view(sort=self.rows.layout_now.sort_after(self.queue_view.sort), descending=False)

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

    # The filter

    def action_search(self) -> None:
        if self.language is not None:
            self._came_from = self.rows.cursor_id
            self.filter_box.open(self.language)
            self.refresh_footer()

    @property
    def _place(self) -> str | None:
        """The lead from which the rep went to type in the box, while they do."""
        return self._came_from if self.filter_box.input.has_focus else None

    def go_to_lead(self, lead_id: str) -> None:
        """Stand on a lead, whatever is shown now: in this view, in the whole queue, or found by its address,
        name or company where it is in no queue any more. What was shown is set aside, and told."""
        from leadqueue.domain.filters.filter import EVERYTHING
        from leadqueue.domain.filters.reading import finding, read_filter

        if self.rows.go_to(lead_id) or self.desk is None or self.queue_view is None or self.language is None:
            return
        view = self.desk.lead(lead_id)
        if view is None:
            self.say_unreachable()
            return
        wanted = replace(self.queue_view, section=None, filter=EVERYTHING)
        if self.desk.queue.index_of(wanted, lead_id) is None:
            found_by = finding(view.lead.text("email"), view.lead.person, view.lead.company)
            if not found_by:
                self.status.say("This lead is in no queue, and has nothing to find it by.", Level.WARNING)
                return
            wanted = replace(wanted, filter=read_filter(found_by, self.language))
        if self._aside is None:  # on the way to one lead more, what is meant is still the first one
            self._aside = self.what_is_shown(self.queue_view)
            self.show_plain()
        self.queue_view = wanted
        self.filter_box.put(self.queue_view.filter.text)
        self.reload(want=lead_id, counted=False)
        self.status.say(self.aside_words)

    # What was shown before the rep went to a lead beyond it

    @property
    def aside(self) -> SetAside | None:
        """What waits to be brought back."""
        return self._aside

    def what_is_shown(self, view: QueueView) -> SetAside:
        """All that is needed to show this again."""
        return SetAside(view, self.filter_box.input.value, self.rows.cursor_id)

    def show_plain(self) -> None:
        """Show no saved view any more, before the whole queue is shown."""

    @property
    def aside_words(self) -> str:
        """What is set aside, and the key that brings it back; '' for nothing."""
        if self._aside is None:
            return ""
        key = keys_told(self.parts.keymap, ("clear", "brings it back"))
        return f"{self._named(self._aside)} is set aside for this lead: {key}"

    def _named(self, aside: SetAside) -> str:
        """What the rep would call it: the name of the view, or else the section and the filter."""
        if aside.name:
            return f"The view {one_line(aside.name, 40)}"
        sections = self.desk.definitions.sections if self.desk else ()
        section = next((one_line(each.label, 40) for each in sections if each.key == aside.view.section), "")
        text = one_line(aside.view.filter.text, 60) if aside.view.filter else ""
        if section:
            return f"{section} with the filter {text}" if text else f"The section {section}"
        return f"The filter {text}" if text else "The queue"

    def forget_aside(self) -> None:
        """The rep has chosen something else to be shown."""
        if self._aside is not None:
            self.status.unsay(self.aside_words)
            self._aside = None

    def bring_back(self) -> None:
        """Show what was set aside, as it was, and stand on the lead on which the cursor was."""
        aside = self._aside
        if aside is not None:
            self.forget_aside()
            self.queue_view = aside.view
            self.filter_box.put(aside.typed)
            self.reload(want=aside.here, counted=False)
            self.rows.focus()

    def other_remarks(self) -> list[str]:
        return [*filter(None, [self.aside_words]), *super().other_remarks()]

    def situation(self) -> Situation:
        return replace(super().situation(), set_aside=self._aside is not None)

    @on(FilterBox.Changed)
    def _filtered(self, event: FilterBox.Changed) -> None:
        event.stop()
        if self.queue_view is not None and event.filter.terms != self.queue_view.filter.terms:
            self.change_view(want=self._place, filter=event.filter)
        elif self.queue_view is not None:
            self.queue_view = replace(self.queue_view, filter=event.filter)
            self.refresh_picture()  # it says which filter no lead passes

    @on(FilterBox.Done)
    def _filter_done(self, event: FilterBox.Done) -> None:
        event.stop()
        self.rows.focus()
        if self.queue_view is None or self.rows.count or not self.queue_view.filter:
            return
        if not self.say_trouble():
            clears = keys_told(self.parts.keymap, ("clear", "clears it"))
            self.status.say(f"No lead passes this filter. {clears}.", of_here=True)

    def clear_filter(self) -> None:
        from leadqueue.domain.filters.filter import EVERYTHING

        self.filter_box.put("")
        self.change_view(want=self._place, filter=EVERYTHING)
        self.rows.focus()

"""Saved views: what is shown under a name, reached by a tab, a key, the palette or `[` and `]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.events import Key
from textual.message import Message

from leadqueue.tui.screens.browse import BrowseScreen
from leadqueue.tui.screens.parts import LARGE, Parts
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.widgets.view_tabs import ViewTabs
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueCounts, QueueView
    from leadqueue.cache.saved_views import SavedView, Views
    from leadqueue.tui.actions import Situation
    from leadqueue.tui.ports import QueueSource

RECOUNT = 5
"""Ticks after which a large queue's views are counted again, where something has changed."""


class ViewsCounted(Message):
    """How many leads each view holds; posted from the thread that counted them."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        super().__init__()
        self.counts = counts

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, ViewsCounted)


class ViewingScreen(BrowseScreen):
    """The home screen with the rep's own views of the queue."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._views: Views | None = None
        self.view_name = ""
        self._counted_at = -RECOUNT
        self._count_due = True

    @property
    def views(self) -> Views:
        """The views as the file has them; read once, when the queue stands."""
        if self._views is None:
            from leadqueue.cache.saved_views import Views

            self._views = self.parts.views.load() if self.parts.views else Views()
            if self._views.trouble:
                self.status.say(self._views.trouble, Level.WARNING)
        return self._views

    def save_views(self, views: Views) -> str:
        """Keep the views; what kept them from being stored, '' for nothing."""
        from leadqueue.cache.saved_views import ViewsNotSaved

        if self.parts.views is not None:
            try:
                self.parts.views.save(views)
            except ViewsNotSaved as error:
                return str(error)
        self._views = views
        self._count_due = True
        self.show_views()
        return ""

    def key_trouble(self, key: str, name: str) -> str:
        """Why `key` cannot open the view of this name; '' where it can."""
        from leadqueue.tui.actions import ACTIONS, Place, key_name

        keymap = self.parts.keymap
        for action in ACTIONS:
            if action.place not in (Place.SCREEN, Place.LIST, Place.CONTEXT, Place.APP):
                continue
            keys = [each.strip() for each in keymap.get(action.id, action.keys).split(",")]
            if key in keys:
                return f"{key_name(key)} is the key of {action.label}; press another one."
        taken = next(
            (view for view in self.views.views if key and view.key == key and view.name != name), None
        )
        return f"{key_name(key)} opens {taken.name} already; press another one." if taken else ""

    def situation(self) -> Situation:
        return replace(super().situation(), views=len(self._views.views) if self._views else 0)

    # What is shown now, and a view

    def present(self, name: str, key: str = "") -> SavedView:
        """What is shown now, as a view of that name."""
        from leadqueue.cache.queue_views import QueueView
        from leadqueue.cache.saved_views import SavedView

        now = self.queue_view or QueueView()
        columns = self.rows.columns if self.rows.columns != self.views.columns else ()
        return SavedView(name, now.filter.text, now.section or "", now.sort, now.descending, columns, key)

    def _view_of(self, saved: SavedView) -> QueueView | None:
        """The saved view as the definitions read it now; None, and told, where they cannot."""
        from leadqueue.cache.queue_views import QueueView
        from leadqueue.domain.filters.reading import FilterError, read_filter

        if self.language is None:
            return None
        try:
            wanted = read_filter(saved.filter, self.language)
        except FilterError as error:
            self.status.say(f"The view {saved.name} cannot be read: {error.faults[0].message}", Level.WARNING)
            return None
        owner = self.queue_view.owner if self.queue_view is not None else None
        return QueueView(saved.section or None, wanted, saved.sort, saved.descending, owner)

    def open_view(self, name: str) -> None:
        """Show a saved view; '' is the plain queue."""
        from leadqueue.cache.queue_views import QueueView

        saved = self.views.named(name) if name else None
        view = self._view_of(saved) if saved else QueueView()
        if view is None or self.form_open:
            return
        self.view_name = saved.name if saved else ""
        self.queue_view = view
        self.filter_box.put(view.filter.text)
        self.rows.set_columns(saved.columns if saved and saved.columns else self.views.columns)
        self.reload(counted=False)
        self.rows.focus()

    def view_names(self) -> list[str] | None:
        if self.parts.views is None or self.views.trouble:
            return None
        return [view.name for view in self.views.views]

    def first_view(self) -> QueueView:
        """What is shown at the start: the view, or the section, of the settings."""
        settings = self.parts.settings.now
        view = super().first_view()
        self.rows.set_columns(self.views.columns)
        saved = self.views.named(settings.start_view) if settings.start_view else None
        wanted = self._view_of(saved) if saved else None
        if saved is None or wanted is None:
            return view
        self.view_name = saved.name
        self.filter_box.put(wanted.filter.text)
        if saved.columns:
            self.rows.set_columns(saved.columns)
        return wanted

    def action_view_step(self, step: int) -> None:
        names = ["", *(view.name for view in self.views.views)]
        here = names.index(self.view_name) if self.view_name in names else 0
        self.open_view(names[(here + step) % len(names)])

    def action_views(self) -> None:
        from leadqueue.tui.screens.views import ViewsScreen

        self.app.push_screen(ViewsScreen(self, self.parts.glyphs))

    def on_key(self, event: Key) -> None:
        """A view's own key opens it; keys of actions come first and never reach this."""
        if self._views is None or self.form_open:
            return
        found = next((view for view in self._views.views if view.key and view.key == event.key), None)
        if found is not None and self.focused is not self.filter_box.input:
            event.stop()
            self.open_view(found.name)

    @on(ViewTabs.Chosen)
    def _tab(self, event: ViewTabs.Chosen) -> None:
        event.stop()
        if event.name == self.view_name and not self.has_changed:
            self.open_view("")
        else:
            self.open_view(event.name)

    @property
    def has_changed(self) -> bool:
        """Whether what is shown is no more what the view says."""
        saved = self.views.named(self.view_name)
        if saved is None:
            return False
        same_columns = self.rows.columns == (saved.columns or self.views.columns)
        here = self.present(saved.name, saved.key)
        return not same_columns or replace(here, columns=saved.columns) != saved

    # The tabs and their counts

    def reload(
        self, *, want: str | None = None, counted: bool = True, counts: QueueCounts | None = None
    ) -> None:
        super().reload(want=want, counted=counted, counts=counts)
        self._count_due |= counted
        self.show_views()

    def show_views(self) -> None:
        if self._views is None:
            return
        tabs = self.query_one(ViewTabs)
        tabs.show([view.name for view in self._views.views], self.view_name, changed=self.has_changed)
        large = self.query_one(SectionTabs).total >= LARGE
        if self._views.views and self._count_due and not (large and self._ticks < self._counted_at + RECOUNT):
            self._count_views()

    def tick(self) -> None:
        super().tick()
        if self._count_due:
            self.show_views()

    def _count_views(self) -> None:
        if self.desk is None:
            return
        self._count_due, self._counted_at = False, self._ticks
        wanted: dict[str, QueueView] = {}
        for saved in self.views.views:
            view = self._view_of(saved)
            if view is not None:
                wanted[saved.name] = replace(view, at=self.now())
        count = partial(self._count, self.desk.queue, wanted)
        self.run_worker(count, group="count", thread=True, exclusive=True, exit_on_error=False)

    def _count(self, source: QueueSource, wanted: Mapping[str, QueueView]) -> None:
        """In a thread."""
        counts = {name: source.count_beside(view) for name, view in wanted.items()}
        self.post_message(ViewsCounted({name: count for name, count in counts.items() if count is not None}))

    @on(ViewsCounted)
    def _counted(self, event: ViewsCounted) -> None:
        event.stop()
        self.query_one(ViewTabs).count(event.counts)

"""Saved views: what is shown under a name, reached by a tab, a key, the palette or `[` and `]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from textual import on
from textual.events import Key
from textual.message import Message
from textual.widgets import Input

from leadqueue.domain.text import one_line
from leadqueue.tui.screens.browse import FILTER_AGAIN, BrowseScreen, SetAside
from leadqueue.tui.screens.parts import Parts
from leadqueue.tui.widgets.view_tabs import ViewTabs
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueCounts, QueueView
    from leadqueue.cache.saved_views import SavedView, Views
    from leadqueue.tui.actions import Action, Situation
    from leadqueue.tui.ports import QueueSource
    from leadqueue.tui.screens.help import ViewHelp
    from leadqueue.tui.settings.effect import SettingsInForce

RECOUNT = 5
"""Ticks after which a large queue's views are counted again, where something has changed."""
RECOUNT_LARGE = 60
"""Ticks after which those of a large queue are, where only time has passed."""


class ViewsCounted(Message):
    """How many leads each view holds, None where nobody can tell; posted by the thread that counts them."""

    def __init__(self, counts: Mapping[str, int | None]) -> None:
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
        self._of_the_moment = False
        self._clashes_told: tuple[str, ...] = ()

    @property
    def views(self) -> Views:
        """The views as the file has them; read once, when the queue stands."""
        if self._views is None:
            from leadqueue.cache.saved_views import Views

            self._views = self.parts.views.load() if self.parts.views else Views()
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
        from leadqueue.tui.actions import key_name

        if (action := self._action_of(key)) is not None:
            return f"{key_name(key)} is the key of {action.label}; press another one."
        taken = next(
            (view for view in self.views.views if key and view.key == key and view.name != name), None
        )
        return f"{key_name(key)} opens {taken.name} already; press another one." if taken else ""

    def _action_of(self, key: str) -> Action | None:
        """The action whose key this is on the home screen, also where it is not possible just now."""
        from leadqueue.tui.actions import Place
        from leadqueue.tui.refusals import meant

        return meant(key, self.parts.keymap, Place.SCREEN, Place.LIST, Place.CONTEXT, Place.APP)

    def _clashing(self, view: SavedView) -> Action | None:
        """The action that has a view's key: the keymap may have changed since the key was given, and the file
        may be written by hand."""
        if not view.key:
            return None
        from leadqueue.tui.settings.keymaps import normal

        return self._action_of(normal(view.key))

    def key_clash(self, view: SavedView) -> str:
        """Why a view's key does not open it, with the fix; '' where it does."""
        if (action := self._clashing(view)) is None:
            return ""
        from leadqueue.tui.actions import BY_ID, key_name

        views, ask = (BY_ID[each].first_key(self.parts.keymap) for each in ("views", "views.key"))
        name = one_line(view.name)
        return (
            f"view {name}: {key_name(view.key)} is the key of {action.label} and does not open it; "
            f"{views} and there {ask} give it another"
        )

    def views_help(self) -> tuple[ViewHelp, ...]:
        """The saved views for the help: a key that is an action's is told as that."""
        from leadqueue.tui.actions import key_name
        from leadqueue.tui.screens.help import ViewHelp

        told: list[ViewHelp] = []
        for view in self._views.views if self._views else ():
            action = self._clashing(view)
            about = (
                one_line(view.about)
                if action is None
                else f"Not by this key, which is that of {action.label}"
            )
            key = key_name(view.key) if view.key else ""
            told.append(ViewHelp(one_line(view.name), key, about, opens=bool(key) and action is None))
        return tuple(told)

    def key_clashes(self) -> tuple[str, ...]:
        """The views whose keys do not open them, one line each."""
        return tuple(clash for view in self.views.views if (clash := self.key_clash(view)))

    def beside_settings(self) -> tuple[str, ...]:
        self._clashes_told = self.key_clashes()
        return (*super().beside_settings(), *self._clashes_told)

    def settings_changed(self) -> None:
        """Show what the settings say now, and tell of the keys of views that are an action's by now."""
        super().settings_changed()
        if self._views is None:
            return
        before, self._clashes_told = self._clashes_told, self.key_clashes()
        new = [clash for clash in self._clashes_told if clash not in before]
        if new:
            self.status.say(f"Settings: {'. '.join(new)}", Level.WARNING)

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

    def _view_of(self, saved: SavedView) -> QueueView | str:
        """The saved view as the definitions read it now, or why they cannot."""
        from leadqueue.cache.saved_views import UnreadableView, view_of

        if self.language is None or self.desk is None:
            return "the definitions are not here yet"
        sections = [section.key for section in self.desk.definitions.sections]
        owner = self.queue_view.owner if self.queue_view is not None else None
        try:
            return view_of(saved, sections, self.language, owner)
        except UnreadableView as error:
            return str(error)

    def _readable(self, saved: SavedView) -> QueueView | None:
        """The saved view; None, and told, where it cannot be read."""
        found = self._view_of(saved)
        if isinstance(found, str):
            self.status.say(f"The view {saved.name} cannot be read: {found}", Level.WARNING)
            return None
        return found

    def open_view(self, name: str) -> None:
        """Show a saved view; '' is the plain queue."""
        from leadqueue.cache.queue_views import QueueView

        saved = self.views.named(name) if name else None
        view = self._readable(saved) if saved else QueueView()
        if view is None or self.form_open:
            return
        self.forget_aside()
        self.view_name = saved.name if saved else ""
        self.queue_view = view
        self.filter_box.put(view.filter.text)
        self.rows.set_columns(saved.columns if saved and saved.columns else self.views.columns)
        self.reload(counted=False)
        self.rows.focus()

    # The view that waits while the rep is at a lead beyond it

    def what_is_shown(self, view: QueueView) -> SetAside:
        columns = self.rows.columns if self.rows.columns != self.views.columns else None
        return replace(super().what_is_shown(view), name=self.view_name, columns=columns)

    def show_plain(self) -> None:
        self.view_name = ""
        self.rows.set_columns(self.views.columns)

    def bring_back(self) -> None:
        if self.aside is not None:
            known = self.views.named(self.aside.name) if self.aside.name else None
            self.view_name = known.name if known else ""
            columns = self.aside.columns
            self.rows.set_columns(self.views.columns if columns is None else columns)
        super().bring_back()

    def goes_by(self, name: str) -> None:
        """What is shown is the view of that name from now on, '' for none."""
        self.forget_aside()
        self.view_name = name
        self.show_views()
        self.refresh_header(count_urgent=False)

    def renamed(self, before: str, after: str) -> str:
        """A view has another name now, '' where it was deleted; the first view of the settings follows it.
        What kept that from being stored, '' for nothing."""
        if before == self.view_name:
            self.view_name = after
            self.show_views()
        if self._aside is not None and self._aside.name == before:
            self.status.unsay(self.aside_words)
            self._aside = replace(self._aside, name=after)
            self.refresh_header(count_urgent=False)
        if self.parts.settings.now.start_view.casefold() != before.casefold():
            return ""
        return cast("SettingsInForce", self.app).change_setting("start_view", after)

    def view_names(self) -> list[str] | None:
        if self.parts.views is None or self.views.trouble:
            return None
        return [view.name for view in self.views.views]

    def first_view(self) -> QueueView:
        """What is shown at the start: the view, or the section, of the settings."""
        settings = self.parts.settings.now
        view = super().first_view()
        self.rows.set_columns(self.views.columns)
        if self.views.trouble:
            self.status.say(self.views.trouble, Level.WARNING)
        saved = self.views.named(settings.start_view) if settings.start_view else None
        wanted = self._readable(saved) if saved else None
        if saved is None or wanted is None:
            return view
        self.view_name = saved.name
        self.filter_box.put(wanted.filter.text)
        if saved.columns:
            self.rows.set_columns(saved.columns)
        return wanted

    def action_view_step(self, step: int) -> None:
        """To the next view that can be read; what is wrong with those between is told."""
        views: list[SavedView | None] = [None, *self.views.views]
        names = [view.name if view else "" for view in views]
        here = names.index(self.view_name) if self.view_name in names else 0
        while True:
            here = (here + step) % len(views)
            saved = views[here]
            if saved is None or self._readable(saved) is not None:
                break
        self.open_view(names[here])

    def action_views(self) -> None:
        from leadqueue.tui.screens.views import ViewsScreen

        self.app.push_screen(ViewsScreen(self, self.parts.glyphs))

    def on_key(self, event: Key) -> None:
        """A view's own key opens it. Textual asks here before it asks the actions: their keys are left to
        them, and while one types every key is the field's."""
        if self._views is None or self.form_open or isinstance(self.focused, Input):
            return
        keyed = [view for view in self._views.views if view.key]
        if not keyed:
            return
        from leadqueue.tui.settings.keymaps import normal

        found = next((view for view in keyed if normal(view.key) == event.key), None)
        if found is not None and self._action_of(event.key) is None:
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
        settled = not self._large or self._ticks >= self._counted_at + RECOUNT
        if self._views.views and self._count_due and settled:
            self._count_views()

    def _tell_found(self, view: QueueView, *, whole: bool) -> None:
        super()._tell_found(view, whole=whole)
        if whole and self.view_name and not self.has_changed:
            self.query_one(ViewTabs).count({self.view_name: self.rows.count})  # as the list under it

    def tick(self) -> None:
        super().tick()
        every = RECOUNT_LARGE if self._large else FILTER_AGAIN
        self._count_due |= self._of_the_moment and self._ticks >= self._counted_at + every
        if self._count_due:
            self.show_views()

    def _count_views(self) -> None:
        if self.desk is None:
            return
        self._count_due, self._counted_at = False, self._ticks
        wanted: dict[str, QueueView | None] = {}
        for saved in self.views.views:
            view = self._view_of(saved)  # opening it tells what is wrong with it
            wanted[saved.name] = None if isinstance(view, str) else replace(view, at=self.now())
        self._of_the_moment = any(view.filter.of_the_moment for view in wanted.values() if view is not None)
        count = partial(self._count, self.desk.queue, wanted)
        self.run_worker(count, group="count", thread=True, exclusive=True, exit_on_error=False)

    def _count(self, source: QueueSource, wanted: Mapping[str, QueueView | None]) -> None:
        """In a thread."""
        counts: dict[str, int | None] = {}
        for name, view in wanted.items():
            count = source.count_beside(view) if view is not None else None
            if view is None or count is not None:  # after a search came between the number stays
                counts[name] = count
        self.post_message(ViewsCounted(counts))

    @on(ViewsCounted)
    def _counted(self, event: ViewsCounted) -> None:
        event.stop()
        self.query_one(ViewTabs).count(event.counts)

"""The home of the program: the queue, beside it the lead's context, and over that the forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.widget import Widget

from leadqueue.sync.state import SyncState
from leadqueue.tui import pictures
from leadqueue.tui.actions import BY_ID, Place
from leadqueue.tui.screens.parts import COUNT_EVERY, LARGE, REST_S, SyncChanged
from leadqueue.tui.screens.shown import ShownScreen
from leadqueue.tui.settings.live import settings_trouble
from leadqueue.tui.widgets.header import QueueHeader
from leadqueue.tui.widgets.jump_box import JumpBox
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.words import Level, is_retried

if TYPE_CHECKING:
    from leadqueue.cache.queue_views import QueueView
    from leadqueue.domain.lead import Versions


class QueueScreen(ShownScreen):
    """Opens the files, starts the sync and follows both. What the rep decides is in `Triage`."""

    _asked_of: tuple[str, Versions, bool] | None = None

    class Opened(Message):
        """What is pressed now has its effect: the files are open, or it is said why not."""

    # Opening: nothing heavy happens before the first frame is on the screen

    def on_mount(self) -> None:
        self.refresh_density()
        self.refresh_picture()
        self.refresh_footer()
        if self.parts.painted:
            self.open_desk()
        else:
            self.call_after_refresh(self.open_desk)

    def open_desk(self) -> None:
        """Open the local files and show what is in them; a fault is shown and can be tried again."""
        from leadqueue.cache.errors import StoreError
        from leadqueue.tui.steady import steady

        try:
            self.desk = steady(self.parts.open_desk(), self.parts.now)
        except StoreError as error:
            self._failed = True
            scene = pictures.fault(f"{error.message}: {error.path}", error.fix, self.parts.keymap)
            self.picture.show(scene.title, scene.text, scene.hint, scene.level)
            self.post_message(self.Opened())
            return
        self._failed = False
        self.desk.changed()
        if self.desk.notice:
            self.status.say(self.desk.notice, Level.WARNING)
        elif trouble := settings_trouble(self.parts.settings, self.beside_settings()):
            self.status.say(trouble, Level.WARNING)
        self.queue_view = self.first_view()
        self.reload()
        self.post_message(self.Opened())
        self.call_after_refresh(self._open_rest)

    def beside_settings(self) -> tuple[str, ...]:
        """What is told beside the mistakes in the settings, one line each: what of the first view and section
        is not there."""
        wanted = self.parts.settings.now
        if self.desk is None or not (wanted.start_section or wanted.start_view):
            return ()
        from leadqueue.tui.settings.reading import unknown_names

        sections = [section.key for section in self.desk.definitions.sections] if self.desk.ready else None
        return unknown_names(wanted, sections, self.view_names())

    def view_names(self) -> list[str] | None:
        """The names of the saved views; None where there are none to be had."""
        return None

    def first_view(self) -> QueueView:
        """What is shown at the start: the section of the settings, where the definitions have it."""
        from leadqueue.cache.queue_views import QueueView

        wanted = self.parts.settings.now.start_section
        known = [section.key for section in self.desk.definitions.sections] if self.desk else []
        return QueueView(wanted if wanted in known else None)

    async def _open_rest(self) -> None:
        """The context and the sync, once the queue is in sight."""
        from leadqueue.tui.widgets.context_pane import ContextPane

        if self.desk is None:
            return
        await self.query_one("#side").mount(ContextPane(id="context", zone=self._zone()))
        self.show_context()
        self.set_interval(1.0, self.tick)
        if self.parts.open_sync is not None:
            self.sync = self.parts.open_sync()
            self._state = self.sync.state
            self.sync.start(self._on_state)
        self.refresh_picture()
        self.refresh_header()
        self.refresh_footer()

    def _on_state(self, state: SyncState) -> None:
        """Called from the sync's thread."""
        self.post_message(SyncChanged(state))

    # Time

    def tick(self) -> None:
        """A second has passed: countdowns, ages, and what other processes wrote."""
        if self.desk is None or not self.in_sight:
            return
        self.status.tick()
        self.ask_of_company()
        self._ticks += 1
        if (not self.reading_much or self._ticks % COUNT_EVERY == 0) and self.desk.changed():
            self.reload_beside()
            return
        now = self.now()
        self.rows.tick(now)
        self.refresh_header(count_urgent=self.rows.count < LARGE or self._ticks % COUNT_EVERY == 0)
        if self.context is not None and not self.form_open:
            self.context.tick(now)

    def ask_of_company(self) -> None:
        """Ask what colleagues have at the company of the lead on which the cursor rests: once for the lead as
        it is, and only where what was told of it is old."""
        if self.sync is None or self.context is None or not self.parts.resting(REST_S):
            return
        view = self.context.view
        if view is None or view.lead.id != self.rows.cursor_id or view.colleagues is None:
            return
        told_at = view.colleagues.at
        this = view.lead.id, view.server.versions, told_at is None
        if self._asked_of == this:
            return
        from leadqueue.domain.company import ask_again

        self._asked_of = this
        if ask_again(told_at, self.now()):
            self.sync.look_up(view.lead.id)

    @on(SyncChanged)
    def _synced(self, event: SyncChanged) -> None:
        event.stop()
        before, self._state = self._state, event.state
        if not self.in_sight:
            return
        if is_retried(before) != is_retried(event.state):
            self.refresh_footer()
        if self.reading_much:  # pages come by the dozen a second, and a screen is read by a person
            self.refresh_header(count_urgent=False)
        elif self.desk is not None and self.desk.changed():
            self.reload_beside()
        else:
            self.refresh_header(
                count_urgent=self.rows.count < LARGE
            )  # a large queue is counted as time passes
            self.refresh_picture()

    @property
    def reading_much(self) -> bool:
        """Whether page after page comes in, over a queue that takes long to count."""
        pages = self._state is not None and self._state.progress is not None
        return pages and self.rows.count >= LARGE

    @on(QueueList.Moved)
    def _moved(self) -> None:
        if self.rows.cursor_id != self._told_of:
            self.follow()

    @on(QueueList.SelectionChanged)
    def _selection(self) -> None:
        self.refresh_header()
        self.refresh_footer()

    @on(KeyFooter.Pressed)
    async def _key(self, event: KeyFooter.Pressed) -> None:
        await self._hearing(event.action.place).run_action(event.action.action)

    def _hearing(self, place: Place) -> Widget:
        """The part of the screen that runs the actions of a place."""
        if place is Place.FORM and self.form is not None:
            return self.form
        if place is Place.LIST:
            return self.rows
        if place is Place.JUMP:
            return self.query_one(JumpBox).input
        return self.context if place is Place.CONTEXT and self.context is not None else self

    @on(QueueHeader.Pressed)
    async def _piece(self, event: QueueHeader.Pressed) -> None:
        if event.key == "attention":
            await self.run_action(BY_ID["inbox"].action)

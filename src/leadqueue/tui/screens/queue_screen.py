"""The home of the program: the queue, beside it the lead's context, and over that the forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.css.query import NoMatches
from textual.events import Resize
from textual.message import Message

from leadqueue.domain.text import one_line
from leadqueue.sync.state import SyncState
from leadqueue.tui import pictures
from leadqueue.tui.actions import BY_ID, Action, Place, Situation, bindings, by_call
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.ports import (
    DeskFactory,
    Eraser,
    GlanceFn,
    Keymap,
    NetworkSwitch,
    RepDesk,
    SyncControl,
    SyncFactory,
    ViewStore,
)
from leadqueue.tui.screens.prompt import PromptScreen
from leadqueue.tui.settings.live import LiveSettings, settings_trouble
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.filter_box import FilterBox
from leadqueue.tui.widgets.header import HeaderFacts, QueueHeader
from leadqueue.tui.widgets.jump_box import JumpBox
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.picture import Picture
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.widgets.status_line import StatusLine
from leadqueue.tui.widgets.view_tabs import ViewTabs
from leadqueue.tui.words import CLOCK_ERROR_MS, Level, plural, trouble_words

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from leadqueue.cache.queue_views import QueueView, SectionCount, UrgencyCounts
    from leadqueue.domain.moments import NowFn
    from leadqueue.tui.widgets.context_pane import ContextPane
    from leadqueue.tui.widgets.queue_row import RowWords

NARROW = 100
"""Cells up to which the context lies under the queue."""
LARGE = 10_000
"""Leads from which on what takes longer with more of them is done less often."""
COUNT_EVERY = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """What the screens are made of. `network` is there only in a demo, `erase` only outside of one."""

    open_desk: DeskFactory
    now: NowFn
    open_sync: SyncFactory | None = None
    settings: LiveSettings = field(default_factory=LiveSettings)
    glyphs: Glyphs = UNICODE
    network: NetworkSwitch | None = None
    erase: Eraser | None = None
    glance: GlanceFn | None = None
    views: ViewStore | None = None

    @property
    def keymap(self) -> Keymap:
        """The keys of now, also after the settings have changed."""
        return self.settings.keymap


class SyncChanged(Message):
    """How the sync stands; posted from its thread, of several the last one counts."""

    def __init__(self, state: SyncState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SyncChanged)


class CoveringScreen:
    """A screen that takes the whole terminal over the home screen, which does nothing meanwhile."""


class QueueScreen(PromptScreen):
    """Reads what is to be shown, once, and hands it down. What the rep decides is in `Triage`."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.SCREEN)]
    AUTO_FOCUS = "#queue"

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.parts = parts
        self.desk: RepDesk | None = None
        self.sync: SyncControl | None = None
        self.queue_view: QueueView | None = None
        self._state: SyncState | None = None
        self._words: RowWords | None = None
        self._failed = False
        self._sections: list[SectionCount] | None = None
        self._urgent: UrgencyCounts | None = None
        self._ticks = 0

    def compose(self) -> ComposeResult:
        glyphs = self.parts.glyphs
        yield QueueHeader(glyphs, id="header")
        yield SectionTabs(id="sections")
        yield ViewTabs(glyphs, id="view-tabs")
        yield FilterBox(glyphs)
        with Container(id="main"):
            with Vertical(id="left"):
                yield ColumnHeads(id="heads")
                yield QueueList(id="queue")
                yield Picture(id="picture")
            yield Container(id="side")
        yield JumpBox()
        yield StatusLine(glyphs, id="status")
        yield KeyFooter(self.parts.keymap, id="footer")

    # Opening: nothing heavy happens before the first frame is on the screen

    def on_mount(self) -> None:
        self.refresh_density()
        self.refresh_picture()
        self._glance()
        self.refresh_footer()
        self.call_after_refresh(self.open_desk)

    def _glance(self) -> None:
        """Put the top of the queue into the first frame; what is heavy is imported behind it."""
        settings = self.parts.settings.now
        elsewhere = settings.start_view or settings.start_section
        found = self.parts.glance() if self.parts.glance is not None and not elsewhere else None
        if found is None or not found.total:
            return
        from leadqueue.cache.queue_views import QueueView
        from leadqueue.tui.widgets.queue_row import RowWords

        about = found.error_ms is not None and found.error_ms > CLOCK_ERROR_MS
        now = self.parts.now() + timedelta(milliseconds=found.offset_ms)
        self._words = RowWords.of(found.words, self.parts.glyphs, approximate=about)
        self.query_one("#left").remove_class("-empty")
        self.rows.show(found, QueueView(), self._words, now)
        self.query_one(SectionTabs).show(found.sections, 0)

    def open_desk(self) -> None:
        """Open the local files and show what is in them; a fault is shown and can be tried again."""
        from leadqueue.cache.errors import StoreError

        try:
            self.desk = self.parts.open_desk()
            self.desk.changed()
        except StoreError as error:
            self._failed = True
            scene = pictures.fault(f"{error.message}: {error.path}", error.fix)
            self.picture.show(scene.title, scene.text, scene.hint, scene.level)
            return
        self._failed = False
        if self.desk.notice:
            self.status.say(self.desk.notice, Level.WARNING)
        elif self.parts.settings.problems:
            self.status.say(settings_trouble(self.parts.settings), Level.WARNING)
        self.queue_view = self.first_view()
        self.reload()
        self.call_after_refresh(self._open_rest)

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

    def _zone(self) -> ZoneInfo:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return ZoneInfo(self.desk.account.zone if self.desk else "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def close_parts(self) -> None:
        """Stop the sync and close the files."""
        if self.sync is not None:
            self.sync.stop()
        if self.desk is not None:
            self.desk.close()
        self.sync = self.desk = None

    # The parts of the screen

    @property
    def header(self) -> QueueHeader:
        return self.query_one(QueueHeader)

    @property
    def rows(self) -> QueueList:
        return self.query_one(QueueList)

    @property
    def picture(self) -> Picture:
        return self.query_one(Picture)

    @property
    def status(self) -> StatusLine:
        return self.query_one(StatusLine)

    @property
    def context(self) -> ContextPane | None:
        try:
            return cast("ContextPane", self.query_one("#context"))
        except NoMatches:
            return None

    @property
    def form_open(self) -> bool:
        return self.has_class("-form")

    @property
    def selected_now(self) -> dict[str, None]:
        """The selection that a form would serve; none while one lead alone fills the screen."""
        return {} if self.has_class("-focus") else self.rows.selected

    @property
    def redoable(self) -> int:
        """How many undone forms can be done again."""
        return 0

    def now(self) -> datetime:
        return self.desk.now() if self.desk else self.parts.now()

    # Data down

    def reload(self, *, want: str | None = None, counted: bool = True) -> None:
        """Show the queue as it is now. Cursor and selection stay on their leads; `want` moves the cursor.

        Where only the view is another one, and no lead, nothing needs to be `counted` anew.
        """
        if self.desk is None or self.queue_view is None:
            return
        from leadqueue.cache.glance import Words
        from leadqueue.tui.widgets.queue_row import RowWords

        self._words = RowWords.of(
            Words.of(self.desk.definitions), self.parts.glyphs, approximate=self.approximate
        )
        if counted or self._sections is None:
            self._sections = self.desk.queue.sections(self.queue_view.owner)
        active = next(
            (number for number, each in enumerate(self._sections, 1) if each.key == self.queue_view.section),
            0,
        )
        self.query_one(SectionTabs).show(self._sections, active)
        self.refresh_heads()
        self.show_rows(want)
        self.refresh_header(count_urgent=counted)

    def show_rows(self, want: str | None) -> None:
        """Read the view's rows and show them."""
        if self.desk is not None and self.queue_view is not None and self._words is not None:
            self.rows.show(self.desk.queue, self.queue_view, self._words, self.now(), want=want)
            self.rows_shown()

    def rows_shown(self) -> None:
        """What depends on the rows and on the cursor among them."""
        self.refresh_picture()
        self.show_context()
        self.refresh_footer()

    @property
    def approximate(self) -> bool:
        """Whether the countdowns are only about right, since the server's clock is not known well."""
        error = self.desk.sync_clock()[1] if self.desk else None
        return error is not None and error > CLOCK_ERROR_MS

    @on(QueueList.Resized)
    def refresh_heads(self) -> None:
        """Set the headings over their columns."""
        if self._words is not None and self.queue_view is not None:
            from leadqueue.tui.widgets.queue_row import heading

            view = self.queue_view
            line = heading(self.rows.layout_now, self._words, view.sort, falls=view.falls)
            self.query_one(ColumnHeads).show(line)

    def refresh_picture(self) -> None:
        """Rows where there are any, else the picture that says why there are none."""
        has_rows = self.rows.count > 0
        self.query_one("#left").set_class(not has_rows, "-empty")
        if has_rows and self.focused is None and self.is_current and not self.form_open:
            self.call_after_refresh(self.rows.focus)
        if has_rows or self._failed:
            return
        scene = self._scene()
        self.picture.show(scene.title, scene.text, scene.hint, scene.level)

    def _scene(self) -> pictures.Scene:
        if self.desk is None or self.queue_view is None:
            return pictures.OPENING
        if not self.desk.ready:
            return pictures.never_synced(self._state)
        if self.queue_view.filter:
            return pictures.nothing_found(self.queue_view.filter.text)
        labels = {section.key: section.label for section in self.desk.definitions.sections}
        section = labels.get(self.queue_view.section or "", "")
        return pictures.nothing_to_do(section, self._state, self.desk.status().last_pull_at, self.now())

    def refresh_header(self, *, count_urgent: bool = True) -> None:
        """Tell who, sync, unsent and urgent; the last are counted again only where that is asked for."""
        if self.desk is None:
            return
        now, status, account = self.now(), self.desk.status(), self.desk.account
        if count_urgent or self._urgent is None:
            owner = self.queue_view.owner if self.queue_view else None
            self._urgent = self.desk.queue.urgency_counts(now, owner)
        urgent = self._urgent
        facts = HeaderFacts(
            who=self.whose_queue,
            demo=account.demo,
            sync=self._state,
            unsent=status.unsent,
            held=status.held,
            oldest_unsent_at=self._on_server_clock(status.oldest_unsent_at),
            last_pull_at=status.last_pull_at,
            breached=urgent.breached,
            soon=urgent.soon,
            attention=status.attention,
        )
        self.header.show(facts, now)
        self._stand(status.trouble)

    def _on_server_clock(self, moment: datetime | None) -> datetime | None:
        """A moment of this computer's clock as the server's clock has it, by which ages are counted."""
        offset = self.desk.sync_clock()[0] if self.desk else 0
        return None if moment is None else moment + timedelta(milliseconds=offset)

    def _stand(self, trouble: str) -> None:
        """Say for as long as it holds: how many leads are selected, or what keeps the sync from its work."""
        selected = len(self.selected_now)
        if selected:
            what = "one form serves them all" if selected > 1 else "the next form is for it"
            self.status.stand(f"{plural(selected, 'lead')} selected: {what}")
        else:
            key = BY_ID["sync"].first_key(self.parts.keymap) if self.sync is not None else ""
            self.status.stand(trouble_words(self._state, trouble, key), Level.WARNING)

    def show_context(self) -> None:
        """Show the lead under the cursor beside the queue."""
        if self.desk is None or self.context is None or self.form_open:
            return
        chosen = self.rows.cursor_id
        view = self.desk.lead(chosen) if chosen else None
        self.context.show(view, self.now(), self.desk.definitions)

    def refresh_footer(self) -> None:
        self.query_one(KeyFooter).show(self.situation())

    def refresh_density(self) -> None:
        self.rows.set_lines(2 if self.parts.settings.now.density == "roomy" else 1)

    def settings_changed(self) -> None:
        """Show what the settings say now."""
        self.query_one(KeyFooter).refresh()
        self.refresh_density()
        self.reload()

    def situation(self) -> Situation:
        """What the availability of the actions depends on, as things stand."""
        from leadqueue.cache.errors import UnknownLead

        if self.desk is None or self.queue_view is None:
            return Situation(can_sync=self._failed)
        chosen = self.rows.cursor_id
        try:
            kinds = self.desk.available(chosen) if chosen else ()
        except UnknownLead:  # it has just left the scope; the next look at the queue shows it gone
            kinds = ()
        status = self.desk.status()
        return Situation(
            opened=True,
            rows=self.rows.count > 0,
            kinds=frozenset(self.desk.definitions.decisions if self.selected_now else kinds),
            selected=len(self.selected_now),
            searching=bool(self.queue_view.filter) or self.query_one(FilterBox).is_open,
            form_open=self.form_open,
            unsent=status.unsent,
            redo=self.redoable,
            in_focus=self.has_class("-focus"),
            attention=status.attention,
            sections=len(self.desk.definitions.sections),
            in_context=self.focused is not None and self.focused is self.context,
            can_sync=self.sync is not None,
            demo=self.parts.network is not None,
            manager=self.desk.actor.role == "manager",
        )

    def label_of(self, action: Action) -> str:
        """The action's name; that of a section says which one."""
        number = action.id.removeprefix("section_")
        sections = self.desk.definitions.sections if self.desk else ()
        if number != action.id and 0 < int(number) <= len(sections):
            return f"{action.label}: {one_line(sections[int(number) - 1].label, 60)}"
        return action.label

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """An action works where the registry says so; those of other widgets are theirs."""
        known = by_call(action, parameters)
        return known is None or known.available(self.situation())

    # Time

    @property
    def whose_queue(self) -> str:
        """Who stands in the header."""
        return self.desk.account.name if self.desk else ""

    @property
    def sync_state(self) -> SyncState | None:
        return self._state

    @property
    def in_sight(self) -> bool:
        """Whether no other whole screen lies over this one; a dialog lets it be seen."""
        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else ()
        return not any(isinstance(each, CoveringScreen) for each in above)

    def tick(self) -> None:
        """A second has passed: countdowns, ages, and what other processes wrote."""
        if self.desk is None or not self.in_sight:
            return
        self.status.tick()
        self._ticks += 1
        if (not self.reading_much or self._ticks % COUNT_EVERY == 0) and self.desk.changed():
            self.reload()
            return
        now = self.now()
        self.rows.tick(now)
        self.refresh_header(count_urgent=self.rows.count < LARGE or self._ticks % COUNT_EVERY == 0)
        if self.context is not None and self.context.display:
            self.context.tick(now)

    @on(SyncChanged)
    def _synced(self, event: SyncChanged) -> None:
        event.stop()
        self._state = event.state
        if not self.in_sight:
            return
        if self.reading_much:  # pages come by the dozen a second, and a screen is read by a person
            self.refresh_header(count_urgent=False)
        elif self.desk is not None and self.desk.changed():
            self.reload()
        else:
            self.refresh_header()
            self.refresh_picture()

    @property
    def reading_much(self) -> bool:
        """Whether page after page comes in, over a queue that takes long to count."""
        pages = self._state is not None and self._state.progress is not None
        return pages and self.rows.count >= LARGE

    @on(QueueList.Moved)
    def _moved(self) -> None:
        self.show_context()
        self.refresh_footer()

    @on(QueueList.SelectionChanged)
    def _selection(self) -> None:
        self.refresh_header()
        self.refresh_footer()

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width < NARROW, "-narrow")

    @on(KeyFooter.Pressed)
    async def _key(self, event: KeyFooter.Pressed) -> None:
        form = self.query("DecisionForm").first() if event.action.place is Place.FORM else self
        await form.run_action(event.action.action)

    @on(QueueHeader.Pressed)
    async def _piece(self, event: QueueHeader.Pressed) -> None:
        if event.key == "attention":
            await self.run_action(BY_ID["inbox"].action)

"""The parts of the home screen: its widgets, the desk and the sync behind it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.css.query import NoMatches

from leadqueue.sync.state import SyncState
from leadqueue.tui.actions import Place, bindings
from leadqueue.tui.ports import (
    RepDesk,
    SyncControl,
)
from leadqueue.tui.screens.parts import CoveringScreen, Parts
from leadqueue.tui.screens.prompt import PromptScreen
from leadqueue.tui.widgets.column_heads import ColumnHeads
from leadqueue.tui.widgets.filter_box import FilterBox
from leadqueue.tui.widgets.header import QueueHeader
from leadqueue.tui.widgets.jump_box import JumpBox
from leadqueue.tui.widgets.key_footer import KeyFooter
from leadqueue.tui.widgets.picture import Picture
from leadqueue.tui.widgets.plain_lines import Ground
from leadqueue.tui.widgets.queue_list import QueueList
from leadqueue.tui.widgets.section_tabs import SectionTabs
from leadqueue.tui.widgets.status_line import StatusLine
from leadqueue.tui.widgets.view_tabs import ViewTabs

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from leadqueue.cache.queue_views import QueueView, SectionCount, UrgencyCounts
    from leadqueue.tui.widgets.context_pane import ContextPane
    from leadqueue.tui.widgets.queue_row import RowWords


class HomeParts(PromptScreen):
    """Lays the widgets out and hands them by name. It shows nothing by itself."""

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
        with Ground(id="main"):
            with Ground(id="left"):
                yield ColumnHeads(id="heads")
                yield QueueList(id="queue")
                yield Picture(id="picture")
            yield Container(id="side")
        yield JumpBox()
        yield StatusLine(glyphs, id="status")
        yield KeyFooter(self.parts.keymap, id="footer")

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

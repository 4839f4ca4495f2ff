"""The parts of the home screen: its widgets, the desk and the sync behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from textual.css.query import NoMatches
from textual.widget import Widget

from leadqueue.sync.state import SyncState
from leadqueue.tui.faults import OWN_FAULT, WorksBeside
from leadqueue.tui.ports import SyncControl
from leadqueue.tui.screens.front import FrontScreen
from leadqueue.tui.screens.parts import CoveringScreen, Parts
from leadqueue.tui.styles import home_sheets
from leadqueue.tui.widgets.filter_box import FilterBox
from leadqueue.tui.widgets.header import QueueHeader, first_name
from leadqueue.tui.widgets.jump_box import JumpBox
from leadqueue.tui.widgets.picture import Picture
from leadqueue.tui.widgets.status_line import StatusLine
from leadqueue.tui.widgets.view_tabs import ViewTabs
from leadqueue.tui.words import Level

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from leadqueue.cache.queue_views import QueueView, SectionCount, UrgencyCounts
    from leadqueue.tui.steady import SteadyDesk
    from leadqueue.tui.widgets.context_pane import ContextPane
    from leadqueue.tui.widgets.decision_form import DecisionForm
    from leadqueue.tui.widgets.queue_row import RowWords


class HomeParts(WorksBeside, FrontScreen):
    """Lays the widgets out and hands them by name. It shows nothing by itself."""

    CSS_PATH = home_sheets()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.desk: SteadyDesk | None = None
        self.sync: SyncControl | None = None
        self.queue_view: QueueView | None = None
        self._state: SyncState | None = None
        self._words: RowWords | None = None
        self._failed = False
        self._sections: list[SectionCount] | None = None
        self._urgent: UrgencyCounts | None = None
        self._ticks = 0
        self.form: DecisionForm | None = None

    def _above(self) -> Iterable[Widget]:
        return ViewTabs(self.parts.glyphs, id="view-tabs"), FilterBox(self.parts.glyphs)

    def _beside_rows(self) -> Iterable[Widget]:
        return (Picture(id="picture"),)

    def _below(self) -> Iterable[Widget]:
        return (JumpBox(self.parts.keymap),)

    def _zone(self) -> ZoneInfo:
        from leadqueue.domain.moments import zone_named

        return zone_named(self.desk.account.zone if self.desk else "UTC")

    def work_failed(self) -> None:
        self.status.say(OWN_FAULT, Level.ERROR)

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

    def reclass(self, on: bool, name: str, parts: str = "") -> None:
        """Set or remove a class of this screen that changes the looks of `parts` alone, a selector: to ask
        each node takes longer than to open a form."""
        self.set_class(on, name, update=False)
        if parts:
            self.app.stylesheet.update_nodes(self.query(parts))

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
    def whose(self) -> tuple[str, str]:
        """Who stands in the header, and in a narrow one."""
        name = self.desk.account.name if self.desk else ""
        return name, first_name(name)

    @property
    def sync_state(self) -> SyncState | None:
        return self._state

    @property
    def in_sight(self) -> bool:
        """Whether no other whole screen lies over this one; a dialog lets it be seen."""
        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else ()
        return not any(isinstance(each, CoveringScreen) for each in above)

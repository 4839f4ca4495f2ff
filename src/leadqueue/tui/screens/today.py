"""What I did today: every decision since midnight, and how far it has come. Works offline."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import ClassVar, Protocol

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from leadqueue.cache.errors import StoreError
from leadqueue.cache.today import MOST, detail, earlier, in_full, totals, whom
from leadqueue.cache.views import DecidedItem, DeskStatus
from leadqueue.definitions.model import Definitions
from leadqueue.domain.lead import Directory, Lead
from leadqueue.domain.moments import NowFn, day_start
from leadqueue.sync.state import SyncState
from leadqueue.tui.actions import Place, bindings, keys_told
from leadqueue.tui.ports import Keymap, QueueSource
from leadqueue.tui.screens.today_lines import line
from leadqueue.tui.styles import sheet
from leadqueue.tui.widgets.line_list import LineList
from leadqueue.tui.words import standstill, store_words

HINT = (
    ("today.go", "goes to the lead"),
    ("today.inbox", "to the inbox"),
    ("today.close", "closes"),
)
INBOX = ""
"""The answer that stands for the inbox."""


class TodayDesk(Protocol):
    """What the log needs of the rep's desk."""

    @property
    def definitions(self) -> Definitions:
        """The definitions that hold here."""

    @property
    def directory(self) -> Directory:
        """The colleagues."""

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]:
        """What was decided since a moment, newest first."""

    @property
    def queue(self) -> QueueSource:
        """The rows of the leads."""

    def remembered(self, lead_id: str) -> Lead | None:
        """A lead as the outbox or the inbox kept it, also where it is out of reach now."""

    def sync_clock(self) -> tuple[int, int | None]:
        """The offset to the server's clock, in milliseconds, and the bound of its error."""

    def status(self) -> DeskStatus:
        """The local state."""

    @property
    def trouble(self) -> StoreError | None:
        """What keeps the files from being read."""


class About(VerticalScroll):
    """All of the chosen line. Tab goes into it only where there is more of it than fits."""

    def allow_focus(self) -> bool:
        return self.max_scroll_y > 0


class TodayScreen(ModalScreen[str | None]):
    """Answers the lead to go to, or None. `zone` is the rep's: the day begins at its midnight. `sync` tells
    how the sync stands, None where there is none."""

    CSS_PATH = sheet("today")

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.TODAY)]
    AUTO_FOCUS = "#today-list"
    place: ClassVar[Place] = Place.TODAY

    def __init__(
        self,
        desk: TodayDesk,
        now: NowFn,
        zone: tzinfo,
        sync: Callable[[], SyncState | None],
        keymap: Keymap | None = None,
    ) -> None:
        super().__init__()
        self._sync = sync
        self._keymap = keymap or {}
        self._desk = desk
        self._now = now
        self._zone = zone
        self._items: list[DecidedItem] = []
        self._people: dict[str, str] = {}
        self._seen: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="today"):
            yield Static("", id="today-title", markup=False)
            yield LineList(id="today-list")
            with About(id="today-about"):
                yield Static("", id="today-detail", markup=False)
            yield Static("", id="today-foot", markup=False)

    def on_mount(self) -> None:
        self._read()
        self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """Read again when something was sent, answered, held or undone, or could not be read; else only count
        down."""
        if self._state() != self._seen:
            self._read()
        else:
            self._tell()

    def _state(self) -> tuple[object, ...]:
        status = self._desk.status()
        day = day_start(self._now(), self._zone)
        unread = self._desk.trouble is not None
        return day, status.unsent, status.held, status.attention, status.next_try_at, status.trouble, unread

    def _read(self) -> None:
        self._seen = self._state()
        kept = self.chosen
        self._items = self._desk.decided_since(day_start(self._now(), self._zone), MOST)
        places = [
            place for place, item in enumerate(self._items) if kept and item.decision.id == kept.decision.id
        ]
        self.query_one("#today-title", Static).update(Content.styled(totals(self._items, MOST), "bold"))
        self.query_one(LineList).show(len(self._items), self._line, places[0] if places else 0)
        told = HINT if self._items else HINT[1:]
        foot = Content.styled(keys_told(self._keymap, *told), "$text-muted")
        self.query_one("#today-foot", Static).update(foot)
        self._tell()

    @property
    def chosen(self) -> DecidedItem | None:
        """The decision under the cursor."""
        place = self.query_one(LineList).cursor
        return self._items[place] if 0 <= place < len(self._items) else None

    def _line(self, index: int, width: int) -> Content:
        item = self._items[index]
        desk = self._desk
        return line(
            item, self._whom(item.decision.lead_id), desk.definitions, desk.directory, self._zone, width
        )

    def _whom(self, lead_id: str) -> str:
        """The lead's person and company, looked up once, when its line comes into sight."""
        if lead_id not in self._people:
            row = self._desk.queue.row(lead_id)
            if row is None and self._desk.trouble is not None:
                return "a lead that cannot be read now"
            kept = self._desk.remembered(lead_id) if row is None else None
            self._people[lead_id] = whom(row, kept)
        return self._people[lead_id]

    @on(LineList.Moved)
    def _tell(self) -> None:
        own_clock = self._now() - timedelta(milliseconds=self._desk.sync_clock()[0])
        sync = self._sync()
        about = ""
        if (item := self.chosen) is None:
            said = "Each decision of today comes here, with the state of its sending."
        else:
            said = detail(item, own_clock, self._zone, standstill(sync), sync.next_try_at if sync else None)
            named, directory = self._desk.definitions, self._desk.directory
            about, *filled = in_full(item, self._whom(item.decision.lead_id), named, directory, self._zone)
            said = "\n".join([*filled, said, *earlier(item, named, directory, self._zone)])
        if (error := self._desk.trouble) is not None:
            about, said = "", store_words(error)
        told = Content.assemble((f"{about}\n" if about else "", "bold"), said)
        self.query_one("#today-detail", Static).update(told)

    @on(LineList.Chosen)
    def action_go(self) -> None:
        """To the lead of the decision under the cursor."""
        if self.chosen is not None:
            self.dismiss(self.chosen.decision.lead_id)

    def action_close(self) -> None:
        self.dismiss(None)

    def action_inbox(self) -> None:
        """On to the inbox, for what waits there."""
        self.dismiss(INBOX)

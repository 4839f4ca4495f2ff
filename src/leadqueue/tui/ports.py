"""What the screens need of the rest of the program, and nothing more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from leadqueue.cache.glance import Glance
    from leadqueue.cache.home import Account
    from leadqueue.cache.queue_views import (
        QueueCounts,
        QueueRow,
        QueueView,
        SectionCount,
        UrgencyCounts,
    )
    from leadqueue.cache.saved_views import Views
    from leadqueue.cache.team import TeamFacts
    from leadqueue.cache.views import (
        AttentionItem,
        BulkResult,
        DecidedItem,
        DeskStatus,
        LeadView,
        NotStored,
        OutboxItem,
        Stored,
    )
    from leadqueue.definitions.model import DecisionKind, Definitions
    from leadqueue.domain.lead import Actor, Directory, FieldValues, Lead
    from leadqueue.domain.team import Backlog
    from leadqueue.domain.warnings import Upcoming
    from leadqueue.sync.state import SyncState


class Rows(Protocol):
    """Rows of the queue, read in windows, so that no answer grows with it."""

    def count(self, view: QueueView) -> int: ...

    def ids(self, view: QueueView) -> list[str]: ...

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        """`limit` rows from the one at `offset` on; a negative one counts from the end."""

    def index_of(self, view: QueueView, lead_id: str) -> int | None: ...


class FoundRows(Rows, Protocol):
    """Rows that were looked for; `whole` where these are all, else they are the first ones."""

    @property
    def whole(self) -> bool: ...


class QueueSource(Rows, Protocol):
    """The queue itself."""

    def find(self, view: QueueView) -> Iterator[FoundRows]:
        """Look for the view's rows, from a thread: the first ones perhaps, then all of them."""

    def ids_beside(self, view: QueueView) -> list[str] | None:
        """As `ids`, from a thread; None where a newer question came between."""

    def count_beside(self, view: QueueView) -> int | None:
        """As `count`, from a thread; None where a search came between."""

    def counts_beside(self, view: QueueView, now: datetime, lead_id: str | None) -> QueueCounts | None:
        """Sections, urgent leads, the view's rows and a lead's place among them, all of one moment, from a
        thread; None where the files cannot be read."""

    def row(self, lead_id: str) -> QueueRow | None:
        """A lead's row, also of one that is in no section."""

    def sections(self, owner: str | None = None) -> list[SectionCount]:
        """The sections with their leads; of one owner where one is named."""

    def urgency_counts(self, now: datetime, owner: str | None = None) -> UrgencyCounts: ...

    def ending_between(self, start: datetime, end: datetime, limit: int) -> list[Upcoming]:
        """The limits and targets in a span: of each the nearest, at most `limit`."""


class TeamDesk(Protocol):
    """What a manager sees of the team, and notes."""

    def facts(self) -> TeamFacts: ...

    def backlog(self) -> Backlog:
        """What waits. It may take a while with very many leads: to be asked from a thread."""

    def acknowledge(self, breach_ids: Collection[str]) -> None:
        """Durable when this returns."""

    def take_back(self) -> list[str]:
        """Take the last `acknowledge` back; answers those of it that were not sent yet."""


class ViewStore(Protocol):
    """Where the rep's views are kept."""

    def load(self) -> Views:
        """The views; with `trouble` set where they cannot be read."""

    def save(self, views: Views) -> None:
        """Keep them. Raises `cache.saved_views.ViewsNotSaved`."""


class RepDesk(Protocol):
    """The rep's desk. Writes are durable when they return. All but `notice`, `undo_for` and `close` may raise
    `cache.errors.StoreError`: the screens ask through `tui.steady`, and handle it where they write."""

    @property
    def definitions(self) -> Definitions: ...

    @property
    def actor(self) -> Actor: ...

    @property
    def account(self) -> Account: ...

    @property
    def directory(self) -> Directory: ...

    @property
    def queue(self) -> QueueSource: ...

    @property
    def team(self) -> TeamDesk: ...

    @property
    def ready(self) -> bool:
        """Whether the rep's leads have been read from the server at least once."""

    @property
    def notice(self) -> str:
        """What there is to tell about the opening of the files; '' for nothing."""

    @property
    def undo_for(self) -> timedelta:
        """How long a new decision stays on this machine; zero where the sync sends it at once."""

    def now(self) -> datetime:
        """The server's time as far as it is known."""

    def sync_clock(self) -> tuple[int, int | None]:
        """The offset to the server's clock and the bound of its error, in milliseconds."""

    def lead(self, lead_id: str) -> LeadView | None: ...

    def available(self, lead_id: str) -> tuple[DecisionKind, ...]: ...

    def decide(self, lead_id: str, kind: DecisionKind, values: FieldValues) -> Stored | NotStored: ...

    def decide_many(
        self, lead_ids: tuple[str, ...], kind: DecisionKind, values: FieldValues
    ) -> BulkResult: ...

    def keep(self, leads: Sequence[Lead], kind: DecisionKind, values: FieldValues) -> BulkResult:
        """Store one form over leads that have left the reach since it was opened, as they were then: what the
        server does not take comes to the inbox."""

    def undo_last(self) -> tuple[OutboxItem, ...]: ...

    def unsent(self) -> list[OutboxItem]: ...

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]: ...

    def remembered(self, lead_id: str) -> Lead | None:
        """A lead as the outbox or the inbox kept it, also where it is out of reach now."""

    def attention(self) -> list[AttentionItem]: ...

    def resend(self, attention_id: str, values: FieldValues | None = None) -> Stored | NotStored: ...

    def drop(self, attention_id: str) -> None: ...

    def status(self) -> DeskStatus: ...

    def changed(self) -> bool:
        """Whether another connection or process wrote since this was last asked."""

    def close(self) -> None: ...


class SyncControl(Protocol):
    """The sync beside the screens. None of its calls waits for the network."""

    @property
    def state(self) -> SyncState: ...

    def start(self, on_state: Callable[[SyncState], None]) -> None:
        """Begin; `on_state` is called from the sync's own thread."""

    def wake(self) -> None: ...

    def try_now(self) -> None: ...

    def look_up(self, lead_id: str) -> None:
        """Ask what colleagues have at this lead's company; the desk tells it with the lead once said."""

    def stop(self) -> None: ...


GlanceFn = Callable[[], "Glance | None"]
"""The top of the queue before the files are opened; None where that is not to be had."""
DeskFactory = Callable[[], RepDesk]
SyncFactory = Callable[[], SyncControl]
NetworkSwitch = Callable[[], bool]
"""Cuts or joins the demo's network; answers true where it is cut now."""
Eraser = Callable[[bool], str]
"""Logs out and erases the copies of the leads on this machine; with true also what this account never sent.
Answers what other accounts still have here, in words. Called when desk and sync are closed."""
Keymap = Mapping[str, str]
"""Keys by action id, as the user set them: `accept = "ctrl+a"`."""

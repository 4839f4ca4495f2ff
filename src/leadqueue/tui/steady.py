"""A desk that can always be asked: where its files cannot be read, what they said last stands.

A file may stop answering at any moment: a disk that fails, a page that is damaged, another process that holds
it. Whoever draws, counts down or looks beside the screen could do nothing about that, so none of them hears
of it: they get the last answer, or none, and the trouble is told in one place. What writes fails aloud.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from leadqueue.cache.errors import StoreError
from leadqueue.cache.queue_views import UrgencyCounts

if TYPE_CHECKING:
    from leadqueue.cache.home import Account
    from leadqueue.cache.queue_views import QueueCounts, QueueRow, QueueView, SectionCount
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
    from leadqueue.domain.moments import NowFn
    from leadqueue.domain.team import Backlog
    from leadqueue.domain.warnings import Upcoming
    from leadqueue.tui.ports import FoundRows, QueueSource, RepDesk, Rows, TeamDesk

T = TypeVar("T")

_KEPT = 16
"""Answers of a kind that are kept: the rows in sight, and some around them."""


class Watch:
    """Notes what is the matter with the files, from any thread."""

    def __init__(self) -> None:
        self.trouble: StoreError | None = None
        self._fresh = False

    def note(self, error: StoreError) -> None:
        self.trouble, self._fresh = error, True

    def look_again(self) -> bool:
        """Whether something could not be read since it went well; from then on it counts anew.

        The trouble is over once nothing failed from one look to the next.
        """
        troubled = self.trouble is not None
        if not self._fresh:
            self.trouble = None
        self._fresh = False
        return troubled

    def answer(self, ask: Callable[[], T], otherwise: T) -> T:
        """What `ask` says, or `otherwise` where the files do not let it."""
        try:
            return ask()
        except StoreError as error:
            self.note(error)
            return otherwise


class Asked(Generic[T]):
    """One kind of question, with what was answered to the last few of them."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._answers: dict[Hashable, T] = {}
        self._lock = threading.Lock()

    def answer(self, question: Hashable, ask: Callable[[], T], otherwise: T) -> T:
        """What `ask` says, else what it said to the same question, else `otherwise`."""
        try:
            answer = ask()
        except StoreError as error:
            self._watch.note(error)
            with self._lock:
                return self._answers.get(question, otherwise)
        self.keep(question, answer)
        return answer

    def keep(self, question: Hashable, answer: T) -> None:
        """Remember what was answered in another way."""
        with self._lock:
            self._answers.pop(question, None)
            if len(self._answers) >= _KEPT:
                del self._answers[next(iter(self._answers))]
            self._answers[question] = answer


class Fact(Generic[T]):
    """Something that was known once. Raises `StoreError` at its making only."""

    def __init__(self, watch: Watch, ask: Callable[[], T]) -> None:
        self._watch = watch
        self._ask = ask
        self.last = ask()

    def now(self) -> T:
        self.last = self._watch.answer(self._ask, self.last)
        return self.last


class SteadyRows:
    """Rows that can always be asked for."""

    def __init__(self, rows: Rows, watch: Watch) -> None:
        self._rows = rows
        self._watch = watch
        self._counts: Asked[int] = Asked(watch)
        self._windows: Asked[list[QueueRow]] = Asked(watch)

    def count(self, view: QueueView) -> int:
        return self._counts.answer(view, lambda: self._rows.count(view), 0)

    def ids(self, view: QueueView) -> list[str]:
        return self._watch.answer(lambda: self._rows.ids(view), [])

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        question = view, offset, limit
        return self._windows.answer(question, lambda: self._rows.window(view, offset, limit), [])

    def index_of(self, view: QueueView, lead_id: str) -> int | None:
        return self._watch.answer(lambda: self._rows.index_of(view, lead_id), None)


class SteadyFound(SteadyRows):
    """Found rows that can always be asked for."""

    def __init__(self, rows: FoundRows, watch: Watch) -> None:
        super().__init__(rows, watch)
        self.whole = rows.whole


class SteadyQueue(SteadyRows):
    """The queue, which can always be asked."""

    def __init__(self, queue: QueueSource, watch: Watch) -> None:
        super().__init__(queue, watch)
        self._queue = queue
        self._sections: Asked[list[SectionCount]] = Asked(watch)
        self._urgent: Asked[UrgencyCounts] = Asked(watch)
        self._row: Asked[QueueRow | None] = Asked(watch)

    def find(self, view: QueueView) -> Iterator[SteadyFound]:
        """As the queue's own; it ends where the files cannot be read."""
        try:
            for rows in self._queue.find(view):
                yield SteadyFound(rows, self._watch)
        except StoreError as error:
            self._watch.note(error)

    def ids_beside(self, view: QueueView) -> list[str] | None:
        return self._watch.answer(lambda: self._queue.ids_beside(view), None)

    def count_beside(self, view: QueueView) -> int | None:
        return self._watch.answer(lambda: self._queue.count_beside(view), None)

    def counts_beside(self, view: QueueView, now: datetime, lead_id: str | None) -> QueueCounts | None:
        counts = self._watch.answer(lambda: self._queue.counts_beside(view, now, lead_id), None)
        if counts is not None:
            self._sections.keep(view.owner, counts.sections)
            self._urgent.keep(view.owner, counts.urgent)
            self._counts.keep(view, counts.rows)
        return counts

    def row(self, lead_id: str) -> QueueRow | None:
        return self._row.answer(lead_id, lambda: self._queue.row(lead_id), None)

    def sections(self, owner: str | None = None) -> list[SectionCount]:
        return self._sections.answer(owner, lambda: self._queue.sections(owner), [])

    def urgency_counts(self, now: datetime, owner: str | None = None) -> UrgencyCounts:
        return self._urgent.answer(owner, lambda: self._queue.urgency_counts(now, owner), UrgencyCounts(0, 0))

    def ending_between(self, start: datetime, end: datetime, limit: int) -> list[Upcoming]:
        return self._watch.answer(lambda: self._queue.ending_between(start, end, limit), [])


class WatchedTeam:
    """The manager's side. It fails aloud, for its screen tells what it cannot count; the trouble is noted."""

    def __init__(self, team: TeamDesk, watch: Watch) -> None:
        self._team = team
        self._watch = watch

    def facts(self) -> TeamFacts:
        return self._noted(self._team.facts)

    def backlog(self) -> Backlog:
        return self._noted(self._team.backlog)

    def acknowledge(self, breach_ids: Collection[str]) -> None:
        self._team.acknowledge(breach_ids)

    def take_back(self) -> list[str]:
        return self._team.take_back()

    def _noted(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except StoreError as error:
            self._watch.note(error)
            raise


class SteadyDesk:
    """A desk whose questions are always answered. `now` is this computer's clock.

    Its making raises `StoreError`, and so does what writes: decide, keep, undo, resend, drop.
    """

    def __init__(self, desk: RepDesk, now: NowFn) -> None:
        self._desk = desk
        self._own_now = now
        watch = self._watch = Watch()
        self._definitions = Fact(watch, lambda: desk.definitions)
        self._actor = Fact(watch, lambda: desk.actor)
        self._account = Fact(watch, lambda: desk.account)
        self._directory = Fact(watch, lambda: desk.directory)
        self._ready = Fact(watch, lambda: desk.ready)
        self._clock = Fact(watch, desk.sync_clock)
        self._status = Fact(watch, desk.status)
        self._leads: Asked[LeadView | None] = Asked(watch)
        self._available: Asked[tuple[DecisionKind, ...]] = Asked(watch)
        self._unsent: Asked[list[OutboxItem]] = Asked(watch)
        self._decided: Asked[list[DecidedItem]] = Asked(watch)
        self._remembered: Asked[Lead | None] = Asked(watch)
        self._attention: Asked[list[AttentionItem]] = Asked(watch)
        self.queue: QueueSource = SteadyQueue(desk.queue, watch)

    @property
    def trouble(self) -> StoreError | None:
        """What keeps the files from being read; None where all went well since the last look."""
        return self._watch.trouble

    def changed(self) -> bool:
        """Whether to look again: somebody wrote, or something could not be read, or now it can."""
        troubled = self._watch.look_again()
        return self._watch.answer(self._desk.changed, False) or troubled

    # What is asked

    @property
    def definitions(self) -> Definitions:
        return self._definitions.now()

    @property
    def actor(self) -> Actor:
        return self._actor.now()

    @property
    def account(self) -> Account:
        return self._account.now()

    @property
    def directory(self) -> Directory:
        return self._directory.now()

    @property
    def ready(self) -> bool:
        return self._ready.now()

    @property
    def notice(self) -> str:
        return self._desk.notice

    @property
    def undo_for(self) -> timedelta:
        return self._desk.undo_for

    @property
    def team(self) -> TeamDesk:
        return WatchedTeam(self._desk.team, self._watch)

    def now(self) -> datetime:
        """The server's time as far as it is known; it goes on whatever becomes of the files."""
        own = self._own_now() + timedelta(milliseconds=self._clock.last[0])
        return self._watch.answer(self._desk.now, own)

    def sync_clock(self) -> tuple[int, int | None]:
        return self._clock.now()

    def status(self) -> DeskStatus:
        return self._status.now()

    def lead(self, lead_id: str) -> LeadView | None:
        return self._leads.answer(lead_id, lambda: self._desk.lead(lead_id), None)

    def available(self, lead_id: str) -> tuple[DecisionKind, ...]:
        return self._available.answer(lead_id, lambda: self._desk.available(lead_id), ())

    def unsent(self) -> list[OutboxItem]:
        return self._unsent.answer(None, self._desk.unsent, [])

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]:
        return self._decided.answer(since, lambda: self._desk.decided_since(since, limit), [])

    def remembered(self, lead_id: str) -> Lead | None:
        return self._remembered.answer(lead_id, lambda: self._desk.remembered(lead_id), None)

    def attention(self) -> list[AttentionItem]:
        return self._attention.answer(None, self._desk.attention, [])

    # What writes

    def decide(self, lead_id: str, kind: DecisionKind, values: FieldValues) -> Stored | NotStored:
        return self._desk.decide(lead_id, kind, values)

    def decide_many(self, lead_ids: tuple[str, ...], kind: DecisionKind, values: FieldValues) -> BulkResult:
        return self._desk.decide_many(lead_ids, kind, values)

    def keep(self, leads: Sequence[Lead], kind: DecisionKind, values: FieldValues) -> BulkResult:
        return self._desk.keep(leads, kind, values)

    def undo_last(self) -> tuple[OutboxItem, ...]:
        return self._desk.undo_last()

    def resend(self, attention_id: str, values: FieldValues | None = None) -> Stored | NotStored:
        return self._desk.resend(attention_id, values)

    def drop(self, attention_id: str) -> None:
        self._desk.drop(attention_id)

    def close(self) -> None:
        self._desk.close()


def steady(desk: RepDesk, now: NowFn) -> SteadyDesk:
    """The desk as one that can always be asked. Raises `StoreError`, and closes the desk, where it cannot be
    asked from the start."""
    if isinstance(desk, SteadyDesk):
        return desk
    try:
        return SteadyDesk(desk, now)
    except StoreError:
        desk.close()
        raise

"""A desk in memory on a disk that fails where it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from tests.tui.doubles import MemoryDesk, MemoryQueue, busy_desk

from leadqueue.cache.errors import StorageUnusable
from leadqueue.cache.queue_views import QueueRow, QueueView, SectionCount, UrgencyCounts
from leadqueue.cache.views import AttentionItem, DecidedItem, DeskStatus, LeadView, OutboxItem
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.warnings import Upcoming

T = TypeVar("T")

SAID = "The file cannot be used (disk I/O error). Check that the folder is yours"
ROWS = frozenset({"count", "ids", "window", "index_of"})
RELOAD = ROWS | {"sections", "urgency_counts", "ending_between", "row"}
EVERYTHING = RELOAD | {
    "changed",
    "lead",
    "available",
    "status",
    "facts",
    "now",
    "unsent",
    "decided_since",
    "attention",
}


class Disk:
    """What cannot be read now, by the name of the question."""

    def __init__(self) -> None:
        self.failing: frozenset[str] = frozenset()

    def read(self, question: str, ask: Callable[[], T]) -> T:
        if question in self.failing:
            raise StorageUnusable(Path("/data/cache.db"), "disk I/O error")
        return ask()


class FailingQueue(MemoryQueue):
    def __init__(self, desk: MemoryDesk, disk: Disk) -> None:
        super().__init__(desk)
        self._disk = disk

    def count(self, view: QueueView) -> int:
        return self._disk.read("count", lambda: MemoryQueue.count(self, view))

    def ids(self, view: QueueView) -> list[str]:
        return self._disk.read("ids", lambda: MemoryQueue.ids(self, view))

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        return self._disk.read("window", lambda: MemoryQueue.window(self, view, offset, limit))

    def index_of(self, view: QueueView, lead_id: str) -> int | None:
        return self._disk.read("index_of", lambda: MemoryQueue.index_of(self, view, lead_id))

    def row(self, lead_id: str) -> QueueRow | None:
        return self._disk.read("row", lambda: MemoryQueue.row(self, lead_id))

    def sections(self, owner: str | None = None) -> list[SectionCount]:
        return self._disk.read("sections", lambda: MemoryQueue.sections(self, owner))

    def ending_between(self, start: datetime, end: datetime, limit: int) -> list[Upcoming]:
        return self._disk.read("ending_between", lambda: MemoryQueue.ending_between(self, start, end, limit))

    def urgency_counts(self, now: datetime, owner: str | None = None) -> UrgencyCounts:
        return self._disk.read("urgency_counts", lambda: MemoryQueue.urgency_counts(self, now, owner))


class FailingDesk(MemoryDesk):
    """A busy desk on a disk that fails where it is told to."""

    def __init__(self, count: int = 24) -> None:
        super().__init__(busy_desk(count).server.values())
        self.disk = Disk()
        self.memory = FailingQueue(self, self.disk)

    def fail(self, *questions: str) -> None:
        self.disk.failing = frozenset(questions)

    def changed(self) -> bool:
        return self.disk.read("changed", super().changed)

    def lead(self, lead_id: str) -> LeadView | None:
        return self.disk.read("lead", lambda: MemoryDesk.lead(self, lead_id))

    def available(self, lead_id: str) -> tuple[DecisionKind, ...]:
        return self.disk.read("available", lambda: MemoryDesk.available(self, lead_id))

    def status(self) -> DeskStatus:
        return self.disk.read("status", super().status)

    def now(self) -> datetime:
        return self.disk.read("now", super().now)

    def unsent(self) -> list[OutboxItem]:
        return self.disk.read("unsent", super().unsent)

    def decided_since(self, since: datetime, limit: int) -> list[DecidedItem]:
        return self.disk.read("decided_since", lambda: MemoryDesk.decided_since(self, since, limit))

    def attention(self) -> list[AttentionItem]:
        return self.disk.read("attention", super().attention)

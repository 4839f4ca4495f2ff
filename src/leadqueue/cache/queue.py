"""The queue, read in windows, so that no answer grows with it. Only the standard library's sqlite3."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from leadqueue.cache import tally
from leadqueue.cache.errors import guarded
from leadqueue.cache.filter_sql import FOLD, Condition, condition
from leadqueue.cache.finding import Finder, Found, Wanted
from leadqueue.cache.queue_views import (
    QueueCounts,
    QueueRow,
    QueueView,
    SectionCount,
    SortKey,
    UrgencyCounts,
)
from leadqueue.cache.row_reading import OUTSIDE_RANK, SHOWN, read_row
from leadqueue.definitions.model import Section
from leadqueue.domain.moments import NowFn, from_micros, to_micros
from leadqueue.domain.shown import ID_SHOWN
from leadqueue.domain.text import folded
from leadqueue.domain.warnings import Upcoming

INDEXED: dict[SortKey, str] = {
    "urgency": "due_key",
    "score": "score_key",
    "name": "name_key",
    "company": "company_key",
    "source": "source_key",
    "age": "age_key",
}
"""Sorts with an index over sections and over the queue."""

_SORT_KEYS: dict[SortKey, str] = {
    **INDEXED,
    "title": "title_key",
    "campaign": "campaign_key",
    "stage": "stage",
    "country": "country",
    "section": "section_rank",
    "owner": "owner_key",
    "touches": "touches",
}


def reading(path: Path) -> sqlite3.Connection:
    """A connection that never writes, and knows what the queue's queries call."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.create_function(FOLD, 1, folded, deterministic=True)
    return connection


def _ending(moment: str, index: str, *, is_target: bool) -> str:
    return (
        f"SELECT * FROM (SELECT lead_id, clock, {moment}, person, {int(is_target)} "  # noqa: S608 - fixed texts
        f"FROM queue_row INDEXED BY {index} WHERE in_queue = 1 AND {moment} BETWEEN ?1 AND ?2 "
        f"ORDER BY {moment}, lead_id LIMIT ?3)"
    )


_ENDING = (
    f"{_ending('due_key', 'ix_queue_row_urgency', is_target=False)} UNION ALL "
    f"{_ending('target_at', 'ix_queue_row_target', is_target=True)}"
)


class QueueReader:
    """Reads queue rows over a connection of its own, which never writes. Safe to use from any thread.

    `sections` answers the definitions' sections as they stand now, `now` the server's time.
    """

    def __init__(self, path: Path, sections: Callable[[], tuple[Section, ...]], now: NowFn) -> None:
        self._path = path
        self._sections = sections
        self._now = now
        self._lock = threading.Lock()
        with guarded(path):
            self._connection = reading(path)
            self._version = self._data_version()
        self._finder = Finder(path, lambda: reading(path), self._rows)
        self._asked = Finder(path, lambda: reading(path), self._rows)

    def close(self) -> None:
        self._finder.close()
        self._asked.close()
        self._connection.close()

    def _rows(self, query: str, values: list[object]) -> list[tuple[object, ...]]:
        with self._lock, guarded(self._path):
            return self._connection.execute(query, values).fetchall()

    def _number(self, query: str, values: list[object]) -> int:
        return int(str(self._rows(query, values)[0][0]))

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Whether anybody wrote to the cache since this was last asked."""
        with self._lock, guarded(self._path):
            version = self._data_version()
        changed, self._version = version != self._version, version
        return changed

    def count(self, view: QueueView) -> int:
        if not view.filter:
            by_rank = self._tally(view.owner)
            return sum(by_rank.values()) if view.section is None else by_rank.get(self._rank(view.section), 0)
        condition, values = self.where(view)
        return self._number(f"SELECT COUNT(*) FROM queue_row WHERE {condition}", values)  # noqa: S608 - fixed texts

    def ids(self, view: QueueView) -> list[str]:
        condition, values = self.where(view)
        rows = self._rows(
            f"SELECT lead_id FROM queue_row WHERE {condition} ORDER BY {order(view)}",  # noqa: S608 - fixed texts
            values,
        )
        return [str(row[0]) for row in rows]

    def window(self, view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        """`limit` rows from the one at `offset` on. A negative one counts from the end, and is read from
        there: nothing of a long queue is walked past."""
        if offset < 0:
            back = replace(view, descending=not view.descending)
            wanted = min(limit, -offset) if limit >= 0 else -offset
            return self.window(back, -offset - wanted, wanted)[::-1]
        condition, values = self.where(view)
        rows = self._rows(
            f"SELECT {SHOWN} FROM queue_row WHERE {condition} ORDER BY {order(view)} LIMIT ? OFFSET ?",  # noqa: S608 - fixed texts
            [*values, limit, offset],
        )
        return [read_row(row) for row in rows]

    def index_of(self, view: QueueView, lead_id: str) -> int | None:
        """The lead's place in the view, None where the view does not hold it."""
        condition, values = self.where(view)
        key = _SORT_KEYS[view.sort]
        found = self._rows(
            f"SELECT {key} FROM queue_row WHERE lead_id = ? AND {condition}",  # noqa: S608 - fixed texts
            [lead_id, *values],
        )
        if not found:
            return None
        beyond = ">" if view.falls else "<"
        return self._number(
            f"SELECT COUNT(*) FROM queue_row WHERE {condition} "  # noqa: S608 - fixed texts
            f"AND ({key}, lead_id) {beyond} (?, ?)",
            [*values, found[0][0], lead_id],
        )

    def find(self, view: QueueView) -> Iterator[Found]:
        """The view's rows looked for beside the screen, from a thread: the first ones, then all of them."""
        return self._finder.find(self._wanted(view))

    def _wanted(self, view: QueueView) -> Wanted:
        text, values = self.where(view)
        walks: tuple[str, ...] = ()
        if view.sort in INDEXED:  # by section or not, each part of the table has its index
            beyond = view.section is None and view.filter.widens and view.owner is None
            walks = ("in_queue = 1", "in_queue = 0") if beyond else ("1",)
        return Wanted(text, values, _SORT_KEYS[view.sort], _direction(view), walks)

    def count_beside(self, view: QueueView) -> int | None:
        """As `count`, from a thread; None where a search came between."""
        return self._finder.count(*self.where(view))

    def ids_beside(self, view: QueueView) -> list[str] | None:
        """As `ids`, from a thread and no search's business; None where a newer question came between."""
        found = [*self._asked.find(self._wanted(view), whole=True)]
        return found[-1].ids(view) if found else None

    def counts_beside(self, view: QueueView, now: datetime, lead_id: str | None) -> QueueCounts:
        """All that is counted for a view, from a thread and over a connection of its own: nobody who reads
        rows meanwhile waits for it."""
        beside = QueueReader(self._path, self._sections, self._now)
        try:
            with guarded(self._path):
                beside._connection.execute("BEGIN")  # one state of the file for all of them
            return QueueCounts(
                beside.sections(view.owner),
                beside.urgency_counts(now, view.owner),
                beside.count(view),
                lead_id,
                None if lead_id is None else beside.index_of(view, lead_id),
            )
        finally:
            beside.close()

    def row(self, lead_id: str) -> QueueRow | None:
        rows = self._rows(f"SELECT {SHOWN} FROM queue_row WHERE lead_id = ?", [lead_id])  # noqa: S608 - fixed texts
        return read_row(rows[0]) if rows else None

    def sections(self, owner: str | None = None) -> list[SectionCount]:
        """Every section of the definitions with the number of its leads; of one owner where one is named."""
        counts = self._tally(owner)
        return [
            SectionCount(section.key, section.label, counts.get(rank, 0))
            for rank, section in enumerate(self._sections())
        ]

    def _rank(self, section: str) -> int:
        """A section's place in the definitions; -1 for one that they do not have."""
        return next((rank for rank, each in enumerate(self._sections()) if each.key == section), -1)

    def _tally(self, owner: str | None) -> dict[int, int]:
        with self._lock, guarded(self._path):
            return tally.read(self._connection, owner, OUTSIDE_RANK)

    def urgency_counts(self, now: datetime, owner: str | None = None) -> UrgencyCounts:
        """Leads of the queue whose countdown is breached, and those due soon."""
        moment = to_micros(now)
        if owner is not None:
            return self._urgency_of(owner, moment)
        breached = self._number("SELECT COUNT(*) FROM queue_row WHERE in_queue = 1 AND due_key < ?", [moment])
        warned = self._number(
            "SELECT COUNT(*) FROM queue_row INDEXED BY ix_queue_row_soon_at "
            "WHERE in_queue = 1 AND soon_at <= ?",
            [moment],
        )
        soon = max(warned - breached, 0)  # what is breached was due soon before
        return UrgencyCounts(breached, soon)

    def ending_between(self, start: datetime, end: datetime, limit: int) -> list[Upcoming]:
        """The limits and targets of the queue's clocks in a span: of each the nearest, at most `limit`."""
        rows = self._rows(_ENDING, [to_micros(start), to_micros(end), limit])
        return [
            Upcoming(str(lead_id), str(clock), from_micros(int(str(at))), str(who), bool(is_target))
            for lead_id, clock, at, who, is_target in rows
        ]

    def _urgency_of(self, owner: str, moment: int) -> UrgencyCounts:
        row = self._rows(
            "SELECT COUNT(CASE WHEN due_key < ?1 THEN 1 END), "
            "COUNT(CASE WHEN due_key >= ?1 AND soon_at <= ?1 THEN 1 END) FROM queue_row "
            "WHERE in_queue = 1 AND owner_id = ?2",
            [moment, owner],
        )[0]
        return UrgencyCounts(int(str(row[0])), int(str(row[1])))

    def same_company(self, group: str, lead_id: str, limit: int) -> list[QueueRow]:
        """Other leads of a company, those in the queue first."""
        rows = self._rows(
            f"SELECT {SHOWN} FROM queue_row WHERE company_group = ? AND lead_id <> ? "  # noqa: S608 - fixed texts
            "ORDER BY in_queue DESC, due_key, lead_id LIMIT ?",
            [group, lead_id, limit],
        )
        return [read_row(row) for row in rows]

    def count_at_company(self, group: str, lead_id: str) -> int:
        """How many other leads of a company there are."""
        return self._number(
            "SELECT (SELECT COUNT(*) FROM queue_row WHERE company_group = ?1) "
            "- (SELECT COUNT(*) FROM queue_row WHERE lead_id = ?2 AND company_group = ?1)",
            [group, lead_id],
        )

    def matching(self, text: str, limit: int) -> list[str]:
        """Ids of the leads whose id `goes_by` the text, or whose e-mail address may be it: one that differs
        in accents only is among them."""
        values: list[object]
        if "@" in text:
            condition, values = "instr(char(10) || haystack || char(10), ?) > 0", [f"\n{folded(text)}\n"]
        else:
            condition = (
                "substr(lead_id, 1, ?1) = ?2 OR substr(lead_id, -?1) = ?2 OR substr(lead_id, -?3, ?1) = ?2"
            )
            values = [len(text), text, ID_SHOWN]
        rows = self._rows(
            f"SELECT lead_id FROM queue_row WHERE {condition} LIMIT ?",  # noqa: S608 - fixed texts
            [*values, limit],
        )
        return [str(row[0]) for row in rows]

    def where(self, view: QueueView) -> Condition:
        """The view's condition over `queue_row`, and its values."""
        conditions: list[str] = []
        values: list[object] = []
        if view.section is not None:
            conditions.append("section_rank = ?")
            values.append(self._rank(view.section))
        elif not view.filter.widens:  # one that looks for words finds leads outside the queue too
            conditions.append("in_queue = 1")
        if view.owner is not None:  # the first is what the index over owners is for
            beyond = view.section is None and view.filter.widens
            conditions += ["in_queue IN (0, 1)" if beyond else "in_queue = 1", "owner_id = ?"]
            values.append(view.owner)
        if view.filter:
            filtering, more = condition(view.filter, view.at or self._now())
            conditions.append(filtering)
            values += more
        return " AND ".join(conditions) or "1", values


def _direction(view: QueueView) -> str:
    return "DESC" if view.falls else "ASC"


def order(view: QueueView) -> str:
    direction = _direction(view)
    # One owner's leads are a part of a team's: they are found by their owner and put in order then, where a
    # walk along the order's index would pass by everybody's.
    walked = "+" if view.owner is not None and view.sort != "urgency" else ""
    return f"{walked}{_SORT_KEYS[view.sort]} {direction}, lead_id {direction}"

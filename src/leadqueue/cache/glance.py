"""The top of the queue, read before anything heavy is imported, for the program's first frame.

It is what `QueueReader` reads a moment later, from the same rows; the words that belong to it are kept in the
cache, since the definitions take longer to load than the rows.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from leadqueue.cache import tally
from leadqueue.cache.own_columns import ColumnChoice, own_columns
from leadqueue.cache.queue_views import QueueRow, QueueView, SectionCount
from leadqueue.cache.row_reading import OUTSIDE_RANK, SHOWN, read_row

if TYPE_CHECKING:
    from leadqueue.definitions.model import Definitions

FACT = "glance"
"""The key of the words among the cache's facts."""

ROWS = 300
"""More than any screen is high."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the definitions call the things of a row. `sections` are keys with labels, in their order."""

    sections: Mapping[str, str]
    sources: Mapping[str, str]
    stages: Mapping[str, str]

    @classmethod
    def of(cls, definitions: Definitions) -> Words:
        source = definitions.fields.get("lead_source")
        vocabulary = definitions.vocabularies.get(source.vocabulary) if source and source.vocabulary else None
        return cls(
            {section.key: section.label for section in definitions.sections},
            dict(vocabulary.values) if vocabulary else {},
            {key: stage.short for key, stage in definitions.stages.items()},
        )

    def to_text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Glance:
    """The first rows of the whole queue, most urgent first, and how many there are. It holds no others.

    `columns` are those in which the rep wants to see them, none for the usual ones. `of_several` says that
    they are a team's, for its manager.
    """

    rows: list[QueueRow]
    total: int
    sections: list[SectionCount]
    words: Words
    offset_ms: int
    error_ms: int | None
    columns: tuple[ColumnChoice, ...] = ()
    of_several: bool = False

    def count(self, _view: QueueView) -> int:
        return self.total

    def ids(self, _view: QueueView) -> list[str]:
        return [row.id for row in self.rows]

    def window(self, _view: QueueView, offset: int, limit: int) -> list[QueueRow]:
        return self.rows[offset : offset + limit] if offset >= 0 else []  # of the end nothing is known

    def index_of(self, _view: QueueView, lead_id: str) -> int | None:
        return next((place for place, row in enumerate(self.rows) if row.id == lead_id), None)


class GlanceAhead:
    """Reads the glance in a thread while the program goes on loading: the database needs no Python."""

    def __init__(self, cache_file: Path, rows: int = ROWS, *, views_file: Path | None = None) -> None:
        self._file, self._views, self._rows = cache_file, views_file, rows
        self._found: Glance | None = None
        self._thread = threading.Thread(target=self._read, name="glance")
        self._thread.start()

    def __call__(self) -> Glance | None:
        """What was found; waits for it."""
        self._thread.join()
        return self._found

    def _read(self) -> None:
        self._found = glance(self._file, self._rows, views_file=self._views)


def glance(cache_file: Path, rows: int = ROWS, *, views_file: Path | None = None) -> Glance | None:
    """What stands in the first `rows` of the queue; None where only the opening of the files can tell."""
    try:
        with closing(sqlite3.connect(f"{cache_file.as_uri()}?mode=ro", uri=True)) as connection:
            facts = dict(
                connection.execute(
                    "SELECT key, value FROM meta WHERE key IN (?, 'clock', 'pulled_at') UNION ALL "
                    "SELECT 'role', json_extract(value, '$.role') FROM meta WHERE key = 'session'",
                    (FACT,),
                )
            )
            if FACT not in facts or "pulled_at" not in facts:
                return None
            words = Words(**json.loads(facts[FACT]))
            top = connection.execute(
                f"SELECT {SHOWN} FROM queue_row WHERE in_queue = 1 ORDER BY due_key, lead_id LIMIT ?",  # noqa: S608 - our own names
                (rows,),
            ).fetchall()
            counts = tally.read(connection, None, OUTSIDE_RANK)
        sections = [
            SectionCount(key, label, counts.get(rank, 0))
            for rank, (key, label) in enumerate(words.sections.items())
        ]
        offset, error = json.loads(facts.get("clock", "[0, null]"))
        found = [read_row(row) for row in top]
        columns = own_columns(views_file) if views_file is not None else ()
        several = facts.get("role") == "manager"
        return Glance(found, sum(counts.values()), sections, words, offset, error, columns, several)
    except (sqlite3.Error, ValueError, TypeError):
        return None

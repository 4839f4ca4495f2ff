"""Indexes of the queue while very many rows come in at once: put aside, and built in one go at the end.

What was put aside is noted in the cache itself, in the same transaction, so that a crash in between leaves
nothing behind: whoever opens the file next puts it back.
"""

from __future__ import annotations

import json
import sqlite3

_FACT = "indexes_aside"

_KEPT = (
    "ix_queue_row_urgency",
    "ix_queue_row_section_urgency",
    "ix_queue_row_soon_at",
    "ix_queue_row_target",
    "ix_queue_row_mine",
)
"""What the queue as it opens is read by: it is shown while it fills."""


def put_aside(connection: sqlite3.Connection) -> None:
    """Drop the other indexes over the queue's rows. Inside a transaction."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'queue_row' "
        "AND sql IS NOT NULL ORDER BY name"
    ).fetchall()
    dropped = {str(name): str(sql) for name, sql in found if name not in _KEPT}
    if not dropped:
        return
    for name in dropped:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (_FACT, json.dumps(dropped)))


def are_aside(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM meta WHERE key = ?", (_FACT,)).fetchone())


def put_back(connection: sqlite3.Connection) -> None:
    """Build again what was put aside. Inside a transaction."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (_FACT,)).fetchone()
    if row is None:
        return
    for statement in json.loads(row[0]).values():
        connection.execute(statement)
    connection.execute("DELETE FROM meta WHERE key = ?", (_FACT,))

"""Saving decisions row by row from a damaged outbox."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from leadqueue.cache.outbox_rows import IN_THE_INBOX, checksum

_TABLES = {
    "decision": (
        "seq, id, lead_id, kind, payload, payload_format, checksum, expected_version, definitions_version, "
        "decided_at, added_at, state, attempts, next_try_at, trouble, replaces, batch, lead_then, "
        "answer_status, answer_seq, answered_at, settled"
    ),
    "attention": (
        "id, lead_id, kind, payload, payload_format, status, message, errors, lead_then, lead_now, at, "
        "replaces, superseded"
    ),
    "fact": "key, value",
}
_MOST_GAPS = 64


def salvage(damaged: Path, target: sqlite3.Connection) -> tuple[int, int]:
    """Copy every row that can still be read; answers how many decisions were saved, and how many lost.

    Reads row by row in both directions, so that a damaged page costs its own rows only. A decision whose
    payload does not match its checksum counts as lost.
    """
    try:
        source = sqlite3.connect(damaged, isolation_level=None)  # to write: a hot journal is rolled back
    except sqlite3.Error:
        return 0, 0
    saved = lost = 0
    try:
        target.execute("BEGIN IMMEDIATE")
        for table, all_columns in _TABLES.items():
            columns = _columns_there(source, table, all_columns)
            rows, gaps = _readable(source, table, columns)
            if table == "decision":
                lost += gaps
            for row in rows:
                if table == "decision" and checksum(str(row[4])) != row[6]:
                    lost += 1
                    continue
                marks = ", ".join("?" for _ in row)
                kept = target.execute(
                    f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
                    row,
                )
                saved += kept.rowcount if table == "decision" else 0
        _leave_out_answered_tries(target)
        target.execute("COMMIT")
    except BaseException:
        if target.in_transaction:
            target.execute("ROLLBACK")
        raise
    finally:
        source.close()
    return saved, lost


def _columns_there(source: sqlite3.Connection, table: str, columns: str) -> str:
    """Those of the columns that the file has: it may be of an earlier format."""
    try:
        there = {str(row[1]) for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.DatabaseError:
        return columns
    return ", ".join(each for each in columns.split(", ") if each in there) or columns


def _leave_out_answered_tries(target: sqlite3.Connection) -> None:
    """Earlier tries without the row of what stood in for them and was answered: as items of the inbox they
    would be sent another time."""
    while target.execute(
        f"DELETE FROM attention WHERE superseded = 1 AND {IN_THE_INBOX}"  # noqa: S608 - a fixed text
    ).rowcount:
        pass


def _readable(source: sqlite3.Connection, table: str, columns: str) -> tuple[list[tuple[object, ...]], int]:
    """The readable rows of a table, and the number of damaged stretches between them."""
    rows: dict[int, tuple[object, ...]] = {}
    gaps = 0
    for direction, beyond in (("ASC", ">"), ("DESC", "<")):
        last: int | None = None
        for _ in range(_MOST_GAPS):
            condition = "" if last is None else f"WHERE rowid {beyond} {last}"
            query = f"SELECT rowid, {columns} FROM {table} {condition} ORDER BY rowid {direction}"  # noqa: S608
            try:
                for row in source.execute(query):
                    rows[int(row[0])] = tuple(row[1:])
                    last = int(row[0])
                break
            except sqlite3.DatabaseError:
                gaps = max(gaps, 1)
                if last is None:
                    break
                last += 1 if direction == "ASC" else -1
    return [rows[key] for key in sorted(rows)], gaps

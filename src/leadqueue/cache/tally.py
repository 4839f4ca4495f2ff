"""How many leads each owner has in each section of the queue, counted as its rows are written.

To count a long queue anew at each look takes longer than all else that a key asks for. SQLite's triggers keep
the numbers in the transaction that writes the rows, so that they can never be others than the rows make.
An `INSERT OR REPLACE` would not tell of the row that it replaces: the rows are written with an upsert.
"""

from __future__ import annotations

import sqlite3

_MORE = (
    "INSERT INTO queue_tally (owner_id, section_rank, leads) VALUES (NEW.owner_id, NEW.section_rank, 1) "
    "ON CONFLICT (owner_id, section_rank) DO UPDATE SET leads = leads + 1;"
)
_FEWER = (
    "UPDATE queue_tally SET leads = leads - 1 "
    "WHERE owner_id = OLD.owner_id AND section_rank = OLD.section_rank;"
)
TRIGGERS = {
    "queue_row_came": f"AFTER INSERT ON queue_row BEGIN {_MORE} END",
    "queue_row_went": f"AFTER DELETE ON queue_row BEGIN {_FEWER} END",
    "queue_row_moved": (
        "AFTER UPDATE OF owner_id, section_rank ON queue_row "
        "WHEN OLD.owner_id <> NEW.owner_id OR OLD.section_rank <> NEW.section_rank "
        f"BEGIN {_FEWER} {_MORE} END"
    ),
}


def put_up(connection: sqlite3.Connection) -> None:
    """Count the rows and keep the count from here on. Inside a transaction, after every migration: one that
    makes the table of the rows anew has dropped what counts them."""
    for name, does in TRIGGERS.items():
        connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        connection.execute(f"CREATE TRIGGER {name} {does}")
    connection.execute("DELETE FROM queue_tally")
    connection.execute(
        "INSERT INTO queue_tally (owner_id, section_rank, leads) "
        "SELECT owner_id, section_rank, COUNT(*) FROM queue_row GROUP BY owner_id, section_rank"
    )


def read(connection: sqlite3.Connection, owner: str | None, below: int) -> dict[int, int]:
    """The leads by the rank of their section, of those `below` a rank; of one owner where one is named."""
    whose, values = ("", []) if owner is None else (" AND owner_id = ?", [owner])
    rows = connection.execute(
        f"SELECT section_rank, SUM(leads) FROM queue_tally WHERE section_rank < ?{whose} "  # noqa: S608 - fixed texts
        "GROUP BY section_rank",
        [below, *values],
    )
    return {int(rank): int(leads) for rank, leads in rows}

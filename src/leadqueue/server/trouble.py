"""What may go wrong with the server's database, and whether it is worth another try."""

from __future__ import annotations

import sqlalchemy as sa

_RACES = frozenset({"40001", "40P01", "23505"})
"""SQLSTATEs of a transaction that another one outran: serialisation, deadlock, the same new key."""

_PASSING_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
"""Connection, rollback, resources, lock or object state, operator's action or time limit, system."""

_PASSING = frozenset({"25006", "25P03"})
"""A server that only reads for the moment (it was just replaced), and the limit on idle transactions."""


class DatabaseError(Exception):
    """The database cannot serve; the message says why and what to do."""


class Outrun(Exception):
    """The definitions were replaced while a change was checked against them; it is to be checked anew."""


def lost_race(error: Exception) -> bool:
    """Whether the same transaction, run again at once, may well go through."""
    return isinstance(error, Outrun) or _state(error) in _RACES


def passing(error: Exception) -> bool:
    """Whether the trouble is the database's for a while, so that asking again later helps.

    Such are locks, time limits, a full pool or disk, and a server that is away or restarts.
    """
    if isinstance(error, Outrun | sa.exc.TimeoutError):
        return True
    if not isinstance(error, sa.exc.DBAPIError):
        return False
    state = _state(error)
    if not state:
        return isinstance(error, sa.exc.OperationalError) or error.connection_invalidated
    return state[:2] in _PASSING_CLASSES or state in _PASSING


def _state(error: Exception) -> str:
    """PostgreSQL's five-letter code, empty for an error that it has not sent."""
    return str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")

"""What can be wrong with the local files, each with what to do about it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(Exception):
    """A local file cannot serve. `path` is the file, `fix` what the user can do."""

    def __init__(self, path: Path, message: str, fix: str) -> None:
        super().__init__(f"{message}: {path}. {fix}")
        self.path = path
        self.message = message
        self.fix = fix


class StorageFull(StoreError):
    """The disk, or the user's share of it, is full. Nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "The disk is full, nothing was saved",
            "Free some space and do it again; earlier decisions are safe.",
        )


class StorageBusy(StoreError):
    """Another process held the file for longer than a write can take."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            "Another process keeps the file locked, nothing was saved",
            "Wait a moment and do it again; close other leadqueue windows if it stays so.",
        )


class StorageUnusable(StoreError):
    """The file cannot be opened or written: permissions, a read-only disk, a failing disk."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            path,
            f"The file cannot be used ({reason})",
            "Check that the folder is yours, writable, and on a healthy disk.",
        )


class NewerFile(StoreError):
    """A later version of the program wrote the file; this one leaves it alone."""

    def __init__(self, path: Path, found: str, known: str) -> None:
        super().__init__(
            path,
            f"A newer leadqueue wrote this file (format {found}, this program knows up to {known})",
            "Update leadqueue; the file and the decisions in it were not touched.",
        )
        self.found = found
        self.known = known


class ForeignFile(StoreError):
    """The file is a database of another program."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, "This file belongs to another program", "Move it away, or set LEADQUEUE_HOME elsewhere."
        )


class DamagedFile(StoreError):
    """The file's content is broken. Opening it again sets it aside and saves what can be saved."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            path,
            f"The file is damaged ({reason})",
            "Start leadqueue again: it sets the file aside and saves what can be saved.",
        )


class UnknownLead(Exception):
    """No lead in one's scope goes by this name."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"no lead within your reach is called '{text[:80]}'; "
            "give an id as it is listed or its beginning, the whole of it, or an e-mail address"
        )
        self.text = text


NOTHING_READ = "The leads have not been read from the server yet: leadqueue sync"


class NothingRead(UnknownLead):
    """No lead goes by this name, since none has been read from the server yet."""

    def __init__(self, text: str) -> None:
        Exception.__init__(self, NOTHING_READ)
        self.text = text


class NotInTheInbox(UnknownLead):
    """The item has left the inbox: it was sent again, or dropped, by another program of this account."""

    def __init__(self, item_id: str) -> None:
        Exception.__init__(self, "This is no longer in the inbox: it was sent again or dropped elsewhere.")
        self.text = item_id


class ShortName(UnknownLead):
    """Too little of an id to name a lead; `said` tells how much is enough."""

    def __init__(self, text: str, said: str) -> None:
        Exception.__init__(self, f"{said}, or an e-mail address")
        self.text = text


class AmbiguousLead(Exception):
    """Several leads go by this name: `found` tells them, and `more` whether there are others."""

    def __init__(self, text: str, found: tuple[str, ...], *, more: bool) -> None:
        others = ", …" if more else ""
        super().__init__(
            f"several leads are called '{text[:80]}': {', '.join(found)}{others}; give more of the id"
        )
        self.text = text
        self.found = found


_PRIMARY_CODE = 0xFF
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNUSABLE = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_AUTH,
    }
)


def suspect_mark(path: Path) -> Path:
    """The file whose presence asks the next opening of `path` to check it in full."""
    return path.with_name(f"{path.name}.suspect")


def typed(path: Path, error: sqlite3.Error) -> StoreError | None:
    """The typed form of a SQLite error about the file; None where the error is a fault of the program."""
    code = getattr(error, "sqlite_errorcode", None)
    if not isinstance(code, int):
        return None
    primary = code & _PRIMARY_CODE
    if primary == sqlite3.SQLITE_FULL:
        return StorageFull(path)
    if primary in _BUSY:
        return StorageBusy(path)
    if primary in _DAMAGED:
        return DamagedFile(path, str(error))
    if primary in _UNUSABLE:
        return StorageUnusable(path, str(error))
    return None


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about `path` into the types of this module."""
    try:
        yield
    except sqlite3.Error as error:
        known = typed(path, error)
        if known is None:
            raise
        if isinstance(known, DamagedFile):
            _mark_suspect(path)
        raise known from error


def _mark_suspect(path: Path) -> None:
    try:
        suspect_mark(path).touch(mode=0o600)
    except OSError:  # a disk that cannot take the mark will fail the next opening by itself
        return

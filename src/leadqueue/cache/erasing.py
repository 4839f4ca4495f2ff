"""Erasing what an account left on this machine. What was never sent is asked for separately."""

from __future__ import annotations

import shutil
from pathlib import Path

from leadqueue.cache.errors import StoreError
from leadqueue.cache.home import AccountFolder
from leadqueue.domain.moments import NowFn


def has_copy(folder: AccountFolder) -> bool:
    """Whether a copy of the leads is there, be it an older or a damaged one."""
    return bool(_found(folder, folder.cache_file.name))


def waiting_in(folder: AccountFolder, now: NowFn) -> int | None:
    """Decisions and acknowledgements that are unsent, or in the inbox; None where they cannot be read."""
    if not _found(folder, folder.outbox_file.name):
        return 0
    from leadqueue.cache.opening import open_file  # noqa: PLC0415 - not needed where nothing is there
    from leadqueue.cache.outbox import Outbox  # noqa: PLC0415

    try:
        connection, notice = open_file(folder.outbox_file, "outbox", now)
        outbox = Outbox(folder.outbox_file, connection, notice=notice)
        try:
            return len(outbox.unsent()) + len(outbox.acknowledged()) + len(outbox.attention())
        finally:
            outbox.close()
    except StoreError:
        return None


def erase_copy(folder: AccountFolder) -> None:
    """Delete the copy of the leads, with the older and the damaged ones beside it. The outbox stays."""
    _erase(folder, folder.cache_file.name)


def erase_unsent(folder: AccountFolder) -> None:
    """Delete the outbox and the inbox: decisions that were not sent are gone for good."""
    _erase(folder, folder.outbox_file.name)
    folder.account_file.unlink(missing_ok=True)


def _erase(folder: AccountFolder, name: str) -> None:
    """Delete every file that begins with the name, the file itself last: its journal alone means nothing."""
    for path in sorted(_found(folder, name), key=lambda path: path.name == name):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _found(folder: AccountFolder, name: str) -> list[Path]:
    return [path for path in folder.path.iterdir() if path.name.startswith((name, f".{name}"))]

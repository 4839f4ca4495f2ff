"""Erasing what an account left on this machine. What was never sent is asked for separately."""

from __future__ import annotations

import shutil

from leadqueue.cache.home import Account, Home


def erase_copy(home: Home, account: Account) -> None:
    """Delete the copy of the leads, with the older and the damaged ones beside it. The outbox stays."""
    _erase(home, account, "cache.db")


def erase_unsent(home: Home, account: Account) -> None:
    """Delete the outbox and the inbox: decisions that were not sent are gone for good."""
    _erase(home, account, "outbox.db")


def _erase(home: Home, account: Account, name: str) -> None:
    """Delete every file that begins with the name, the file itself last: its journal alone means nothing."""
    folder = home.account_dir(account)
    found = [path for path in folder.iterdir() if path.name.startswith((name, f".{name}"))]
    for path in sorted(found, key=lambda path: path.name == name):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

"""What a rep is asked, and told, when the login of this machine was ended: a laptop may be in wrong hands."""

from __future__ import annotations

from leadqueue.domain.shown import plural
from leadqueue.tui.ports import Eraser

KEPT = "Nothing was erased. To do it later: leadqueue logout --erase"


def ask_copy(waiting: int) -> str:
    """The first question. `waiting` counts the decisions that are unsent or in the inbox."""
    kept = f"\n\n{_decisions(waiting)}; this does not erase {_them(waiting)}." if waiting else ""
    return (
        "The server's administrator has ended the login of this machine.\n\n"
        f"Erase the copy of the leads on it, and log out?{kept}"
    )


def ask_unsent(waiting: int) -> str:
    """The second question, of its own."""
    return (
        f"{_decisions(waiting)}. Erased, {'it is' if waiting == 1 else 'they are'} gone for good; kept, "
        f"{'it is' if waiting == 1 else 'they are'} here again after the next login.\n\n"
        f"Erase {_them(waiting)} too?"
    )


def erased(erase: Eraser | None, *, unsent: bool, kept: int) -> str:
    """Erase, and say what was done and what is left."""
    if erase is None:
        return ""
    try:
        others = erase(unsent)
    except OSError as error:
        return f"Not everything could be erased ({error.strerror}). See what is left: leadqueue where"
    left = f" {_decisions(kept)}; kept until the next login." if kept and not unsent else ""
    told = f"Logged out. The copy of the leads on this machine is erased.{left}"
    return f"{told} {others}".rstrip()


def _decisions(waiting: int) -> str:
    verb = "was" if waiting == 1 else "were"
    wait = "waits" if waiting == 1 else "wait"
    return f"{plural(waiting, 'decision')} of yours {verb} never sent, or {wait} in the inbox"


def _them(waiting: int) -> str:
    return "it" if waiting == 1 else "them"

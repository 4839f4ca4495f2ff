"""Which picture stands in the queue's place: opening, fault, never synced, nothing found, nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.actions import keys_told
from leadqueue.tui.ports import Keymap
from leadqueue.tui.words import Level, data_age, progress_words


@dataclass(frozen=True, slots=True)
class Scene:
    """What is shown instead of rows."""

    title: str
    text: str
    hint: str = ""
    level: Level = Level.PLAIN


OPENING = Scene("Opening your queue", "One moment, the leads on this computer are being read.")

_AGAIN = ("sync", "try again")
_QUIT = ("quit", "quit")
_TROUBLED = frozenset({Phase.OFFLINE, Phase.UNAUTHORISED, Phase.REVOKED, Phase.HELD, Phase.STOPPED})


def fault(message: str, fix: str, keymap: Keymap) -> Scene:
    """The local files cannot be used."""
    return Scene(
        "Your queue cannot be opened",
        f"{message}\n\n{fix}".strip(),
        keys_told(keymap, _AGAIN, _QUIT),
        Level.ERROR,
    )


def unread(message: str, fix: str) -> Scene:
    """The local files are open and cannot be read now."""
    hint = "It is tried again every second."
    return Scene("Your queue cannot be read", f"{message}\n\n{fix}".strip(), hint, Level.ERROR)


def never_synced(sync: SyncState | None, keymap: Keymap) -> Scene:
    """Nothing was ever read from the server."""
    if sync is None or sync.phase in _TROUBLED:
        why = sync.message if sync and sync.message else "The server has not been reached yet."
        return Scene(
            "No leads on this computer yet",
            f"{why}\nThe first reading needs the server; after that everything works offline.",
            keys_told(keymap, _AGAIN, _QUIT),
            Level.WARNING,
        )
    words = progress_words(sync) or "The server is being asked."
    return Scene(
        "Reading your leads for the first time", f"{words}\nIt is done once; later only changes come."
    )


def none_passes(wanted: str, section: str, keymap: Keymap) -> Scene:
    """The filter `wanted` leaves no lead, in the whole queue or in one section of it."""
    told = [("clear", "clears the filter")]
    if section:
        told.append(("section_0", "all sections"))
    where = f"in “{section}”" if section else "here"
    return Scene("No lead passes", f"No lead {where} passes the filter “{wanted}”.", keys_told(keymap, *told))


def _reading(last_pull: datetime | None, now: datetime) -> str:
    age = data_age(last_pull, now)
    return "The server was read just now." if age == "fresh" else f"The server was last read {age} ago."


def nothing_to_do(
    section: str,
    sync: SyncState | None,
    last_pull: datetime | None,
    now: datetime,
    keymap: Keymap,
    whose: str = "",
) -> Scene:
    """The queue is empty; offline it may only seem so. What is wrong, the status line says. `whose` names a
    rep whose queue somebody else sees."""
    whose_queue = f"{whose}'s" if whose else "Your"
    what = f"Nothing in “{section}”" if section else f"{whose_queue} queue is empty"
    if sync is not None and sync.phase in _TROUBLED:
        return Scene(
            what,
            f"{_reading(last_pull, now)} New leads may wait on the server.",
            keys_told(keymap, _AGAIN),
            Level.WARNING,
        )
    return Scene(
        what,
        "No lead waits here. New ones come by themselves.",
        keys_told(keymap, ("section_0", "all sections")) if section else "",
        Level.GOOD,
    )

"""Telling of a target or a limit that is near, outside of the screen: the bell, the terminal, the desktop.

Names come from web forms: they are one harmless line here, and never markup or a part of a command.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from leadqueue.domain.shown import minutes_text, plural
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.domain.warnings import Upcoming

MOST = 120
"""Signs of a notification: more of them no desktop shows."""
TITLE = "leadqueue"
_BY_777 = ("rxvt", "foot")
_WAIT_S = 5.0
_HOUR = 60


def words(near: Sequence[Upcoming], now: datetime) -> str:
    """What there is to tell, as one sentence."""
    first = near[0]
    minutes = max(0, int((first.due_at - now).total_seconds() // 60))
    when = f"in {_in_words(minutes)}" if minutes else "in less than a minute"
    who = one_line(first.who, 60) or "A lead"
    what = f"{who} is to be answered {when}" if first.is_target else f"{who} is due {when}"
    if len(near) == 1:
        return one_line(what, MOST)
    return one_line(f"{what}, and {plural(len(near) - 1, 'lead')} more", MOST)


def _in_words(minutes: int) -> str:
    return plural(minutes, "minute") if minutes < _HOUR else minutes_text(minutes)


def terminal_notice(text: str, env: Mapping[str, str] | None = None) -> str:
    """The sequence that asks the terminal for a notification: OSC 777 where it is known, else OSC 9."""
    known = os.environ if env is None else env
    said = one_line(text, MOST).replace(";", ",").replace("\\", "/")
    if known.get("VTE_VERSION") or known.get("TERM", "").startswith(_BY_777):
        sequence = f"\x1b]777;notify;{TITLE};{said}\x1b\\"
    else:
        sequence = f"\x1b]9;{TITLE}: {said}\x1b\\"
    if known.get("TMUX"):
        return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\"
    return sequence


def desktop_command(text: str) -> list[str]:
    """The call of notify-send. Desktops read markup, so there is none; no shell sees it. notify-send itself
    reads backslashes as those of a C string, after which `\\074` would be a `<` again."""
    body = escape(one_line(text, MOST), quote=False).replace("\\", "\\\\")
    return ["notify-send", f"--app-name={TITLE}", "--", TITLE, body]


def tell_desktop(text: str) -> str:
    """Show a notification on the desktop; what kept it from that, '' for nothing. It may take a while."""
    try:
        done = subprocess.run(
            desktop_command(text),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_WAIT_S,
        )
    except FileNotFoundError:
        return "notify-send is not installed: choose another kind of notification in the settings."
    except (OSError, subprocess.TimeoutExpired):
        return "notify-send does not answer."
    return "" if done.returncode == 0 else "notify-send has found no desktop to tell."

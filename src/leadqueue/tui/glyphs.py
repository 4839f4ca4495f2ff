"""The signs of the screen, and their plain stand-ins for terminals that know only ASCII."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Glyphs(NamedTuple):
    """Each sign is one cell wide, and so is each of `spark`."""

    cursor: str = "▌"
    resting: str = "▏"
    """The cursor of a list that does not have the focus."""
    selected: str = "✓"
    calm: str = "○"
    soon: str = "◐"
    breached: str = "●"
    target: str = "◎"
    none: str = "·"
    unsent: str = "↑"
    attention: str = "!"
    returned: str = "↺"
    about: str = "≈"
    cut: str = "…"
    bar: str = "│"
    dot: str = "·"
    down: str = "▼"
    up: str = "▲"
    good: str = "✓"
    bad: str = "✗"
    spark: str = "▁▂▃▄▅▆▇█"
    """Eight heights of a sparkline, the lowest first."""


UNICODE = Glyphs()
ASCII = Glyphs(
    cursor=">",
    resting=":",
    selected="*",
    calm=".",
    soon="!",
    breached="X",
    target="o",
    none="-",
    unsent="^",
    attention="!",
    returned="R",
    about="~",
    cut="~",
    bar="|",
    dot="-",
    down="v",
    up="^",
    good="+",
    bad="x",
    spark="_.:;+=x#",
)

_PLAIN_TERMINALS = frozenset({"linux", "vt100", "vt220", "dumb"})


def glyphs_for(env: Mapping[str, str], encoding: str | None) -> Glyphs:
    """ASCII where the terminal, its locale or the stream cannot be trusted with more.

    Python switches itself to UTF-8 in the C locale, so the stream's encoding alone does not tell.
    """
    if env.get("TERM", "") in _PLAIN_TERMINALS:
        return ASCII
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    if locale.upper().replace("-", "").split(".")[0] in ("C", "POSIX") and "UTF" not in locale.upper():
        return ASCII
    if encoding is not None and not encoding.lower().replace("-", "").startswith("utf"):
        return ASCII
    return UNICODE

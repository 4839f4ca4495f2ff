"""What a terminal without UTF-8 cannot show, shown with what it can.

One filter over every line that is drawn, so that no widget needs to know: our own signs get stand-ins, and
any other character that the terminal's encoding lacks becomes question marks, as many as it has cells.
"""

from __future__ import annotations

import codecs
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from leadqueue.domain.text import PLAIN_SIGNS

_STAND_INS = str.maketrans(PLAIN_SIGNS)


@lru_cache(maxsize=4096)
def plain(text: str, encoding: str | None) -> str:
    """`text` without our own signs and, where `encoding` is given, without what that cannot hold.

    As many cells as before.
    """
    if text.isascii():
        return text
    signed = text.translate(_STAND_INS)
    if encoding is None or signed.isascii():
        return signed
    return "".join(char if _holds(char, encoding) else "?" * cell_len(char) for char in signed)


@lru_cache(maxsize=4096)
def _holds(char: str, encoding: str) -> bool:
    try:
        codecs.encode(char, encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class PlainSigns(LineFilter):
    """Draws with plain signs. `encoding` is the terminal's where it is less than UTF-8, else None."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__()
        self._encoding = encoding

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        return [Segment(plain(text, self._encoding), style, control) for text, style, control in segments]


class Still(LineFilter):
    """Draws without blinking, for those who wish nothing to move."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's signature
        return [
            Segment(text, style + _STEADY if style is not None and style.blink else style, control)
            for text, style, control in segments
        ]


_STEADY = Style(blink=False)

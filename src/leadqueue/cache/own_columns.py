"""The rep's own columns of the queue. Only the standard library, for the first frame."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

WIDEST = 80
MOST_COLUMNS = 30
COLUMN = r"^[a-z_]{1,20}(:[0-9]{1,2})?$"
"""A column as it is written: its key, and perhaps its width."""


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column by its key; `width` 0 is the column's own."""

    key: str
    width: int = 0

    def __str__(self) -> str:
        return f"{self.key}:{self.width}" if self.width else self.key


def read_column(text: str) -> ColumnChoice:
    """A column from what is written as `COLUMN` says."""
    key, _, width = text.partition(":")
    return ColumnChoice(key, min(int(width or 0), WIDEST))


def own_columns(views_file: Path) -> tuple[ColumnChoice, ...]:
    """The columns of all that has none of its own; none where the file has none, or wrong ones.

    What else the file says, and what is wrong with it, `saved_views` reads a moment later.
    """
    try:
        text = views_file.read_text("utf-8-sig")
    except (OSError, ValueError):
        return ()
    from leadqueue.definitions.toml_text import read_toml  # noqa: PLC0415 - most have no such file

    try:
        written = read_toml(text).get("columns", [])
    except ValueError:
        return ()
    if not isinstance(written, list) or len(written) > MOST_COLUMNS:
        return ()
    texts = [each for each in written if isinstance(each, str) and re.match(COLUMN, each)]
    return tuple(map(read_column, texts)) if len(texts) == len(written) else ()

"""The bar before the row under the cursor: its shape says, without any colour, which list has the keys."""

from __future__ import annotations

from textual.widget import Widget

from leadqueue.tui.glyphs import ASCII, UNICODE


def bar_of(listed: Widget) -> str:
    """The sign before the row under the cursor of a list, one cell: thick where the list has the keys."""
    glyphs = ASCII if listed.app.has_class("-ascii") else UNICODE
    return glyphs.cursor if listed.has_focus else glyphs.resting

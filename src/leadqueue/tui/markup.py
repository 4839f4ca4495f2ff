"""For the few places of Textual that read a string as markup and take nothing else."""

from __future__ import annotations


def unread(text: str) -> str:
    """Markup that shows `text` as it is. Textual's own `escape` lets `[$primary]` and `[BOLD]` through."""
    return text.replace("[", "\\[")

"""For the few places of Textual that read a string as markup and take nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

if TYPE_CHECKING:
    from textual.fuzzy import Matcher


def unread(text: str) -> str:
    """Markup that shows `text` as it is. Textual's own `escape` lets `[$primary]` and `[BOLD]` through."""
    return text.replace("[", "\\[")


def marked(matcher: Matcher, text: str) -> Content:
    """`text` as it is, with what the palette's matcher finds of it lit up. Textual's own `highlight` reads
    markup and fails where it is none."""
    score, places = matcher.fuzzy_search.match(matcher.query, text)
    lit = Content(text)
    for place in places if score else ():
        if not text[place].isspace():
            lit = lit.stylize(matcher.match_style, place, place + 1)
    return lit

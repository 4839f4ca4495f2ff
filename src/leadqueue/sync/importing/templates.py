"""Templates: text with columns of a row in braces."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

FILTERS = ("domain", "lower", "url", "whole")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a template: literal text, or a column with a filter."""

    text: str
    column: str = ""
    filter: str = ""


@lru_cache(maxsize=512)
def pieces(template: str) -> tuple[Piece, ...]:
    """The template taken apart. Raises ValueError for a brace that has no partner or an unknown filter."""
    found: list[Piece] = []
    text = ""
    position = 0
    while position < len(template):
        char = template[position]
        if char in "{}" and template[position : position + 2] == char * 2:
            text += char
            position += 2
        elif char == "{":
            end = template.find("}", position)
            if end < 0:
                raise ValueError("a brace is not closed; write {{ for a brace itself")
            column, _, name = template[position + 1 : end].partition("|")
            if name and name.strip() not in FILTERS:
                raise ValueError(f"'{name.strip()[:40]}' is no filter; there are {', '.join(FILTERS)}")
            if text:
                found.append(Piece(text))
                text = ""
            found.append(Piece("", column.strip(), name.strip()))
            position = end + 1
        elif char == "}":
            raise ValueError("a closing brace has no partner; write }} for a brace itself")
        else:
            text += char
            position += 1
    if text:
        found.append(Piece(text))
    return tuple(found)


def columns(template: str) -> tuple[str, ...]:
    return tuple(piece.column for piece in pieces(template) if piece.column)


def fill(template: str, row: MappingOf[str, str]) -> str:
    """The template with the row's texts; '' where it has columns and all of them are empty."""
    parts = pieces(template)
    texts = [_filtered(row.get(piece.column, "").strip(), piece.filter) for piece in parts if piece.column]
    if texts and not any(texts):
        return ""
    given = iter(texts)
    return "".join(next(given) if piece.column else piece.text for piece in parts).strip()


def _filtered(text: str, name: str) -> str:
    if name == "lower":
        return text.casefold()
    if name == "domain":
        return _domain(text)
    if name == "url":
        return text if "//" in text or "." not in text else f"https://{text}"
    if name == "whole":
        return re.sub(r"[.,]0+$", "", text) if text.count(".") + text.count(",") == 1 else text
    return text


def _domain(text: str) -> str:
    if "@" in text:
        return text.rpartition("@")[2].casefold()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")

"""What may follow as one types a filter: field names, then the values of the field."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadqueue.domain.filters.language import FIELDS, Kind, Language
from leadqueue.domain.filters.reading import quoted
from leadqueue.domain.text import folded

MOST = 30
_BEFORE = "-!("
_TERM = re.compile(
    r"(?:\A|(?<=\s))[-!(]*(?P<name>[A-Za-z_]+)\s*(?P<sign>>=|<=|!=|!:|:|=|>|<)\s*(?P<values>\S*)\Z"
)
"""A field at the end of the text, with its sign and what is typed of its values."""
_SIGNS = {Kind.NUMBER: ">", Kind.SPAN: "<"}
_JOINING = {"or": "one of both sides holds", "and": "both hold, as side by side", "not": "does not hold"}
_TIMES = {"30m": "half an hour", "2h": "two hours", "1d": "a day", "3d": "three days", "1w": "a week"}


@dataclass(frozen=True, slots=True)
class Completion:
    """`text` in place of the characters from `start` on; `about` says what it means."""

    start: int
    text: str
    about: str


def completions(text: str, language: Language) -> list[Completion]:
    """What the last word of `text` may become, the likeliest first; empty where it stands as it is."""
    if text.count('"') % 2:
        return []
    found = _TERM.search(text)
    if found is None:
        word = text[_last_word(text) :].lstrip(_BEFORE)
        return _fields(len(text) - len(word), word) if word.isidentifier() else []
    begun = found["values"].rpartition(",")[2]
    return _values(len(text) - len(begun), found["name"].casefold(), found["sign"], begun, language)


def without_begun_field(text: str) -> str:
    """`text` as far as it counts while one types it: a last word that may become a field does not yet.

    >>> without_begun_field("acme sco")
    'acme'
    """
    if _TERM.search(text):
        return text  # the last word is the value of a field
    start = _last_word(text)
    word = text[start:].lstrip(_BEFORE).casefold()
    begun = bool(word) and any(name.startswith(word) for name in FIELDS)
    return text[:start].rstrip() if begun and not text.count('"') % 2 else text


def _last_word(text: str) -> int:
    """Where it begins, with what denies it or opens a group."""
    return max(text.rfind(" "), text.rfind("\t")) + 1


def _fields(start: int, begun: str) -> list[Completion]:
    wanted = folded(begun)
    fields = [
        Completion(start, f"{name}{_SIGNS.get(known.kind, ':')}", known.about)
        for name, known in FIELDS.items()
        if name.startswith(wanted)
    ]
    joining = [
        Completion(start, word, about)
        for word, about in _JOINING.items()
        if word.startswith(wanted) and word != wanted
    ]
    return fields + joining


def _values(start: int, name: str, sign: str, begun: str, language: Language) -> list[Completion]:
    if name in FIELDS and FIELDS[name].kind is Kind.SPAN and sign in ("<", "<=", ">", ">="):
        offered = {time: about for time, about in _TIMES.items() if not begun or time.startswith(begun)}
    else:
        offered = language.offered(name) if sign not in ("<", "<=", ">", ">=") else {}
    wanted = folded(begun)
    by_key = [key for key in offered if folded(key).startswith(wanted)]
    by_label = [key for key in offered if key not in by_key and _named(language, name, key, wanted)]
    found = [*by_key, *by_label][:MOST]
    if found == [begun]:
        return []
    return [Completion(start, key if _safe(key) else quoted(key), offered[key]) for key in found]


def _named(language: Language, name: str, key: str, wanted: str) -> bool:
    """Whether a word of the value's label begins so. What explains a state is no label: it says also what the
    state is not."""
    label = language.values.get(name, {}).get(key, "")
    return any(part.startswith(wanted) for part in folded(label).split())


def _safe(key: str) -> bool:
    return not any(char.isspace() or char in ',"' for char in key)

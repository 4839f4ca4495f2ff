"""Reads a filter from text. Whatever is typed, the answer is a filter or faults that say the fix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from leadqueue.domain.filters.language import DUE_STATES, FIELDS, ME, NONE, STATES, Kind, Language
from leadqueue.domain.filters.terms import (
    EVERYTHING,
    Either,
    Filter,
    Flag,
    Holds,
    Is,
    Missing,
    Not,
    Number,
    Op,
    Span,
    State,
    Term,
    Word,
)
from leadqueue.domain.text import one_line

LONGEST = 1000
MOST_TERMS = 40
_LONGEST_SPAN = timedelta(days=36_500)
_NAMED = re.compile(r"([A-Za-z_]+)(>=|<=|!=|!:|:|=|>|<)")
_NUMBER = re.compile(r"-?[0-9]{1,9}\Z", re.ASCII)
_SPAN = re.compile(r"(-?)((?:[0-9]{1,6}(?:w|d|h|m|s))+)\Z", re.ASCII)
_PIECE = re.compile(r"([0-9]+)([wdhms])", re.ASCII)
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_UNREADABLE = re.compile(r"[\x00\ud800-\udfff]")
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the characters `start` to `end`, and how to mend it."""

    start: int
    end: int
    message: str


class FilterError(Exception):
    """The text is no filter. `rest` is what of it can be read, for results while one types."""

    def __init__(self, text: str, faults: tuple[Fault, ...], rest: Filter = EVERYTHING) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.text = text
        self.faults = faults
        self.rest = rest


class _Wrong(Exception):
    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class _Value:
    """One of the values of a term, where it stands, and whether it came in quotes."""

    text: str
    start: int
    end: int
    quoted: bool


def quoted(text: str) -> str:
    """`text` as a value that is read as just that."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def read_filter(text: str, language: Language) -> Filter:
    """The filter that `text` says. Raises `FilterError` with every fault in it."""
    if len(text) > LONGEST:
        fault = Fault(LONGEST, len(text), f"a filter has at most {LONGEST} characters; shorten it")
        raise FilterError(text, (fault,))
    reader = _Reader(text, language)
    reader.run()
    if reader.faults:
        raise FilterError(text, tuple(reader.faults), Filter(text.strip(), tuple(reader.terms)))
    return Filter(text.strip(), tuple(reader.terms)) if reader.terms else EVERYTHING


class _Reader:
    """One pass over the text."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.at = 0
        self.terms: list[Term] = []
        self.faults: list[Fault] = []

    def run(self) -> None:
        while True:
            self._skip()
            if self.at >= len(self.text):
                return
            start = self.at
            found = self._term()
            if found is None:
                continue
            if len(self.terms) >= MOST_TERMS:
                message = f"a filter has at most {MOST_TERMS} terms; leave some out"
                self.faults.append(Fault(start, len(self.text), message))
                return
            self.terms.append(found)

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _term(self) -> Term | None:
        start = self.at
        negated = False
        follows = self.text[start + 1 : start + 2]
        if self.text[start] in "-!" and follows and not follows.isspace():
            negated = True
            self.at += 1
        named = _NAMED.match(self.text, self.at)
        term = self._word() if named is None else self._comparison(named)
        return Not(term) if negated and term is not None else term

    def _word(self) -> Term | None:
        start = self.at
        value = self._quoted() if self.text[start] == '"' else self._bare(stop="")
        if not value.text.strip():
            self.faults.append(Fault(start, self.at, "there is nothing between the quotes; write a word"))
            return None
        return Word(_folded(value.text))

    def _comparison(self, named: re.Match[str]) -> Term | None:
        name, sign = named[1].casefold(), named[2]
        start, after = named.start(1), named.end(1)
        self.at = named.end()
        values = self._values()
        if name not in FIELDS:
            self.faults.append(Fault(start, after, _no_field(named[1])))
            return None
        kind = FIELDS[name].kind
        unequal = sign in ("!=", "!:")
        comparing = sign in ("<", "<=", ">", ">=")
        if comparing and kind not in (Kind.NUMBER, Kind.SPAN):
            message = f"{name} is not compared by {sign}; write {FIELDS[name].example}"
            self.faults.append(Fault(start, named.end(), message))
            return None
        terms: list[Term] = []
        for value in values:
            try:
                terms.append(self._one(name, sign, value))
            except _Wrong as wrong:
                begin = value.start if value.end > value.start else start
                self.faults.append(Fault(begin, max(value.end, named.end()), wrong.message))
        if not terms:
            return None
        term = terms[0] if len(terms) == 1 else Either(tuple(dict.fromkeys(terms)))
        return Not(term) if unequal else term

    def _values(self) -> list[_Value]:
        values = [self._value()]
        while self.text[self.at : self.at + 1] == ",":
            self.at += 1
            values.append(self._value())
        return values

    def _value(self) -> _Value:
        return self._quoted() if self.text[self.at : self.at + 1] == '"' else self._bare(stop=",")

    def _bare(self, *, stop: str) -> _Value:
        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace() or char == stop:
                break
            self.at += 1
        return _Value(_readable(self.text[start : self.at]), start, self.at, quoted=False)

    def _quoted(self) -> _Value:
        """A value in quotes; a quote that is never closed reaches to the end, since one may still type."""
        start = self.at
        self.at += 1
        kept: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                break
            if char == "\\" and self.text[self.at : self.at + 1] in ('"', "\\"):
                char = self.text[self.at]
                self.at += 1
            kept.append(char)
        return _Value(_readable("".join(kept)), start, self.at, quoted=True)

    def _one(self, name: str, sign: str, value: _Value) -> Term:
        if not value.text.strip():
            raise _Wrong(f"{name} wants a value; write {FIELDS[name].example}")
        op: Op = "=" if sign in (":", "=", "!:", "!=") else cast("Op", sign)
        match FIELDS[name].kind:
            case Kind.NUMBER:
                return _number(name, op, value)
            case Kind.SPAN:
                return _span(name, op, value)
            case Kind.STATE:
                return Flag(cast("State", _listed(name, value, {each: each for each in STATES})))
            case Kind.CHOICE:
                return self._choice(name, value)
            case Kind.TEXT:
                return self._text(name, value, exactly=sign in ("=", "!="))

    def _choice(self, name: str, value: _Value) -> Term:
        known = self.language.values.get(name)
        if known is None:  # these definitions have no list for it
            return Is(name, "" if _is_none(value) else value.text)
        if _is_none(value) and NONE not in known:
            return Is(name, "")
        by_label = {_plain(label): key for key, label in known.items()}
        by_key = {_plain(key): key for key in known}
        return Is(name, _listed(name, value, {**by_label, **by_key}))

    def _text(self, name: str, value: _Value, *, exactly: bool) -> Term:
        if _is_none(value):
            return Holds(name, "", exactly=True)
        if name == "owner" and not value.quoted and value.text.casefold() == ME and self.language.me:
            return Is("owner", self.language.me)
        return Holds(name, _folded(value.text), exactly)


def _number(name: str, op: Op, value: _Value) -> Term:
    if _is_none(value) and op == "=":
        return Missing(name)
    if not _NUMBER.match(value.text):
        raise _Wrong(f"{name} wants a whole number, not {_said(value)}; write {FIELDS[name].example}")
    return Number(name, op, int(value.text))


def _span(name: str, op: Op, value: _Value) -> Term:
    if op == "=":
        if name == "due":
            return _due(value)
        raise _Wrong(f"{name} wants < or > and a time; write {FIELDS[name].example}")
    found = _SPAN.match(value.text.casefold())
    if not found:
        raise _Wrong(f"{name} wants a time such as 30m, 2h or 3d, not {_said(value)}")
    span = timedelta()
    for amount, unit in _PIECE.findall(found[2]):
        span += timedelta(**{_UNITS[unit]: int(amount)})
    if span > _LONGEST_SPAN:
        raise _Wrong(f"{name} takes a time of up to a hundred years")
    return Span(name, op, -span if found[1] else span)


def _due(value: _Value) -> Term:
    if _SPAN.match(value.text.casefold()):
        raise _Wrong(f"due wants < or > before a time; write due<{one_line(value.text, 20)}")
    state = _listed("due", value, {each: each for each in DUE_STATES})
    return Missing("due") if state == NONE else Flag(cast("State", state))


def _listed(name: str, value: _Value, known: dict[str, str]) -> str:
    """The key among `known` that the value names, in any case."""
    found = known.get(_plain(value.text))
    if found is not None:
        return found
    from leadqueue.domain.values import nearest  # noqa: PLC0415 - rapidfuzz only where something is wrong

    close = nearest(value.text, known)
    if close is not None:
        raise _Wrong(f"{name} has no value {_said(value)}; did you mean {known[close]}?")
    keys = list(dict.fromkeys(known.values()))
    more = ", …" if len(keys) > _SHOWN else ""
    raise _Wrong(f"{name} has no value {_said(value)}; it takes {', '.join(keys[:_SHOWN])}{more}")


def _no_field(name: str) -> str:
    from leadqueue.domain.values import nearest  # noqa: PLC0415 - as above

    close = nearest(name, FIELDS)
    hint = f"did you mean {close}? " if close else f"fields are {', '.join(FIELDS)}. "
    return f"there is no field '{one_line(name, 40)}'; {hint}To search for it, put it in quotes"


def _said(value: _Value) -> str:
    return f"'{one_line(value.text, 40)}'"


def _is_none(value: _Value) -> bool:
    return not value.quoted and value.text.casefold() == NONE


def _folded(text: str) -> str:
    return text.casefold()


def _plain(text: str) -> str:
    return text.casefold().replace(" ", "_").replace("-", "_")


def _readable(text: str) -> str:
    """Without what no database takes."""
    return _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)

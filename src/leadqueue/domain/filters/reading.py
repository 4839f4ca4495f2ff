"""Reads a filter from text. Whatever is typed, the answer is a filter or faults that say the fix."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from leadqueue.domain.filters.filter import EVERYTHING, Filter
from leadqueue.domain.filters.language import DUE_STATES, FIELDS, ME, NONE, STATES, Kind, Language
from leadqueue.domain.filters.terms import (
    Either,
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
    Together,
    Word,
)
from leadqueue.domain.text import folded, one_line

LONGEST = 1000
_MOST_FOUND_BY = 200
MOST_TERMS = 40
DEEPEST = 10
"""Parentheses within parentheses."""
_LONGEST_SPAN = timedelta(days=36_500)
_NAMED = re.compile(r"([A-Za-z_]+)(\s*)(>=|<=|!=|!:|:|=|>|<)")
"""A field's name and the sign behind it; blanks may stand between."""
_SIGNS = "<>=:"
"""No word begins so without quotes."""
_JOINING = re.compile(r"(or|and|not)(?=[\s()]|\Z)", re.IGNORECASE)
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


def finding(*texts: str) -> str:
    """A filter that finds what has these words: of the first text with something to type, the longest part
    that can be typed. '' where there is none."""
    for text in texts:
        parts = "".join(char if char.isprintable() else "\n" for char in text).split("\n")
        words = max(parts, key=len).strip()[:_MOST_FOUND_BY].strip()
        if words:
            return quoted(words)
    return ""


def read_filter(text: str, language: Language) -> Filter:
    """The filter that `text` says. Raises `FilterError` with every fault in it."""
    if len(text) > LONGEST:
        fault = Fault(LONGEST, len(text), f"a filter has at most {LONGEST} characters; shorten it")
        raise FilterError(text, (fault,))
    reader = _Reader(text, language)
    found = reader.run()
    if reader.faults:
        raise FilterError(text, tuple(reader.faults), Filter(text.strip(), found))
    return Filter(text.strip(), found) if found else EVERYTHING


class _Reader:
    """One pass over the text. Terms side by side bind closer than `or` does."""

    def __init__(self, text: str, language: Language) -> None:
        self.text = text
        self.language = language
        self.at = 0
        self.faults: list[Fault] = []
        self._count = 0
        self._depth = 0

    def run(self) -> tuple[Term, ...]:
        """The terms that all have to hold, as far as they can be read."""
        return self._alternatives()

    def _alternatives(self) -> tuple[Term, ...]:
        """What stands in parentheses, or in the whole text: terms, or one that joins them by `or`."""
        found: list[tuple[Term, ...]] = []
        joined: re.Match[str] | None = None
        while True:
            terms, wrote = self._side_by_side()
            joins = _JOINING.match(self.text, self.at)
            missing = (joins or joined) if not wrote else None
            if missing is not None:
                self._fault(missing.start(), missing.end(), _both_sides(missing[1]))
            if terms:
                found.append(terms)
            if joins is None:
                break
            joined = joins
            self.at = joins.end()
        if len(set(found)) < 2:
            return found[0] if found else ()
        return (Either(tuple(dict.fromkeys(_together(terms) for terms in found))),)

    def _side_by_side(self) -> tuple[tuple[Term, ...], bool]:
        """Terms up to the next `or`, a closing parenthesis, or the end; and whether anything was written."""
        terms: list[Term] = []
        wrote = False
        waiting: re.Match[str] | None = None
        while True:
            self._skip()
            joins = _JOINING.match(self.text, self.at)
            word = joins[1].casefold() if joins else ""
            if self.at >= len(self.text) or word == "or" or (self.text[self.at] == ")" and self._depth):
                break
            if joins is not None and word == "and":
                if waiting or not wrote:
                    self._fault(joins.start(), joins.end(), _both_sides(joins[1]))
                waiting = joins
                self.at = joins.end()
                continue
            wrote, waiting = True, None
            term = self._signed()
            if term is not None:
                terms.append(term)
        if waiting:
            self._fault(waiting.start(), waiting.end(), _both_sides(waiting[1]))
        return tuple(terms), wrote

    def _fault(self, start: int, end: int, message: str) -> None:
        """What only lacks something behind it reaches to the end of the text: one may still type it.
        An `or` that is alone lacks both its sides, and is one fault."""
        fault = Fault(start, end if self.text[end:].strip() else len(self.text), message)
        if fault not in self.faults:
            self.faults.append(fault)

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _signed(self) -> Term | None:
        """A term or a group, with what denies it before it."""
        negated = False
        while (joins := _JOINING.match(self.text, self.at)) and joins[1].casefold() == "not":
            negated = not negated
            self.at = joins.end()
            self._skip()
            following = _JOINING.match(self.text, self.at)
            ends = self.at >= len(self.text) or (self.text[self.at] == ")" and self._depth)
            if ends or (following and following[1].casefold() != "not"):
                self._fault(joins.start(), joins.end(), f"write what is not to hold behind {joins[1]}")
                return None
        follows = self.text[self.at + 1 : self.at + 2]
        if self.text[self.at] in "-!" and follows and not follows.isspace() and follows != ")":
            negated = not negated
            self.at += 1
        term = self._group() if self.text[self.at] == "(" else self._term()
        return Not(term) if negated and term is not None else term

    def _group(self) -> Term | None:
        """What stands in parentheses; one that is never closed reaches to the end, as quotes do."""
        start = self.at
        if self._depth == DEEPEST:
            self.faults.append(Fault(start, len(self.text), f"parentheses stand {DEEPEST} deep at most"))
            self.at = len(self.text)
            return None
        self.at += 1
        self._depth += 1
        before = len(self.faults)
        terms = self._alternatives()
        self._depth -= 1
        self.at += self.text[self.at : self.at + 1] == ")"
        if not terms and len(self.faults) == before:
            self._fault(start, self.at, "there is nothing between the parentheses; write a term")
        return _together(terms) if terms else None

    def _term(self) -> Term | None:
        start = self.at
        if self.text[start] == ")":
            self.at += 1
            self.faults.append(
                Fault(start, self.at, "there is no ( before this ); to filter by it, use quotes")
            )
            return None
        named = _NAMED.match(self.text, start)
        if named is None and self.text[start] in _SIGNS:
            self._sign_alone()
            return None
        term = self._word() if named is None else self._comparison(named)
        self._count += term is not None
        if self._count <= MOST_TERMS:
            return term
        message = f"a filter has at most {MOST_TERMS} terms; leave some out"
        self.faults.append(Fault(start, len(self.text), message))
        self.at = len(self.text)
        return None

    def _word(self) -> Term | None:
        start = self.at
        value = self._quoted() if self.text[start] == '"' else self._bare(stop="")
        word = folded(value.text)
        if not word.strip():
            nothing = "there is nothing between the quotes" if value.quoted else "an accent alone is no word"
            self.faults.append(Fault(start, self.at, f"{nothing}; write a word"))
            return None
        return Word(word)

    def _sign_alone(self) -> None:
        """A sign with no name before it: as a word it would only find nothing."""
        value = self._bare(stop="")
        sign = self.text[value.start : value.start + 1]
        message = f"{sign} stands behind a field, as in score>70; to filter by it, put it in quotes"
        self._fault(value.start, value.end, message)

    def _skip_to_value(self) -> None:
        """Over the blanks behind a sign, unless another term begins there: then the value is missing."""
        behind = self.at
        self._skip()
        char = self.text[self.at : self.at + 1]
        named = _NAMED.match(self.text, self.at)
        another = (
            not char
            or char in f"{_SIGNS})"
            or (char in "-!" and not self.text[self.at + 1 : self.at + 2].isdecimal())
            or _JOINING.match(self.text, self.at) is not None
            or (named is not None and (named[1].casefold() in FIELDS or not named[2]))
        )
        if another and self.at > behind:
            self.at = behind

    def _comparison(self, named: re.Match[str]) -> Term | None:
        name, sign = named[1].casefold(), named[3]
        start, after = named.start(1), named.end(1)
        self.at = named.end()
        self._skip_to_value()
        if self.text[self.at : self.at + 1] == "(":
            self._list_in_parentheses(named)
            return None
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
                if value.end > value.start:
                    self.faults.append(Fault(value.start, value.end, wrong.message))
                else:
                    self._fault(start, max(value.end, named.end()), wrong.message)
        if not terms:
            return None
        term = terms[0] if len(terms) == 1 else Either(tuple(dict.fromkeys(terms)))
        return Not(term) if unequal else term

    def _list_in_parentheses(self, named: re.Match[str]) -> None:
        """Values are listed by commas: say it, and read on behind them."""
        start, closing = self.at, self.text.find(")", self.at)
        self.at = closing + 1 if closing >= 0 else len(self.text)
        message = f"several values stand side by side with commas: {named[1]}:a,b"
        self.faults.append(Fault(start, self.at, message))

    def _values(self) -> list[_Value]:
        values = [self._value()]
        while self.text[self.at : self.at + 1] == ",":
            self.at += 1
            values.append(self._value())
        return values

    def _value(self) -> _Value:
        return self._quoted() if self.text[self.at : self.at + 1] == '"' else self._bare(stop=",")

    def _bare(self, *, stop: str) -> _Value:
        start, opened = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace() or char == stop or (char == ")" and not opened):
                break
            opened += (char == "(") - (char == ")")
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
        if not folded(value.text).strip():
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
        return Holds(name, folded(value.text), exactly)


def _together(terms: tuple[Term, ...]) -> Term:
    return terms[0] if len(terms) == 1 else Together(terms)


def _both_sides(word: str) -> str:
    return f"{word} wants a term on either side; to filter by the word, put it in quotes"


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
    """The key among `known` that the value names, in any case and without accents too."""
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
    return f"there is no field '{one_line(name, 40)}'; {hint}To filter by it, put it in quotes"


def _said(value: _Value) -> str:
    return f"'{one_line(value.text, 40)}'"


def _is_none(value: _Value) -> bool:
    return not value.quoted and value.text.casefold() == NONE


def _plain(text: str) -> str:
    return folded(text).replace(" ", "_").replace("-", "_")


def _readable(text: str) -> str:
    """Without what no database takes."""
    return _UNREADABLE.sub("\N{REPLACEMENT CHARACTER}", text)

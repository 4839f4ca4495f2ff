"""CSV files as they come: encoding and dialect found out, streamed, and no row lost for another's fault."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import clevercsv
from charset_normalizer import from_bytes

from leadqueue.cache.text_files import why_unreadable

SAMPLE_BYTES = 256 * 1024
DIALECT_CHARS = 16 * 1024
LONGEST_FIELD = 1_000_000
LONGEST_LINE = 4_000_000
"""Characters; a longer line is given up, since a file that is one line would not fit into the memory."""

LONGEST_RAW = 100_000
_ASCII = 0x7F
_TOO_FEW_TO_TELL = 64
"""Letters outside ASCII below which statistics guess wildly, and the commonest case is the better guess."""

_WESTERN = "cp1252"
_UTF8 = "utf-8"
_BOM = "\ufeff"
_ESCAPED = re.compile("[\udc80-\udcff]")
"""Bytes that are not UTF-8, as the error handler `surrogateescape` shows them."""

_BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")
_LONG_VALUE = re.compile("([^,;\t|\"'\\\\\\r\\n]{200})[^,;\t|\"'\\\\\\r\\n]+")
"""A value so long that the search for a dialect, which tries patterns on it, would take minutes."""

_SEPARATOR_LINE = re.compile(r"sep=(.)\r?(?:\n|$)", re.IGNORECASE)
"""The line before the header by which Excel is told the delimiter."""
_LINE_ENDS = ("\n", "\r")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: `encoding`, dialect, its header, and how many lines stand before that."""

    encoding: str
    delimiter: str
    quotechar: str
    escapechar: str | None
    head: tuple[str, ...] = ()
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A readable row with the number of its line."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, and why."""

    line: int
    reason: str
    raw: str


def look(path: Path, encoding: str = "") -> Layout:
    """Find out how the file is written; `encoding` where the user knows it. Raises `UnreadableFile`."""
    try:
        with path.open("rb") as file:
            sample = file.read(SAMPLE_BYTES)
            if not sample.strip():
                raise UnreadableFile(f"{path} is empty")
            encoding = encoding or _encoding(sample, file)
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {why_unreadable(error)}") from error
    try:
        b"a".decode(encoding, "replace")
        text = codecs.getincrementaldecoder(encoding)("replace").decode(sample).removeprefix(_BOM)
    except UnicodeError as error:
        raise UnreadableFile(f"{path} is not {encoding}: {error}") from error
    except LookupError as error:
        raise UnreadableFile(f"'{encoding[:40]}' is no encoding of text") from error
    said = _SEPARATOR_LINE.match(text)
    delimiter, quote, escape = (said[1], '"', None) if said else _dialect(text[:DIALECT_CHARS])
    layout = Layout(encoding, delimiter, quote, escape, skip=1 if said else 0)
    first = next(_records(_Lines(io.StringIO(text, newline=""), layout.skip), layout), None)
    if isinstance(first, BadRow):
        raise UnreadableFile(f"{path} has a header that cannot be read: {first.reason}")
    head = tuple(name.strip() for name in first[2]) if first else ()
    if not any(head):
        raise UnreadableFile(f"{path} has no header in its first line")
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if twice:
        raise UnreadableFile(f"{path} has columns of the same name: {', '.join(twice)[:200]}")
    return replace(layout, head=head)


def _encoding(sample: bytes, rest: io.BufferedReader) -> str:
    """The encoding, after a look at the whole file where it could be UTF-8.

    A file that is UTF-8 but for a few bytes stays UTF-8, so that these cost their own rows only: taken for
    anything else, every name in it would be garbled without a word.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    wide = _wide(sample)
    if wide:
        return wide
    decoder = codecs.getincrementaldecoder(_UTF8)("surrogateescape")
    wrong: bytes = b""
    sound, broken = 0, 0
    part = sample
    while part:
        if not part.isascii():
            text = decoder.decode(part)
            bad = len(_ESCAPED.findall(text))
            sound += len(_BEYOND_ASCII.findall(text))
            broken += bad
            wrong = wrong or (part if bad else b"")
        part = rest.read(SAMPLE_BYTES)
    if sound >= broken:
        return _UTF8
    if sum(byte > _ASCII for byte in wrong) < _TOO_FEW_TO_TELL:
        return _WESTERN
    best = from_bytes(wrong).best()
    return best.encoding if best else _WESTERN


def _wide(sample: bytes) -> str:
    """UTF-16 without its mark: every other byte of the common letters is NUL."""
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        half, other = sample[start::2], sample[1 - start :: 2]
        if half.count(0) * 2 > len(half) and other.count(0) * 8 < len(other):
            return encoding
    return ""


def _dialect(text: str) -> tuple[str, str, str | None]:
    """Delimiter, quote and escape. A file of one column has no delimiter to be found."""
    try:
        short = _LONG_VALUE.sub(r"\1", text)
        found = clevercsv.Sniffer().sniff(short, delimiters=[",", ";", "\t", "|"], verbose=False)
    except clevercsv.Error:
        found = None
    if found is None or not found.delimiter:
        return ",", '"', None
    quote = "'" if found.quotechar == "'" else '"'
    # Only a quote has need of an escape. A sign before any other, an @ say, would be lost if taken for one.
    escapes = str(found.escapechar) == "\\" and f"\\{quote}" in text
    return str(found.delimiter), quote, "\\" if escapes else None


def rows(path: Path, layout: Layout) -> Iterator[Row | BadRow]:
    """Every row after the header, one at a time. Raises `UnreadableFile` where the disk fails.

    A quotation that never ends would swallow the rest of the file, and two stray quotation marks all lines
    between them: a record that breaks the rules of quoting, or goes over several lines and does not fit
    the header, gives up its first line only, and reading goes on with the next.
    """
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open("r", encoding=layout.encoding, errors="replace", newline="") as file:
            lines = _Lines(_bounded(file), layout.skip)
            next(_records(lines, layout), None)
            for record in _records(lines, layout):
                if isinstance(record, BadRow):
                    yield record
                    continue
                line, raw, values = record
                reason = _reason(raw, values, layout)
                if reason:
                    yield BadRow(line, reason, raw)
                else:
                    yield Row(line, dict(zip(layout.head, values, strict=False)))
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read to its end: {why_unreadable(error)}") from error


class _Cut(str):
    """The beginning of a line that is too long."""

    __slots__ = ()


def _bounded(file: TextIO) -> Iterator[str]:
    """The lines of the file; of one that is too long its beginning."""
    while line := file.readline(LONGEST_LINE):
        if len(line) < LONGEST_LINE or line.endswith(_LINE_ENDS):
            yield line
            continue
        while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(_LINE_ENDS):
            pass
        yield _Cut(line[:LONGEST_RAW])


class _Lines:
    """Physical lines with their numbers; lines can be put back."""

    def __init__(self, source: Iterator[str], skip: int = 0) -> None:
        self._source = source
        self._back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []
        for _ in range(skip):
            next(self, None)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._source)
        self.number += 1
        self.taken.append(line)
        return line

    def put_back_all_but_first(self) -> None:
        rest = self.taken[1:]
        self._back.extendleft(reversed(rest))
        self.number -= len(rest)
        del self.taken[1:]


def _records(lines: _Lines, layout: Layout) -> Iterator[tuple[int, str, list[str]] | BadRow]:
    while True:
        lines.taken.clear()
        first = lines.number + 1
        reader = csv.reader(
            lines,
            delimiter=layout.delimiter,
            quotechar=layout.quotechar,
            escapechar=layout.escapechar,
            strict=True,
        )
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raw = lines.taken[0]
            lines.put_back_all_but_first()
            yield BadRow(first, _broken(str(error), raw), raw[:LONGEST_RAW])
            continue
        if isinstance(lines.taken[0], _Cut):
            raw = lines.taken[0]
            lines.put_back_all_but_first()
            yield BadRow(first, f"the line is longer than {LONGEST_LINE:,} characters", raw)
            continue
        if not values or (layout.head and not any(value.strip() for value in values)):
            continue
        if layout.head and len(lines.taken) > 1 and len(values) != len(layout.head):
            raw = lines.taken[0]
            lines.put_back_all_but_first()
            yield BadRow(first, "a quotation mark is not closed", raw)
            continue
        yield first, "".join(lines.taken), values


def _broken(error: str, raw: str) -> str:
    if "expected after" in error:
        return "a quotation mark stands in the middle of a value, or is not closed"
    if "field limit" in error and len(raw) > LONGEST_FIELD:
        return f"a value is longer than {LONGEST_FIELD:,} characters"
    return "a quotation mark is not closed"


def _reason(raw: str, values: list[str], layout: Layout) -> str:
    if "\N{REPLACEMENT CHARACTER}" in raw:
        return f"holds bytes that are not {layout.encoding}"
    if "\0" in raw:
        return "holds a NUL character"
    if len(values) < len(layout.head):
        return f"has {len(values)} of {len(layout.head)} columns"
    if any(value.strip() for value in values[len(layout.head) :]):
        return f"has {len(values)} columns, the header has {len(layout.head)}"
    return ""

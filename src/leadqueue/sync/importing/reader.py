"""CSV files as they come: encoding and dialect found out, streamed, and no row lost for another's fault."""

from __future__ import annotations

import codecs
import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import clevercsv
from charset_normalizer import from_bytes

SAMPLE_BYTES = 256 * 1024
DIALECT_CHARS = 16 * 1024
LONGEST_FIELD = 1_000_000
_ASCII = 0x7F
_TOO_FEW_TO_TELL = 64
"""Letters outside ASCII below which statistics guess wildly, and the commonest case is the better guess."""

_WESTERN = "cp1252"
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
    """How a file is written: `encoding`, dialect, and its header."""

    encoding: str
    delimiter: str
    quotechar: str
    escapechar: str | None
    head: tuple[str, ...]


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
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}") from error
    if not sample.strip():
        raise UnreadableFile(f"{path} is empty")
    encoding = encoding or _encoding(sample)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
    delimiter, quote, escape = _dialect(text[:DIALECT_CHARS])
    first = next(csv.reader(text.splitlines(), delimiter=delimiter, quotechar=quote, escapechar=escape), [])
    head = tuple(name.strip() for name in first)
    if not any(head):
        raise UnreadableFile(f"{path} has no header in its first line")
    twice = sorted({name for name in head if name and head.count(name) > 1})
    if twice:
        raise UnreadableFile(f"{path} has columns of the same name: {', '.join(twice)[:200]}")
    return Layout(encoding, delimiter, quote, escape, head)


def _encoding(sample: bytes) -> str:
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(sample)
    except UnicodeDecodeError:
        if sum(byte > _ASCII for byte in sample) < _TOO_FEW_TO_TELL:
            return _WESTERN
        best = from_bytes(sample).best()
        return best.encoding if best else _WESTERN
    return "utf-8"


def _dialect(text: str) -> tuple[str, str, str | None]:
    """Delimiter, quote and escape. A file of one column has no delimiter to be found."""
    try:
        found = clevercsv.Sniffer().sniff(text, delimiters=[",", ";", "\t", "|"], verbose=False)
    except clevercsv.Error:
        found = None
    if found is None or not found.delimiter:
        return ",", '"', None
    return str(found.delimiter), str(found.quotechar) or '"', str(found.escapechar) or None


def rows(path: Path, layout: Layout) -> Iterator[Row | BadRow]:
    """Every row after the header, one at a time. Raises `UnreadableFile` where the disk fails.

    A quotation that never ends would swallow the rest of the file: a record over several lines that does
    not fit the header gives up its first line only, and reading goes on with the next.
    """
    csv.field_size_limit(LONGEST_FIELD)
    try:
        with path.open("r", encoding=layout.encoding, errors="replace", newline="") as file:
            lines = _Lines(file)
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
        raise UnreadableFile(f"{path} cannot be read to its end: {error.strerror}") from error


class _Lines:
    """Physical lines with their numbers; lines can be put back."""

    def __init__(self, source: Iterator[str]) -> None:
        self._source = source
        self._back: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []

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
            lines, delimiter=layout.delimiter, quotechar=layout.quotechar, escapechar=layout.escapechar
        )
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raw = lines.taken[0]
            lines.put_back_all_but_first()
            yield BadRow(
                first, "a quotation mark is not closed, or a value is longer than 1,000,000 characters", raw
            )
            continue
        if not values or not any(value.strip() for value in values):
            continue
        if len(lines.taken) > 1 and len(values) != len(layout.head):
            raw = lines.taken[0]
            lines.put_back_all_but_first()
            yield BadRow(first, "a quotation mark is not closed", raw)
            continue
        yield first, "".join(lines.taken), values


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

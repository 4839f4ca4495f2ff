"""Where in a TOML text each key stands, so that a finding can name its line.

No reader of TOML that we know gives positions. This one reads only texts that `tomllib` has accepted, so
it follows the structure and leaves meaning and errors to the library.
"""

from __future__ import annotations

import re
import tomllib

Path = tuple[str | int, ...]
"""Way to a value: keys of tables, and numbers from 0 in lists."""

_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN = re.compile(r"[^,\]}#\n]+")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self._counted = (0, 1)

    def line(self) -> int:
        start, number = self._counted
        number += self.text.count("\n", start, self.at)
        self._counted = (self.at, number)
        return number

    def skip(self) -> str:
        """Pass space and comments; the character behind them, '' at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError(f"no TOML at character {self.at}")
        self.at = found.end()
        return found[0]

    def key(self) -> tuple[str, ...]:
        parts: list[str] = []
        while True:
            if self.skip() in ('"', "'"):
                quoted = self.take(_STRING)
                parts.append(str(tomllib.loads(f"key = {quoted}")["key"]))
            else:
                parts.append(self.take(_BARE_KEY))
            if self.skip() != ".":
                return tuple(parts)
            self.at += 1

    def note(self, base: Path, keys: Path, line: int) -> Path:
        """Remember the line of every step of `keys` under `base`, unless it stood somewhere before."""
        path = base
        for key in keys:
            path = (*path, key)
            self.lines.setdefault(path, line)
        return path

    def header(self) -> Path:
        """The table that a `[header]` or `[[header]]` opens."""
        line = self.line()
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        *parents, last = self.key()
        self.skip()
        self.at += 2 if is_list else 1
        path: Path = ()
        for key in parents:
            path = self._last_entry(self.note(path, (key,), line))
        path = self.note(path, (last,), line)
        if not is_list:
            return path
        self.counts[path] = self.counts.get(path, -1) + 1
        return self.note(path, (self.counts[path],), line)

    def _last_entry(self, path: Path) -> Path:
        return (*path, self.counts[path]) if path in self.counts else path

    def pair(self, base: Path) -> None:
        line = self.line()
        path = self.note(base, self.key(), line)
        self.skip()
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        first = self.skip()
        if first in ('"', "'"):
            self.take(_STRING)
        elif first in ("[", "{"):
            self.members(path, "]" if first == "[" else "}")
        else:
            self.take(_PLAIN)

    def members(self, path: Path, end: str) -> None:
        """The members of a list, or of an inline table."""
        self.at += 1
        number = 0
        while (char := self.skip()) != end:
            if char == ",":
                self.at += 1
            elif end == "]":
                self.value(self.note(path, (number,), self.line()))
                number += 1
            else:
                self.pair(path)
        self.at += 1


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, on which each key and each member of a list first stands.

    `text` is TOML that `tomllib` accepts; for other text the answer is empty or in part.
    """
    reader = _Reader(text)
    table: Path = ()
    try:
        while char := reader.skip():
            if char == "[":
                table = reader.header()
            else:
                reader.pair(table)
    except (ValueError, RecursionError):
        return reader.lines
    return reader.lines


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of `path`, or of the nearest part around it that stands in the text."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None

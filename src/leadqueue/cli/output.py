"""Printing: data to stdout, everything else to stderr, untrusted text made harmless.

Any stream will do: what its encoding lacks is printed by stand-ins, and one that is closed or full ends the
command in a sentence (`leadqueue.cli.ending`).
"""

from __future__ import annotations

import codecs
import errno
import io
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from leadqueue.cli.exits import Exit
from leadqueue.domain.text import PLAIN_SIGNS, harmless

_STAND_INS = "leadqueue-stand-ins"
"""The name of our error handler among Python's codecs."""


def take_any_text() -> None:
    """Make stdout and stderr ready for any text, whatever their encoding, and for having been closed.

    Narration for a closed stderr goes nowhere; data for a closed stdout is `Unwritten`.
    """
    codecs.register_error(_STAND_INS, _stand_ins)
    out: TextIO | None = sys.stdout
    told: TextIO | None = sys.stderr
    if out is None:  # Python's way to say that it was closed before the start
        sys.stdout = out = io.TextIOWrapper(io.BufferedWriter(_Closed()), encoding="utf-8")
    if told is None:
        sys.stderr = told = _nowhere()
    for stream in (out, told):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_STAND_INS)


def _stand_ins(error: UnicodeError) -> tuple[str, int]:
    """A character for each that the encoding lacks, so that columns stay columns."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(PLAIN_SIGNS.get(char, "?") for char in lacking), error.end


class _Closed(io.RawIOBase):
    """What stands in for a stdout that was closed: nothing can be written to it."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise OSError(errno.EBADF, "it is closed")


def _nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8", errors=_STAND_INS)


def let_go(stream: TextIO) -> None:
    """Send what is still written to the stream nowhere, so that Python does not complain of it at its end."""
    try:
        number = stream.fileno()
    except OSError:  # no file stands behind it
        if stream is sys.stdout:
            sys.stdout = _nowhere()
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


class Unwritten(Exception):
    """Stdout takes no data; the message says why."""


def write_data(text: str) -> None:
    """Write text to stdout as it is. Raises `Unwritten`, or BrokenPipeError where nobody reads on."""
    with _told_if_lost():
        sys.stdout.write(text)


def flush_data() -> None:
    """Write out what waits in stdout. Raises as `write_data` does."""
    with _told_if_lost():
        sys.stdout.flush()


@contextmanager
def _told_if_lost() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go(sys.stdout)
        raise Unwritten(error.strerror or type(error).__name__) from error


def holds_all_text() -> bool:
    """Whether stdout can show every letter: it is in one of Unicode's encodings."""
    return (sys.stdout.encoding or "").casefold().startswith("utf")


def say(message: str) -> None:
    """Narrate on stderr. Where nobody can be told, that is no reason to end."""
    try:
        sys.stderr.write(harmless(message) + "\n")
    except OSError:
        let_go(sys.stderr)


def fail(code: Exit, message: str, fix: str = "") -> NoReturn:
    """Say on stderr what went wrong and how to mend it, and end with the exit code."""
    say(f"leadqueue: {message}")
    if fix:
        say(f"  {fix}")
    raise SystemExit(int(code))


def print_json(data: object) -> None:
    """Write one JSON document to stdout. Control characters travel escaped, as JSON has them."""
    write_data(json.dumps(data, ensure_ascii=True) + "\n")


def print_line(line: str) -> None:
    """Write one line of data to stdout."""
    write_data(harmless(line) + "\n")

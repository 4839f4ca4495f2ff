"""A program in a pseudo terminal, and when each part of its screen came.

What is read is only kept with its moment; it is turned into screens afterwards, so that nobody pays for the
measuring. The terminal tells that it knows synchronised output (mode 2026): a frame of a Textual program then
has an end that can be seen.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyte

COLUMNS, ROWS = 120, 40
FRAME_END = b"\x1b[?2026l"
_ASKED, _ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
_DEVICE_ASKED, _DEVICE = b"\x1b[c", b"\x1b[?62;22c"
QUIET_S = 0.05
ESCAPE, ESCAPE_S = "\x1b", 0.2
PATIENCE_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Chunk:
    at: float
    data: bytes


class Painted(NamedTuple):
    """Seconds from a key to the end of its first frame, until the `Part` that was asked for is as it stays,
    and to the end of all that it brought."""

    first: float
    part: float
    whole: float


class Part(NamedTuple):
    """A part of the screen."""

    lines: slice
    cells: slice

    def of(self, shown: pyte.Screen) -> list[str]:
        lines, cells = range(ROWS)[self.lines], range(COLUMNS)[self.cells]
        return ["".join(shown.buffer[line][cell].data for cell in cells) for line in lines]


class NeverCame(AssertionError):
    """The awaited screen did not come."""


@dataclass(slots=True)
class Screen:
    """A running program and all that it has written."""

    pid: int
    terminal: int
    started: float
    chunks: list[Chunk] = field(default_factory=list)
    _shown: pyte.Screen = field(default_factory=lambda: pyte.Screen(COLUMNS, ROWS))
    _stream: pyte.ByteStream = field(init=False)
    _drawn: int = 0

    def __post_init__(self) -> None:
        self._stream = pyte.ByteStream(self._shown)  # one for all: a chunk may end within a sequence

    @classmethod
    def of(cls, command: Sequence[str], env: Mapping[str, str] | None = None) -> Screen:
        terminal_env = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        wanted = {**os.environ, **terminal_env, **(env or {})}
        for name in ("COLUMNS", "LINES", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
            wanted.pop(name, None)
        started = time.perf_counter()
        pid, terminal = pty.fork()
        if pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe(command[0], list(command), wanted)  # noqa: S606 - our own commands
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        return cls(pid, terminal, started)

    def read(self, until: float) -> bytes:
        """What comes next, b'' where nothing comes until then."""
        ready, _, _ = select.select([self.terminal], [], [], max(until - time.perf_counter(), 0))
        if not ready:
            return b""
        try:
            data = os.read(self.terminal, 1 << 16)
        except OSError:
            data = b""
        if not data:
            raise NeverCame(f"the program ended; its screen was:\n{self.text()}")
        self.chunks.append(Chunk(time.perf_counter(), data))
        if _ASKED in data:
            os.write(self.terminal, _ANSWER)
        if _DEVICE_ASKED in data:
            os.write(self.terminal, _DEVICE)
        return data

    def settle(self, *texts: str, quiet: float = 0.4, patience: float = PATIENCE_S) -> None:
        """Read until every text has been written and then nothing comes for a while."""
        give_up = time.perf_counter() + patience
        met = b"".join(chunk.data for chunk in self.chunks)
        wanted = [text.encode() for text in texts]
        while any(text not in met for text in wanted):
            if time.perf_counter() > give_up:
                raise NeverCame(f"{texts!r} never came; the screen is:\n{self.text()}")
            met = met[-100_000:] + self.read(give_up)
        while self.read(time.perf_counter() + quiet):
            if time.perf_counter() > give_up:
                return

    def wait(self, seconds: float) -> None:
        """Press nothing for so long."""
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.read(until)

    def key(self, key: str, *, part: Part | None = None, quiet: float = QUIET_S) -> Painted:
        """Press a key, and read until nothing more comes for a while."""
        pressed = time.perf_counter()
        first = len(self.chunks)
        os.write(self.terminal, key.encode())
        while self.read(max(time.perf_counter(), pressed + (0 if len(self.chunks) > first else 1.0)) + quiet):
            pass
        brought = self.chunks[first:]
        if not brought:
            raise NeverCame(f"the key {key!r} changed nothing on the screen")
        framed = [chunk.at for chunk in brought if FRAME_END in chunk.data]
        if key == ESCAPE:  # the next key shall not be taken for the rest of a sequence
            self.settle(quiet=ESCAPE_S)
        whole = brought[-1].at - pressed
        stays = whole if part is None else self._stays(part, first, first + len(brought)) - pressed
        return Painted((framed[0] if framed else brought[-1].at) - pressed, stays, whole)

    def _stays(self, part: Part, first: int, end: int) -> float:
        """When the part came as it is after the chunk before `end`, of those from `first` on."""
        self._draw(first)
        came, before = self.chunks[first].at, part.of(self._shown)
        for number in range(first, end):
            self._draw(number + 1)
            now = part.of(self._shown)
            if now != before:
                came, before = self.chunks[number].at, now
        return came

    def _draw(self, end: int) -> None:
        """Bring the picture up to the chunk before `end`."""
        for chunk in self.chunks[self._drawn : end]:
            self._stream.feed(chunk.data.replace(_ASKED, b""))
        self._drawn = max(self._drawn, end)

    def since_start(self, holds: Callable[[pyte.Screen], bool]) -> float:
        """Seconds from the start to the first chunk after which the screen is as wanted."""
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        for chunk in self.chunks:
            stream.feed(chunk.data.replace(_ASKED, b""))
            if holds(screen):
                return chunk.at - self.started
        raise NeverCame(f"the wanted screen never came; the last one is:\n{self.text()}")

    def text(self) -> str:
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        stream.feed(b"".join(chunk.data for chunk in self.chunks).replace(_ASKED, b""))
        return "\n".join(line.rstrip() for line in screen.display)

    def processor_s(self) -> float:
        """Seconds of processor time that the program has taken so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mib(self, what: str = "VmRSS") -> float:
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(what)) / 1024

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

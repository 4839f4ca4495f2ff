"""A terminal for tests: the real program in a real pty, its screen as text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pexpect
import pyte
from rich.cells import cell_len

PATIENCE = 90.0
"""Seconds after which a screen that never comes fails the test; a screen that comes is never waited out."""

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "space": " ",
    "backspace": "\x7f",
    "ctrl+p": "\x10",
    "ctrl+r": "\x12",
    "ctrl+s": "\x13",
    "f1": "\x1bOP",
    "f9": "\x1b[20~",
}


class ScreenNeverCame(AssertionError):
    """The awaited screen did not come; the message holds the screen that stands instead."""


class Terminal:
    """A program in a pty of `columns` by `rows`. Waiting reads the pty; nothing sleeps.

    `written` is all that the program wrote.
    """

    def __init__(
        self,
        command: list[str],
        env: Mapping[str, str],
        *,
        columns: int = 120,
        rows: int = 40,
        cwd: Path | None = None,
        term: str = "xterm-256color",
    ) -> None:
        self.written = ""
        self._screen = pyte.Screen(columns, rows)
        self._screen.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self._screen)
        self._child = pexpect.spawn(
            command[0],
            command[1:],
            # COLUMNS and LINES would outvote the size of the pty.
            env={key: value for key, value in env.items() if key not in ("COLUMNS", "LINES")}
            | {"TERM": term, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
            dimensions=(rows, columns),
            encoding="utf-8",
            codec_errors="replace",
            timeout=PATIENCE,
            cwd=str(cwd) if cwd else None,
        )

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return int(self._child.pid)

    @property
    def text(self) -> str:
        """The screen as it stands, one line a row, trailing blanks cut."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def title(self) -> str:
        """The window's title, as the program set it."""
        return str(self._screen.title)

    @property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    def line_of(self, text: str) -> int:
        """The number of the first line with that text."""
        return next(number for number, line in enumerate(self.lines) if text in line)

    def cell_of(self, text: str, *, on: str = "") -> int:
        """The first cell of a text, in the first line that also has `on`."""
        line = next(each for each in self.lines if text in each and on in each)
        return cell_len(line[: line.index(text)])

    def colours_of(self, text: str, *, on: str = "") -> tuple[str, str]:
        """The colours, of the words and behind them, in which the first cell of a text stands."""
        line = next(number for number, each in enumerate(self.lines) if text in each and on in each)
        cell = self._screen.buffer[line][self.cell_of(text, on=on)]
        return (cell.bg, cell.fg) if cell.reverse else (cell.fg, cell.bg)

    def press(self, *keys: str) -> None:
        """Press keys one after the other: names of `KEYS`, or single characters."""
        for key in keys:
            self._child.send(KEYS.get(key, key))

    def type(self, text: str) -> None:
        self._child.send(text)

    def click(self, column: int, line: int) -> None:
        """Press and let go the left button over a cell, both counted from 0, as an SGR mouse tells it."""
        self._child.send(f"\x1b[<0;{column + 1};{line + 1}M\x1b[<0;{column + 1};{line + 1}m")

    def resize(self, columns: int, rows: int) -> None:
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def wait_until(self, holds: Callable[[str], bool], what: str) -> str:
        """Read what the program writes until the screen is as wanted; answers that screen."""
        give_up = time.monotonic() + PATIENCE
        while not holds(self.text):
            if time.monotonic() > give_up:
                raise ScreenNeverCame(f"{what} never came; the screen shows:\n{self.text}")
            try:
                data = self._child.read_nonblocking(65536, timeout=1.0)
                self.written += data
                self._stream.feed(data)
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF as end:
                if holds(self.text):
                    break
                raise ScreenNeverCame(f"{what} never came; the program ended with:\n{self.text}") from end
        return self.text

    def wait_for(self, *texts: str) -> str:
        """Wait until every text stands on the screen."""
        return self.wait_until(lambda screen: all(text in screen for text in texts), f"{texts!r}")

    def wait_gone(self, text: str) -> str:
        return self.wait_until(lambda screen: text not in screen, f"a screen without {text!r}")

    def wait_exit(self) -> int:
        """Read to the end and answer the exit status; what was said last stands on the screen."""
        self._child.expect(pexpect.EOF)
        self._stream.feed(self._child.before or "")
        self._child.close()
        status = self._child.exitstatus
        return int(status) if status is not None else -int(self._child.signalstatus or 0)

    def kill(self, signal: int = 9) -> None:
        if self._child.isalive():
            self._child.kill(signal)
            self._child.wait()
        self._child.close(force=True)

"""Printing: data to stdout, everything else to stderr, untrusted text made harmless."""

from __future__ import annotations

import json
import sys
from typing import NoReturn

from leadqueue.cli.exits import Exit
from leadqueue.domain.text import harmless


def say(message: str) -> None:
    """Narrate on stderr."""
    sys.stderr.write(harmless(message) + "\n")


def fail(code: Exit, message: str, fix: str = "") -> NoReturn:
    """Say on stderr what went wrong and how to mend it, and end with the exit code."""
    say(f"leadqueue: {message}")
    if fix:
        say(f"  {fix}")
    raise SystemExit(int(code))


def print_json(data: object) -> None:
    """Write one JSON document to stdout. Control characters travel escaped, as JSON has them."""
    sys.stdout.write(json.dumps(data, ensure_ascii=True) + "\n")


def print_line(line: str) -> None:
    """Write one line of data to stdout."""
    sys.stdout.write(harmless(line) + "\n")

"""TOML from a stranger's hand, read without surprises. Only the standard library: the start-up needs it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?:^|[\[{{,])[ \t]*{_PART}(?:[ \t]*\.[ \t]*{_PART}){{100}}", re.MULTILINE)
"""A dotted key of more parts than any of ours; readers take time by the square of their number."""


def refuse_long_keys(text: str) -> None:
    """Raise `tomllib.TOMLDecodeError` for a key that would keep the reader busy for minutes."""
    if _LONG_KEY.search(text):
        raise tomllib.TOMLDecodeError("a key has more than a hundred parts")


def read_toml(text: str) -> dict[str, Any]:
    """The data of a TOML text. Raises `tomllib.TOMLDecodeError` and nothing else, whatever the text is."""
    try:
        text.encode()
        refuse_long_keys(text)
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError as error:
        raise tomllib.TOMLDecodeError("it is nested too deep") from error
    except ValueError as error:
        raise tomllib.TOMLDecodeError(str(error)) from error

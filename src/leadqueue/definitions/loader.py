"""Reading definitions: from TOML text to the model, with its hash."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from leadqueue.definitions.model import Definitions


@dataclass(frozen=True, slots=True)
class Published:
    """A definitions file as the server publishes it: its text, its hash and its meaning."""

    text: str
    digest: str
    definitions: Definitions


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


def parse(text: str) -> Published:
    """Read definitions from TOML text.

    Raises `tomllib.TOMLDecodeError` for broken TOML and `pydantic.ValidationError` for a broken model;
    `leadqueue.definitions.check` turns both into findings that a person can act on.
    """
    definitions = Definitions.model_validate(read_toml(text))
    return Published(text, hashlib.sha256(text.encode()).hexdigest(), definitions)


def default_text() -> str:
    return resources.files(__package__).joinpath("default.toml").read_text("utf-8")


@cache
def shipped() -> Published:
    """The definitions that come with the program."""
    return parse(default_text())

"""Reading definitions: from TOML text to the model, with its hash."""

from __future__ import annotations

import hashlib
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


def read_toml(text: str) -> dict[str, Any]:
    """The data of a TOML text. Raises `tomllib.TOMLDecodeError` and nothing else, whatever the text is."""
    try:
        text.encode()
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

"""Reading definitions: from TOML text to the model, with its hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from leadqueue.definitions.model import Definitions
from leadqueue.definitions.toml_text import read_toml


@dataclass(frozen=True, slots=True)
class Published:
    """A definitions file as the server publishes it: its text, its hash and its meaning."""

    text: str
    digest: str
    definitions: Definitions


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

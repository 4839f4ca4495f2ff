"""The shipped definitions with one thing changed."""

from __future__ import annotations

from typing import Any

from leadqueue.definitions.check import check_text
from leadqueue.definitions.findings import Finding, Severity
from leadqueue.definitions.loader import default_text, parse, shipped
from leadqueue.definitions.model import Definitions

TEXT = default_text()
DEFINITIONS = shipped().definitions


def data() -> dict[str, Any]:
    """The shipped definitions as plain data, to be changed at will."""
    return DEFINITIONS.model_dump(mode="json", by_alias=True)


def changed(old: str, new: str) -> str:
    """The shipped text with the first `old` replaced, which must be there."""
    assert old in TEXT, old
    return TEXT.replace(old, new, 1)


def read(text: str) -> Definitions:
    return parse(text).definitions


def errors(text: str) -> list[Finding]:
    return [finding for finding in check_text(text) if finding.severity is Severity.ERROR]


def only(text: str) -> Finding:
    """The one finding of a text that has just one."""
    [finding] = check_text(text)
    return finding


def line(text: str, part: str) -> int:
    """The line, from 1, of the first line that holds `part`."""
    return next(number for number, each in enumerate(text.splitlines(), 1) if part in each)

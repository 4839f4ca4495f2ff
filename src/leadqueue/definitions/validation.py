"""What a validator finds, in words for the user of a file."""

from __future__ import annotations

_OWN_WORDS = ("Value error, ", "Assertion failed, ")
"""What pydantic puts before the words of a rule of ours."""


def rule_said(message: str) -> str:
    """The message of a pydantic error without the framework's own words before a rule's."""
    for words in _OWN_WORDS:
        message = message.removeprefix(words)
    return message

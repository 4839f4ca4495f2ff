"""What is handed to the program that makes the requests."""

from __future__ import annotations

from typing import TypedDict

KNOWN_IDS = "LEADQUEUE_FUZZ_KNOWN"
"""Names the variable with what exists, as JSON."""


class Known(TypedDict):
    """Ids of leads and sources, owners' e-mail addresses and kinds of signals that exist."""

    leads: list[str]
    sources: list[str]
    owners: list[str]
    kinds: list[str]

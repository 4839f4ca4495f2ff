"""Whether a list of the definitions holds a domain. The lists hold domains in small letters."""

from __future__ import annotations

from collections.abc import Collection


def domain_on(address: str, entries: Collection[str]) -> bool:
    """Whether the entries hold the domain of an e-mail address, a domain itself, or one that it is under."""
    labels = address.rpartition("@")[2].casefold().rstrip(".").split(".")
    return any(".".join(labels[start:]) in entries for start in range(len(labels)))

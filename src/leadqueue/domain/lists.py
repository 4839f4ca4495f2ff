"""Whether a list of the definitions holds a domain. The lists hold domains in small letters."""

from __future__ import annotations

from collections.abc import Collection


def domain_on(address: str, entries: Collection[str]) -> bool:
    """Whether the entries hold the domain of an e-mail address, a domain itself, or one that it is under."""
    domain = address.rpartition("@")[2].casefold().rstrip(".")
    while domain and domain not in entries:
        domain = domain.partition(".")[2]
    return bool(domain)

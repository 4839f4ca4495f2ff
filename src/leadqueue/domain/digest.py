"""The digest by which a client proves to itself that its cache equals the server's scope."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from leadqueue.domain.lead import Versions


def scope_digest(rows: Iterable[tuple[str, Versions]]) -> tuple[int, str]:
    """Count and SHA-256 over `id:marketing:crm:sales:stage` lines; `rows` in ascending order of id."""
    count = 0
    digest = hashlib.sha256()
    for lead_id, versions in rows:
        count += 1
        line = f"{lead_id}:{versions.marketing}:{versions.crm}:{versions.sales}:{versions.stage}\n"
        digest.update(line.encode())
    return count, digest.hexdigest()

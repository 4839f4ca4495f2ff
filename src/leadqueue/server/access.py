"""Who may call what. The one place; a route without an entry here is closed to everybody."""

from __future__ import annotations

from leadqueue.definitions.model import Role

EVERYONE = frozenset({Role.REP, Role.MANAGER, Role.MARKETING_OPS, Role.ADMIN})
_DECIDERS = frozenset({Role.REP, Role.MANAGER, Role.ADMIN})
_MARKETING = frozenset({Role.MARKETING_OPS, Role.ADMIN})

PUBLIC = frozenset({"healthz", "readyz"})
"""Operations that need no token."""

ALLOWED: dict[str, frozenset[Role]] = {
    "session": EVERYONE,
    "definitions": EVERYONE,
    "changes": EVERYONE,
    "decide": _DECIDERS,
    "known_decisions": EVERYONE,
    "digest": EVERYONE,
    "lead": EVERYONE,
    "journey": EVERYONE,
    "events": EVERYONE,
    "escalations_list": EVERYONE,
    "intake_leads": _MARKETING,
    "intake_signals": _MARKETING,
    "quarantine": _MARKETING,
}
"""Roles by operation. Which leads a role reaches is the rule book's `may_reach`."""

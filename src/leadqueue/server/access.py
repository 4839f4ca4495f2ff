"""Who may do what. The one place; a route without a rule here is closed to everybody."""

from __future__ import annotations

from dataclasses import dataclass

from leadqueue.definitions.model import Role
from leadqueue.domain.decide import may_reach
from leadqueue.domain.handoff import BRINGERS
from leadqueue.domain.lead import Lead
from leadqueue.server import feed
from leadqueue.server.problems import ApiError
from leadqueue.server.tokens import Holder, Refused
from leadqueue.wire.api import Scope
from leadqueue.wire.problem import ProblemType

EVERYONE = frozenset({Role.REP, Role.MANAGER, Role.MARKETING_OPS, Role.ADMIN})
_DECIDERS = frozenset({Role.REP, Role.MANAGER, Role.ADMIN})
_LEADERS = frozenset({Role.MANAGER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Rule:
    """The roles that may make a call, and the scope that their token needs; None where any token will do."""

    roles: frozenset[Role]
    scope: Scope | None


PUBLIC = frozenset({"healthz", "readyz"})
"""Operations that need no token."""

RENEWAL = "refresh"
"""The one operation for which a token that has just expired is good."""

RULES: dict[str, Rule] = {
    "session": Rule(EVERYONE, None),
    RENEWAL: Rule(EVERYONE, None),
    "definitions": Rule(EVERYONE, None),
    "changes": Rule(EVERYONE, Scope.READ),
    "decide": Rule(_DECIDERS, Scope.DECIDE),
    "known_decisions": Rule(EVERYONE, Scope.READ),
    "digest": Rule(EVERYONE, Scope.READ),
    "lead": Rule(EVERYONE, Scope.READ),
    "journey": Rule(EVERYONE, Scope.READ),
    "company": Rule(EVERYONE, Scope.READ),
    "events": Rule(EVERYONE, Scope.READ),
    "escalations_list": Rule(EVERYONE, Scope.READ),
    "acknowledge": Rule(_LEADERS, Scope.DECIDE),
    "team_queue": Rule(_LEADERS, Scope.READ),
    "intake_leads": Rule(BRINGERS, Scope.INTAKE),
    "intake_signals": Rule(BRINGERS, Scope.INTAKE),
    "quarantine": Rule(BRINGERS, Scope.READ),
}
"""By operation. Which leads a role reaches is the rule book's `may_reach`, which decisions also obey."""

_NOTHING = Rule(frozenset(), None)
_SAID = {
    Refused.UNKNOWN: (ProblemType.UNAUTHENTICATED, "The token is unknown."),
    Refused.REPLACED: (ProblemType.UNAUTHENTICATED, "The token was renewed; use its successor."),
    Refused.EXPIRED: (ProblemType.TOKEN_EXPIRED, "The token has expired."),
    Refused.REVOKED: (ProblemType.TOKEN_REVOKED, "An administrator has revoked the token."),
}


def no_token() -> ApiError:
    return ApiError(
        401, ProblemType.UNAUTHENTICATED, "The call needs a token.", headers={"WWW-Authenticate": "Bearer"}
    )


def not_accepted(why: Refused) -> ApiError:
    kind, detail = _SAID[why]
    return ApiError(401, kind, detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


def admit(holder: Holder, operation: str) -> None:
    """Let the call through, or raise the `ApiError` that says why not."""
    rule = RULES.get(operation, _NOTHING)
    role = holder.actor.role
    if role not in rule.roles:
        raise ApiError(403, ProblemType.FORBIDDEN, f"The role '{role.value}' may not make this call.")
    if rule.scope is not None and rule.scope not in holder.scopes:
        has = ", ".join(sorted(holder.scopes))
        detail = f"The call needs a token with the scope '{rule.scope.value}'; this one has: {has}."
        raise ApiError(403, ProblemType.FORBIDDEN, detail)
    if operation == RENEWAL and not holder.renewable:  # it may be in use on several machines
        raise ApiError(
            403, ProblemType.FORBIDDEN, "This token was made without a lifetime; it is not renewed."
        )


def audience(holder: Holder, asked: str | None) -> str:
    """The audience that the holder follows; `ApiError` where another one is asked for."""
    own = feed.audience_of(holder.actor)
    if asked is not None and asked != own:
        raise ApiError(403, ProblemType.FORBIDDEN, f"Your token follows the audience '{own}' only.")
    return own


def team(holder: Holder, asked: str | None) -> str | None:
    """The team that the holder may look at: a manager's own, any for an administrator, who may name none."""
    if holder.actor.role is Role.ADMIN:
        return asked
    own = holder.actor.team_id
    if not own:
        raise ApiError(403, ProblemType.FORBIDDEN, "You lead no team; an administrator puts you into one.")
    if asked is not None and asked != own:
        raise ApiError(403, ProblemType.FORBIDDEN, "You may look at your own team only.")
    return own


def reached(holder: Holder, found: Lead | None) -> Lead:
    """The lead, if it is in the holder's scope; whether it exists elsewhere is nobody's business."""
    if found is None or not may_reach(found, holder.actor):
        raise ApiError(404, ProblemType.NOT_FOUND, "There is no such lead within your reach.")
    return found

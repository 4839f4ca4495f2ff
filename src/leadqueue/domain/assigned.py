"""How a lead came to its owner, in the words that it keeps."""

from __future__ import annotations

from leadqueue.domain.lead import Lead
from leadqueue.domain.text import one_line

_NAMED = "named by "
_GIVEN = "reassigned by "
_TAKEN = "taken by "


def because_named(source: str) -> str:
    """Marketing's source named the owner."""
    return f"{_NAMED}{source}"


def because_given(by_name: str, why: str) -> str:
    """Somebody gave the lead to the owner, and said why."""
    return f"{_GIVEN}{by_name}: {why}".strip()


def because_taken(by_name: str) -> str:
    """The owner took a lead that belonged to nobody."""
    return f"{_TAKEN}{by_name}"


def named_by_marketing(lead: Lead) -> bool:
    """Whether the owner is still the one whom marketing named; known of older leads too."""
    return lead.assigned_because.startswith(_NAMED)


def why_given(lead: Lead) -> str | None:
    """Why the lead was given to its owner; None where nobody gave it, '' where no reason is kept."""
    if not lead.assigned_because.startswith(_GIVEN):
        return None
    return lead.assigned_because.removeprefix(f"{_GIVEN}{lead.assigned_by}").removeprefix(":").strip()


def since_given(lead: Lead) -> str:
    """Who gave the lead to its owner and why, for whoever had it before; '' where nobody gave it."""
    why = why_given(lead)
    if why is None or not lead.assigned_by:
        return ""
    return f" since {lead.assigned_by} reassigned it" + (f" ({one_line(why, 200)})" if why else "")

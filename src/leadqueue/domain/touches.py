"""Which touches of a lead count: those of the present round."""

from __future__ import annotations

from leadqueue.domain.lead import Lead, Touch


def present_touches(lead: Lead) -> tuple[Touch, ...]:
    """The touches since the lead last came back from recycling, in their order; all where it never did.

    A lead that comes back has a fresh start: every number of touches, shown or judged, is of these. The
    lead itself and its timeline keep them all.
    """
    back = lead.returned_at
    return lead.touches if back is None else tuple(touch for touch in lead.touches if touch.at >= back)

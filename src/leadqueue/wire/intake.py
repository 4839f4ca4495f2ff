"""What marketing automation sends, and what becomes of it: intake and quarantine."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Lead
from leadqueue.wire.values import NO_NUL, FieldName, Request, Response, SentMoment, SoundValue, SourceId

MAX_INTAKE = 500
"""Leads or signals in one intake call, and signals of one lead."""


class IntakeSignalOfLead(Request):
    source_id: SourceId
    kind: Annotated[str, StringConstraints(max_length=64, pattern=NO_NUL)]
    at: SentMoment
    title: Annotated[str, StringConstraints(max_length=500, pattern=NO_NUL)] = ""
    url: Annotated[str, StringConstraints(max_length=2000, pattern=NO_NUL)] = ""


class IntakeSignal(IntakeSignalOfLead):
    """A signal from marketing automation, idempotent by `source_id`."""

    lead_source_id: SourceId


class IntakeLead(Request):
    """A lead from marketing automation, idempotent by `source_id`.

    `qualified` says that marketing automation has qualified the lead already: the MQL bar is not asked,
    the required fields are. `owner` is the e-mail address of the rep who gets it.
    """

    source_id: SourceId
    fields: dict[FieldName, SoundValue] = Field(max_length=200)
    signals: Annotated[tuple[IntakeSignalOfLead, ...], Field(max_length=MAX_INTAKE)] = ()
    qualified: Annotated[bool, Field(strict=True)] = False
    owner: Annotated[str, StringConstraints(max_length=320, pattern=NO_NUL)] | None = None
    created_at: SentMoment | None = None


class IntakeLeads(Request):
    leads: Annotated[tuple[IntakeLead, ...], Field(min_length=1, max_length=MAX_INTAKE)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=NO_NUL)] = (
        "marketing automation"
    )


class IntakeSignals(Request):
    signals: Annotated[tuple[IntakeSignal, ...], Field(min_length=1, max_length=MAX_INTAKE)]


class IntakeStatus(StrEnum):
    """What became of one lead or signal.

    `created` and `updated` changed the CRM, `unchanged` did not (a repeat), `quarantined` waits for its
    missing fields, `refused` holds invalid values, `unknown_lead` names no known lead.
    """

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
    REFUSED = "refused"
    UNKNOWN_LEAD = "unknown_lead"


class IntakeResult(Response):
    source_id: str
    status: IntakeStatus
    lead_id: str | None = None
    stage: str | None = None
    missing: tuple[str, ...] = ()
    errors: tuple[FieldError, ...] = ()


class IntakeResults(Response):
    results: tuple[IntakeResult, ...]


class QuarantinedLead(Response):
    """A lead that waits for `missing` fields before sales may see it."""

    lead: Lead
    missing: tuple[str, ...]


class Quarantine(Response):
    leads: tuple[QuarantinedLead, ...]
    total: int

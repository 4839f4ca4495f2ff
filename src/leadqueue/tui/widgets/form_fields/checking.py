"""The rule book's verdict on a form, sorted by where the rep sees it: at a field, or about a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leadqueue.domain.decision import ABOUT_THE_LEAD, FROM_THE_LEAD, FieldError
from leadqueue.domain.form_rules import errors_over_several
from leadqueue.domain.forms import check_form, with_unread
from leadqueue.domain.lead import FieldValue, Lead
from leadqueue.tui.widgets.form_fields.subject import FormSubject


@dataclass(frozen=True, slots=True)
class FormCheck:
    """What a form's values would do to its leads.

    `at_field` are the errors to be put right in a field, `whole` those of all the leads that have no field
    in the form, `cannot` the leads that will not change whatever is filled in beside. `ready` are the leads
    for which the form can be sent as it stands.
    """

    ready: tuple[str, ...]
    at_field: dict[str, FieldError] = field(default_factory=dict)
    whole: tuple[FieldError, ...] = ()
    cannot: dict[str, tuple[FieldError, ...]] = field(default_factory=dict)


def checked(
    subject: FormSubject,
    values: Mapping[str, FieldValue],
    unread: Mapping[str, FieldError],
    shown: Sequence[str],
) -> FormCheck:
    """Check one form's values for each of its leads.

    `unread` are the fields whose text is no value, `shown` all fields of the form in order. An error that
    every lead shares is the form's; one that only some have is those leads' own, and so is one that the
    value has because of what the lead is.
    """
    several: tuple[FieldError, ...] = ()
    if len(subject.leads) > 1:
        several = errors_over_several(subject.kind, values, subject.definitions)
    found = {lead.id: _errors(lead, subject, values, unread, shown, several) for lead in subject.leads}
    blocked = {
        lead_id: errors
        for lead_id, errors in found.items()
        if any(error.code in ABOUT_THE_LEAD for error in errors)
    }
    open_to = {lead_id: errors for lead_id, errors in found.items() if lead_id not in blocked}
    shared = _shared(open_to)
    at_field = {error.field: error for error in reversed(shared) if error.field in shown}
    whole = tuple(error for error in shared if error.field not in shown)
    keys = {(error.field, error.code) for error in shared}
    if len(subject.leads) > 1:  # each lead's own although all have it: no other lead may have it
        keys -= {(error.field, error.code) for error in shared if _from_the_lead(error, shown)}
    cannot = dict(blocked)
    for lead_id, errors in open_to.items():
        if own := tuple(error for error in errors if (error.field, error.code) not in keys):
            cannot[lead_id] = own
    if len(subject.leads) == 1 and blocked:
        whole, cannot = next(iter(blocked.values())), {}
    ready = tuple(lead_id for lead_id, errors in found.items() if not errors)
    return FormCheck(ready, at_field, whole, cannot)


def _from_the_lead(error: FieldError, shown: Sequence[str]) -> bool:
    return error.code in FROM_THE_LEAD and error.field in shown


def _errors(
    lead: Lead,
    on: FormSubject,
    values: Mapping[str, FieldValue],
    unread: Mapping[str, FieldError],
    shown: Sequence[str],
    several: tuple[FieldError, ...],
) -> tuple[FieldError, ...]:
    errors = check_form(lead, on.kind, values, on.definitions, on.actor, on.now, on.directory)
    if any(error.code in ABOUT_THE_LEAD for error in errors):
        return errors
    return with_unread(errors + several, unread, shown)


def _shared(errors_by_lead: Mapping[str, tuple[FieldError, ...]]) -> list[FieldError]:
    """The errors, told apart by field and code, that every lead has."""
    lists = list(errors_by_lead.values())
    if not lists:
        return []
    common = set.intersection(*({(error.field, error.code) for error in errors} for errors in lists))
    return [error for error in lists[0] if (error.field, error.code) in common]

"""Forms as the definitions ask for them, ready to be drawn, and the rule book's check of what is in them."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leadqueue.definitions.model import DecisionKind, Definitions, FieldType, FormField
from leadqueue.domain.assigning import ASSIGNEE, assignees
from leadqueue.domain.decide import whole_errors
from leadqueue.domain.decision import ABOUT_THE_LEAD, FieldError
from leadqueue.domain.form_rules import NOBODY, asked_fields, editable_fields
from leadqueue.domain.lead import Actor, Directory, FieldValue, Lead
from leadqueue.domain.today import day_for
from leadqueue.domain.values import choices


@dataclass(frozen=True, slots=True)
class FormEntry:
    """A field of a form. `initial` is filled only where a form edits what the lead already has."""

    field: str
    label: str
    type: FieldType
    required: bool
    help: str
    choices: tuple[tuple[str, str], ...]
    max_length: int
    initial: FieldValue = None
    from_reason: bool = False


def form_for(
    kind: DecisionKind,
    leads: Sequence[Lead],
    values: Mapping[str, FieldValue],
    definitions: Definitions,
    actor: Actor,
    directory: Directory = NOBODY,
) -> tuple[FormEntry, ...]:
    """The fields that the form over these leads shows now, given what has been filled in so far.

    Conditions on other fields and the extra fields of the chosen reason are worked in. A single lead gives
    an edit form its present values. Among the new owners stand those whom the actor may choose.
    """
    spec = definitions.decisions[kind]
    lead = leads[0] if len(leads) == 1 else None
    asked = [(entry, False) for entry in asked_fields(kind, values, definitions)]
    asked += [(FormField(field=key), True) for key in editable_fields(kind, definitions)]
    plain = {entry.field for entry in definitions.form_fields(kind)}
    return tuple(
        FormEntry(
            field=entry.field,
            label=definitions.fields[entry.field].label,
            type=definitions.fields[entry.field].type,
            required=entry.required,
            help=definitions.fields[entry.field].help,
            choices=assignees(leads, actor, directory)
            if kind is DecisionKind.REASSIGN and entry.field == ASSIGNEE
            else choices(
                entry.field, definitions, spec.disposition if entry.field == spec.reason else None, directory
            ),
            max_length=definitions.fields[entry.field].max_length,
            initial=lead.fields.get(entry.field) if edits and lead else None,
            from_reason=not edits and entry.field not in plain,
        )
        for entry, edits in asked
    )


def check_form(
    lead: Lead,
    kind: DecisionKind,
    values: Mapping[str, FieldValue],
    definitions: Definitions,
    actor: Actor,
    now: datetime,
    directory: Directory = NOBODY,
) -> tuple[FieldError, ...]:
    """What keeps this form from being sent: the same errors that `decide` would answer with."""
    today = day_for(actor, lead, now, directory)
    return whole_errors(lead, kind, values, definitions, actor, today, directory)


def with_unread(
    errors: tuple[FieldError, ...], unread: Mapping[str, FieldError], fields: Container[str]
) -> tuple[FieldError, ...]:
    """All that is wrong with a form: the texts that are no values (`unread`), and the errors of its other
    `fields`. What is wrong with the lead itself comes alone."""
    if not unread or any(error.code in ABOUT_THE_LEAD for error in errors):
        return errors
    rest = (error for error in errors if error.field not in unread and error.field in fields)
    return (*unread.values(), *rest)

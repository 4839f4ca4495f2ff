"""What a decision's form asks for and what is wrong with its values, read off the definitions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from leadqueue.definitions.model import (
    DecisionDef,
    DecisionKind,
    Definitions,
    FieldScope,
    FormField,
    Reason,
    Side,
)
from leadqueue.domain.assigning import ASSIGNEE, assignee_error
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Actor, Directory, FieldValue, FieldValues, Lead
from leadqueue.domain.touches import present_touches
from leadqueue.domain.values import check_value, choices, is_empty, missing, nearest

NOBODY: Directory = {}


def chosen_reason(
    spec: DecisionDef, values: Mapping[str, FieldValue], definitions: Definitions
) -> Reason | None:
    """The reason that the values name, where the decision asks for one and it serves its disposition."""
    key = values.get(spec.reason) if spec.reason else None
    reason = definitions.reasons.get(key) if isinstance(key, str) else None
    return reason if reason and spec.disposition in reason.dispositions else None


def asked_fields(
    kind: DecisionKind, values: Mapping[str, FieldValue], definitions: Definitions
) -> list[FormField]:
    """The fields that the form asks for with these values, each once; required where any rule requires it."""
    spec = definitions.decisions[kind]
    asked: dict[str, FormField] = {}
    for entry in definitions.form_fields(kind):
        if entry.when is not None and values.get(entry.when.field) != entry.when.equals:
            continue
        _ask(asked, entry)
        if entry.field == spec.reason and (reason := chosen_reason(spec, values, definitions)):
            for extra in reason.fields:
                _ask(asked, FormField(field=extra, required=True))
    return list(asked.values())


def _ask(asked: dict[str, FormField], entry: FormField) -> None:
    known = asked.get(entry.field)
    if known is None or (entry.required and not known.required):
        asked[entry.field] = entry


def editable_fields(kind: DecisionKind, definitions: Definitions) -> tuple[str, ...]:
    """The lead fields that an edit may write: those of its owner, without the framework not in use."""
    side = definitions.decisions[kind].edits
    idle = {
        key
        for framework, keys in definitions.frameworks.items()
        if framework != definitions.qualification
        for key in keys
    }
    return tuple(
        key
        for key, spec in definitions.fields.items()
        if side is not None and spec.owner is side and spec.scope is FieldScope.LEAD and key not in idle
    )


def check_values(
    lead: Lead,
    kind: DecisionKind,
    values: Mapping[str, FieldValue],
    definitions: Definitions,
    actor: Actor,
    today: date,
    directory: Directory = NOBODY,
) -> tuple[FieldError, ...]:
    """Every error in a form's values, in the order of its fields; empty where the form may be sent.

    `today` is the day where the actor works (`domain.today`).
    """
    spec = definitions.decisions[kind]
    asked = asked_fields(kind, values, definitions)
    editable = editable_fields(kind, definitions)
    known = [entry.field for entry in asked] + list(editable)
    errors: list[FieldError] = []
    for entry in asked:
        value = values.get(entry.field)
        if is_empty(value):
            if entry.required:
                allowed = tuple(
                    key
                    for key, _ in choices(
                        entry.field, definitions, spec.disposition if entry.field == spec.reason else None
                    )
                )
                errors.append(missing(entry.field, definitions, allowed=allowed))
            continue
        if kind is DecisionKind.REASSIGN and entry.field == ASSIGNEE:
            error = assignee_error(lead, value, definitions, today, actor, directory)
        else:
            error = check_value(
                entry.field,
                value,
                definitions,
                today,
                disposition=spec.disposition if entry.field == spec.reason else None,
                directory=directory,
            )
        if error:
            errors.append(error)
    touches = len(present_touches(lead))
    if (reason := chosen_reason(spec, values, definitions)) and touches < reason.min_touches:
        since = " since it came back" if lead.returned else ""
        errors.append(
            FieldError(
                spec.reason or "reason",
                "min_touches",
                f"'{reason.label}' needs at least {reason.min_touches} logged touches; "
                f"this lead has {touches}{since}",
            )
        )
    errors.extend(_edit_errors(lead, values, definitions, today, editable, directory))
    errors.extend(_strangers(spec.label, values, definitions, known))
    if editable and not errors and all(_same(value, lead.fields.get(key)) for key, value in values.items()):
        errors.append(FieldError("values", "unchanged", "no field is changed"))
    return tuple(errors)


def errors_over_several(
    kind: DecisionKind, values: Mapping[str, FieldValue], definitions: Definitions
) -> tuple[FieldError, ...]:
    """What keeps an edit's values from meaning the same on each of several leads.

    An amount alone would be so much of whatever currency each lead has, so it has its currency beside it.
    """
    fields = definitions.fields
    return tuple(
        missing(
            currency,
            definitions,
            f"beside {fields[key].label}: several leads are edited, and each may have another currency",
        )
        for key in (editable_fields(kind, definitions) if kind in definitions.decisions else ())
        if (currency := fields[key].currency_field) is not None
        and not is_empty(values.get(key))
        and is_empty(values.get(currency))
    )


def edited_values(
    shown: Mapping[str, FieldValue], untouched: Mapping[str, FieldValue], definitions: Definitions
) -> FieldValues:
    """What of an edit form is written: what differs from the form as it opened, None for what was emptied.

    An amount goes with its currency: where that is another one, the same digits are another amount.
    """
    changed = {key for key, value in shown.items() if value != untouched.get(key)}
    return {
        key: value
        for key, value in shown.items()
        if key in changed or (not is_empty(value) and definitions.fields[key].currency_field in changed)
    }


def _same(value: FieldValue, present: FieldValue) -> bool:
    """Whether writing `value` over `present` changes nothing; empty text and no value are the same."""
    if is_empty(value):
        return is_empty(present)
    return (value.strip() if isinstance(value, str) else value) == present


def _edit_errors(
    lead: Lead,
    values: Mapping[str, FieldValue],
    definitions: Definitions,
    today: date,
    editable: tuple[str, ...],
    directory: Directory,
) -> list[FieldError]:
    errors: list[FieldError] = []
    if not editable:
        return errors
    written = [key for key in values if key in editable]
    kept = _kept_fields(lead, definitions)
    for key in written:
        error = check_value(key, values[key], definitions, today, directory=directory)
        if error:
            errors.append(error)
        elif is_empty(values[key]) and key in kept:
            here = definitions.stages.get(lead.stage)
            where = here.label if here else lead.stage
            errors.append(missing(key, definitions, f"in stage {where}"))
    for key in editable:
        currency = definitions.fields[key].currency_field
        if currency is None or key in values or is_empty(lead.fields.get(key)):
            continue
        if currency in values and values[currency] != lead.fields.get(currency):
            label = definitions.fields[key].label
            errors.append(FieldError(key, "required", f"give {label} anew in the new currency"))
    return errors


def _kept_fields(lead: Lead, definitions: Definitions) -> frozenset[str]:
    """What the lead's stage asked for, and every rep's stage that it came through."""
    here = definitions.stages.get(lead.stage)
    if here is None:
        return frozenset()
    passed = [
        key
        for key, stage in definitions.stages.items()
        if key == lead.stage or (stage.owner is Side.REP and stage.rank <= here.rank)
    ]
    return frozenset(field for key in passed for field in definitions.required_to_enter(key))


def _strangers(
    label: str, values: Mapping[str, FieldValue], definitions: Definitions, known: list[str]
) -> list[FieldError]:
    """Values that the decision has no place for. Empty ones are forgiven: a hidden form field sends none."""
    errors: list[FieldError] = []
    for key, value in values.items():
        if key in known or is_empty(value):
            continue
        spec = definitions.fields.get(key)
        if spec is None:
            close = nearest(key, known)
            hint = f"; did you mean '{close}'?" if close else ""
            errors.append(FieldError(key, "unknown_field", f"there is no field '{key[:64]}'{hint}"))
        else:
            errors.append(
                FieldError(key, "not_editable", f"{spec.label} is not a field of '{label}'", tuple(known))
            )
    return errors

"""Names and figures of the definitions as people say them."""

from __future__ import annotations

from collections.abc import Iterable

from leadqueue.definitions.model import Definitions, FieldCondition, FieldDef, FieldTest, TimeKind


def span(minutes: int, time: TimeKind) -> str:
    """A stretch of time in words: '24 business hours', '90 minutes'."""
    kind = "business " if time is TimeKind.BUSINESS else ""
    amount, unit = (minutes // 60, "hour") if minutes % 60 == 0 and minutes else (minutes, "minute")
    return f"{amount} {kind}{unit}{'' if amount == 1 else 's'}"


def listed(names: Iterable[str]) -> str:
    """`a, b and c`; 'nothing' for none."""
    *most, last = list(names) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last


def field_label(key: str, definitions: Definitions) -> str:
    """A field's label; for the word `qualification` that of the chosen framework."""
    if key == "qualification" and key not in definitions.fields:
        return f"the fields of {definitions.qualification.upper()}"
    spec = definitions.fields.get(key)
    return spec.label if spec else f"'{key}'"


def least(spec: FieldDef) -> str:
    """`at least 10 characters`; '' where a text may be of any length."""
    return f"at least {spec.min_length} characters" if spec.min_length > 1 else ""


def asked_label(key: str, definitions: Definitions) -> str:
    """A field's label, with the least that its text must have: 'Why (at least 5 characters)'."""
    spec = definitions.fields.get(key)
    fewest = least(spec) if spec else ""
    return f"{field_label(key, definitions)}{f' ({fewest})' if fewest else ''}"


def stage_label(key: str | None, definitions: Definitions) -> str:
    spec = definitions.stages.get(key or "")
    return spec.label if spec else f"'{key}'"


def track_label(key: str | None, definitions: Definitions) -> str:
    if key is None:
        return "no nurture track"
    spec = definitions.nurture.get(key)
    return f"'{spec.label}'" if spec else f"'{key}'"


def condition_words(condition: FieldCondition | None, definitions: Definitions) -> str:
    """`where Outcome is 'won'`; '' without a condition."""
    if condition is None:
        return ""
    return f"where {field_label(condition.field, definitions)} is {plain(condition.equals)}"


def test_words(test: FieldTest, definitions: Definitions) -> str:
    """A test in words: 'Employees from 50 to 2000'."""
    label = field_label(test.field, definitions)
    if test.equals is not None:
        return f"{label} is {plain(test.equals)}"
    if test.in_list is not None:
        return f"{label} is on the list '{test.in_list}'"
    if test.not_in_list is not None:
        return f"{label} is not on the list '{test.not_in_list}'"
    low = "" if test.minimum is None else f" from {test.minimum}"
    high = "" if test.maximum is None else f" up to {test.maximum}"
    return f"{label}{low}{high}"


def plain(value: object) -> str:
    """A value of the file for a sentence."""
    match value:
        case None | "" | [] | {}:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case str():
            return f"'{value}'"
        case list():
            return ", ".join(str(each) if not isinstance(each, dict) else plain(each) for each in value)
        case dict():
            return " ".join(f"{key}={each}" for key, each in value.items() if each is not None)
        case _:
            return str(value)

"""Field values: checked against the definitions, read from text, shown as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urlsplit

from rapidfuzz import fuzz, process

from leadqueue.definitions.model import DecisionKind, Definitions, Disposition, FieldDef, FieldType
from leadqueue.domain.decision import FieldError
from leadqueue.domain.lead import Directory, FieldValue, FieldValues
from leadqueue.domain.money import NotAnAmount, parse_amount, show_amount
from leadqueue.domain.people import labels, meant_by, told
from leadqueue.domain.text import harmless, one_line

_EMAIL = re.compile(r"^[^\s@<>\"(),:;\[\]\\]{1,64}@(?P<domain>[^\s@]+)\Z")
_DOMAIN = re.compile(
    r"^(?=.{1,253}$)[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
    r"(?:\.[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?)+\Z"
)
_PHONE = re.compile(r"^[0-9+(][0-9 ()./+*#,;extEXT-]{2,58}\Z")
_WHOLE_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:[,_ ]\d{3})+)")
_SEPARATORS = str.maketrans("", "", ",_ ")
_LONGEST_NUMBER = 40
_CLOSE_ENOUGH = 60
_PART_CLOSE_ENOUGH = 80
"""Of a part of a longer word: below it any three letters that come one after the other would do."""
_LARGEST_INTEGER = 2**53 - 1
"""Beyond it a JSON reader elsewhere may round; a lead has no larger number."""

_TEXT_TYPES = frozenset(
    {FieldType.TEXT, FieldType.LONG_TEXT, FieldType.EMAIL, FieldType.DOMAIN, FieldType.URL, FieldType.PHONE}
)
_YES = frozenset({"yes", "y", "true", "1", "on"})
_NO = frozenset({"no", "n", "false", "0", "off"})


def nearest(value: str, allowed: Iterable[str]) -> str | None:
    """The allowed value that `value` most likely meant, or None where nothing is close."""
    candidates = list(allowed)
    folded = [_joined(candidate) for candidate in candidates]
    asked = _joined(value)
    found = process.extractOne(
        asked, folded, scorer=fuzz.WRatio, score_cutoff=_PART_CLOSE_ENOUGH
    ) or process.extractOne(asked, folded, scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
    return candidates[found[2]] if found else None


def _joined(words: str) -> str:
    return words.strip().casefold().replace(" ", "_").replace("-", "_")


def choices(
    field: str,
    definitions: Definitions,
    disposition: Disposition | None = None,
    directory: Directory | None = None,
) -> tuple[tuple[str, str], ...]:
    """The allowed values of a picklist field with their labels, in the order of the definitions."""
    spec = definitions.fields[field]
    match spec.type:
        case FieldType.REASON:
            return tuple(
                (key, reason.label)
                for key, reason in definitions.reasons.items()
                if disposition is None or disposition in reason.dispositions
            )
        case FieldType.NURTURE:
            return tuple((key, track.label) for key, track in definitions.nurture.items())
        case FieldType.USER:
            return tuple(labels(directory or {}).items())
        case FieldType.CHOICE:
            return tuple(definitions.vocabularies[spec.vocabulary or ""].values.items())
        case _:
            return ()


def is_empty(value: FieldValue) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def missing(field: str, definitions: Definitions, why: str = "", allowed: tuple[str, ...] = ()) -> FieldError:
    """The error of a field that is empty and may not be, in words that fit a label in singular and plural;
    `why` continues them."""
    words = f"{definitions.fields[field].label} must be given{why and ' '}{why}"
    return FieldError(field, "required", words, allowed)


def check_value(
    field: str,
    value: FieldValue,
    definitions: Definitions,
    today: date,
    *,
    disposition: Disposition | None = None,
    directory: Directory | None = None,
) -> FieldError | None:
    """Why `value` may not stand in `field`, or None. Empty values are left to the required check.

    `today` is the writer's day, against which future dates are told; `directory` narrows user fields where
    the colleagues are known.
    """
    spec = definitions.fields.get(field)
    if spec is None:
        close = nearest(field, definitions.fields)
        hint = f"; did you mean '{close}'?" if close else ""
        return FieldError(field, "unknown_field", f"there is no field '{one_line(field, 64)}'{hint}")
    if is_empty(value):
        return None
    if spec.type in (FieldType.INTEGER, FieldType.MONEY):
        return _check_number(field, spec, value)
    if spec.type is FieldType.BOOLEAN:
        return None if isinstance(value, bool) else _wrong_type(field, spec, "true or false")
    if not isinstance(value, str):
        return _wrong_type(field, spec, "text")
    if spec.type is FieldType.DATE:
        return _check_date(field, spec, value, today)
    if spec.type in _TEXT_TYPES:
        return _check_text(field, spec, value)
    allowed = choices(field, definitions, disposition, directory)
    if spec.type is FieldType.USER and not allowed:
        return None
    return _check_choice(field, spec, value, dict(allowed))


def _wrong_type(field: str, spec: FieldDef, wanted: str) -> FieldError:
    return FieldError(field, "type", f"{spec.label} must be {wanted}")


def _check_number(field: str, spec: FieldDef, value: FieldValue) -> FieldError | None:
    if isinstance(value, bool) or not isinstance(value, int):
        unit = "a whole number of minor units" if spec.type is FieldType.MONEY else "a whole number"
        return _wrong_type(field, spec, unit)
    low = spec.minimum if spec.minimum is not None else -_LARGEST_INTEGER
    high = spec.maximum if spec.maximum is not None else _LARGEST_INTEGER
    shown = show_amount if spec.type is FieldType.MONEY else lambda number, _: str(number)
    if value < low:
        return FieldError(field, "too_small", f"{spec.label} must be at least {shown(low, '')}")
    if value > high:
        return FieldError(field, "too_large", f"{spec.label} must be at most {shown(high, '')}")
    return None


def _check_date(field: str, spec: FieldDef, value: str, today: date) -> FieldError | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return _wrong_type(field, spec, f"a day as YYYY-MM-DD, not '{one_line(value, 40)}'")
    if day.isoformat() != value:
        return _wrong_type(field, spec, f"a day as YYYY-MM-DD: {day.isoformat()}")
    if spec.future and day <= today:
        return FieldError(field, "not_future", f"{spec.label} must lie after {today.isoformat()}")
    return None


def _check_text(field: str, spec: FieldDef, value: str) -> FieldError | None:
    if "\0" in value:
        return _wrong_type(field, spec, "text without NUL characters")
    if any("\ud800" <= sign <= "\udfff" for sign in value):  # no file and no database can hold one
        return _wrong_type(field, spec, "text without broken characters")
    length = len(value.strip())
    if length > spec.max_length:
        return FieldError(
            field, "too_long", f"{spec.label} must have at most {spec.max_length} characters, not {length}"
        )
    if length < spec.min_length:
        return FieldError(
            field, "too_short", f"{spec.label} must have at least {spec.min_length} characters, not {length}"
        )
    if spec.type is FieldType.EMAIL:
        match = _EMAIL.match(value)
        if not match or not _DOMAIN.match(match["domain"].casefold()):
            return _wrong_type(field, spec, "an e-mail address such as name@company.com")
    elif spec.type is FieldType.DOMAIN and not _DOMAIN.match(value.casefold()):
        return _wrong_type(field, spec, "a domain such as company.com")
    elif spec.type is FieldType.URL and not _is_web_address(value):
        return _wrong_type(field, spec, "a web address that starts with https:// or http://")
    elif spec.type is FieldType.PHONE and not _PHONE.match(value):
        return _wrong_type(field, spec, "a phone number such as +1 555 0100")
    return None


def _is_web_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", value)


def _check_choice(field: str, spec: FieldDef, value: str, allowed: Mapping[str, str]) -> FieldError | None:
    """A person is told by name: an id says nothing to who reads it."""
    if value in allowed:
        return None
    close = nearest(value, allowed.values() if spec.type is FieldType.USER else allowed)
    hint = f"; the nearest allowed value is '{one_line(close, 80)}'" if close else ""
    return FieldError(
        field,
        "not_allowed",
        f"{spec.label}: '{one_line(value, 60)}' is not in the list{hint}",
        tuple(allowed),
    )


def parse_text(
    field: str,
    text: str,
    definitions: Definitions,
    values: FieldValues | None = None,
    directory: Directory | None = None,
    today: date | None = None,
) -> FieldValue | FieldError:
    """The value that a person typed into a form, a command line or a file; None for empty text.

    `values` are the other values given along, among them a money field's currency. Picklists take keys
    and, written exactly, labels; a field for a person takes the name of one in `directory`, the e-mail
    address or the id. With `today`, the day for whom it was typed, a day may be in words; without it words
    stay as they are, for files. Whether the value is allowed is for `check_value`.
    """
    spec = definitions.fields.get(field)
    clean = text.strip()
    if spec is None or not clean:
        return clean or None
    match spec.type:
        case FieldType.INTEGER:
            return _parse_integer(field, clean, spec)
        case FieldType.MONEY:
            return _parse_money(field, clean, spec, values or {})
        case FieldType.BOOLEAN:
            folded = clean.casefold()
            if folded in _YES or folded in _NO:
                return folded in _YES
            return _wrong_type(field, spec, f"yes or no, not '{one_line(clean, 40)}'")
        case FieldType.CHOICE | FieldType.REASON | FieldType.NURTURE:
            labels = {label: key for key, label in choices(field, definitions)}
            return labels.get(clean, clean)
        case FieldType.USER:
            return _parse_person(field, clean, spec, directory or {})
        case FieldType.DOMAIN:
            return clean.casefold()
        case FieldType.DATE if today is not None:
            return _parse_day(field, clean, spec, today)
        case _:
            return clean


def _parse_money(field: str, text: str, spec: FieldDef, values: FieldValues) -> int | FieldError:
    try:
        return parse_amount(text, str(values.get(spec.currency_field or "") or ""))
    except NotAnAmount as error:
        return FieldError(field, "type", f"{spec.label}: {error}")


def _parse_day(field: str, text: str, spec: FieldDef, today: date) -> str | FieldError:
    from leadqueue.domain.days import NotADay, read_day  # noqa: PLC0415 - the first frame reads no day

    try:
        return read_day(text, today).isoformat()
    except NotADay as error:
        return FieldError(field, "type", f"{spec.label}: {error}")


def _parse_integer(field: str, text: str, spec: FieldDef) -> int | FieldError:
    if len(text) > _LONGEST_NUMBER or not _WHOLE_NUMBER.fullmatch(text):
        return _wrong_type(field, spec, f"a whole number, not '{one_line(text, 40)}'")
    return int(text.translate(_SEPARATORS))


def _parse_person(field: str, text: str, spec: FieldDef, directory: Directory) -> str | FieldError:
    found = meant_by(text, directory)
    if len(found) > 1:
        who = f"{spec.label}: '{one_line(text, 60)}' is the name of several: {told(found, directory)}"
        return FieldError(field, "ambiguous", f"{who}; write it as it stands there, or the address", found)
    return found[0] if found else text


def parse_texts(
    texts: Mapping[str, str],
    definitions: Definitions,
    present: Mapping[str, FieldValue],
    directory: Directory | None = None,
    today: date | None = None,
) -> dict[str, FieldValue | FieldError]:
    """What was typed for several fields together, each as `parse_text` reads it, in the order of `texts`.

    An amount is read in the currency typed beside it, else in that of `present`, the lead's own values.
    `directory` are the people whose names and addresses may be typed, `today` the day that days in words
    are seen from.
    """
    fields = definitions.fields
    around = dict(present)
    read: dict[str, FieldValue | FieldError] = {}
    for key in sorted(texts, key=lambda key: key in fields and fields[key].type is FieldType.MONEY):
        read[key] = value = parse_text(key, texts[key], definitions, around, directory, today)
        if not isinstance(value, FieldError):
            around[key] = value
    return {key: read[key] for key in texts}


def show_value(
    field: str,
    value: FieldValue,
    definitions: Definitions,
    values: FieldValues | None = None,
    directory: Directory | None = None,
) -> str:
    """A value for a person: a picklist key's label, money with currency, harmless text, '' for empty."""
    if value is None:
        return ""
    spec = definitions.fields.get(field)
    if spec is None or isinstance(value, bool):
        return ("yes" if value else "no") if isinstance(value, bool) else one_line(str(value), 500)
    if spec.type is FieldType.MONEY and isinstance(value, int):
        return show_amount(value, str((values or {}).get(spec.currency_field or "") or ""))
    if spec.type is FieldType.INTEGER and isinstance(value, int):
        return str(value)
    labels = dict(choices(field, definitions, directory=directory))
    text = str(value)
    return harmless(labels.get(text) or text, lines=spec.type is FieldType.LONG_TEXT)


def values_told(
    kind: DecisionKind,
    values: FieldValues,
    definitions: Definitions,
    directory: Directory | None = None,
    most: int = 80,
) -> str:
    """What was decided: the reason first, the rest in the order of the form, each cut to `most` signs."""
    return " · ".join(text for _, text in values_labelled(kind, values, definitions, directory, most))


def values_labelled(
    kind: DecisionKind,
    values: FieldValues,
    definitions: Definitions,
    directory: Directory | None = None,
    most: int = 80,
) -> list[tuple[str, str]]:
    """What `values_told` tells, each text with the label of its field."""
    reason = definitions.decisions[kind].reason
    keys = [entry.field for entry in definitions.form_fields(kind) if entry.field in values]
    keys += [key for key in values if key not in keys]
    if reason in keys:
        keys.remove(reason)
        keys.insert(0, reason)
    told = [(key, show_value(key, values[key], definitions, values, directory)) for key in keys]
    return [
        (
            definitions.fields[key].label if key in definitions.fields else one_line(key, 40),
            one_line(text, most),
        )
        for key, text in told
        if text
    ]

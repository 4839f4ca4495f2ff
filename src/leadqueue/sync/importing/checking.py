"""What is wrong with a mapping, held against the definitions, said before the first row is read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from leadqueue.definitions.model import Definitions, FieldScope, Side
from leadqueue.domain.decision import FieldError
from leadqueue.domain.values import check_value, nearest, parse_text
from leadqueue.sync.importing.templates import columns, fill

if TYPE_CHECKING:
    from leadqueue.sync.importing.mapping import Mapping


def problems(mapping: Mapping, definitions: Definitions) -> list[str]:
    """One line for each problem: its place in the file and, where there is one, the nearest right word."""
    return (
        _templates(mapping)
        or [*_fields(mapping, definitions), *_names(mapping, definitions)]
        or _wrong_values(mapping, definitions)
    )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    close = nearest(word, known)
    return f"; did you mean {close}?" if close else ""


def _templates(mapping: Mapping) -> list[str]:
    found: list[str] = []
    for place, given in mapping.choices().items():
        for template in given:
            try:
                named = columns(template)
            except ValueError as error:
                found.append(f"{place}: {error}")
                continue
            if place == "source_id" and not named:
                found.append(
                    f"source_id: '{template[:60]}' has no column, so that all rows would be one lead; "
                    "columns stand in braces, like {Id}"
                )
    return found


def _fields(mapping: Mapping, definitions: Definitions) -> list[str]:
    found: list[str] = []
    allowed = [
        key
        for key, spec in definitions.fields.items()
        if spec.scope is FieldScope.LEAD and spec.owner is not Side.SHARED
    ]
    groups: dict[str, Iterable[str]] = {
        "fields": mapping.fields,
        "values": mapping.values,
        "not_in_list": mapping.not_in_list,
        "left_empty": mapping.left_empty,
    }
    for group, keys in groups.items():
        for key in keys:
            if key not in allowed:
                what = "is set by sales alone" if key in definitions.fields else "is no field of a lead"
                found.append(f"{group}.{key}: {what}{did_you_mean(key, allowed)}")
            elif key not in mapping.fields:
                found.append(f"{group}.{key}: the mapping has no such field under [fields]")
    return found


def _names(mapping: Mapping, definitions: Definitions) -> list[str]:
    found: list[str] = []
    for key, name in mapping.not_in_list.items():
        if name not in definitions.lists:
            hint = did_you_mean(name, definitions.lists)
            found.append(f"not_in_list.{key}: '{name[:60]}' is no list of the definitions{hint}")
    kinds = definitions.vocabularies["signal_kind"].values
    for number, signal in enumerate(mapping.signals, start=1):
        if signal.kind not in kinds:
            hint = did_you_mean(signal.kind, kinds)
            found.append(f"signals.{number}.kind: '{signal.kind[:60]}' is no signal{hint}")
    return found


def _wrong_values(mapping: Mapping, definitions: Definitions) -> list[str]:
    """Constants and translations that the definitions refuse: better said once than for every row."""
    texts: list[tuple[str, str, str]] = []
    for key, given in mapping.fields.items():
        if key not in mapping.values:
            choices = (given,) if isinstance(given, str) else given
            constants = (each for each in choices if not columns(each))
            texts += [(f"fields.{key}", key, fill(each, {})) for each in constants]
    for key, table in mapping.values.items():
        texts += [(f"values.{key}.{text or 'empty'}", key, value) for text, value in table.items()]
    found: list[str] = []
    for place, key, text in texts:
        value = parse_text(key, text, definitions)
        error = value if isinstance(value, FieldError) else check_value(key, value, definitions, date.min)
        if error:
            found.append(f"{place}: {error.message}")
    return found

"""Loaded by schemathesis: lets made-up requests speak of leads, fields and reasons that exist.

Random keys and ids would never get past "there is no such lead". Only what is well formed is replaced by
something as well formed, so that a request that was made to be wrong stays wrong.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Sequence

import schemathesis
from tests.apifuzz.known import KNOWN_IDS, Known
from tests.builders import DEFINITIONS, EXAMPLE_VALUES, GOOD_FIELDS

from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import FieldValues

Object = dict[str, object]
_IDS: Known = json.loads(os.environ[KNOWN_IDS])
_FIELDS = tuple(DEFINITIONS.fields)
_LONGEST_KEY = 64
_MOST_KEYS = 60
_UUID_LENGTH = 36


def _number(value: object) -> int:
    return zlib.crc32(json.dumps(value, sort_keys=True, default=str).encode())


def _chosen(many: Sequence[str], value: object) -> str:
    return many[_number(value) % len(many)]


def _told(values: object, base: FieldValues) -> object:
    """The values under names of real fields, over `base` or without it."""
    if not isinstance(values, dict) or len(values) > _MOST_KEYS - len(base):
        return values
    fits = all(isinstance(key, str) and len(key) <= _LONGEST_KEY for key in values)
    if not fits:
        return values
    number = _number(values)
    named = {_chosen(_FIELDS, key) if number % 3 else key: value for key, value in sorted(values.items())}
    return {**base, **named} if number % 4 else named


def _decision(item: Object) -> Object:
    lead_id, kind = item.get("lead_id"), item.get("kind")
    changed = dict(item)
    if isinstance(lead_id, str) and len(lead_id) == _UUID_LENGTH and _number(lead_id) % 8:
        changed["lead_id"] = _chosen(_IDS["leads"], lead_id)
    if isinstance(kind, str) and kind in list(DecisionKind) and "values" in item:
        changed["values"] = _told(item["values"], EXAMPLE_VALUES[DecisionKind(kind)])
    return changed


def _lead(item: Object) -> Object:
    changed = dict(item)
    if "fields" in item:
        changed["fields"] = _told(item["fields"], GOOD_FIELDS)
    owner = item.get("owner")
    if isinstance(owner, str) and _number(item) % 4:
        changed["owner"] = _chosen(_IDS["owners"], owner)
    return _sourced(changed, "source_id")


def _signal(item: Object) -> Object:
    return _sourced(item, "lead_source_id")


def _sourced(item: Object, key: str) -> Object:
    changed = dict(item)
    source_id = item.get(key)
    if isinstance(source_id, str) and 0 < len(source_id) <= _LONGEST_KEY and _number(source_id) % 2:
        changed[key] = _chosen(_IDS["sources"], source_id)
    kind = item.get("kind")
    if isinstance(kind, str) and "\0" not in kind and len(kind) <= _LONGEST_KEY and _number(kind) % 4:
        changed["kind"] = _chosen(_IDS["kinds"], kind)
    return changed


_LISTS: dict[str, Callable[[Object], Object]] = {
    "decisions": _decision,
    "leads": _lead,
    "signals": _signal,
}


@schemathesis.hook
def map_body(_context: schemathesis.HookContext, body: object) -> object:
    if not isinstance(body, dict):
        return body
    changed = dict(body)
    for key, change in _LISTS.items():
        items = body.get(key)
        if isinstance(items, list):
            changed[key] = [change(item) if isinstance(item, dict) else item for item in items]
    return changed

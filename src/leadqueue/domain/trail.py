"""The audit trail's arithmetic: what changed between two states, and the state from its changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import cast

from pydantic import TypeAdapter

from leadqueue.domain.lead import Lead

LEAD_ADAPTER: TypeAdapter[Lead] = TypeAdapter(Lead)
"""The one JSON form of a lead: on the wire, in every store, in the trail."""

SIGNALS_KEPT = 30
"""Signals that travel with a lead, newest first; older ones are only counted in the tallies."""

_MAPS = ("fields", "provenance")
_GROWING = ("touches", "notes", "rejections", "clocks")

State = dict[str, object]


_PARTS = frozenset(each.name for each in fields(Lead))


def state_of(lead: Lead, parts: frozenset[str] = _PARTS) -> State:
    """The lead, or those parts of it, in its JSON form."""
    return cast("State", LEAD_ADAPTER.dump_python(lead, mode="json", include=set(parts)))


def _differing(before: Lead | None, after: Lead) -> frozenset[str]:
    """The parts that are not the same. Most steps touch a few, and the JSON form of the others costs."""
    if before is None:
        return _PARTS
    return frozenset(part for part in _PARTS if getattr(before, part) != getattr(after, part))


def changes(before: Lead | None, after: Lead) -> tuple[State, State]:
    """What a step changed, as (`before`, `after`) parts.

    Keys are parts of the lead; `fields.x` is one field, `touches+` items added at the end, and `signals^`
    items added at the front of the list of at most `SIGNALS_KEPT`. A None under `after` removes a field.
    """
    parts = _differing(before, after)
    old = state_of(before, parts) if before else {}
    new = state_of(after, parts)
    was: State = {}
    now: State = {}
    for part, value in new.items():
        earlier = old.get(part)
        if value == earlier and part in old:
            continue
        if part in _MAPS:
            _map_changes(part, cast("State", earlier or {}), cast("State", value), was, now)
        elif (
            before is not None
            and part in _GROWING
            and _grew(cast("list[object]", earlier), cast("list[object]", value))
        ):
            now[f"{part}+"] = cast("list[object]", value)[len(cast("list[object]", earlier)) :]
        elif before is not None and part == "signals" and (front := _front(earlier, value)) is not None:
            now["signals^"] = front
        else:
            if before is not None:
                was[part] = earlier
            now[part] = value
    return was, now


def _map_changes(part: str, old: State, new: State, was: State, now: State) -> None:
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key) or (key in old) != (key in new):
            if key in old:
                was[f"{part}.{key}"] = old[key]
            now[f"{part}.{key}"] = new.get(key)


def _grew(old: list[object], new: list[object]) -> bool:
    return len(new) > len(old) and new[: len(old)] == old


def _front(old: object, new: object) -> list[object] | None:
    earlier, later = cast("list[object]", old), cast("list[object]", new)
    for count in range(len(later) + 1):
        if (later[:count] + earlier)[:SIGNALS_KEPT] == later:
            return later[:count]
    return None


def rebuild(afters: Iterable[State]) -> Lead:
    """The lead that the `after` parts of its whole trail, in order, amount to.

    Raises `pydantic.ValidationError` where the trail does not start with the lead's creation.
    """
    state: State = {part: {} for part in _MAPS}
    for after in afters:
        for key, value in after.items():
            part, _, name = key.partition(".")
            if part in _MAPS and name:
                mapping = cast("State", state.setdefault(part, {}))
                if value is None:
                    mapping.pop(name, None)
                else:
                    mapping[name] = value
            elif key.endswith("+"):
                state[key[:-1]] = cast("list[object]", state[key[:-1]]) + cast("list[object]", value)
            elif key == "signals^":
                state["signals"] = (cast("list[object]", value) + cast("list[object]", state["signals"]))[
                    :SIGNALS_KEPT
                ]
            else:
                state[key] = value
    return LEAD_ADAPTER.validate_python(state)

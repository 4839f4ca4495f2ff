"""Where two definitions files differ, leaf by leaf: the ground on which `diff` speaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from leadqueue.definitions.model import Definitions

Tree = dict[str, object]
Names = tuple[str, ...]

_WHOLE = frozenset({"moves"})
"""Lists whose entries have no name of their own; they are compared as one."""
_NAMES = ("key", "field")
ORDER = "(order)"
"""Stands at the end of the path where only the order of entries differs."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the files differ. `was` and `now` are None where that file has nothing there."""

    path: Names
    was: object
    now: object
    old: Definitions
    new: Definitions


def differences(old: Definitions, new: Definitions) -> Iterator[Difference]:
    """Every difference once; an entry that came or went is one difference."""
    before = cast("Tree", old.model_dump(mode="json", by_alias=True))
    after = cast("Tree", new.model_dump(mode="json", by_alias=True))
    for path, was, now in _compare((), before, after):
        yield Difference(path, was, now, old, new)


def _compare(path: Names, was: object, now: object) -> Iterator[tuple[Names, object, object]]:
    if path and path[-1] in _WHOLE:
        if was != now:
            yield path, was, now
        return
    before, after = _entries(was), _entries(now)
    if before is None or after is None:
        if was != now:
            yield path, was, now
        return
    for name in [*before, *(each for each in after if each not in before)]:
        if name in before and name in after:
            yield from _compare((*path, name), before[name], after[name])
        elif before.get(name) is not None or after.get(name) is not None:
            yield (*path, name), before.get(name), after.get(name)
    common_before = [name for name in before if name in after]
    common_after = [name for name in after if name in before]
    if common_before != common_after:
        yield (*path, ORDER), common_before, common_after


def _entries(value: object) -> Tree | None:
    """The named entries of a table, or of a list whose entries have names; None for a leaf."""
    if isinstance(value, dict):
        return cast("Tree", value)
    if not isinstance(value, list):
        return None
    entries: Tree = {}
    for entry in value:
        name = next((entry[key] for key in _NAMES if key in entry), None) if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in entries:
            return None
        entries[name] = cast("object", entry)
    return entries

"""Changing the program's code for a while: a piece of a function's source, or of a constant's, is replaced
and the result put where the right one was.

A function keeps its identity and gets other code, so whoever imported it, bound it or decorated it runs the
changed one. A piece that is not there exactly once is an error: a mutant must not outlive what it mutates.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import CodeType, FunctionType, ModuleType
from unittest.mock import patch

Swaps = tuple[tuple[str, str], ...]
"""What is replaced by what, one after the other."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The program with one thing done wrong. `edits` by "module:qualified.name"."""

    name: str
    says: str
    edits: Mapping[str, Swaps]


def swap(place: str, old: str, new: str) -> dict[str, Swaps]:
    """The edits of a mutant with one piece changed."""
    return {place: ((old, new),)}


class StaleMutant(Exception):
    """The code that a mutant changes is not there any more, or is there twice."""


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Run the program with the mutant's edits in it. Raises `StaleMutant`."""
    with ExitStack() as stack:
        for place, swaps in mutant.edits.items():
            module_name, _, path = place.partition(":")
            module = import_module(module_name)
            found = _found(module, path)
            if isinstance(found, FunctionType):
                stack.enter_context(_other_code(module, found, swaps))
            else:
                stack.enter_context(patch.object(module, path, _other_value(module, path, swaps)))
        yield


def _found(module: ModuleType, path: str) -> object:
    found: object = module
    for name in path.split("."):
        try:
            found = inspect.getattr_static(found, name)
        except AttributeError as error:
            raise StaleMutant(f"{module.__name__} has no {path} any more") from error
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, (staticmethod, classmethod)):
        found = found.__func__
    return inspect.unwrap(found) if callable(found) else found


def _swapped(text: str, swaps: Swaps, where: str) -> str:
    for old, new in swaps:
        if text.count(old) != 1:
            raise StaleMutant(f"{where} holds {text.count(old)} times: {old}")
        text = text.replace(old, new)
    return text


@contextmanager
def _other_code(module: ModuleType, function: FunctionType, swaps: Swaps) -> Iterator[None]:
    """The whole module is compiled anew, so that the code finds all that it found before; only this one
    function of it is used."""
    whole, part = inspect.getsource(module), inspect.getsource(function)
    if whole.count(part) != 1:
        raise StaleMutant(f"{function.__qualname__} is not found in its module")
    changed = whole.replace(part, _swapped(part, swaps, function.__qualname__))
    made = [
        code
        for code in _codes(compile(changed, str(module.__file__), "exec", dont_inherit=True))
        if code.co_qualname == function.__qualname__
    ]
    if len(made) != 1:
        raise StaleMutant(f"{function.__qualname__} stands {len(made)} times in its module")
    before = function.__code__
    function.__code__ = made[0]
    try:
        yield
    finally:
        function.__code__ = before


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _other_value(module: ModuleType, name: str, swaps: Swaps) -> object:
    source = inspect.getsource(module)
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                part = ast.get_source_segment(source, value) or ""
                return eval(f"(\n{_swapped(part, swaps, name)}\n)", dict(vars(module)))  # noqa: S307 - our own source
    raise StaleMutant(f"{module.__name__} assigns {name} nowhere")

"""How hard the fuzz tests try, and what they share.

`LEADQUEUE_FUZZ_EXAMPLES` sets the examples of each test, with fresh luck in every run; without it each test
makes a few, the same in every run.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("LEADQUEUE_FUZZ_EXAMPLES", "0"))
LONGEST_S = 60
"""Seconds after which an input counts as one that hangs; thousands of times what any of them takes."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

ANY_TEXT = st.text(st.characters())
"""Text as JSON can spell it, with NUL and lone surrogates."""

NASTY_TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "\0",
            "\ud800",
            "\udfff",
            "\x1b[2J\x1b]0;owned\x07",
            "\u202eevil",
            "a" * 5000,
            "e\u0301" * 50,
        ),
        *(
            "\ufeff",
            "\r\n",
            "=cmd|' /C calc'!A0",
            "[@click=app.quit]x[/]",
            "{0.__class__}",
            "%s%n",
            "../../x",
        ),
        *("NaN", "null", "1e999", "-0", "0x10", "١٢٣", "²", "\U0001f469\u200d\U0001f680", "\u2028"),
    ]
)
NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([2**31, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, -1, 0]),
    st.floats(),
)
LEAVES = st.one_of(st.none(), st.booleans(), NUMBERS, NASTY_TEXTS, ANY_TEXT)
JSON: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(ANY_TEXT, inner, max_size=4)),
    max_leaves=20,
)


def fuzzed(examples: int) -> settings:
    """The settings of a test that makes `examples` in the suite."""
    return settings(
        max_examples=EXAMPLES or examples,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


class Hangs(BaseException):
    """An input keeps the program from going on."""


@contextmanager
def in_time() -> Iterator[None]:
    """Raise `Hangs` out of a block that does not end by itself."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LONGEST_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _at(value: Json, place: list[int], replacement: Json) -> Json:
    if not place or not isinstance(value, list | dict) or not value:
        return replacement
    step, rest = place[0], place[1:]
    if isinstance(value, list):
        index = step % len(value)
        return [*value[:index], _at(value[index], rest, replacement), *value[index + 1 :]]
    key = list(value)[step % len(value)]
    return {**value, key: _at(value[key], rest, replacement)}


@st.composite
def mutated(draw: st.DrawFn, value: Json) -> Json:
    """`value` with something else in one to three places."""
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.lists(st.integers(0, 50), max_size=6))
        value = _at(value, place, draw(JSON))
    return value

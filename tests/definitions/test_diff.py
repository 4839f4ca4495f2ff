"""Comparing and showing definitions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadqueue.definitions.diff import diff, flattened
from leadqueue.definitions.loader import default_text, parse, shipped
from leadqueue.definitions.show import overview

TEXT = default_text()
DEFINITIONS = shipped().definitions
LEAVES = sorted(
    path for path, value in flattened(DEFINITIONS.model_dump(mode="json", by_alias=True)).items() if value
)


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) >= 1, old
    return TEXT.replace(old, new, 1)


class TestDiff:
    def test_nothing_changes_between_a_file_and_itself(self) -> None:
        assert diff(DEFINITIONS, DEFINITIONS) == ()

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ("minutes = 1440", "minutes = 960", "The clock 'Review': 24 business hours → 16 business hours"),
            ("score = 50", "score = 60", "The MQL bar: 50 → 60 score"),
        ],
    )
    def test_in_words(self, old: str, new: str, words: str) -> None:
        found = diff(DEFINITIONS, parse(changed(old, new)).definitions)
        assert words in [change.words for change in found]

    @settings(max_examples=120, deadline=None)
    @given(st.sampled_from(LEAVES))
    def test_no_change_goes_untold(self, path: str) -> None:
        """Every leaf that differs leads to at least one sentence about its part of the file."""
        data = DEFINITIONS.model_dump(mode="json", by_alias=True)
        before = flattened(data)[path]
        _set(data, path.split("."), _other(before))
        try:
            new = type(DEFINITIONS).model_validate(data)
        except ValueError:
            return
        assert any(
            change.path.split(".")[0] == path.split(".", maxsplit=1)[0] for change in diff(DEFINITIONS, new)
        )


def _set(holder: object, path: list[str], value: object) -> None:
    """Put the value at the end of the path through nested tables and lists."""
    first, *rest = path
    if isinstance(holder, list):
        if rest:
            _set(holder[int(first)], rest, value)
        else:
            holder[int(first)] = value
    elif isinstance(holder, dict):
        if rest:
            _set(holder[first], rest, value)
        else:
            holder[first] = value


def _other(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}x"


def test_the_overview_names_every_stage_reason_and_clock() -> None:
    text = "\n".join(overview(DEFINITIONS))
    for part in (DEFINITIONS.stages, DEFINITIONS.reasons, DEFINITIONS.clocks):
        for key, spec in part.items():
            assert key in text
            assert spec.label in text

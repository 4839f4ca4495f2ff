"""Checking and comparing definitions files."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadqueue.definitions.check import check_text
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


def test_the_shipped_file_holds() -> None:
    assert check_text(TEXT) == ()


@pytest.mark.parametrize(
    ("old", "new", "path", "message"),
    [
        (
            'stages = ["mql"]\nstarts',
            'stages = ["mqll"]\nstarts',
            "clocks.review.stages.0",
            "did you mean 'mql'",
        ),
        ('calendar = "default"', 'calendar = "defalt"', "clocks.review.calendar", "did you mean 'default'"),
        (
            'requires = ["email", "company_name", "company_domain"]',
            'requires = ["emial"]',
            "stages.lead.requires.0",
            "did you mean 'email'",
        ),
        (
            'disposition = "reject"',
            'dispositoin = "reject"',
            "decisions.reject.dispositoin",
            "unknown key; did you mean 'disposition'",
        ),
        ('zone = "UTC"\ncountry', 'zone = "Mars/Base"\ncountry', "calendars.default.zone", "no time zone"),
        ('qualification = "bant"', 'qualification = "bent"', "qualification", "did you mean 'bant'"),
        ("minutes = 1440", 'minutes = "a day"', "clocks.review.minutes", "integer"),
        ("first_share = 0.4", "first_share = 0.7", "attribution.last_share", "more than the whole"),
    ],
)
def test_an_error_names_line_key_and_nearest_value(old: str, new: str, path: str, message: str) -> None:
    text = changed(old, new)
    [finding] = [each for each in check_text(text) if each.path == path]
    assert finding.severity == "error"
    assert message in finding.message
    assert finding.line is not None
    line = text.splitlines()[finding.line - 1]
    assert path.split(".", maxsplit=1)[0] in line or any(part in line for part in path.split("."))


def test_a_move_backward_must_be_an_override() -> None:
    text = TEXT.replace("[decisions.touch]", "[decisions.touch]", 1)
    data = tomllib.loads(text)
    data["decisions"]["accept"]["moves"][0]["to"] = "lead"
    from leadqueue.definitions.model import Definitions
    from leadqueue.definitions.references import flaws

    messages = [flaw.message for flaw in flaws(Definitions.model_validate(data))]
    assert any("leads backward" in message for message in messages)


def test_not_interested_is_not_a_reason() -> None:
    text = changed('label = "No budget"', 'label = "Not interested"')
    assert any("is not a reason" in finding.message for finding in check_text(text))


def test_broken_toml_names_its_line() -> None:
    [finding] = check_text("format = 1\nversion = ?\n")
    assert finding.line == 2
    assert "not TOML" in finding.message


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TEXT.splitlines()) - 1))
def test_no_missing_line_crashes_the_check(number: int) -> None:
    lines = TEXT.splitlines()
    del lines[number]
    for finding in check_text("\n".join(lines)):
        assert finding.message


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_text_crashes_the_check(text: str) -> None:
    assert check_text(text) or not text.strip()


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

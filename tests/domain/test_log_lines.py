"""A log's line is one line, obeyed by no terminal, and tells nobody's data."""

from __future__ import annotations

import logging
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadqueue.domain.log_lines import as_text, facts_of, trace

HOSTILE = "of ada@engines.example \x1b]0;owned\x07\x1b[2J\r\n2026 error forged \u202e"


def failed(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as raised:
        return raised


def record(name: str, message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord(name, logging.ERROR, __file__, 1, message, args, info)


def test_of_an_exception_its_kind_and_its_places_are_written() -> None:
    line = as_text(
        facts_of(record("leadqueue.sync.loop", "a cycle failed", error=failed(ValueError(HOSTILE))))
    )
    assert " error leadqueue.sync.loop a cycle failed error=builtins.ValueError at test_log_lines.py:" in line
    assert line.endswith(" failed")
    assert "ada" not in line
    assert "owned" not in line


def test_an_exception_that_was_never_raised_has_no_place() -> None:
    assert trace(KeyError("ada@engines.example")) == "builtins.KeyError at an unknown place"


def test_of_a_library_only_the_first_line_is_written() -> None:
    asyncio = record("asyncio", "Task exception was never retrieved\nfuture: ValueError('of ada@x.example')")
    assert "Task exception was never retrieved" in as_text(facts_of(asyncio))
    assert "ada" not in as_text(facts_of(asyncio))


@pytest.mark.parametrize("logger", ["leadqueue.cache.desk", "asyncio"])
@given(text=st.text() | st.just(HOSTILE))
def test_no_text_gets_at_the_terminal_or_begins_a_line(logger: str, text: str) -> None:
    written = record(logger, "%s cannot be read", text)
    written.facts = {"route": text}
    line = as_text(facts_of(written))
    assert not [each for each in line if unicodedata.category(each) in ("Cc", "Cs")]

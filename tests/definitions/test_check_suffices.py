"""What `check` lets pass, the rules can work with: no part of the program falls over sound definitions."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import (
    DIRECTORY,
    EXAMPLE_VALUES,
    MAYA,
    NOW,
    RITA,
    acting,
    decision,
    received,
    signal,
)
from tests.definitions.edits import DEFINITIONS, TEXT, errors, read

from leadqueue.definitions.diff import diff
from leadqueue.definitions.model import DecisionKind, Definitions, FieldType
from leadqueue.definitions.show import overview
from leadqueue.domain.decide import available, decide
from leadqueue.domain.decision import Applied
from leadqueue.domain.forms import form_for
from leadqueue.domain.history import changed_since
from leadqueue.domain.lead import FieldValue, FieldValues, Lead
from leadqueue.domain.queue import section_of, urgent_clock

SECTIONS = TEXT[: TEXT.index("[vocabularies.currency]")].splitlines()
REST = TEXT[TEXT.index("[vocabularies.currency]") :]
"""The long vocabularies stay as they are: changes there say little."""

_SAMPLES: dict[FieldType, FieldValue] = {
    FieldType.TEXT: "some text",
    FieldType.LONG_TEXT: "some text that is long enough",
    FieldType.EMAIL: "ada@engines.example",
    FieldType.DOMAIN: "engines.example",
    FieldType.URL: "https://engines.example",
    FieldType.PHONE: "+1 555 0100",
    FieldType.INTEGER: 100,
    FieldType.MONEY: 1000,
    FieldType.BOOLEAN: True,
    FieldType.DATE: "2027-06-01",
    FieldType.USER: RITA.id,
}


def filled(kind: DecisionKind, lead: Lead, definitions: Definitions) -> FieldValues:
    """A form filled in with the first choice of everything, as far as conditions go."""
    values: FieldValues = {}
    for _ in range(3):
        for entry in form_for(kind, (lead,), values, definitions, acting(MAYA), DIRECTORY):
            sample = entry.choices[0][0] if entry.choices else _SAMPLES.get(entry.type)
            values.setdefault(entry.field, sample)
    return values


def live_with(definitions: Definitions) -> int:
    """A lead's life under these definitions; how many decisions of it held."""
    held = 0
    list(overview(definitions))
    diff(DEFINITIONS, definitions)
    kinds = list(definitions.vocabularies["signal_kind"].values)
    incoming = received(
        signals=tuple(signal(kind) for kind in kinds if kind != "careers_page"), definitions=definitions
    )
    lead = incoming.lead
    if lead is None:
        return held
    at = NOW
    for person in (RITA, MAYA):
        for _ in range(6):
            for kind in available(lead, definitions, acting(person)):
                at += timedelta(hours=1)
                for values in (filled(kind, lead, definitions), EXAMPLE_VALUES[kind], {}):
                    outcome = decide(
                        lead, decision(lead, kind, values, at=at), definitions, acting(person), at, DIRECTORY
                    )
                    if isinstance(outcome, Applied):
                        lead, held = outcome.lead, held + 1
                        break
            section_of(lead, definitions)
            urgent_clock(lead, definitions)
            for past in lead.rejections:
                changed_since(lead, past, definitions)
    return held


def test_the_shipped_definitions_carry_a_life() -> None:
    assert live_with(DEFINITIONS) > 10


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SECTIONS) - 1), st.integers(1, 12))
def test_without_some_lines(start: int, count: int) -> None:
    text = "\n".join(SECTIONS[:start] + SECTIONS[start + count :]) + "\n" + REST
    if not errors(text):
        live_with(read(text))


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_with_two_words_exchanged(data: st.DataObject) -> None:
    """One quoted word of the file stands in place of another."""
    parts = "\n".join(SECTIONS).split('"')
    words = list(range(1, len(parts), 2))
    here = data.draw(st.sampled_from(words))
    parts[here] = parts[data.draw(st.sampled_from(words))]
    text = '"'.join(parts) + "\n" + REST
    if not errors(text):
        live_with(read(text))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SECTIONS) - 1), st.sampled_from(["true", "false", "0", "1", "3", "100000"]))
def test_with_another_figure(number: int, value: str) -> None:
    lines = list(SECTIONS)
    name, equals, _ = lines[number].partition(" = ")
    if not equals:
        return
    lines[number] = f"{name} = {value}"
    text = "\n".join(lines) + "\n" + REST
    if not errors(text):
        live_with(read(text))

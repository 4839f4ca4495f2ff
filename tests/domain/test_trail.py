"""The audit trail: a lead is the sum of its lines."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    EXAMPLE_VALUES,
    MAYA,
    NOW,
    RITA,
    acting,
    after,
    decision,
    mql,
    received,
    signal,
)

from leadqueue.domain.decide import available, decide
from leadqueue.domain.decision import Applied
from leadqueue.domain.lead import Lead
from leadqueue.domain.trail import LEAD_ADAPTER, SIGNALS_KEPT, changes, rebuild, state_of


def test_nothing_changed_is_nothing_written() -> None:
    lead = mql()
    assert changes(lead, lead) == ({}, {})


def test_the_first_line_holds_the_whole_lead() -> None:
    lead = mql()
    was, now = changes(None, lead)
    assert was == {}
    assert rebuild([now]) == lead


def test_a_line_names_single_fields_and_only_what_is_new() -> None:
    lead = mql()
    changed = after(lead, "touch")
    was, now = changes(lead, changed)
    assert "touches" not in now
    assert len(now["touches+"]) == 1  # type: ignore[arg-type] # a list in JSON form
    assert not any(key.startswith("fields") for key in now)
    was, now = changes(changed, replace(changed, fields={**changed.fields, "phone": "+1 555 0100"}))
    assert (was, now) == ({}, {"fields.phone": "+1 555 0100"})


def test_a_field_that_goes_is_written_as_none() -> None:
    lead = mql(job_title="Head")
    fields = {key: value for key, value in lead.fields.items() if key != "job_title"}
    was, now = changes(lead, replace(lead, fields=fields))
    assert (was, now) == ({"fields.job_title": "Head"}, {"fields.job_title": None})
    assert "job_title" not in rebuild([changes(None, lead)[1], now]).fields


def test_new_signals_are_added_in_front_and_old_ones_fall_off() -> None:
    signals = tuple(signal("page_visit", NOW - timedelta(days=day)) for day in range(SIGNALS_KEPT))
    lead = replace(mql(), signals=signals)
    newest = signal("demo_request", NOW)
    changed = replace(lead, signals=(newest, *signals)[:SIGNALS_KEPT])
    _, now = changes(lead, changed)
    assert list(now) == ["signals^"]
    assert len(now["signals^"]) == 1  # type: ignore[arg-type] # as above
    assert rebuild([changes(None, lead)[1], now]) == changed


def test_a_trail_without_its_beginning_is_refused() -> None:
    with pytest.raises(ValidationError):
        rebuild([{"stage": "sal"}])
    with pytest.raises(ValidationError):
        rebuild([])


def test_an_override_that_undoes_a_recycling_is_in_the_trail_and_in_the_lead() -> None:
    recycled = after(mql(), "recycle")
    lead = after(recycled, "reopen")
    first, second = changes(None, recycled)[1], changes(recycled, lead)[1]
    assert rebuild([first, second]) == lead
    assert lead.rejections[0].undone_at is not None


def test_a_rejection_stored_before_overrides_left_their_mark_can_be_read() -> None:
    stored = LEAD_ADAPTER.dump_json(after(mql(), "recycle")).replace(b',"undone_at":null', b"")
    assert b"undone_at" not in stored
    assert LEAD_ADAPTER.validate_json(stored).rejections[0].undone_at is None


def test_the_json_form_goes_there_and_back() -> None:
    lead = after(after(after(mql(signals=(signal("demo_request"),)), "accept"), "touch"), "recycle")
    assert LEAD_ADAPTER.validate_json(json.dumps(state_of(lead))) == lead


STEPS = st.lists(
    st.one_of(st.integers(0, 10), st.sampled_from(["signal", "fields", "recycled again"])), max_size=14
)


def lived(steps: list[int | str]) -> tuple[Lead, list[tuple[dict[str, object], dict[str, object]]]]:
    """A lead after these steps, and the lines of its trail."""
    outcome = received(signals=(signal("demo_request"),))
    assert outcome.lead is not None
    assert outcome.audit is not None
    lead, lines, at = outcome.lead, [(outcome.audit.before, outcome.audit.after)], NOW
    for step in steps:
        at += timedelta(hours=3)
        if isinstance(step, str):
            fields = {**lead.fields, "city": f"Town {at:%d%H}"} if step == "fields" else None
            again = received(
                existing=lead, fields=fields or {}, signals=(signal("demo_request", at),), now=at
            )
            assert again.lead is not None
            if again.audit is not None:
                lead = again.lead
                lines.append((again.audit.before, again.audit.after))
            continue
        for person in (RITA, MAYA):
            kinds = available(lead, DEFINITIONS, acting(person))
            if not kinds:
                continue
            kind = kinds[step % len(kinds)]
            made = decision(lead, kind, EXAMPLE_VALUES[kind], at=at)
            found = decide(lead, made, DEFINITIONS, acting(person), at, DIRECTORY)
            if isinstance(found, Applied):
                lead = found.lead
                lines.append((found.audit.before, found.audit.after))
                break
    return lead, lines


@given(STEPS)
def test_any_lead_is_the_sum_of_its_lines(steps: list[int | str]) -> None:
    lead, lines = lived(steps)
    assert rebuild(now for _, now in lines) == lead
    stored = [json.loads(json.dumps(now)) for _, now in lines]
    assert rebuild(stored) == lead


@given(STEPS)
def test_before_is_what_was_there_before(steps: list[int | str]) -> None:
    _, lines = lived(steps)
    for number, (was, _) in enumerate(lines[1:], 1):
        state = state_of(rebuild(now for _, now in lines[:number]))
        for key, value in was.items():
            part, _, name = key.partition(".")
            held = state[part]
            assert (held[name] if name and isinstance(held, dict) else held) == value

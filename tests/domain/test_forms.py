"""Forms ready to be drawn, and the check before they are sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import (
    DEFINITIONS,
    DIRECTORY,
    EXAMPLE_VALUES,
    MAYA,
    NOW,
    OTTO,
    RAUL,
    RITA,
    acting,
    after,
    decision,
    mql,
)

from leadqueue.definitions.model import DecisionKind, FieldType, Role
from leadqueue.domain.decide import decide
from leadqueue.domain.decision import Refused
from leadqueue.domain.forms import check_form, form_for
from leadqueue.domain.lead import Colleague, FieldValues, Lead

WORDS = ["", "won", "lost", "bad_timing", "no_budget", "demo", "EUR", "call", "a longer text"]


def test_an_entry_has_all_that_a_widget_needs() -> None:
    reason, note = form_for(DecisionKind.REJECT, (mql(),), {}, DEFINITIONS, acting(RITA))
    assert (reason.field, reason.label, reason.type, reason.required) == (
        "reason",
        "Reason",
        FieldType.REASON,
        True,
    )
    assert ("no_budget", "No budget") in reason.choices
    assert "bad_timing" not in dict(reason.choices)
    assert (note.type, note.required, note.choices, note.max_length) == (
        FieldType.LONG_TEXT,
        False,
        (),
        10_000,
    )


def test_fields_of_the_reason_are_marked_as_such() -> None:
    entries = form_for(DecisionKind.RECYCLE, (mql(),), {"reason": "bad_timing"}, DEFINITIONS, acting(RITA))
    assert [(entry.field, entry.from_reason) for entry in entries] == [
        ("reason", False),
        ("revisit_on", True),
        ("note", False),
    ]
    assert entries[1].help == DEFINITIONS.fields["revisit_on"].help


def test_an_edit_form_starts_with_what_the_lead_has() -> None:
    lead = mql(job_title="Head", phone="+1 555 0100")
    form = form_for(DecisionKind.EDIT, (lead,), {}, DEFINITIONS, acting(RITA))
    entries = {entry.field: entry for entry in form}
    assert entries["job_title"].initial == "Head"
    assert entries["linkedin_url"].initial is None
    assert not any(entry.from_reason or entry.required for entry in entries.values())


def test_a_form_over_several_leads_starts_empty() -> None:
    several, rita = (mql(phone="+1 555 0100"), mql(phone="+1 555 0100")), acting(RITA)
    assert all(entry.initial is None for entry in form_for(DecisionKind.EDIT, several, {}, DEFINITIONS, rita))
    assert form_for(DecisionKind.ACCEPT, several, {}, DEFINITIONS, rita) == form_for(
        DecisionKind.ACCEPT, several[:1], {}, DEFINITIONS, rita
    )


def test_those_are_offered_by_name_to_whom_the_lead_may_be_given() -> None:
    def offered(*leads: Lead, by: Colleague = MAYA) -> list[str]:
        assignee = form_for(DecisionKind.REASSIGN, leads, {}, DEFINITIONS, acting(by), DIRECTORY)[0]
        assert all(DIRECTORY[key].name == name for key, name in assignee.choices)
        return [name for _, name in assignee.choices]

    assert offered(mql()) == ["Maya Manager", "Raúl Rep"]
    assert offered(mql(), mql(owner=RAUL)) == ["Maya Manager", "Raúl Rep", "Rita Rep"]
    assert offered(mql(owner=RAUL), mql(owner=RAUL)) == ["Maya Manager", "Rita Rep"]
    admin = replace(MAYA, role=Role.ADMIN, team_id=None)
    assert offered(mql(), by=admin) == ["Maya Manager", "Otto Elsewhere", "Raúl Rep"]


def test_the_check_is_that_of_the_rule_book() -> None:
    lead = mql()
    assert (
        check_form(
            lead, DecisionKind.ACCEPT, {"acceptance_reason": "strong_fit"}, DEFINITIONS, acting(RITA), NOW
        )
        == ()
    )
    [error] = check_form(lead, DecisionKind.ACCEPT, {}, DEFINITIONS, acting(RITA), NOW)
    assert (error.field, error.code) == ("acceptance_reason", "required")


def test_what_blocks_the_whole_form_is_all_that_is_said() -> None:
    lead = mql()
    for person, kind, field in (
        (OTTO, DecisionKind.ACCEPT, "owner"),
        (RITA, DecisionKind.CLOSE, "stage"),
        (RITA, DecisionKind.REASSIGN, "role"),
    ):
        [error] = check_form(lead, kind, {"nonsense": 1}, DEFINITIONS, acting(person), NOW)
        assert error.field == field
    assert (
        check_form(
            lead,
            DecisionKind.REASSIGN,
            EXAMPLE_VALUES[DecisionKind.REASSIGN],
            DEFINITIONS,
            acting(MAYA),
            NOW,
            DIRECTORY,
        )
        == ()
    )


@given(
    st.sampled_from(DecisionKind),
    st.dictionaries(
        st.sampled_from(sorted(DEFINITIONS.fields)),
        st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(WORDS)),
        max_size=5,
    ),
    st.booleans(),
)
def test_form_and_rule_book_say_the_same(kind: DecisionKind, values: FieldValues, accepted: bool) -> None:
    lead = after(mql(), "accept") if accepted else mql()
    values = {**EXAMPLE_VALUES[kind], **values}
    at = NOW + timedelta(minutes=30)
    said = check_form(lead, kind, values, DEFINITIONS, acting(RITA), at, DIRECTORY)
    outcome = decide(lead, decision(lead, kind, values, at=at), DEFINITIONS, acting(RITA), at, DIRECTORY)
    assert (outcome.errors if isinstance(outcome, Refused) else ()) == said

"""Who is meant by a text, and to whom a lead may be given."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, DIRECTORY, MAYA, NOW, OTTO, RAUL, RITA, acting, decision, mql, new_id

from leadqueue.definitions.model import Role
from leadqueue.domain.adjudicate import adjudicate, fold
from leadqueue.domain.decision import Applied, FieldError, Refused
from leadqueue.domain.lead import Colleague, Directory
from leadqueue.domain.people import labels, meant_by
from leadqueue.domain.values import check_value, parse_text

OPS = Colleague(
    "01900000-0000-7000-8000-00000000000e", "Olga Ops", Role.MARKETING_OPS, email="olga@s.example"
)
HOME = replace(RITA, email="rita@sales.example")
TWIN = replace(RITA, id=new_id(), email="Rita.Rep@sales.example")
PEOPLE: Directory = {each.id: each for each in (HOME, TWIN, RAUL, OPS)}

ADMIN = replace(MAYA, id=new_id(), name="Ada Admin", role=Role.ADMIN, team_id=None)
WHY = {"why": "On leave for a week."}


def read(text: str, people: Directory = PEOPLE) -> object:
    return parse_text("assignee", text, DEFINITIONS, directory=people)


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("Raúl Rep", RAUL),
        (f" {RAUL.id} ", RAUL),
        ("RITA@sales.example", HOME),
        ("rita.rep@Sales.example", TWIN),
        ("Rita Rep (rita@sales.example)", HOME),
    ],
)
def test_a_person_is_named_by_name_address_or_id(text: str, person: Colleague) -> None:
    assert read(text) == person.id


def test_a_name_that_several_have_is_refused_with_the_choices() -> None:
    error = read("Rita Rep")
    assert isinstance(error, FieldError)
    assert (error.field, error.code, set(error.allowed)) == ("assignee", "ambiguous", {HOME.id, TWIN.id})
    assert "Rita Rep (rita@sales.example), Rita Rep (Rita.Rep@sales.example)" in error.message


def test_who_has_no_leads_is_not_meant() -> None:
    assert read("olga@s.example") == "olga@s.example"
    assert labels({OPS.id: OPS}) == {}


def test_a_slip_is_told_with_the_name_that_is_near_and_no_id() -> None:
    error = check_value("assignee", "Raul Repp", DEFINITIONS, NOW.date(), directory=PEOPLE)
    assert error is not None
    assert (
        error.message == "New owner: 'Raul Repp' is not in the list; the nearest allowed value is 'Raúl Rep'"
    )


def test_an_address_that_is_not_known_leaves_the_end_of_the_id() -> None:
    twins = {each.id: each for each in (RITA, replace(RITA, id=TWIN.id))}
    assert labels(twins)[RITA.id] == f"Rita Rep ({RITA.id[-8:]})"


@given(st.lists(st.tuples(st.sampled_from(["Ann", "Bo", "Bo (b@x)"]), st.sampled_from(["", "b@x", "c@x"]))))
def test_whoever_is_offered_is_meant_by_what_they_are_called(people: list[tuple[str, str]]) -> None:
    """Up to those whom even their names and addresses do not tell apart."""
    found = [Colleague(new_id(), name, Role.REP, email=email) for name, email in people]
    directory = {each.id: each for each in found}
    for key, label in labels(directory).items():
        assert key in meant_by(label, directory)
        assert meant_by(key, directory) == (key,)


def outcome(assignee: Colleague, by: Colleague = MAYA) -> object:
    lead = mql()
    made = decision(lead, "reassign", {"assignee": assignee.id, **WHY})
    return adjudicate(lead, made, DEFINITIONS, acting(by), NOW, {**DIRECTORY, OPS.id: OPS})


def test_a_manager_gives_leads_to_the_own_team() -> None:
    assert isinstance(outcome(RAUL), Applied)
    assert isinstance(outcome(MAYA), Applied)
    refused = outcome(OTTO)
    assert isinstance(refused, Refused)
    [error] = refused.errors
    assert (error.field, error.code, error.allowed) == ("assignee", "other_team", (MAYA.id, RAUL.id))
    assert error.message == (
        "New owner: Otto Elsewhere is not in your team; choose Maya Manager, Raúl Rep, "
        "or ask an administrator, who gives leads across teams"
    )


def test_an_administrator_gives_them_across_teams() -> None:
    applied = outcome(OTTO, by=ADMIN)
    assert isinstance(applied, Applied)
    assert (applied.lead.owner_id, applied.lead.team_id) == (OTTO.id, "team-2")
    assert isinstance(outcome(OPS, by=ADMIN), Refused)


def test_nobody_beyond_the_team_is_named_to_its_manager() -> None:
    refused = outcome(OPS)
    assert isinstance(refused, Refused)
    assert set(refused.errors[0].allowed) == {MAYA.id, RAUL.id, RITA.id}
    assert refused.errors[0].code == "not_allowed"


def test_what_else_is_wrong_is_told_beside_it() -> None:
    lead = mql()
    made = decision(lead, "reassign", {"assignee": OTTO.id})
    refused = adjudicate(lead, made, DEFINITIONS, acting(MAYA), NOW, DIRECTORY)
    assert isinstance(refused, Refused)
    assert [(each.field, each.code) for each in refused.errors] == [
        ("assignee", "other_team"),
        ("why", "required"),
    ]


def test_an_older_decision_that_waits_is_refused_and_keeps_what_was_filled_in() -> None:
    lead = mql()
    waiting = decision(lead, "reassign", {"assignee": OTTO.id, **WHY}, at=NOW - timedelta(days=3))
    shown, void = fold(lead, [waiting], DEFINITIONS, acting(MAYA), NOW, DIRECTORY)
    assert shown == lead
    [(kept, why)] = void
    assert kept.values == {"assignee": OTTO.id, **WHY}
    assert isinstance(why, Refused)


def test_where_the_colleagues_are_not_known_the_server_judges() -> None:
    lead = mql()
    made = decision(lead, "reassign", {"assignee": OTTO.id, **WHY})
    assert isinstance(adjudicate(lead, made, DEFINITIONS, acting(MAYA), NOW), Applied)

"""Which leads are of one company, what is told of them, and which of them come first."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, MAYA, NOW, OTTO, RAUL, RITA, acting, after, mql, new_id

from leadqueue.definitions.model import Role
from leadqueue.domain.company import (
    GOOD_FOR,
    MOST_TOLD,
    Whose,
    ask_again,
    company_key,
    company_of,
    is_open,
    told_first,
    told_of,
)
from leadqueue.domain.decide import may_reach
from leadqueue.domain.lead import Actor, FieldValue


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"company_domain": "Engines.Example"}, {"company_domain": "engines.example"}, True),
        ({"company_domain": "a.example"}, {"company_domain": "b.example"}, False),
        ({"company_domain": None, "company_name": "MÜLLER"}, {"company_domain": "muller"}, True),
        ({"company_name": "One", "company_domain": "a.example"}, {"company_domain": "a.example"}, True),
    ],
)
def test_a_company_is_its_domain_else_its_name(
    one: dict[str, FieldValue], other: dict[str, FieldValue], same: bool
) -> None:
    def key(fields: dict[str, FieldValue]) -> str:
        domain, name = fields.get("company_domain"), fields.get("company_name")
        return company_key(str(domain or ""), str(name or ""))

    assert (key(one) == key(other)) is same


def test_a_lead_without_a_company_is_of_none() -> None:
    assert company_key("", "") == ""
    assert company_of(mql()) == "engines.example"


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_key_is_never_longer_than_an_index_takes(domain: str, name: str) -> None:
    key = company_key(domain, name)
    assert len(key) <= 200
    assert (key == "") is (key == company_key("", "")), "only what folds to nothing is none"


def test_what_is_told_of_a_lead_is_no_way_to_reach_its_person() -> None:
    lead = mql(owner=RAUL, phone="+44 20 7946 0000", linkedin_url="https://linkedin.example/ada")
    lead = after(after(lead, "accept", by=RAUL), "note", {"note": "Prefers e-mail."}, by=RAUL)
    told = told_of(lead, acting(RITA), DEFINITIONS)
    assert (told.name, told.title, told.stage) == ("Ada Byron", "Head of Operations", "sal")
    assert (told.owner_name, told.since, told.open, told.reached) == (
        "Raúl Rep",
        lead.stage_since,
        True,
        False,
    )
    for secret in ("engines.example", "7946", "linkedin", "Prefers"):
        assert secret not in repr(told)


def test_a_person_without_a_name_is_not_told_by_their_address() -> None:
    lead = mql(first_name=None, last_name=None)
    assert lead.person == "ada@engines.example"
    assert told_of(lead, acting(RITA), DEFINITIONS).name == ""


def test_open_is_what_the_definitions_call_so() -> None:
    assert {stage for stage in DEFINITIONS.stages if is_open(stage, DEFINITIONS)} == {
        "mql",
        "sal",
        "sql",
        "opportunity",
    }
    assert not is_open("none of theirs", DEFINITIONS)


@given(
    st.lists(st.sampled_from([*product(("mql", "won", "x"), (RITA, RAUL, OTTO, None))]), max_size=60),
    st.sampled_from([acting(RITA), acting(MAYA), Actor("a", "Ada", Role.ADMIN)]),
)
def test_first_come_colleagues_leads_then_open_ones_then_new_ones(
    kinds: list[tuple[str, object]], actor: Actor
) -> None:
    people = {None: (None, None)} | {each: (each.id, each.team_id) for each in (RITA, RAUL, OTTO)}
    found = [Whose(new_id(), stage, *people[owner]) for stage, owner in kinds]  # type: ignore[index]
    told = told_first(found, actor, DEFINITIONS)
    assert len(told) == min(len(found), MOST_TOLD)
    by_id = {each.id: each for each in found}

    def place(each: Whose) -> tuple[bool, bool]:
        return may_reach(each, actor), not is_open(each.stage, DEFINITIONS)

    shown = [by_id[each] for each in told]
    assert [place(each) for each in shown] == sorted(place(each) for each in found)[: len(told)]
    for one, next_one in pairwise(shown):
        assert place(one) < place(next_one) or one.id > next_one.id
    assert all(place(each) >= place(shown[-1]) for each in found if each.id not in told)


def test_it_is_asked_again_when_it_is_old_or_never_was_told() -> None:
    assert ask_again(None, NOW)
    assert not ask_again(NOW, NOW + GOOD_FOR - timedelta(seconds=1))
    assert ask_again(NOW, NOW + GOOD_FOR)
    assert ask_again(NOW + GOOD_FOR, NOW), "a clock that was moved says nothing of an age"

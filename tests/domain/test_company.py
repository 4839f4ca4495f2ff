"""Which leads are of one company, what is told of them, and which of them come first."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, MAYA, NOW, OTTO, RAUL, RITA, acting, after, mql, new_id

from leadqueue.definitions.loader import default_text, parse
from leadqueue.definitions.model import Role
from leadqueue.domain.company import (
    GOOD_FOR,
    MOST_TOLD,
    Whose,
    ask_again,
    company_key,
    company_of,
    free_mail,
    is_open,
    told_first,
    told_of,
)
from leadqueue.domain.decide import may_reach
from leadqueue.domain.lead import Actor, FieldValue
from leadqueue.domain.scoring import passes
from leadqueue.domain.text import folded

FREE = free_mail(DEFINITIONS)
LABELS = st.text("aäAÄöoßsバハばは1-", min_size=1, max_size=8)
DOMAINS = st.builds("{}.{}".format, LABELS, st.sampled_from(["example", "de", "ÖSTERREICH"]))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"company_domain": "Engines.Example"}, {"company_domain": "engines.example"}, True),
        ({"company_domain": "a.example"}, {"company_domain": "b.example"}, False),
        ({"company_domain": None, "company_name": "MÜLLER"}, {"company_domain": "muller"}, True),
        ({"company_name": "One", "company_domain": "a.example"}, {"company_domain": "a.example"}, True),
        ({"company_domain": "müller.example"}, {"company_domain": "muller.example"}, False),
        ({"company_domain": "müller.example"}, {"company_domain": "MÜLLER.example"}, True),
        ({"company_domain": "müller.example"}, {"company_domain": "mu\u0308ller.example"}, True),
        ({"company_domain": "バス.example"}, {"company_domain": "ハス.example"}, False),
        ({"company_domain": None, "company_name": "a.example"}, {"company_domain": "a.example"}, True),
    ],
)
def test_a_company_is_its_domain_else_its_name(
    one: dict[str, FieldValue], other: dict[str, FieldValue], same: bool
) -> None:
    def key(fields: dict[str, FieldValue]) -> str:
        domain, name = fields.get("company_domain"), fields.get("company_name")
        return company_key(str(domain or ""), str(name or ""), FREE)

    assert (key(one) == key(other)) is same


def test_a_lead_without_a_company_is_of_none() -> None:
    assert company_key("", "", FREE) == ""
    assert company_of(mql(), DEFINITIONS) == "engines.example"


@pytest.mark.parametrize(
    ("domain", "name"),
    [
        ("gmail.com", "Engines Ltd"),
        ("GMail.com", ""),
        ("mail.gmail.com", ""),
        ("", "gmail.com"),
        ("", "ada@gmail.com"),
        ("", "-"),
        ("", " ... "),
        ("", "\N{COMBINING DIAERESIS}"),
        ("", "😀"),
    ],
)
def test_what_strangers_share_is_no_company(domain: str, name: str) -> None:
    assert company_key(domain, name, FREE) == ""


@pytest.mark.parametrize(("domain", "name"), [("notgmail.com", ""), ("", "7"), ("", "Ⓐ"), ("", "株式会社")])
def test_a_letter_or_a_digit_names_a_company(domain: str, name: str) -> None:
    assert company_key(domain, name, FREE) != ""


def test_free_mail_is_what_the_mql_bar_looks_for_in_an_address() -> None:
    assert DEFINITIONS.lists["personal_domains"] == FREE
    other = default_text().replace(
        'exclusions = [\n    { key = "competitor", label = "Competitor", test = { field = "company_domain", ',
        'exclusions = [\n    { key = "competitor", label = "Competitor", test = { field = "email", ',
    )
    both = free_mail(parse(other).definitions)
    assert set(both) == {*FREE, *DEFINITIONS.lists["competitor_domains"]}
    start = other.index("    { key", other.index("exclusions = ["))
    none = other[:start] + other[other.index("]\n\n[lists]") :]
    assert free_mail(parse(none).definitions) == ()


@given(st.sampled_from([*FREE, "engines.example", "xgmail.com"]), st.sampled_from(["", "mail.", "x"]))
def test_no_company_is_at_a_domain_that_keeps_a_person_from_being_an_mql(domain: str, before: str) -> None:
    """The same list, read in the same way."""
    domain = before + domain
    [personal] = [each.test for each in DEFINITIONS.mql.exclusions if each.key == "personal_domain"]
    excluded = passes(personal, {"email": f"ada@{domain}"}, DEFINITIONS)
    assert (company_key(domain, "", FREE) == "") is excluded


@given(DOMAINS, DOMAINS)
def test_two_domains_are_one_where_they_differ_in_case_only(one: str, other: str) -> None:
    def spelt(domain: str) -> str:
        return unicodedata.normalize("NFC", domain).casefold()

    assert (company_key(one, "", FREE) == company_key(other, "", FREE)) is (spelt(one) == spelt(other))
    assert company_key(one.upper(), "", FREE) == company_key(one, "", FREE)


@given(DOMAINS)
def test_a_name_is_compared_without_accents(name: str) -> None:
    assert company_key("", name, FREE) == company_key("", folded(name), FREE) == folded(name)


@given(st.text(max_size=400), st.text(max_size=400))
def test_a_key_is_never_longer_than_an_index_takes(domain: str, name: str) -> None:
    assert len(company_key(domain, name, FREE)) <= 200
    assert bool(company_key("", name, FREE)) is any(char.isalnum() for char in folded(name))


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

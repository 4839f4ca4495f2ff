"""What has changed on a lead since it was rejected."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.builders import DEFINITIONS, MAYA, NOW, RAUL, RITA, after, mql, received, signal

from leadqueue.domain.history import ChangedFact, changed_between, changed_since
from leadqueue.domain.lead import FieldValues, Lead


def recycled() -> Lead:
    lead = mql(signals=(signal("webinar"), signal("demo_request")), company_size=240, annual_revenue=100_000)
    return after(lead, "recycle")


def facts(lead: Lead) -> tuple[ChangedFact, ...]:
    return changed_since(lead, lead.rejections[-1], DEFINITIONS)


def test_nothing_has_changed_right_after() -> None:
    assert facts(recycled()) == ()


def test_fields_are_told_by_label_with_both_values() -> None:
    lead = recycled()
    changed = replace(
        lead, fields={**lead.fields, "company_size": 900, "industry": "retail", "city": "Athens"}
    )
    assert set(facts(changed)) == {
        ChangedFact("Employees", "240", "900", origin="test"),
        ChangedFact("Industry", "Manufacturing", "Retail", origin="test"),
        ChangedFact("City", "", "Athens"),
    }


def test_money_is_told_with_its_currency() -> None:
    lead = recycled()
    changed = replace(lead, fields={**lead.fields, "annual_revenue": 250_000, "revenue_currency": "EUR"})
    assert ChangedFact("Annual revenue", "1,000.00", "2,500.00 EUR", origin="test") in facts(changed)


def test_a_field_that_went_is_told_too() -> None:
    lead = recycled()
    fields = {key: value for key, value in lead.fields.items() if key != "job_title"}
    assert facts(replace(lead, fields=fields)) == (
        ChangedFact("Job title", "Head of Operations", "", origin="test"),
    )


def test_new_engagement_and_the_score_are_told() -> None:
    lead = recycled()
    at = NOW + timedelta(days=3)
    again = received(
        existing=lead, fields={}, signals=(signal("pricing_page", at), signal("webinar", at)), now=at
    ).lead
    assert again is not None
    told = {fact.label: fact for fact in facts(again)}
    assert told["Pricing page"] == ChangedFact("Pricing page", "", "1×", 1)
    assert told["Webinar"] == ChangedFact("Webinar", "1×", "2×", 1)
    assert "Demo request" not in told
    assert int(told["Score"].after) > int(told["Score"].before)


def test_what_sales_itself_wrote_is_no_news() -> None:
    lead = recycled()
    own: FieldValues = {
        "reason": "no_budget",
        "amount": 5,
        "bant_need": "now",
        "acceptance_reason": "strong_fit",
    }
    assert facts(replace(lead, fields={**lead.fields, **own})) == ()


def test_long_texts_are_left_out() -> None:
    lead = recycled()
    assert facts(replace(lead, fields={**lead.fields, "message": "hello again"})) == ()


def test_hostile_values_are_harmless() -> None:
    lead = recycled()
    [fact] = facts(replace(lead, fields={**lead.fields, "city": "\x1b[2J"}))
    assert "\x1b" not in fact.after


def test_a_signal_kind_that_the_definitions_do_not_know_any_more_goes_by_its_key() -> None:
    lead = recycled()
    kinds = DEFINITIONS.vocabularies["signal_kind"]
    fewer = kinds.model_copy(update={"values": {"webinar": "Webinar"}})
    changed = DEFINITIONS.model_copy(
        update={"vocabularies": {**DEFINITIONS.vocabularies, "signal_kind": fewer}}
    )
    more = replace(lead, tallies=tuple(replace(tally, count=tally.count + 1) for tally in lead.tallies))
    labels = {fact.label for fact in changed_since(more, lead.rejections[-1], changed)}
    assert labels == {"demo_request", "Webinar"}


def test_between_two_states_every_field_counts_but_those_told_elsewhere() -> None:
    then = mql(company_size=240)
    own: FieldValues = {"amount": 5, "company_size": 300, "phone": "+44 20 7946 0000"}
    now = replace(then, fields={**then.fields, **own})
    told = changed_between(then, now, DEFINITIONS, beside=("phone",))
    assert {fact.label for fact in told} == {"Employees", "Amount"}
    assert ChangedFact("Employees", "240", "300", origin="test") in told
    assert changed_between(then, then, DEFINITIONS) == ()


def test_a_changed_field_names_who_wrote_it_last() -> None:
    lead = after(recycled(), "reopen", by=MAYA)
    edited = after(lead, "edit", {"phone": "+44 20 7946 0000"})
    assert ChangedFact("Phone", "", "+44 20 7946 0000", origin=RITA.name) in facts(edited)
    emptied = after(after(edited, "reassign", by=MAYA), "edit", {"phone": None}, by=RAUL)
    told = {fact.label: fact for fact in changed_between(edited, emptied, DEFINITIONS)}
    assert told["Phone"] == ChangedFact("Phone", "+44 20 7946 0000", "", origin=RAUL.name)


def test_what_marketing_sends_again_names_its_source() -> None:
    lead = recycled()
    again = received(existing=lead, fields={"company_size": 900}).lead
    assert again is not None
    [fact] = [each for each in facts(again) if each.label == "Employees"]
    assert fact.origin == "test"

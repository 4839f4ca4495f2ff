"""Leads as marketing hands them over: qualified, quarantined, repaired, returned."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import DEFINITIONS, GOOD_FIELDS, MAYA, NOW, RAUL, after, mql, received, signal

from leadqueue.domain.handoff import ReceivedStatus
from leadqueue.domain.history import changed_since
from leadqueue.domain.lead import FieldValues

WEEK = timedelta(days=7)


def test_a_lead_over_the_bar_stands_in_the_queue_with_its_clock() -> None:
    outcome = received(signals=(signal("demo_request"), signal("pricing_page")), qualified=False)
    assert outcome.lead is not None
    assert outcome.status is ReceivedStatus.CREATED
    assert outcome.lead.stage == "mql"
    assert outcome.lead.score is not None
    assert outcome.lead.fields["lead_score"] == outcome.lead.score.total
    assert {clock.kind for clock in outcome.lead.clocks} == {"review", "limbo"}


def test_a_lead_below_the_bar_stays_with_marketing() -> None:
    outcome = received(signals=(signal("email_click"),), qualified=False)
    assert outcome.lead is not None
    assert outcome.lead.stage == "lead"
    assert outcome.lead.clocks == ()


def test_a_lead_without_required_fields_goes_to_quarantine_and_on_from_there() -> None:
    fields = {key: value for key, value in GOOD_FIELDS.items() if key not in ("email", "company_name")}
    outcome = received(fields=fields)
    assert outcome.lead is not None
    assert outcome.status is ReceivedStatus.QUARANTINED
    assert outcome.missing == ("email", "company_name")
    assert outcome.alerts[0].audience == "marketing_ops"
    half = received(existing=outcome.lead, fields={"company_name": "Engines"}, qualified=False)
    assert half.lead is not None
    assert half.missing == ("email",)
    assert half.alerts == ()
    whole = received(existing=half.lead, fields={"email": "a@engines.example"}, qualified=False)
    assert whole.lead is not None
    assert whole.lead.stage == "mql"
    assert whole.missing == ()


def test_a_lead_that_nobody_can_reach_goes_to_quarantine_and_then_to_its_place() -> None:
    """What a stage requires is asked below the bar too; repaired, it stands where its score puts it."""
    outcome = received(fields={"lead_source": "webinar"}, qualified=False)
    assert outcome.lead is not None
    assert outcome.status is ReceivedStatus.QUARANTINED
    assert outcome.missing == ("email", "company_name", "company_domain")
    assert outcome.alerts[0].audience == "marketing_ops"
    again = received(existing=outcome.lead, fields={"lead_source": "webinar"}, qualified=False)
    assert again.missing == outcome.missing
    repair: FieldValues = {key: GOOD_FIELDS[key] for key in outcome.missing}
    below = received(existing=outcome.lead, fields=repair, qualified=False)
    assert below.lead is not None
    assert (below.lead.stage, below.missing) == ("lead", ())
    over = received(
        existing=outcome.lead,
        fields=dict(GOOD_FIELDS),
        signals=(signal("demo_request"), signal("webinar")),
        qualified=False,
    )
    assert over.lead is not None
    assert over.lead.stage == "mql"


def test_a_repeat_changes_nothing() -> None:
    lead = mql()
    again = received(existing=lead, fields=GOOD_FIELDS, now=NOW + WEEK)
    assert again.status is ReceivedStatus.UNCHANGED
    assert again.lead is lead
    assert again.audit is None


def test_a_value_outside_the_vocabulary_refuses_the_lead_whole() -> None:
    outcome = received(fields={**GOOD_FIELDS, "lead_source": "Webinar", "country": "Britain"})
    assert outcome.status is ReceivedStatus.REFUSED
    assert outcome.lead is None
    assert {error.field for error in outcome.errors} == {"lead_source", "country"}
    assert "'webinar'" in outcome.errors[0].message or "'webinar'" in outcome.errors[1].message


def test_marketing_never_writes_what_sales_decides() -> None:
    outcome = received(existing=mql(), fields={"reason": "no_budget"})
    assert outcome.status is ReceivedStatus.REFUSED
    assert outcome.errors[0].code == "not_editable"


def test_a_reps_value_is_filled_once_and_never_overwritten() -> None:
    lead = received(fields={**GOOD_FIELDS, "phone": "+1 555 0100"}).lead
    assert lead is not None
    assert lead.fields["phone"] == "+1 555 0100"
    edited = after(lead, "edit", {"phone": "+1 555 0199"})
    again = received(existing=edited, fields={"phone": "+1 555 0100", "city": "London"})
    assert again.lead is not None
    assert again.audit is not None
    assert again.lead.fields["phone"] == "+1 555 0199"
    assert "left to their owner: phone" in again.audit.message


def test_an_empty_value_erases_nothing() -> None:
    again = received(existing=mql(), fields={"company_size": None, "city": "London"})
    assert again.lead is not None
    assert again.lead.fields["company_size"] == 240


def test_a_recycled_lead_returns_only_over_the_bar_with_new_engagement() -> None:
    recycled = after(mql(signals=(signal("demo_request"),)), "recycle")
    quiet = received(existing=recycled, fields={"city": "London"}, now=NOW + WEEK)
    assert quiet.lead is not None
    assert quiet.lead.stage == "recycled"
    weak = after(mql(company_size=5, industry="other", seniority="entry"), "recycle")
    clicked = received(
        existing=weak, fields={}, signals=(signal("email_click", NOW + WEEK),), now=NOW + WEEK, qualified=True
    )
    assert clicked.lead is not None
    assert clicked.lead.stage == "recycled"
    back = received(
        existing=recycled, fields={}, signals=(signal("pricing_page", NOW + WEEK),), now=NOW + WEEK
    )
    assert back.lead is not None
    assert back.lead.stage == "mql"
    assert back.lead.returned
    assert back.lead.rejections[-1].returned_at == NOW + WEEK
    assert "reason" not in back.lead.fields
    review = [clock for clock in back.lead.clocks if clock.kind == "review" and clock.stopped_at is None]
    assert [clock.started_at for clock in review] == [NOW + WEEK]
    facts = {
        fact.label: (fact.before, fact.after)
        for fact in changed_since(back.lead, back.lead.rejections[-1], DEFINITIONS)
    }
    assert facts["Pricing page"] == ("", "1×")
    assert "Score" in facts


def test_an_owner_is_kept() -> None:
    lead = mql()
    again = received(existing=lead, fields={"city": "London"}, owner=RAUL)
    assert again.lead is not None
    assert again.lead.owner_id == lead.owner_id
    unowned = mql(owner=None)
    assert unowned.owner_id is None
    taken = after(unowned, "accept", by=MAYA) if unowned.team_id == MAYA.team_id else unowned
    assert taken.stage == "mql"

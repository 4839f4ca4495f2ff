"""Leads as marketing hands them over: qualified, quarantined, repaired, returned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import (
    DEFINITIONS,
    GOOD_FIELDS,
    MAYA,
    NOW,
    RAUL,
    RITA,
    SYSTEM,
    after,
    mql,
    new_id,
    received,
    signal,
)

from leadqueue.domain.handoff import Incoming, ReceivedStatus, receive
from leadqueue.domain.history import changed_since
from leadqueue.domain.lead import FieldValues, Lead
from leadqueue.domain.trail import rebuild

WEEK = timedelta(days=7)


def test_a_lead_over_the_bar_stands_in_the_queue_with_its_clock() -> None:
    outcome = received(signals=(signal("demo_request"), signal("pricing_page")), qualified=False)
    assert outcome.lead is not None
    assert outcome.status is ReceivedStatus.CREATED
    assert outcome.lead.stage == "mql"
    assert outcome.lead.score is not None
    assert outcome.lead.fields["lead_score"] == outcome.lead.score.total
    assert {clock.kind for clock in outcome.lead.clocks} == {"review"}


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


def test_a_lead_that_qualifies_later_goes_on_though_nothing_else_changed() -> None:
    """Monday's export calls it a lead, Tuesday's a qualified one: the same columns, another stage."""
    monday = received(qualified=False)
    assert monday.lead is not None
    assert monday.lead.stage == "lead"
    assert monday.audit is not None
    tuesday = received(existing=monday.lead, now=NOW + timedelta(days=1))
    assert tuesday.lead is not None
    assert (tuesday.status, tuesday.lead.stage) == (ReceivedStatus.UPDATED, "mql")
    assert {clock.kind for clock in tuesday.lead.clocks} == {"review"}
    assert tuesday.audit is not None
    assert rebuild([monday.audit.after, tuesday.audit.after]) == tuesday.lead
    wednesday = received(existing=tuesday.lead, now=NOW + timedelta(days=2))
    assert (wednesday.status, wednesday.lead) == (ReceivedStatus.UNCHANGED, tuesday.lead)


def test_a_qualified_lead_that_lacks_a_field_goes_to_quarantine_though_nothing_else_changed() -> None:
    fields = {key: value for key, value in GOOD_FIELDS.items() if key != "campaign"}
    lead = received(fields=fields, qualified=False).lead
    assert lead is not None
    assert lead.stage == "lead"
    later = received(existing=lead, fields=fields)
    assert (later.status, later.missing) == (ReceivedStatus.QUARANTINED, ("campaign",))
    assert [alert.audience for alert in later.alerts] == ["marketing_ops"]
    again = received(existing=later.lead, fields=fields)
    assert (again.status, again.missing, again.alerts) == (ReceivedStatus.UNCHANGED, ("campaign",), ())


def test_relaxed_definitions_let_a_quarantined_lead_on_that_is_sent_again() -> None:
    fields = {key: value for key, value in GOOD_FIELDS.items() if key != "company_domain"}
    entry = DEFINITIONS.stages["lead"]
    relaxed = DEFINITIONS.model_copy(
        update={
            "stages": {
                **DEFINITIONS.stages,
                "lead": entry.model_copy(update={"requires": ("email", "company_name")}),
            }
        }
    )
    lead = received(fields=fields, qualified=False).lead
    assert lead is not None
    assert lead.stage == "quarantined"
    on = received(existing=lead, fields=fields, qualified=False, definitions=relaxed)
    assert on.lead is not None
    assert (on.status, on.lead.stage, on.missing) == (ReceivedStatus.UPDATED, "lead", ())


def test_a_score_that_only_aged_is_no_change() -> None:
    lead = received(signals=(signal("email_click"),), qualified=False).lead
    assert lead is not None
    again = received(existing=lead, now=NOW + 20 * WEEK, qualified=False)
    assert again.status is ReceivedStatus.UNCHANGED
    assert again.lead is lead


@st.composite
def some_incoming(draw: st.DrawFn) -> Incoming:
    known = sorted(GOOD_FIELDS)
    lacking = draw(st.lists(st.sampled_from(known), max_size=3))
    fields = {key: value for key, value in GOOD_FIELDS.items() if key not in lacking}
    kinds = sorted(DEFINITIONS.vocabularies["signal_kind"].values)
    signals = tuple(
        signal(kind, NOW - timedelta(days=days))
        for kind, days in draw(st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 90)), max_size=4))
    )
    return Incoming("source-1", fields, signals, draw(st.booleans()))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(some_incoming(), min_size=1, max_size=4),
    st.sampled_from(["", "reject", "recycle", "accept"]),
    st.integers(0, 24 * 200),
)
def test_a_repeat_changes_nothing_wherever_the_lead_stands(
    sent: list[Incoming], then: str, hours: int
) -> None:
    lead: Lead | None = None
    for incoming in sent:
        lead = receive(lead, incoming, DEFINITIONS, NOW, SYSTEM, "test", new_id, RITA).lead
    assert lead is not None
    if then and lead.stage == "mql":
        lead = after(lead, then)
    again = replace(sent[-1], signals=())
    first = receive(lead, again, DEFINITIONS, NOW, SYSTEM, "test", new_id, RITA)
    assert first.status is ReceivedStatus.UNCHANGED
    later = receive(lead, again, DEFINITIONS, NOW + timedelta(hours=hours), SYSTEM, "test", new_id, RITA)
    assert (later.status, later.lead, later.audit) == (ReceivedStatus.UNCHANGED, lead, None)
    assert later.lead is lead


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
    recycled = after(mql(signals=(signal("demo_request"),)), "recycle", {"reason": "no_budget"})
    quiet = received(existing=recycled, fields={"city": "London"}, now=NOW + WEEK)
    assert quiet.lead is not None
    assert quiet.lead.stage == "recycled"
    weak = after(mql(company_size=5, industry="other", seniority="entry"), "recycle")
    clicked = received(
        existing=weak, fields={}, signals=(signal("email_click", NOW + WEEK),), now=NOW + WEEK, qualified=True
    )
    assert clicked.lead is not None
    assert clicked.lead.stage == "recycled"
    looked = received(
        existing=recycled, fields={}, signals=(signal("pricing_page", NOW + WEEK),), now=NOW + WEEK
    )
    assert looked.lead is not None
    assert looked.lead.stage == "recycled"  # 12 points since, of 15
    back = received(
        existing=recycled,
        fields={},
        signals=(signal("pricing_page", NOW + WEEK), signal("webinar", NOW + WEEK)),
        now=NOW + WEEK,
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

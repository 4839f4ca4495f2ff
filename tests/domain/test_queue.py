"""Where a lead stands in the queue, and which countdown it shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.builders import DEFINITIONS, NOW, after, mql, received, signal

from leadqueue.definitions.model import Section
from leadqueue.domain.lead import Lead
from leadqueue.domain.queue import section_of, urgent_clock


def came_back() -> Lead:
    lead = after(mql(signals=(signal("webinar"),)), "recycle")
    at = NOW + timedelta(days=40)
    again = received(
        existing=lead,
        fields={},
        signals=(signal("demo_request", at), signal("pricing_page", at), signal("trial_started", at)),
        now=at,
    ).lead
    assert again is not None
    assert again.stage == "mql"
    return again


def kind_of(lead: Lead) -> str | None:
    clock = urgent_clock(lead, DEFINITIONS)
    return clock.kind if clock else None


@pytest.mark.parametrize(
    ("steps", "section", "clock"),
    [
        ([], "review", "review"),
        (["accept"], "first_outreach", "first_outreach"),
        (["accept", "touch"], "touch", "next_touch"),
        (["accept", "qualify"], "working", "limbo"),
        (["accept", "qualify", "opportunity"], "working", "limbo"),
        (["accept", "qualify", "opportunity", "close"], None, None),
        (["reject"], None, None),
        (["recycle"], None, None),
        (["reject", "reopen"], "review", "review"),
        (["accept", "touch", "reopen"], "review", "review"),
    ],
)
def test_the_section_follows_the_work(steps: list[str], section: str | None, clock: str | None) -> None:
    lead = mql()
    for number, step in enumerate(steps):
        lead = after(lead, step, at=NOW + timedelta(minutes=10 * (number + 1)))
    assert (section_of(lead, DEFINITIONS), kind_of(lead)) == (section, clock)


def test_a_lead_that_came_back_has_its_own_section() -> None:
    assert section_of(came_back(), DEFINITIONS) == "returned"
    assert kind_of(came_back()) == "review"


def test_a_touch_while_it_awaits_review_does_not_count_as_outreach() -> None:
    lead = after(after(mql(), "touch"), "accept", at=NOW + timedelta(hours=1))
    assert section_of(lead, DEFINITIONS) == "first_outreach"


def test_after_the_last_owed_touch_the_status_clock_takes_over() -> None:
    lead = after(mql(), "accept")
    for number in range(8):
        assert section_of(lead, DEFINITIONS) in ("first_outreach", "touch")
        lead = after(lead, "touch", at=NOW + timedelta(hours=number + 1))
    assert (section_of(lead, DEFINITIONS), kind_of(lead)) == ("working", "limbo")


def test_a_stopped_clock_is_no_countdown() -> None:
    lead = mql()
    stopped = tuple(replace(clock, stopped_at=NOW) for clock in lead.clocks)
    assert section_of(replace(lead, clocks=stopped), DEFINITIONS) is None
    assert urgent_clock(replace(lead, clocks=()), DEFINITIONS) is None


def test_of_several_clocks_the_nearest_counts_down() -> None:
    both = Section(key="all", label="All", stages=("mql",), clocks=("limbo", "review"))
    definitions = DEFINITIONS.model_copy(update={"sections": (both,)})
    lead = mql(signals=(signal("demo_request", NOW - timedelta(minutes=1)),))
    clock = urgent_clock(lead, definitions)
    assert clock is not None
    assert (clock.kind, clock.lane) == ("review", "fast_lane")
    later = replace(clock, kind="limbo", due_at=clock.due_at + timedelta(minutes=1))
    assert urgent_clock(replace(lead, clocks=(later, *lead.clocks)), definitions) == clock


def test_the_first_section_that_fits_takes_the_lead() -> None:
    first = Section(key="first", label="First", stages=("sal", "mql"), clocks=("limbo",))
    definitions = DEFINITIONS.model_copy(update={"sections": (first, *DEFINITIONS.sections)})
    assert section_of(mql(), definitions) == "first"


def test_a_clock_that_stands_by_leaves_the_countdown_to_the_one_that_runs() -> None:
    """No lead falls out of the queue because its section names the standby clock alone."""
    alone = Section(key="all", label="All", stages=("mql", "sal"), clocks=("limbo",))
    definitions = DEFINITIONS.model_copy(update={"sections": (alone,)})
    clocks = [urgent_clock(lead, definitions) for lead in (mql(), after(mql(), "accept"))]
    assert [clock and clock.kind for clock in clocks] == ["review", "first_outreach"]
    other = alone.model_copy(update={"clocks": ("next_touch",)})
    assert urgent_clock(mql(), DEFINITIONS.model_copy(update={"sections": (other,)})) is None


def test_a_lead_that_sales_never_saw_is_in_no_queue() -> None:
    lead = received(qualified=False).lead
    assert lead is not None
    assert lead.stage == "lead"
    assert section_of(lead, DEFINITIONS) is None

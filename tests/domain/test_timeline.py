"""What happened to a lead, on one axis."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import DEFINITIONS, GOOD_FIELDS, MAYA, NOW, RAUL, after, mql, received, signal

from leadqueue.definitions.model import Role
from leadqueue.domain.lead import Lead, Signal
from leadqueue.domain.timeline import EventKind, timeline

DAY = timedelta(days=1)


def returned() -> Lead:
    """Handed over, recycled, back again, touched and noted."""
    lead = mql(signals=(signal("webinar", NOW - 41 * DAY, "Leads that never wait"),), now=NOW - 40 * DAY)
    lead = after(lead, "recycle", at=NOW - 30 * DAY)
    back = received(
        existing=lead, fields=GOOD_FIELDS, signals=(signal("demo_request", NOW - 2 * DAY),), now=NOW - DAY
    ).lead
    assert back is not None
    lead = after(back, "touch", at=NOW - DAY / 2)
    return after(lead, "note", at=NOW - DAY / 4)


def test_every_kind_of_event_is_there_newest_first() -> None:
    told = [(event.kind, event.what) for event in timeline(returned(), DEFINITIONS).events]
    assert told == [
        (EventKind.NOTE, "Note"),
        (EventKind.TOUCH, "Call: no answer"),
        (EventKind.RETURN, "Came back"),
        (EventKind.FAST, "Demo request"),
        (EventKind.REJECTION, "Recycled: Bad timing"),
        (EventKind.HANDOVER, "To Marketing qualified"),
        (EventKind.CREATED, "First seen"),
        (EventKind.SIGNAL, "Webinar"),
    ]


def test_who_did_it_and_what_was_looked_at_stand_beside() -> None:
    events = {event.kind: event for event in timeline(returned(), DEFINITIONS).events}
    assert events[EventKind.NOTE].detail == "Prefers e-mail."
    assert events[EventKind.TOUCH].who == "Rita Rep"
    assert events[EventKind.REJECTION].who == "Rita Rep"
    assert events[EventKind.SIGNAL].detail == "Leads that never wait"


def test_an_accepted_lead_tells_both_its_hand_overs() -> None:
    lead = after(mql(now=NOW - DAY), "accept", at=NOW)
    told = [event.what for event in timeline(lead, DEFINITIONS).events if event.kind is EventKind.HANDOVER]
    assert told == ["To Sales accepted", "To Marketing qualified"]


def test_a_hand_over_names_who_moved_the_lead_and_only_marketings_tells_why_it_came() -> None:
    fresh = mql(now=NOW - DAY)
    [handed] = [each for each in timeline(fresh, DEFINITIONS).events if each.kind is EventKind.HANDOVER]
    assert (handed.who, handed.detail) == ("", "named by test")
    events = timeline(after(fresh, "accept", at=NOW), DEFINITIONS).events
    accepted = next(each for each in events if each.what == "To Sales accepted")
    assert (accepted.who, accepted.detail) == ("Rita Rep", "")


def test_a_reassignment_stands_at_its_own_moment_with_who_and_why() -> None:
    fresh = mql(now=NOW - DAY)
    assert (fresh.assigned_at, fresh.assigned_by) == (NOW - DAY, "test")
    lead = after(fresh, "reassign", by=MAYA, at=NOW)
    assert (lead.assigned_at, lead.assigned_by) == (NOW, MAYA.name)
    told = [(each.at, each.what, each.who, each.detail) for each in timeline(lead, DEFINITIONS).events]
    assert told[:2] == [
        (NOW, "Reassigned to Raúl Rep", "Maya Manager", "Speaks Spanish."),
        (NOW - DAY, "To Marketing qualified", "test", ""),
    ]


def test_one_before_the_return_does_not_say_why_the_lead_came_back() -> None:
    lead = after(mql(now=NOW - 9 * DAY), "reassign", by=MAYA, at=NOW - 8 * DAY)
    lead = after(lead, "recycle", {"reason": "no_budget"}, by=RAUL, at=NOW - 7 * DAY)
    back = received(existing=lead, signals=(signal("demo_request", NOW - DAY),), now=NOW - DAY).lead
    assert back is not None
    told = {each.what: (each.at, each.detail) for each in timeline(back, DEFINITIONS).events}
    assert told["Came back"] == (NOW - DAY, "")
    assert told["Reassigned to Raúl Rep"] == (NOW - 8 * DAY, "Speaks Spanish.")


def test_a_lead_that_somebody_took_says_so_and_who() -> None:
    administrator = replace(MAYA, role=Role.ADMIN)
    lead = after(mql(owner=None), "accept", by=administrator, at=NOW)
    [taken] = [each for each in timeline(lead, DEFINITIONS).events if each.kind is EventKind.ASSIGNED]
    assert (taken.at, taken.what, taken.who, taken.detail) == (NOW, "Taken", "Maya Manager", "")


def test_of_a_lead_that_an_older_program_reassigned_no_moment_is_made_up() -> None:
    """It kept no moment of its assignment; what marketing named is certain all the same."""
    given = replace(after(mql(), "reassign", by=MAYA), assigned_at=None, assigned_by="")
    named = replace(mql(), assigned_at=None, assigned_by="")
    for lead, detail in ((given, ""), (named, "named by test")):
        told = [each for each in timeline(lead, DEFINITIONS).events if each.kind is not EventKind.CREATED]
        assert [(each.what, each.detail) for each in told] == [("To Marketing qualified", detail)]


def test_signals_that_are_only_counted_are_told_as_a_number() -> None:
    lead = returned()
    tallies = tuple(replace(tally, count=tally.count + 5) for tally in lead.tallies)
    assert timeline(lead, DEFINITIONS).earlier_signals == 0
    assert timeline(replace(lead, tallies=tallies), DEFINITIONS).earlier_signals == 5 * len(tallies)


def test_what_the_definitions_do_not_know_any_more_goes_by_its_key() -> None:
    lead = replace(
        returned(), stage="elsewhere", stage_since=NOW, signals=(Signal("s", "carrier_pigeon", NOW),)
    )
    told = {event.what for event in timeline(lead, DEFINITIONS).events}
    assert {"To elsewhere", "carrier_pigeon"} <= told


@given(st.lists(st.timedeltas(-400 * DAY, DAY), max_size=30))
def test_the_axis_never_runs_backward_and_loses_no_signal(ages: list[timedelta]) -> None:
    signals = tuple(Signal(f"s{number}", "webinar", NOW + age) for number, age in enumerate(ages))
    events = timeline(replace(returned(), signals=signals), DEFINITIONS).events
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    assert sum(event.kind is EventKind.SIGNAL for event in events) == len(signals)

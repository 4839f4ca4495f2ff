"""The demo's story holds nothing that the rule book would refuse."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest
from tests.builders import DEFINITIONS, NOW, RAUL, RITA, SYSTEM, acting, new_id

from leadqueue.demo.story import Handover, Story, StoryTeller
from leadqueue.domain.clock_state import ClockState
from leadqueue.domain.clocks import clock_state
from leadqueue.domain.decide import decide
from leadqueue.domain.decision import Applied, Decision
from leadqueue.domain.handoff import Incoming, ReceivedStatus, receive
from leadqueue.domain.lead import Lead, Signal
from leadqueue.domain.queue import section_of, urgent_clock
from leadqueue.domain.returning import revisit_day, since_check
from leadqueue.domain.today import owners_day

REPS = (RITA, RAUL)
LEADS = 120


def told(seed: int = 3, leads: int = LEADS) -> Story:
    return StoryTeller(DEFINITIONS, NOW, seed).tell(leads, reps=len(REPS))


def played(story: Story) -> dict[str, Lead]:
    leads: dict[str, Lead] = {}
    for step in story.steps:
        rep = REPS[step.owner]
        lead = leads.get(step.source_id)
        if isinstance(step.what, Handover):
            signals = tuple(
                Signal(each.source_id, each.kind, each.at, each.title, each.url) for each in step.what.signals
            )
            incoming = Incoming(step.source_id, step.what.fields, signals)
            outcome = receive(lead, incoming, DEFINITIONS, step.at, SYSTEM, "demo", new_id, rep)
            assert outcome.status is not ReceivedStatus.REFUSED, outcome.errors
            assert outcome.lead is not None
            leads[step.source_id] = outcome.lead
        else:
            assert lead is not None
            decision = Decision(
                new_id(),
                lead.id,
                step.what.kind,
                step.what.values,
                lead.versions.sales,
                DEFINITIONS.version,
                step.at,
            )
            made = decide(lead, decision, DEFINITIONS, acting(rep), step.at)
            assert isinstance(made, Applied), (lead.stage, decision, made)
            leads[step.source_id] = made.lead
    return leads


@pytest.fixture(scope="module")
def leads() -> dict[str, Lead]:
    return played(told())


def test_the_same_seed_tells_the_same_story() -> None:
    assert told(leads=30) == told(leads=30)
    assert told(leads=30) != told(seed=4, leads=30)


def test_nothing_happens_after_now() -> None:
    assert max(step.at for step in told().steps) <= NOW


def test_the_first_rep_has_just_as_many_leads_as_asked_for(leads: dict[str, Lead]) -> None:
    waiting = [lead for lead in leads.values() if lead.owner_id == RITA.id and section_of(lead, DEFINITIONS)]
    assert len(waiting) == LEADS


def test_every_section_and_every_urgency_occurs(leads: dict[str, Lead]) -> None:
    sections = Counter(section_of(lead, DEFINITIONS) for lead in leads.values())
    assert all(sections[section.key] for section in DEFINITIONS.sections), sections
    clocks = [clock for lead in leads.values() if (clock := urgent_clock(lead, DEFINITIONS))]
    states = Counter(clock_state(clock, NOW) for clock in clocks)
    assert all(states[state] for state in (ClockState.CALM, ClockState.SOON, ClockState.BREACHED)), states


def test_returned_leads_bring_their_history(leads: dict[str, Lead]) -> None:
    returned = [lead for lead in leads.values() if lead.returned]
    assert returned
    for lead in returned:
        past = lead.rejections[-1]
        assert past.returned_at
        assert since_check(lead, past, DEFINITIONS, past.returned_at).passed
        day = revisit_day(past, DEFINITIONS)
        assert day is None or day <= owners_day(lead, past.returned_at)


def test_names_come_in_many_scripts(leads: dict[str, Lead]) -> None:
    scripts = {
        unicodedata.name(char, "?").split()[0]
        for lead in leads.values()
        for char in lead.person
        if char.isalpha()
    }
    assert len(scripts & {"LATIN", "CJK", "HANGUL", "GREEK", "HEBREW", "ARABIC", "DEVANAGARI"}) >= 4


def test_a_longer_story_keeps_its_sources_apart() -> None:
    handovers = [
        step for step in told(leads=60).steps if isinstance(step.what, Handover) and step.what.fields
    ]
    assert len({step.source_id for step in handovers}) == len(handovers)

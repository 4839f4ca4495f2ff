"""The overview for people."""

from __future__ import annotations

import pytest
from tests.definitions.edits import DEFINITIONS, changed, read

from leadqueue.definitions.show import PARTS, overview


def test_the_overview_names_everything_that_has_a_label() -> None:
    text = "\n".join(overview(DEFINITIONS))
    for part in (
        DEFINITIONS.stages,
        DEFINITIONS.decisions,
        DEFINITIONS.reasons,
        DEFINITIONS.clocks,
        DEFINITIONS.fields,
    ):
        for spec in part.values():
            assert spec.label in text
    for rule in DEFINITIONS.score.rules:
        assert rule.label in text


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("stages", "needs Accepted on, Assigned rep, Acceptance reason"),
        ("stages", "Marketing qualified, awaiting review; owner rep"),
        ("stages", "Subscriber, Lead, Quarantined, Recycled → Marketing qualified; for system"),
        ("decisions", "Opportunity → Closed lost where Outcome is 'lost'; for rep, manager, admin"),
        ("decisions", "Closed won, Closed lost → Opportunity; for rep, manager, admin; an override"),
        ("decisions", "asks for the fields of BANT; Qualification notes (at least 10 characters)"),
        ("decisions", "asks for New owner; Why (at least 5 characters)"),
        ("reasons", "asks for Pipeline reference (at least 2 characters)"),
        (
            "reasons",
            "Bad timing: serves recycle and close_lost; asks for Revisit on; recycled to 'Revisit on date'",
        ),
        ("reasons", "needs 8 logged touches"),
        ("clocks", "Review: 24 business hours from the entry of Marketing qualified"),
        (
            "clocks",
            "Fast lane after demo_request and pricing_page: 1 business hour, target 5 business minutes",
        ),
        ("clocks", "Next touch: 48 hours from each touch in Sales accepted, until 8 touches"),
        ("clocks", "from each status update in Marketing qualified, "),
        ("clocks", ", while no other clock runs"),
        ("clocks", "8 to 12 touches in 14 to 21 days"),
        ("score", "+12 Looked at pricing, at most 2× (behaviour)"),
        ("score", "+15 50 to 2000 employees: Employees from 50 up to 2000 (fit)"),
        ("mql", "Score 50 or more, of which 15 or more from behaviour"),
        ("mql", "Never: Existing customer (Is a customer is yes)"),
        ("ownership", "owned by crm:"),
        ("routing", "account owner, then territory, then round robin"),
        ("sections", "First outreach due: Sales accepted, counted down by First outreach"),
    ],
)
def test_each_part_says_it_in_words(part: str, words: str) -> None:
    assert any(words in line for line in overview(DEFINITIONS, part)), "\n".join(overview(DEFINITIONS, part))


def test_parts_can_be_asked_for_alone() -> None:
    whole = list(overview(DEFINITIONS))
    for part in PARTS:
        alone = list(overview(DEFINITIONS, part))
        assert alone
        start = whole.index(part.upper()) + 1
        assert whole[start : start + len(alone)] == alone
    with pytest.raises(KeyError):
        list(overview(DEFINITIONS, "nothing"))


def test_territories_are_shown() -> None:
    text = changed("# ---------------------------------------------------------------- routing", (
        '[[routing.territories]]\nkey = "dach"\nlabel = "DACH"\ncountries = ["DE", "AT"]\nteam = "north"\n'
    ) + "#")  # fmt: skip
    assert "  DACH: DE, AT → team north" in list(overview(read(text), "routing"))

"""`show` as people read it: the screen's own facts in words, and moments on the viewer's clock."""

from __future__ import annotations

import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from tests.builders import DEFINITIONS, NOW, decision, signal
from tests.cli.conftest import Shell
from tests.tui.test_context_pane import HOUR, rich_lead

from leadqueue.cache.views import LeadView, OutboxItem, OutboxState
from leadqueue.cli.lead_text import lead_lines, unsent_lines
from leadqueue.domain.lead import Lead

BERLIN = ZoneInfo("Europe/Berlin")
RAW = re.compile(r"\d{4}-\d\d-\d\dT\d\d")


def lines_of(lead: Lead) -> list[str]:
    return lead_lines(LeadView(lead, lead), DEFINITIONS, NOW + HOUR, BERLIN)


def test_it_says_why_the_lead_is_here_and_what_changed_since_it_was_given_back() -> None:
    lead = rich_lead()
    lines = lines_of(lead)
    assert [line for line in lines if line.startswith("Why here: back from nurture; ")]
    bar = [line for line in lines if line.startswith("MQL bar, met: ")]
    assert len(bar) == 1
    assert f"score {lead.score.total if lead.score else 0}, bar {DEFINITIONS.mql.score}" in bar[0]
    assert "ICP: " in bar[0]
    at = lines.index("Recycled: Bad timing")
    assert lines[at + 1] == "  By: Rita Rep, 25 Aug 2026 11:00"
    changed = [line for line in lines[at:] if line.startswith("  Changed since, ")]
    assert any(line.startswith("  Changed since, Score: was ") for line in changed)


def test_a_bar_that_is_not_met_and_that_nothing_is_new_are_told() -> None:
    lead = rich_lead()
    assert lead.score is not None
    low_score = replace(lead.score, total=3)
    past = replace(lead.rejections[-1], score=lead.score.total, fields=lead.fields, tallies=lead.tallies)
    lead = replace(lead, rejections=(past,))
    assert "  Nothing has changed since" in lines_of(lead)
    low = lines_of(replace(lead, score=low_score))
    assert [line for line in low if line.startswith(f"MQL bar, not met: score 3 of {DEFINITIONS.mql.score}")]
    assert "  Changed since, Score: was " in "\n".join(low)


def test_a_signal_is_told_once_with_its_page() -> None:
    kinds = DEFINITIONS.vocabularies["signal_kind"].values
    first, *_ = rich_lead().signals
    page = replace(
        first, kind="pricing_page", title="", url="https://acme.example/customers/nordwind", at=NOW
    )
    form = replace(first, kind="demo_request", title=kinds["demo_request"], at=NOW)
    odd = signal("odd\x1b[2J", NOW, "a\x1b[31mb")
    told = [
        line
        for line in lines_of(replace(rich_lead(), signals=(page, form, odd)))
        if line.startswith("Signal: ")
    ]
    assert f"Signal: {kinds['pricing_page']}, /customers/nordwind, 23 Nov 2026 10:00" in told
    assert f"Signal: {kinds['demo_request']}, 23 Nov 2026 10:00" in told
    assert not any("\x1b" in line for line in told)


def test_what_is_unsent_says_what_and_how_far() -> None:
    lead = rich_lead()
    item = OutboxItem(1, decision(lead, "accept"), OutboxState.HELD, trouble="The token is\x1b over")
    view = LeadView(lead, lead, unsent=(item,), attention=2)
    unsent, inbox = unsent_lines(view, DEFINITIONS, BERLIN)
    assert unsent == "Unsent: Accepted, 23 Nov 2026 10:10, held back: The token is\ufffd over"
    assert inbox.startswith("Inbox: 2 of your decisions")


def test_no_command_for_people_tells_a_raw_moment(shell: Shell) -> None:
    world = shell.world
    lead, other = world.lead(), world.lead()
    shell("sync")
    shell("recycle", other.id, "--set", "reason=bad_timing", "--set", "revisit_on=2027-03-01")
    world.decide("rita", world.body(lead, "reject"))
    shell("accept", lead.id, "--acceptance-reason", "strong_fit")
    shell("note", lead.id, "--note", "rang", "--offline")
    for words in (("show", lead.id), ("show", other.id), ("inbox",), ("outbox",), ("journey", lead.id)):
        said = shell(*words).stdout
        assert said, words
        assert not RAW.search(said), said
    moved = world.get(lead.id).stage_since.astimezone(ZoneInfo(shell.account.zone))
    assert f", {moved.day} {moved:%b %Y %H:%M}" in shell("show", lead.id).stdout
    assert "Rejected: No budget" in shell("show", lead.id).stdout
    assert shell("show", lead.id, "--json").json["stage_since"].endswith("Z")


def test_the_inbox_names_decision_and_reason_as_the_screen_does(shell: Shell) -> None:
    lead = shell.world.lead()
    shell("sync")
    shell.world.decide("rita", shell.world.body(lead, "reject"))
    shell("accept", lead.id, "--acceptance-reason", "strong_fit")
    first, when, *others = shell("inbox").stdout.splitlines()
    assert "  Accept: Ada Byron, Analytical Engines; " in first
    assert when.strip().startswith("Decided ")
    assert any("Since then, rita, " in line and "Rejected: No budget" in line for line in others)

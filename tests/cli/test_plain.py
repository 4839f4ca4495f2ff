"""The queue in sentences: nothing in it that a screen reader would spell out."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW
from tests.cli.conftest import Shell

from leadqueue.cache.queue_views import QueueRow
from leadqueue.cli.exits import Exit
from leadqueue.cli.plain import sentence, span

ROW = QueueRow(
    id="0190-9666fc6e",
    section="review",
    due_at=NOW + timedelta(hours=2, minutes=5),
    target_at=None,
    soon_at=NOW + timedelta(hours=1),
    clock="review",
    lane="",
    person="Ada Byron",
    company="Analytical Engines",
    title="Head of Operations",
    score=61,
    stage="mql",
    source="webinar",
    country="DE",
    owner_id="u",
    owner_name="Rita",
    version=1,
    created_at=NOW,
)
SECTIONS = {"review": "Awaiting review"}


def test_a_lead_is_a_sentence() -> None:
    assert sentence(ROW, SECTIONS, NOW) == (
        "Ada Byron, Head of Operations, Analytical Engines. Awaiting review. Due in 2 hours 5 minutes. "
        "Score 61. Id 9666fc6e."
    )
    late = ROW._replace(unsent=1, attention=2, returned=True, score=None)
    assert sentence(late, SECTIONS, NOW + timedelta(days=2, hours=2, minutes=5)) == (
        "Ada Byron, Head of Operations, Analytical Engines. Awaiting review. Overdue by 2 days. No score. "
        "Returned after an earlier rejection. 1 decision not sent yet. 2 decisions in the inbox. Id 9666fc6e."
    )
    aimed = ROW._replace(target_at=NOW + timedelta(minutes=5))
    assert "Target in 5 minutes" in sentence(aimed, SECTIONS, NOW)
    assert "Due in 1 hour 55 minutes" in sentence(aimed, SECTIONS, NOW + timedelta(minutes=10))
    assert "Due soon, in 1 hour 5 minutes" in sentence(ROW, SECTIONS, NOW + timedelta(hours=1))


def test_spans_are_written_out() -> None:
    assert span(timedelta(seconds=20)) == "less than a minute"
    assert span(timedelta(days=1, hours=1, minutes=59)) == "1 day 1 hour"


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_lead_is_one_harmless_line(person: str, company: str, title: str) -> None:
    line = sentence(ROW._replace(person=person, company=company, title=title), SECTIONS, NOW)
    assert line.isprintable()
    assert len(line.splitlines()) == 1


def test_the_command_prints_a_line_a_lead(shell: Shell) -> None:
    shell.world.lead()
    shell("sync")
    rows = shell("queue", "--json").json
    lines = shell("queue", "--plain").stdout.splitlines()
    assert len(lines) == len(rows) == 1
    for row, line in zip(rows, lines, strict=True):
        assert row["name"] in line
        assert "  " not in line


def test_one_cannot_ask_for_sentences_and_json_at_once(shell: Shell) -> None:
    shell.world.lead()
    shell("sync")
    done = shell("queue", "--plain", "--json")
    assert done.code == Exit.USAGE
    assert done.stdout == ""
    assert "--plain and --json" in done.stderr

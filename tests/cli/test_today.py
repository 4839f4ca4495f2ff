"""What was decided today, at a shell."""

from __future__ import annotations

from datetime import timedelta

from tests.cli.conftest import Shell

from leadqueue.cli.exits import Exit


def test_it_tells_what_was_decided_and_how_far_it_has_come(shell: Shell) -> None:
    leads = [shell.world.lead(email=f"ada{number}@engines.example") for number in range(2)]
    assert shell("sync").code == Exit.DONE
    assert "nothing decided yet" in shell("today").stderr
    shell("accept", leads[0].id, "--acceptance-reason", "strong_fit")
    shell.cut()
    shell("note", leads[1].id, "--note", "Call again.", "--offline")
    done = shell("today")
    newest, state, oldest = done.stdout.splitlines()
    assert newest[5:].startswith("  waiting   Add note: Ada Byron, ")
    assert newest.endswith(": Call again.")
    assert state.strip() == "It is safe on this computer and waits. The next sync sends it."
    assert oldest[5:].startswith("  answered  Accept: ")
    assert oldest.endswith(": Strong ICP fit")
    assert done.stderr == "Today: 2 decisions, 1 waiting, 1 answered.\n"
    told = shell("today", "--json").json
    assert [each["state"] for each in told] == ["waiting", "answered"]
    assert told[0]["values"] == {"note": "Call again."}
    assert (told[0]["settled_at"], told[1]["lead_id"]) == (None, leads[0].id)


def test_yesterday_is_another_day(shell: Shell) -> None:
    lead = shell.world.lead()
    shell("sync")
    shell("note", lead.id, "--note", "x")
    shell.world.clock.moment += timedelta(hours=24)
    assert shell("today", "--json").json == []


def test_what_did_not_hold_is_told_with_its_reason(shell: Shell) -> None:
    lead = shell.world.lead()
    shell("sync")
    shell.world.decide("rita", shell.world.body(lead, "reject"))
    shell("accept", lead.id, "--acceptance-reason", "strong_fit")
    said = shell("today")
    assert "inbox" in said.stdout.splitlines()[0]
    assert "did not hold" in said.stdout.splitlines()[1]
    assert "1 inbox" in said.stderr


def test_text_of_a_lead_gives_no_orders(shell: Shell) -> None:
    lead = shell.world.lead()
    shell("sync")
    shell("note", lead.id, "--note", "a\x1b[31mb\nc")
    said = shell("today").stdout
    assert "\x1b" not in said
    assert len(said.splitlines()) == 1


def test_the_outbox_names_whom_it_is_about(shell: Shell) -> None:
    lead = shell.world.lead(last_name="By\x1b[31mron\nnow")
    shell("sync")
    shell("note", lead.id, "--note", "rang", "--offline")
    [line] = shell("outbox").stdout.splitlines()
    assert f"lead {lead.id[-8:]}  Ada By\N{REPLACEMENT CHARACTER}[31mron now, Analytical Engines" in line
    [item] = shell("outbox", "--json").json
    assert (item["lead_id"], item["company"]) == (lead.id, "Analytical Engines")


def test_the_help_of_a_decision_tells_how_long_a_text_must_be(shell: Shell) -> None:
    assert "Qualification notes, at least 10 characters" in " ".join(
        shell("qualify", "--help").stdout.split()
    )
    assert "Why, at least 5 characters" in " ".join(shell("reopen", "--help").stdout.split())

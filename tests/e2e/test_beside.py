"""One account and several programs, a token that is withdrawn, a lead that goes away, a program that dies."""

from __future__ import annotations

import sys

from tests.e2e.firm import Firm, clean_env
from tests.e2e.terminal import Terminal

FAULTY = """
import sys
from leadqueue.cache.desk import Desk
from leadqueue.cli.main import main

def available(self, lead_id):
    raise RuntimeError("a fault of the program")

Desk.available = available
sys.argv = ["leadqueue"]
main()
"""


def accept(screen: Terminal) -> None:
    screen.press("a")
    screen.wait_for("Acceptance reason required")
    screen.press("1", "ctrl+s")
    screen.wait_for("Accepted:")


def test_two_screens_and_a_command(firm: Firm) -> None:
    ids = firm.named("Acker", "Birch", "Cedar")
    with firm.opened("rita", 3) as first, firm.screen("rita") as second:
        second.wait_for("All 3", "Synced elsewhere")
        # A command stores and leaves the sending to the screen that syncs; both show it.
        done = firm.run("rita", "accept", ids["Acker"], "--acceptance-reason", "strong_fit")
        assert done.returncode == 0
        waits, gone = "Another leadqueue of this account", "Applied: 1."  # the screen may be the quicker one
        assert waits in done.stderr or gone in done.stderr
        first.wait_for("Awaiting review 2", "all sent")
        second.wait_for("Awaiting review 2", "all sent")
        # The cursor has stayed on its lead, wherever that went.
        kept = second.lines[second.line_of("40 Ada Acker")]
        assert kept.startswith("▌")
        second.press("1", "g")  # among all, the night decides which of them is due first
        second.wait_until(lambda _: second.lines[second.line_of("40 Ada Birch")][0] == "▌", "Birch")
        accept(second)
        first.wait_for("Awaiting review 1")
        # The one that synced leaves; the other takes over.
        first.press("q")
        assert first.wait_exit() == 0
        second.wait_for("Live", "all sent")
    assert {name: firm.stage(lead) for name, lead in ids.items()} == {
        "Acker": "sal",
        "Birch": "sal",
        "Cedar": "mql",
    }
    assert list(firm.decided(*ids.values()).values()) == [1, 1]


def test_a_screen_that_is_killed_has_lost_nothing(firm: Firm) -> None:
    [lead] = firm.hand_over()
    with firm.opened("rita", 1) as screen:
        accept(screen)
        screen.kill()
    with firm.screen("rita") as screen:
        screen.wait_for("First outreach due 1", "Live")
        screen.press("ctrl+r")
        screen.wait_for("all sent")
    assert firm.stage(lead) == "sal"
    assert list(firm.decided(lead).values()) == [1]


def test_a_token_that_is_withdrawn(firm: Firm) -> None:
    [lead] = firm.hand_over()
    with firm.opened("rita", 1) as screen:
        me = firm.ask("rita", "session")
        organisation, user = me["organisation_id"], me["user_id"]
        for token in firm.server.admin.tokens(organisation):
            if token.user_id == user:
                firm.server.admin.revoke_token(organisation, token.id)
        accept(screen)
        screen.press("ctrl+r")
        screen.wait_for("Erase the copy of the leads", "1 unsent")
        screen.press("n")
        assert firm.run("rita", "journey", lead).returncode == 6
        # A new login in another terminal is enough; the screen stays open.
        firm.tokens["rita"], _ = firm.server.admin.create_token(organisation, user)
        firm.log_in("rita")
        screen.press("ctrl+r")
        screen.wait_for("all sent", "Live")
    assert firm.stage(lead) == "sal"


def test_a_lead_that_goes_away_under_an_open_form(firm: Firm) -> None:
    ids = firm.named("Acker", "Birch")
    with firm.opened("rita", 2) as screen:
        screen.press("n")
        screen.wait_for("Note required")
        screen.type("half a thought")
        raul = firm.ask("raul", "session")["user_id"]
        firm.decide("maya", ids["Acker"], "reassign", assignee=raul, why="Speaks Spanish")
        screen.press("ctrl+r")
        screen.wait_for("All 1", "half a thought", "out of your reach now")
        # What was typed is still there to be looked at, and is given up only after a question.
        screen.press("escape")
        screen.wait_for("lose what you have filled in?")
        screen.press("n")
        screen.wait_gone("lose what you have filled in?")
        screen.press("ctrl+s")
        screen.wait_for("Ada Acker is out of your reach now", "Ada Birch")
        screen.press("ctrl+r")
        screen.wait_for("1 to look at", "all sent", "Awaiting review 1")
        screen.press("i")
        screen.wait_for("Needs your attention: 1", "half a thought", "Raul")
    assert firm.ask("maya", f"leads/{ids['Acker']}")["notes"] == []


def test_a_fault_of_the_screen_is_no_success(firm: Firm) -> None:
    firm.hand_over()
    firm.log_in("rita")
    firm.run("rita", "sync")
    with Terminal([sys.executable, "-c", FAULTY], clean_env(firm.home("rita"))) as screen:
        assert screen.wait_exit() == 1

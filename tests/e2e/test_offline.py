"""Without a network: decisions go on, wait, and go out by themselves; who came second finds both sides."""

from __future__ import annotations

from tests.e2e.firm import Firm
from tests.e2e.terminal import Terminal


def accept(screen: Terminal) -> None:
    screen.press("a")
    screen.wait_for("Acceptance reason required")
    screen.press("1", "ctrl+s")
    screen.wait_for("Accepted:")


def recycle(screen: Terminal) -> None:
    screen.press("r")
    screen.wait_for("Reason required")
    screen.type("no budget")
    screen.press("enter", "ctrl+s")
    screen.wait_for("Recycled:")


def test_decisions_go_on_and_are_sent_by_themselves(firm: Firm) -> None:
    ids = firm.named("Acker", "Birch", "Cedar")
    with firm.opened("rita", 3) as screen:
        firm.server.kill()
        accept(screen)
        screen.wait_for("Offline", "1 unsent", "Awaiting review 2")
        # It was tried and nobody was there: it can still be taken back.
        screen.press("u")
        screen.wait_for("Undone: Accept", "all sent", "Awaiting review 3")
        accept(screen)
        recycle(screen)
        screen.wait_for("2 unsent", "All 2")
        screen.press("n")
        screen.wait_for("Note required")
        screen.type("Call on Friday")
        screen.press("ctrl+s")
        screen.wait_for("3 unsent", "Call on Friday")
        # What is not sent can be taken back, and is gone from the screen.
        screen.press("u")
        screen.wait_for("2 unsent", "Undone: Add note")
        screen.wait_gone("Call on Friday")
        firm.server.start()
        screen.wait_for("all sent", "Live")
        screen.press("q")
        assert screen.wait_exit() == 0
    assert {name: firm.stage(lead_id) for name, lead_id in ids.items()} == {
        "Acker": "sal",
        "Birch": "recycled",
        "Cedar": "mql",
    }
    assert sorted(firm.decided(*ids.values()).values()) == [1, 1]


def test_one_may_leave_with_unsent_decisions_and_come_back(firm: Firm) -> None:
    [lead] = firm.hand_over()
    with firm.opened("rita", 1) as screen:
        firm.server.kill()
        accept(screen)
        screen.wait_for("1 unsent")
        screen.press("q")
        assert screen.wait_exit() == 0
        assert "1 decision is not sent yet" in screen.text
    # Without a network the queue is there at once, with what was decided worked in.
    with firm.screen("rita") as screen:
        screen.wait_for("All 1", "1 unsent", "Offline", "Awaiting review 0")
        firm.server.start()
        screen.press("ctrl+r")
        screen.wait_for("all sent", "Live")
    assert firm.stage(lead) == "sal"
    assert list(firm.decided(lead).values()) == [1]


def test_who_comes_second_sees_both_sides(firm: Firm) -> None:
    acker, birch = firm.named("Acker", "Birch").values()
    with firm.opened("rita", 2) as screen:
        firm.server.kill()
        accept(screen)
        recycle(screen)
        screen.wait_for("2 unsent")
        # Meanwhile Maya is quicker, from a machine that has a network.
        firm.log_in("maya", firm.server.start(aside=True))
        assert firm.run("maya", "sync").returncode == 0
        assert firm.run("maya", "reject", acker, birch, "--reason", "no_pain").returncode == 0
        firm.server.kill()
        firm.server.start()
        screen.press("ctrl+r")
        screen.wait_for("2 to look at", "all sent")
        screen.press("i")
        screen.wait_for("Needs your attention: 2", "Your side", "How it stands now")
        screen.wait_for("Marketing", "Disqualified", "Maya", "Rejected: No pain identified")
        if "Recycled: Ada Birch" not in screen.text:
            screen.press("j")
            screen.wait_for("Recycled: Ada Birch", "No budget")
        # Sending it again is refused here and now, and nothing is lost by trying.
        screen.press("r")
        screen.wait_until(lambda text: text.count("this lead") == 2, "why it cannot be sent again")
        screen.press("d")
        screen.wait_for("Drop 'Recycle' on Ada Birch")
        screen.press("enter")  # No has the focus
        screen.wait_gone("Drop 'Recycle' on Ada Birch")
        screen.press("d")
        screen.wait_for("Drop 'Recycle' on Ada Birch")
        screen.press("y")
        screen.wait_for("Needs your attention: 1", "Accepted: Ada Acker", "Strong ICP fit")
        screen.press("escape")
        screen.wait_for("1 to look at")
        screen.wait_gone("Needs your attention")
        # Maya gives in on the other one, and what Rita had filled in still stands.
        firm.decide("maya", acker, "reopen", why="Rita knows better")
        screen.press("ctrl+r")
        screen.wait_for("Awaiting review 1")
        screen.press("i")
        screen.wait_for("Needs your attention: 1")
        screen.press("r")
        screen.wait_for("Nothing needs your attention")
        screen.press("escape")
        screen.wait_gone("to look at")
        screen.wait_for("First outreach due 1")
        screen.press("ctrl+r")
        screen.wait_for("all sent")
    assert (firm.stage(acker), firm.stage(birch)) == ("sal", "disqualified")
    assert set(firm.decided(acker, birch).values()) == {1}
    assert len(firm.decided(acker)) == 3


def test_who_else_works_at_the_company_stays_known(firm: Firm) -> None:
    [own] = firm.hand_over(last_name="Acker")
    [bob] = firm.hand_over(owner="raul", first_name="Bob", last_name="Babbage")
    with firm.opened("rita", 1, columns=200, rows=60) as screen:
        screen.wait_for("Bob Babbage, Head of Operations", "Raul", "Colleagues' leads as of now")
        firm.server.kill()
        screen.wait_for("Offline", "Bob Babbage, Head of Operations")
        screen.press("q")
        assert screen.wait_exit() == 0
    told = firm.json("rita", "show", own)
    assert [(each["id"], each["owner"], each["yours"]) for each in told["same_company"]] == [
        (bob, "Raul", False)
    ]

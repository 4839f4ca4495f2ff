"""A rep's triage in a real terminal against a real server: the screen is asserted, and the server's state."""

from __future__ import annotations

from tests.e2e.firm import Firm
from tests.e2e.terminal import Terminal


def cursor_on(screen: Terminal, name: str) -> None:
    """Wait until the cursor's bar stands in front of that lead, thin while the keys go elsewhere."""
    screen.wait_until(
        lambda text: any(line.startswith(("▌", "▏")) and name in line for line in text.split("\n")),
        f"the cursor on {name}",
    )


def test_accept_reject_and_recycle(firm: Firm) -> None:
    ids = firm.named("Acker", "Birch", "Cedar", "Dahlia")
    with firm.opened("rita", 4) as screen:
        screen.wait_for("Awaiting review 4", "Analytical Engines", "Head of Operations", "0 breached")
        cursor_on(screen, "Acker")
        # The form asks for a reason and is not sent without one.
        screen.press("a")
        screen.wait_for("Acceptance reason required")
        screen.press("ctrl+s")
        screen.wait_for("Acceptance reason must be given")
        screen.press("1", "ctrl+s")
        screen.wait_for("Accepted: Ada Acker", "Awaiting review 3")
        # The cursor stands on the next lead. This reason asks for a reference; the last field's Enter sends.
        cursor_on(screen, "Birch")
        screen.press("x")
        screen.wait_for("Wrong persona")
        screen.type("already in")
        screen.press("enter")
        screen.wait_for("Pipeline reference required")
        screen.press("ctrl+s")
        screen.wait_for("Pipeline reference must be given")
        screen.type("DEAL-7")
        screen.press("ctrl+s")
        screen.wait_for("Rejected: Ada Birch", "All 3")
        # That one asks for a day.
        cursor_on(screen, "Cedar")
        screen.press("r")
        screen.wait_for("Bad timing")
        screen.type("bad t")
        screen.press("enter")
        screen.wait_for("Revisit on required")
        screen.press("ctrl+s")
        screen.wait_for("Revisit on must be given")
        screen.type("2099-03-01")
        screen.press("ctrl+s")
        screen.wait_for("Recycled: Ada Cedar", "All 2")
        screen.wait_for("all sent", "Live")
        screen.press("q")
        assert screen.wait_exit() == 0
    stages = {name: firm.stage(lead_id) for name, lead_id in ids.items()}
    assert stages == {"Acker": "sal", "Birch": "disqualified", "Cedar": "recycled", "Dahlia": "mql"}
    assert sorted(firm.decided(*ids.values()).values()) == [1, 1, 1]
    assert firm.ask("maya", f"leads/{ids['Birch']}")["fields"]["pipeline_reference"] == "DEAL-7"
    assert firm.ask("maya", f"leads/{ids['Cedar']}")["fields"]["revisit_on"] == "2099-03-01"


def test_no_key_of_a_burst_is_lost(firm: Firm) -> None:
    """One write to the terminal: what opens a box or a form, and what is meant for it."""
    firm.named("Acker", "Birch", "Cedar")
    with firm.opened("rita", 3) as screen:
        screen.type("/cedar\r")
        cursor_on(screen, "Cedar")
        screen.wait_gone("40 Ada Acker")
        screen.press("escape")
        screen.wait_for("40 Ada Acker")
        screen.type("'ada b")
        cursor_on(screen, "Birch")
        screen.wait_for("Jump to")
        screen.type("\r?undo")
        screen.wait_for("Take back the last form not sent yet")
        screen.press("escape")
        screen.wait_gone("Take back the last form")
        screen.type("rbad t\r2099-03-01\x13")
        screen.wait_for("Recycled: Ada Birch", "All 2")
        screen.type("a1\x13xno bud\r\x13")
        screen.wait_for("Rejected: Ada", "All 1")  # the accepted one awaits a touch


def test_80_by_24_is_enough(firm: Firm) -> None:
    ids = firm.named("Acker", "Birch")
    with firm.opened("rita", 2, columns=80, rows=24) as screen:
        cursor_on(screen, "Acker")
        screen.press("x")
        screen.wait_for("Reason required")
        screen.type("no budget")
        screen.press("enter", "ctrl+s")
        screen.wait_for("Rejected: Ada Acker")
        cursor_on(screen, "Birch")
        screen.press("a")
        screen.wait_for("Acceptance reason required")
        screen.press("2", "ctrl+s")
        screen.wait_for("Accepted: Ada Birch")
        screen.press("ctrl+r")
        screen.wait_for("all sent")
    assert {name: firm.stage(lead_id) for name, lead_id in ids.items()} == {
        "Acker": "disqualified",
        "Birch": "sal",
    }


def test_what_is_just_decided_can_be_taken_back(firm: Firm) -> None:
    [lead] = firm.hand_over()
    with firm.opened("rita", 1) as screen:
        screen.press("x")
        screen.wait_for("Reason required")
        screen.type("no budget")
        screen.press("enter", "ctrl+s")
        screen.wait_for("Rejected:", "All 0", "1 unsent")
        screen.press("u")
        screen.wait_for("Undone: Reject", "All 1", "all sent")
        screen.press("q")
        assert screen.wait_exit() == 0
    assert firm.json("rita", "sync")["applied"] == 0
    assert not firm.decided(lead)


def test_who_leaves_gives_up_the_time_to_undo(firm: Firm) -> None:
    [lead] = firm.hand_over()
    with firm.opened("rita", 1) as screen:
        screen.press("x")
        screen.wait_for("Reason required")
        screen.type("no budget")
        screen.press("enter", "ctrl+s")
        screen.wait_for("Rejected:", "1 unsent")
        screen.press("q")
        assert screen.wait_exit() == 0
        assert "not sent" not in screen.text
    assert firm.stage(lead) == "disqualified"
    assert list(firm.decided(lead).values()) == [1]
    assert firm.json("rita", "outbox") == []


def test_one_form_for_several_leads(firm: Firm) -> None:
    leads = firm.hand_over(3)
    with firm.opened("rita", 3) as screen:
        screen.press("A")
        screen.wait_for("3 leads selected")
        screen.press("x")
        screen.wait_for("Reason required", "3 leads")
        screen.type("no budget")
        screen.press("enter", "ctrl+s")
        screen.wait_for("Rejected: 3 leads", "All 0")
        screen.press("ctrl+r")
        screen.wait_for("all sent")
    assert {firm.stage(lead) for lead in leads} == {"disqualified"}
    assert sorted(firm.decided(*leads).values()) == [1, 1, 1]


def test_escape_loses_nothing_without_asking(firm: Firm) -> None:
    [lead] = firm.hand_over()
    with firm.opened("rita", 1) as screen:
        # A form with nothing in it closes at once.
        screen.press("n")
        screen.wait_for("Note required")
        screen.press("escape")
        screen.wait_gone("Note required")
        screen.press("n")
        screen.wait_for("Note required")
        screen.type("half a thought")
        screen.wait_for("half a thought")
        screen.press("escape")
        screen.wait_for("lose what you have filled in?")
        screen.press("enter")  # No has the focus
        screen.wait_gone("lose what you have filled in?")
        screen.wait_for("half a thought")
        screen.press("escape")
        screen.wait_for("lose what you have filled in?")
        screen.press("y")
        screen.wait_gone("half a thought")
        screen.wait_for("all sent")
    assert not firm.decided(lead)


def test_help_search_and_palette(firm: Firm) -> None:
    firm.named("Acker", "Birch", "Cedar")
    with firm.opened("rita", 3) as screen:
        screen.press("?")
        screen.wait_for("Keys", "Take the lead as sales accepted")
        screen.type("undo")
        screen.wait_for("Take back the last form not sent yet")
        screen.wait_gone("Take the lead as sales accepted")
        screen.press("escape")
        screen.wait_gone("Take back the last form")
        # Search narrows the queue as one types; Escape brings all of it back.
        screen.press("/")
        screen.wait_for("Words, or fields")
        screen.type("cedar")
        cursor_on(screen, "Cedar")
        screen.wait_gone("40 Ada Acker")
        screen.press("enter", "escape")
        screen.wait_for("40 Ada Acker", "40 Ada Birch")
        # The palette runs an action by its name.
        screen.press("ctrl+p")
        screen.wait_for("Search for commands")
        screen.type("recycle")
        screen.wait_gone("Take the lead as sales accepted")
        screen.wait_gone("Setting:")  # what fewer letters had found
        screen.wait_for("Send the lead to nurture with a reason")
        screen.press("enter")
        screen.wait_for("Reason required")
        screen.press("escape")
        screen.wait_gone("Reason required")
        screen.press("q")
        assert screen.wait_exit() == 0


def test_a_terminal_that_is_too_small_says_so_and_comes_back(firm: Firm) -> None:
    firm.named("Acker")
    with firm.opened("rita", 1) as screen:
        screen.press("n")
        screen.wait_for("Note required")
        screen.type("half a thought")
        screen.wait_for("half a thought")
        screen.resize(40, 10)
        screen.wait_for("Too small", "40×10")
        screen.resize(100, 30)
        screen.wait_for("Ada Acker", "half a thought")


def test_the_mouse(firm: Firm) -> None:
    firm.named("Acker", "Birch", "Cedar")
    with firm.opened("rita", 3) as screen:
        cursor_on(screen, "Acker")
        line = screen.line_of("Ada Cedar")
        screen.click(20, line)
        cursor_on(screen, "Cedar")
        # A tab shows its section, and all of them again.
        screen.click(screen.cell_of("Touch due"), screen.line_of("Touch due"))
        screen.wait_gone("40 Ada Birch")
        screen.click(screen.cell_of("All 3"), screen.line_of("All 3"))
        screen.wait_for("40 Ada Birch")

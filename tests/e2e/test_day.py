"""A rep's day in a real terminal against a real server: the screen is asserted, and the server's state."""

from __future__ import annotations

import re

from tests.e2e.firm import Firm
from tests.e2e.terminal import Terminal

UP, DOWN = "up", "down"


def opened(firm: Firm, leads: int, **size: int) -> Terminal:
    """Rita's screen with her queue read."""
    firm.log_in("rita")
    screen = firm.screen("rita", **size)
    screen.wait_for(f"All {leads}", "Live")
    return screen


def stage(firm: Firm, lead_id: str) -> str:
    answer = firm.ask("maya", f"leads/{lead_id}")["stage"]
    assert isinstance(answer, str)
    return answer


def row_of(screen: Terminal, name: str) -> str:
    return next(line for line in screen.lines if name in line)


def send(screen: Terminal) -> None:
    screen.press("ctrl+s")


def test_accept_reject_offline_undo_and_back(firm: Firm) -> None:
    ids = {name: firm.hand_over(1, last_name=name)[0] for name in ("Acker", "Birch", "Cedar", "Dahlia")}
    with opened(firm, 4) as screen:
        # Accept, with a reason that one must choose.
        screen.wait_for("Ada Acker", "Awaiting review")
        screen.press("a")
        screen.wait_for("Acceptance reason required")
        send(screen)
        screen.wait_for("is required")
        screen.press("1")
        send(screen)
        screen.wait_for("Accepted: Ada Acker")
        # The cursor stands on the next lead: reject it, with a reason that asks for a reference.
        screen.wait_until(lambda text: "Birch" in text.split("\n")[3], "the next lead under the cursor")
        screen.press("x")
        screen.wait_for("Wrong persona")
        screen.type("already in")
        screen.press("enter")
        screen.wait_for("Pipeline reference required")
        send(screen)
        screen.wait_for("Pipeline reference is required")
        screen.type("DEAL-7")
        send(screen)
        screen.wait_for("Rejected: Ada Birch", "All 3")
        # Pull the plug and go on.
        screen.wait_for("all sent")
        firm.kill_server()
        screen.wait_for("Offline")
        screen.press("r")
        screen.wait_for("Bad timing")
        screen.type("bad t")
        screen.press("enter")
        screen.wait_for("Revisit on required")
        screen.type("in 3 months")
        send(screen)
        screen.wait_for("Recycled: Ada Cedar", "1 unsent")
        screen.press("n")
        screen.wait_for("Note required")
        screen.type("Call on Friday")
        send(screen)
        screen.wait_for("2 unsent")
        screen.press("u")
        screen.wait_for("1 unsent")
        # Plug it back in: it syncs by itself.
        firm.start_server()
        screen.wait_for("all sent", "Live")
        screen.press("q")
        assert screen.wait_exit() == 0
    assert {name: stage(firm, lead_id) for name, lead_id in ids.items()} == {
        "Acker": "sal",
        "Birch": "disqualified",
        "Cedar": "recycled",
        "Dahlia": "mql",
    }
    assert len(firm.decided(*ids.values())) == 3
    birch = firm.ask("maya", f"leads/{ids['Birch']}")
    assert birch["fields"]["pipeline_reference"] == "DEAL-7"
    assert firm.ask("maya", f"leads/{ids['Dahlia']}")["notes"] == []


def test_a_conflict_from_a_second_account_comes_to_the_inbox(firm: Firm) -> None:
    [lead] = firm.hand_over(1, last_name="Acker")
    firm.log_in("maya")
    with opened(firm, 1) as screen:
        screen.wait_for("Ada Acker")
        firm.kill_server()
        screen.wait_for("Offline")
        screen.press("a")
        screen.wait_for("Acceptance reason required")
        screen.press("2")
        send(screen)
        screen.wait_for("1 unsent")
        firm.start_server()
        rejected = firm.run("maya", "reject", lead, "--reason", "no_budget")
        # Whoever is first wins; here either the manager's rejection stands, or Rita's acceptance does.
        if rejected.returncode == 0:
            screen.wait_for("1 in the inbox")
            assert stage(firm, lead) == "disqualified"
            screen.press("i")
            screen.wait_for("Clear buying intent", "Maya")
            screen.press("d")
            screen.wait_for("Drop")
            screen.press("y")
            screen.wait_gone("1 in the inbox")
            assert firm.decided(lead) == firm.decided(lead)[:1]
        else:
            screen.wait_for("all sent")
            assert stage(firm, lead) == "sal"


def test_escape_loses_nothing_without_asking(firm: Firm) -> None:
    firm.hand_over(1, last_name="Acker")
    with opened(firm, 1) as screen:
        screen.press("n")
        screen.wait_for("Note required")
        screen.type("half a thought")
        screen.press("escape")
        screen.wait_for("Keep editing")
        screen.press("enter")
        screen.wait_gone("Keep editing")
        screen.wait_for("half a thought")


def test_a_whole_triage_at_80_by_24(firm: Firm) -> None:
    [lead] = firm.hand_over(1, last_name="Acker")
    with opened(firm, 1, columns=80, rows=24) as screen:
        assert all(len(line) <= 80 for line in screen.lines)
        screen.press("x")
        screen.wait_for("No budget")
        screen.press("2")
        send(screen)
        screen.wait_for("Rejected: Ada Acker")
        screen.wait_for("all sent")
    assert stage(firm, lead) == "disqualified"


def test_a_terminal_that_is_too_small_says_so_and_comes_back(firm: Firm) -> None:
    firm.hand_over(1, last_name="Acker")
    with opened(firm, 1) as screen:
        screen.resize(40, 10)
        screen.wait_for("Too small", "40×10")
        screen.resize(100, 30)
        screen.wait_for("Ada Acker")


def test_the_mouse_moves_the_cursor(firm: Firm) -> None:
    firm.hand_over(3)
    with opened(firm, 3) as screen:
        before = [line for line in screen.lines if line.startswith("▌")]
        target = screen.lines.index(before[0]) + 2
        screen.type(f"\x1b[<0;20;{target + 1}M\x1b[<0;20;{target + 1}m")
        screen.wait_until(
            lambda text: text.split("\n")[target].startswith("▌"), "the cursor where one clicked"
        )


def test_hostile_text_is_text(firm: Firm) -> None:
    """Markup, escapes, a bidi override, a formula, 10,000 characters: shown as text, columns aligned."""
    hostile = {
        "first_name": "[@click=app.quit]x[/] [red]",
        "last_name": "\x1b[31m\x1b]0;owned\x07 \u202eevil",
        "company_name": '=HYPERLINK("http://x","y")',
        "job_title": "A" * 200,
        "message": "x" * 10_000 + "\x1b[2J",
    }
    firm.hand_over(1, **hostile)
    firm.hand_over(1, last_name="Plain", company_name="Kaffee e\u0301\u0301\u0301 👩‍👩‍👧‍👦 GmbH")
    firm.hand_over(1, last_name="Zed", company_name="Zed Ltd")
    with opened(firm, 3) as screen:
        screen.wait_for("[@click=app.quit]x[/]", "Ada Zed")
        assert "owned" not in screen.title
        start = row_of(screen, "40 Ada Zed").index("Zed Ltd")
        assert row_of(screen, "40 [@click").index("=HYPERLINK") == start
        assert row_of(screen, "40 Ada Plain").index("Kaffee") == start
        screen.press("1")
        screen.wait_for("Awaiting review 3")
    for words in (("queue",), ("export",), ("show", "Plain")):
        done = firm.run("rita", *words)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", done.stdout.replace("\r\n", "\n")), words
    cells = [cell for line in firm.run("rita", "export").stdout.split("\n") for cell in line.split(",")]
    assert not any(cell.strip('"').startswith(("=", "@", "+", "-")) for cell in cells)

"""Nobody is logged in: the real program asks, connects to the real server, and opens the queue."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.firm import Firm, clean_env
from tests.e2e.serving import PROGRAM
from tests.e2e.terminal import Terminal


def test_connecting_on_the_screen(firm: Firm, tmp_path: Path) -> None:
    firm.hand_over(2)
    env = clean_env(tmp_path / "new")
    with Terminal(PROGRAM, env, columns=80, rows=24) as screen:
        screen.wait_for("Look around", "Connect to your team's server")
        screen.press("c")
        screen.wait_for("Token", "Whoever runs the server")
        # One burst: the address, Enter, and a token that nobody was given.
        screen.type(f"{firm.server.url}\rlq_nobody\r")
        refused = screen.wait_for("does not accept")
        assert "Connect (Enter)" in refused
        assert firm.server.url in refused
        screen.press(*["backspace"] * len("lq_nobody"))
        screen.type(f"{firm.tokens['rita']}\r")
        screen.wait_for("All 2", "Live", "Rita")
        assert firm.tokens["rita"] not in screen.written
        screen.press("q")
        assert screen.wait_exit() == 0
    # From now on it opens the queue at once.
    with Terminal(PROGRAM, env) as screen:
        screen.wait_for("All 2", "Live")
        assert "Look around" not in screen.written
        screen.press("q")
        assert screen.wait_exit() == 0

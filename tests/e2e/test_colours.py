"""What the real program sends to a terminal of 16 colours, or to one whose user wants none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.builders import mql
from tests.cache.shelf import ACCOUNT, Clock, Shelf
from tests.e2e.firm import clean_env
from tests.e2e.serving import PROGRAM
from tests.e2e.terminal import Terminal

from leadqueue.domain.moments import system_now

_STYLES = re.compile(r"\x1b\[([0-9;:]*)m")
SIXTEEN = {*range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}
PLAIN = {*range(10), *range(21, 30), 39, 49, 59}
STATES = {"●": "Breached", "◐": "Soonish", "○": "Calm"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Of a rep with a lead in each state of a clock, and no server anywhere."""
    now = system_now()
    shelf = Shelf(tmp_path, Clock(now))
    for name, due in (
        ("Breached", -timedelta(hours=3)),
        ("Soonish", timedelta(minutes=20)),
        ("Calm", timedelta(days=3)),
    ):
        lead = mql(now=now - timedelta(days=1), last_name=name, email=f"{name}@example.com")
        clocks = (
            replace(clock, due_at=now + due, soon_at=now + due - timedelta(hours=1)) for clock in lead.clocks
        )
        shelf.pull(replace(lead, clocks=tuple(clocks)))
    shelf.home.save_account(ACCOUNT)
    shelf.close()
    return tmp_path


def codes(written: str) -> set[int]:
    """Every number among the styles; those of larger palettes begin with 38 or 48."""
    return {int(part or 0) for style in _STYLES.findall(written) for part in re.split("[;:]", style)}


def told(home: Path, term: str, theme: str, **more: str) -> tuple[Terminal, dict[str, tuple[str, str]]]:
    """The program after a walk over its screens, and in which colours it shows each state."""
    config = home / "config" / "config.toml"
    config.parent.mkdir(exist_ok=True)
    config.write_text(f'theme = "{theme}"\n')
    env = {key: value for key, value in clean_env(home).items() if key not in ("COLORTERM", "NO_COLOR")}
    with Terminal(PROGRAM, env | more, term=term) as screen:
        screen.wait_for("All 3", *STATES.values(), "Timeline")
        screen.press("end")  # the cursor's row has a ground of its own
        screen.wait_until(lambda text: "▌  ○" in text or "▌ ○" in text, "the cursor on the last")
        colours = {sign: screen.colours_of(sign, on=name) for sign, name in STATES.items()}
        for key, shows in (("x", "Reason required"), ("?", "Take the lead"), (",", "First view")):
            screen.press(key)
            screen.wait_for(shows)
            screen.press("escape")
            screen.wait_gone(shows)
        screen.press("q")
        assert screen.wait_exit() == 0
    return screen, colours


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
def test_sixteen_colours_are_enough(home: Path, theme: str) -> None:
    screen, colours = told(home, "xterm", theme)
    assert codes(screen.written) <= SIXTEEN | PLAIN
    words = {sign: words for sign, (words, _) in colours.items()}
    assert len(set(words.values())) == 3, words
    assert words["●"] in ("red", "brightred")
    ground = "black" if theme == "textual-dark" else "brightwhite"
    assert {colours[sign][1] for sign in "●◐"} == {ground}


def test_more_colours_are_used_where_there_are_more(home: Path) -> None:
    screen, _ = told(home, "xterm-256color", "textual-dark")
    assert 38 in codes(screen.written)


def test_without_colours_the_signs_say_it(home: Path) -> None:
    screen, _ = told(home, "xterm", "textual-dark", NO_COLOR="1")
    assert codes(screen.written) <= PLAIN

"""A lead's fields come from web forms: on screen, in the output and in the logs they are only ever text."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable

import pytest
from tests.e2e.firm import Firm

ESC = "\x1b"
HOSTILE = {
    "first_name": "[@click=app.quit]x[/] [red]",
    "last_name": f"{ESC}[31m{ESC}]0;owned\x07{ESC}[2J \u202eevil",
    "company_name": '=HYPERLINK("http://evil.example","y")',
    "job_title": "A" * 200,
    "message": "x" * 10_000 + f"{ESC}[2J",
}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def obeyed(text: str) -> set[str]:
    """The characters of an output that a terminal obeys, or that turn text about."""
    return {
        character
        for character in text
        if unicodedata.category(character) in ("Cc", "Cf") and character not in "\n\u200d"
    }


def cells(text: str) -> Iterable[str]:
    return (cell for row in csv.reader(io.StringIO(text)) for cell in row)


@pytest.fixture
def hostile(firm: Firm) -> dict[str, str]:
    """Rita's leads by what is odd about them."""
    return {
        "markup": firm.hand_over(**HOSTILE)[0],
        "marks": firm.hand_over(
            last_name="Marks", company_name="Kaffee e\u0301\u0301\u0301\u0301\u0301 GmbH"
        )[0],
        "wide": firm.hand_over(last_name="Wide", company_name="🚀🚀 株式会社")[0],
        "long": firm.hand_over(first_name="L" * 100, last_name="Long" + "o" * 100)[0],
        "plain": firm.hand_over(last_name="Zed", company_name="Zed Ltd")[0],
    }


def test_on_the_screen(firm: Firm, hostile: dict[str, str]) -> None:
    with firm.opened("rita", len(hostile), columns=160) as screen:
        screen.wait_for("[@click=app.quit]x[/]", "=HYPERLINK", "Ada Zed")
        assert "owned" not in screen.title
        assert not obeyed(screen.text)
        # The columns after each odd text start where those of the plain row do.
        company = screen.cell_of("Zed Ltd", on="40 Ada Zed")
        assert screen.cell_of("=HYPERLINK", on="40 [@click") == company
        assert screen.cell_of("Kaffee", on="40 Ada Marks") == company
        assert screen.cell_of("🚀", on="40 Ada Wide") == company
        assert screen.cell_of("Analytical", on="40 LLL") == company
        source = screen.cell_of("Webinar", on="40 Ada Zed")
        for odd in ("40 [@click", "40 Ada Marks", "40 Ada Wide", "40 LLL"):
            assert screen.cell_of("Webinar", on=odd) == source
        screen.resize(80, 24)
        screen.wait_until(lambda text: text.count("\n") == 23 and "40 Ada Zed" in text, "a small screen")
        company = screen.cell_of("Zed Ltd", on="40 Ada Zed")
        for odd, text in (("40 [@click", "=HYPER"), ("40 Ada Marks", "Kaffee"), ("40 LLL", "Analytical")):
            assert screen.cell_of(text, on=odd) == company
        screen.resize(120, 40)
        screen.wait_until(lambda text: text.split("\n")[-1].startswith(" a Accept"), "a large screen")
        # Nothing in the name can be clicked, in the list or in the context, and keys still work.
        screen.click(screen.cell_of("[@click", on="40 [@click") + 3, screen.line_of("40 [@click"))
        screen.wait_until(
            lambda text: any(line.startswith("▌") and "[@click" in line for line in text.split("\n")),
            "the cursor on the odd name",
        )
        name = next(
            number
            for number, line in enumerate(screen.lines)
            if "[@click" in line.partition("▏")[2] and "40 [@click" not in line
        )
        screen.click(len(screen.lines[name].partition("▏")[0]) + 4, name)
        screen.press("tab", "a")
        screen.wait_for("Acceptance reason required", "Accept  [@click=app.quit]x[/] [red]")
        screen.press("1", "ctrl+s")
        screen.wait_for("Accepted: [@click=app.quit]x[/] [red]")
        screen.press("q")
        assert screen.wait_exit() == 0


def test_in_every_output(firm: Firm, hostile: dict[str, str]) -> None:
    firm.log_in("rita")
    assert firm.run("rita", "sync").returncode == 0
    markup = hostile["markup"]
    printed: dict[tuple[str, ...], str] = {}
    for words in (
        ("queue",),
        ("export",),
        ("export", "--format", "json"),
        ("show", markup),
        ("show", markup, "--json"),
        ("journey", markup),
    ):
        done = firm.run("rita", *words)
        assert done.returncode == 0, (words, done.stderr)
        assert not obeyed(done.stdout + done.stderr), words
        printed[words] = done.stdout
    exported = printed["export",]
    assert not [cell for cell in cells(exported) if cell.lstrip().startswith(FORMULA_STARTS)]
    assert "'=HYPERLINK" in exported
    # For scripts the text is whole: JSON carries what the form held.
    held = json.loads(printed["show", markup, "--json"])["fields"]
    assert held["company_name"] == HOSTILE["company_name"]


def test_in_refusals_and_logs(firm: Firm, hostile: dict[str, str]) -> None:
    firm.log_in("rita")
    assert firm.run("rita", "sync").returncode == 0
    evil = f"{ESC}[2J\u202e[red]"
    for words in (
        ("show", evil),
        ("accept", hostile["plain"], "--acceptance-reason", evil),
        ("queue", "--sort", evil),
        ("inbox", "drop", evil),
    ):
        done = firm.run("rita", *words)
        assert done.returncode in (2, 3, 7), (words, done.stderr)
        assert not obeyed(done.stdout + done.stderr), (words, done.stderr)
    logs = [*firm.home("rita").rglob("*.log"), firm.server.log]
    for log in logs:
        assert not obeyed(log.read_text("utf-8")), log

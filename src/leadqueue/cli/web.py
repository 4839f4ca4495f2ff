"""`leadqueue web`: the terminal UI as a page on this machine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_line, say


def web(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port; 0 takes a free one.")] = 0,
    demo: Annotated[bool, typer.Option("--demo", help="The demo instead of the account.")] = False,
    browser: Annotated[bool, typer.Option(help="Open the page in the browser.")] = True,
) -> None:
    """Open the queue as a page in a browser on this machine; nobody else can reach it.

    The address that is printed holds a key: who has it can work as you do, until the command ends.
    """
    from leadqueue.web.page import HOST, WebPage

    if not demo:
        from leadqueue.cache.home import Home
        from leadqueue.cli.account import logged_in

        logged_in(Home.locate())
    command = [sys.executable, "-m", "leadqueue", *(["demo"] if demo else [])]
    try:
        page = WebPage(command, port, "leadqueue demo" if demo else "leadqueue")
    except OSError as error:
        fail(Exit.USAGE, f"--port: {HOST}:{port} cannot be used: {error.strerror}", "Leave --port out.")
    print_line(page.address)
    say("Ctrl-C ends it.")
    if browser:
        import webbrowser

        webbrowser.open(page.address)
    page.run()

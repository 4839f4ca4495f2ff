"""Where the program starts. The queue does not wait for the command line's library to load."""

from __future__ import annotations

import sys

from leadqueue.cli.ending import ends_with_a_code


def main() -> None:
    """`leadqueue` alone opens the queue; with words it is the command line."""
    if len(sys.argv) > 1:
        from leadqueue.cli.main import main as command_line

        command_line()
        return
    from leadqueue.cli.tui import run_tui

    ends_with_a_code(run_tui)

"""Who is logged in on this machine."""

from __future__ import annotations

from leadqueue.cache.home import Account, BrokenAccountFile, Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, say


def logged_in(home: Home) -> Account:
    """The account in use; ends the program where there is none."""
    try:
        account = home.load_account()
    except BrokenAccountFile as error:
        fail(Exit.LOCAL_FILES, str(error))
    if account is None:
        fail(
            Exit.NOT_LOGGED_IN,
            "Nobody is logged in.",
            "Log in with `leadqueue login`, or look around with `leadqueue demo`.",
        )
    return account


def account_before(home: Home) -> Account | None:
    """The account in use, None where there is none or its file cannot be read, which is said."""
    try:
        return home.load_account()
    except BrokenAccountFile as error:
        say(f"leadqueue: {error}")
        return None

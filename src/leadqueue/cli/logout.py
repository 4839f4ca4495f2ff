"""`logout`: forget the token, and where that is asked for what this machine holds of every account."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.home import Account, AccountFolder, Home
from leadqueue.cli.account import account_before
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, say
from leadqueue.domain.moments import system_now
from leadqueue.domain.text import one_line

if TYPE_CHECKING:
    from leadqueue.sync.credentials import Credentials

ERASE = "leadqueue logout --erase"


def logout(
    erase: Annotated[
        bool,
        typer.Option("--erase", help="Erase the copies of the leads on this machine too, of every account."),
    ] = False,
    unsent_too: Annotated[
        bool,
        typer.Option(
            "--erase-unsent",
            help="Erase also decisions that were never sent, or wait in the inbox; you are asked first.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer the question of --erase-unsent.")] = False,
) -> None:
    """Forget the token. Unsent decisions stay on this machine and go out after the next login."""
    from leadqueue.sync.credentials import TOKEN_VARIABLE, Credentials, Place

    home = Home.locate()
    account = account_before(home)
    credentials = Credentials(home)
    if erase or unsent_too:
        _erase(home, credentials, unsent_too=unsent_too, yes=yes)
    elif account is not None:
        credentials.erase(account)
    home.clear_account()
    say(f"Logged out {account.name} from {account.url}." if account else "Nobody was logged in.")
    for folder in home.account_folders():
        for sentence in left_of(folder):
            say(sentence)
    left = credentials.load(account) if account else None
    if left is not None and left.place is Place.ENVIRONMENT:
        say(f"The variable {TOKEN_VARIABLE} still holds a token; unset it yourself.")


def whose(folder: AccountFolder) -> str:
    """The account in words; the folder where it is not known whose it is."""
    account = folder.account
    return f"{one_line(account.name, 60)} at {account.url}" if account else f"the account in {folder.path}"


def left_of(folder: AccountFolder) -> list[str]:
    """What of an account is still on this machine and how to erase it, in sentences; [] for nothing."""
    from leadqueue.cache.erasing import has_copy, waiting_in

    told = []
    if has_copy(folder):
        told.append(f"The copy of the leads of {whose(folder)} stays on this machine. To erase it: {ERASE}")
    waiting = waiting_in(folder, system_now)
    if waiting != 0:
        kept = "It is" if waiting == 1 else "They are"
        told.append(f"{_unsent(folder, waiting)}. {kept} kept until the next login. To erase: {ERASE}-unsent")
    return told


def erase_others(home: Home, but: Account) -> list[str]:
    """Erase what the other accounts left on this machine; answers what stays, in sentences.

    What was never sent stays, since nobody was asked about it, and all of an account that is open.
    """
    from filelock import FileLock, Timeout

    from leadqueue.cache.erasing import waiting_in
    from leadqueue.sync.credentials import Credentials

    told: list[str] = []
    for folder in home.account_folders():
        if folder.path == home.account_dir(but):
            continue
        with suppress(Timeout), FileLock(folder.sync_lock, mode=0o600).acquire(blocking=False):
            _forget(folder, Credentials(home), unsent_too=waiting_in(folder, system_now) == 0)
        told += left_of(folder)
    return told


def _erase(home: Home, credentials: Credentials, *, unsent_too: bool, yes: bool) -> None:
    """Erase the copy of every account; what was never sent only where that was asked for and agreed to.

    Nothing goes before all of it can, and nobody works with any of it.
    """
    from filelock import FileLock, Timeout

    from leadqueue.cache.erasing import has_copy, waiting_in

    folders = home.account_folders()
    with ExitStack() as locks:
        for folder in folders:
            try:
                locks.enter_context(FileLock(folder.sync_lock, mode=0o600).acquire(blocking=False))
            except Timeout:
                open_as = f"leadqueue is open as {whose(folder)}, and would go on with the copy."
                fail(Exit.LOCAL_FILES, open_as, "Close it first.")
        waiting = {folder: waiting_in(folder, system_now) for folder in folders}
        unsent = {folder: count for folder, count in waiting.items() if count != 0}
        if unsent and unsent_too and not yes:
            _agree(unsent)
        copies = sum(has_copy(folder) for folder in folders)
        for folder in folders:
            _forget(folder, credentials, unsent_too=unsent_too or folder not in unsent)
    match copies:
        case 0:
            say("There is no copy of the leads on this machine.")
        case 1:
            say("The copy of the leads on this machine is erased.")
        case _:
            say(f"{copies} copies of the leads on this machine are erased, one of each account.")


def _forget(folder: AccountFolder, credentials: Credentials, *, unsent_too: bool) -> None:
    from leadqueue.cache.erasing import erase_copy, erase_unsent

    credentials.erase_folder(folder)
    erase_copy(folder)
    if unsent_too:  # or there is nothing: what was sent is in the outbox for a while too
        erase_unsent(folder)


def _agree(unsent: dict[AccountFolder, int | None]) -> None:
    """Go on only where the user wants what was never sent, or waits in the inbox, to be gone for good."""
    told = " ".join(f"{_unsent(folder, count)}." for folder, count in unsent.items())
    question = f"{told} Erase {'it' if [*unsent.values()] == [1] else 'them'} for good?"
    if not sys.stdin.isatty():
        fail(Exit.USAGE, question, "Nothing was erased. Say so with --yes.")
    if not typer.confirm(question, default=False, err=True):
        fail(Exit.USAGE, "Nothing was erased.", "Without --erase-unsent they are kept.")


def _unsent(folder: AccountFolder, count: int | None) -> str:
    if count == 1:
        return f"1 decision of {whose(folder)} was never sent, or waits in the inbox"
    many = "Decisions that cannot be counted" if count is None else f"{count} decisions"
    return f"{many} of {whose(folder)} were never sent, or wait in the inbox"

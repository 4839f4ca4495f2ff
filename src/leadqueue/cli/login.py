"""`login`, `logout`, `whoami`: whose queue this is."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.errors import StoreError
from leadqueue.cache.home import Account, BrokenAccountFile, Home
from leadqueue.cli.account import logged_in
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.domain.moments import system_now

if TYPE_CHECKING:
    from leadqueue.crm.gateway import GatewayError
    from leadqueue.sync.credentials import Credentials
    from leadqueue.wire.api import Session


def login(
    url: Annotated[str | None, typer.Option(help="The server's address, like https://crm.example")] = None,
    token: Annotated[
        str | None, typer.Option(help="The token; without it you are asked, or it is read from stdin.")
    ] = None,
    insecure_http: Annotated[
        bool, typer.Option("--insecure-http", help="Send the token unprotected over http://.")
    ] = False,
) -> None:
    """Log in to a server with the token that its administrator gave you."""
    home = Home.locate()
    before = _account_before(home)
    try:
        done = sign_in(home, _url(url, before), _token(token), insecure_http=insecure_http)
    except SignInFailed as error:
        fail(error.code, error.message, error.fix)
    account = done.account
    say(f"Logged in to {account.url} as {account.name} ({account.role}, {account.organisation_name}).")
    say(done.kept)
    if before is not None and (before.url, before.user_id) != (account.url, account.user_id):
        _say_unsent(home, before, f"{before.name} at {before.url}")


class SignInFailed(Exception):
    """Nobody is logged in by this; `field` is what is to be changed, `url` or `token`, '' for neither."""

    def __init__(self, code: Exit, message: str, fix: str = "", field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix
        self.field = field


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account that is logged in now; `kept` says where its token is."""

    account: Account
    kept: str


def sign_in(home: Home, url: str, token: str, *, insecure_http: bool = False) -> SignedIn:
    """Ask the server whose token it is, and keep both. Raises `SignInFailed`."""
    from leadqueue.sync.connect import BadAddress, server_address
    from leadqueue.sync.credentials import BadToken, Credentials, checked

    try:
        address = server_address(url, insecure_http=insecure_http)
    except BadAddress as error:
        raise SignInFailed(Exit.USAGE, str(error), field="url") from error
    try:
        given = checked(token)
    except BadToken as error:
        raise SignInFailed(Exit.USAGE, str(error), field="token") from error
    account = _account(address, _session(address, given))
    kept = Credentials(home).store(account, given)
    home.save_account(account)
    return SignedIn(account, kept.said)


def logout(
    erase: Annotated[
        bool, typer.Option("--erase", help="Erase the copy of the leads on this machine too.")
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
    account = _account_before(home)
    if account is None:
        home.clear_account()
        say("Nobody was logged in.")
        return
    credentials = Credentials(home)
    if erase or unsent_too:
        _erase(home, account, credentials, unsent_too=unsent_too, yes=yes)
    else:
        credentials.erase(account)
    home.clear_account()
    say(f"Logged out {account.name} from {account.url}.")
    _say_unsent(home, account, "You")
    left = credentials.load(account)
    if left is not None and left.place is Place.ENVIRONMENT:
        say(f"The variable {TOKEN_VARIABLE} still holds a token; unset it yourself.")


def whoami(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say who is logged in, to which server, and where the token is. Works offline."""
    from leadqueue.sync.credentials import Credentials

    home = Home.locate()
    account = logged_in(home)
    found = Credentials(home).load(account)
    place = found.place.value if found else None
    if as_json:
        print_json(
            {
                "user_id": account.user_id,
                "name": account.name,
                "email": account.email,
                "role": account.role,
                "organisation": account.organisation_name,
                "url": account.url,
                "token": place,
            }
        )
    else:
        print_line(f"{account.name} <{account.email}>, {account.role} at {account.organisation_name}")
        print_line(account.url)
        print_line(f"token: {place or 'missing'}")
    if found is None:
        fail(Exit.NOT_LOGGED_IN, "There is no token for this account.", "Log in again: leadqueue login")


def exit_of(error: GatewayError) -> Exit:
    """The exit code that stands for an error of the server or the way to it."""
    from leadqueue.crm import gateway
    from leadqueue.sync.engine import WrongAccount

    if isinstance(error, gateway.ProtocolMismatch):
        return Exit.PROTOCOL
    if isinstance(error, gateway.Unauthorised | gateway.Forbidden | WrongAccount):
        return Exit.NOT_LOGGED_IN
    if isinstance(error, gateway.NotFound):
        return Exit.NOT_FOUND
    if isinstance(
        error,
        gateway.Unreachable | gateway.TimedOut | gateway.NotTheApi | gateway.ServerFault | gateway.Throttled,
    ):
        return Exit.UNREACHABLE
    return Exit.FAULT


def _account_before(home: Home) -> Account | None:
    try:
        return home.load_account()
    except BrokenAccountFile as error:
        say(f"leadqueue: {error}")
        return None


def _url(given: str | None, before: Account | None) -> str:
    if given is not None:
        return given
    if sys.stdin.isatty():
        answer: str = typer.prompt("Server", default=before.url if before else None, err=True)
        return answer
    if before is None:
        fail(Exit.USAGE, "Which server? Give its address.", "leadqueue login --url https://crm.example")
    return before.url


def _token(given: str | None) -> str:
    if given is not None and given != "-":
        return given
    if given is None and sys.stdin.isatty():
        answer: str = typer.prompt("Token", hide_input=True, err=True)
        return answer
    return sys.stdin.readline(4096)


def _session(address: str, token: str) -> Session:
    from leadqueue.crm.gateway import GatewayError, ProtocolMismatch, Unauthorised
    from leadqueue.crm.native import NativeGateway
    from leadqueue.wire.api import PROTOCOL

    async def ask() -> Session:
        gateway = NativeGateway(address, token, system_now)
        try:
            session = await gateway.session()
            if session.protocol != PROTOCOL:
                raise ProtocolMismatch
            return session
        finally:
            await gateway.aclose()

    try:
        return asyncio.run(ask())
    except Unauthorised as error:
        words, fix = "The server does not accept this token.", "Ask its administrator for one."
        raise SignInFailed(Exit.NOT_LOGGED_IN, words, fix, "token") from error
    except GatewayError as error:
        raise SignInFailed(exit_of(error), f"{error} ({address})", field="url") from error


def _account(address: str, session: Session) -> Account:
    return Account(
        url=address,
        user_id=session.user_id,
        name=session.name,
        email=session.email,
        role=session.role.value,
        organisation_id=session.organisation_id,
        organisation_name=session.organisation_name,
        team_id=session.team_id,
        zone=session.zone,
    )


def _erase(home: Home, account: Account, credentials: Credentials, *, unsent_too: bool, yes: bool) -> None:
    """Erase the account's copy; what was never sent only where that was asked for and agreed to."""
    from filelock import FileLock, Timeout

    from leadqueue.cache.erasing import erase_copy, erase_unsent

    lock = FileLock(home.sync_lock(account), mode=0o600)
    try:
        with lock.acquire(blocking=False):
            waiting = _waiting(home, account)
            if waiting != 0 and unsent_too and not yes:
                _agree(waiting)
            credentials.erase(account)
            erase_copy(home, account)
            say("The copy of the leads on this machine is erased.")
            if unsent_too or waiting == 0:  # what was sent is in the outbox for a while too
                erase_unsent(home, account)
    except Timeout:
        fail(Exit.LOCAL_FILES, "leadqueue is open and would go on with the copy.", "Close it first.")


def _waiting(home: Home, account: Account) -> int | None:
    """Decisions that are unsent or in the inbox; None where the outbox cannot be read."""
    if not home.outbox_file(account).exists():
        return 0
    from leadqueue.cache.opening import open_store

    try:
        store = open_store(home, account, system_now)
    except StoreError:
        return None
    try:
        outbox = store.outbox
        return len(outbox.unsent()) + len(outbox.acknowledged()) + len(outbox.attention())
    finally:
        store.close()


def _agree(waiting: int | None) -> None:
    """Go on only where the user wants what was never sent, or waits in the inbox, to be gone for good."""
    if waiting == 1:
        question = "1 decision was never sent, or waits in the inbox. Erase it for good?"
    else:
        count = "Decisions that cannot be counted" if waiting is None else f"{waiting} decisions"
        question = f"{count} were never sent, or wait in the inbox. Erase them for good?"
    if not sys.stdin.isatty():
        fail(Exit.USAGE, question, "Nothing was erased. Say so with --yes.")
    if not typer.confirm(question, default=False, err=True):
        fail(Exit.USAGE, "Nothing was erased.", "Without --erase-unsent they are kept.")


def _say_unsent(home: Home, account: Account, who: str) -> None:
    """Say how many decisions of the account are still to be sent. They stay where they are."""
    if not home.outbox_file(account).exists():
        return
    from leadqueue.cache.opening import open_store

    try:
        store = open_store(home, account, system_now)
    except StoreError as error:
        say(f"leadqueue: {error}")
        return
    try:
        unsent = len(store.outbox.unsent())
    finally:
        store.close()
    if unsent:
        decisions = "decision" if unsent == 1 else "decisions"
        have = "have" if who == "You" else "has"
        say(f"{who} {have} {unsent} unsent {decisions}. They are kept, and sent after the next login.")

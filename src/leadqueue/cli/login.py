"""`login`, `whoami`: whose queue this is."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from leadqueue.cache.home import Account, Home
from leadqueue.cli.account import account_before, logged_in
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, print_json, print_line, say
from leadqueue.domain.moments import system_now

if TYPE_CHECKING:
    from leadqueue.crm.gateway import GatewayError, Unreachable
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
    before = account_before(home)
    try:
        done = sign_in(home, _url(url, before), _token(token), insecure_http=insecure_http)
    except SignInFailed as error:
        fail(error.code, error.message, error.fix)
    account = done.account
    say(f"Logged in to {account.url} as {account.name} ({account.role}, {account.organisation_name}).")
    say(done.kept)
    if before is not None and (before.url, before.user_id) != (account.url, account.user_id):
        _leave(home, before)


def _leave(home: Home, former: Account) -> None:
    """Forget the token of who was logged in before, and say what of theirs is still here."""
    from leadqueue.cli.logout import left_of, whose
    from leadqueue.sync.credentials import Credentials

    Credentials(home).erase(former)
    folder = home.folder(former)
    say(f"The token of {whose(folder)} is forgotten on this machine.")
    for sentence in left_of(folder):
        say(sentence)


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
    from leadqueue.crm.gateway import (
        GatewayError,
        NotFound,
        NotTheApi,
        ProtocolMismatch,
        Unauthorised,
        Unreachable,
    )
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
    except (NotFound, NotTheApi) as error:  # every leadqueue has this call
        words, fix = f"No leadqueue answers at {address}.", _other_address(address, error)
        raise SignInFailed(Exit.UNREACHABLE, words, fix, "url") from error
    except GatewayError as error:
        fix = _reached_by(address, error) if isinstance(error, Unreachable) else ""
        raise SignInFailed(exit_of(error), f"{error} ({address})", fix, field="url") from error


def _other_address(address: str, error: GatewayError) -> str:
    """What may be wrong with an address at which something else answers."""
    from leadqueue.crm.gateway import NotTheApi

    parts = urlsplit(address)
    if parts.path:
        return f"Leave the path out: {parts.scheme}://{parts.netloc}"
    return f"Check the address and its port.{f' {error}' if isinstance(error, NotTheApi) else ''}"


def _reached_by(address: str, error: Unreachable) -> str:
    """What may be wrong with an address at which nobody was reached."""
    from leadqueue.crm.gateway import NoTls, Untrusted
    from leadqueue.crm.native import is_loopback

    if isinstance(error, Untrusted):
        return "Check the address; ask the server's administrator for a certificate that is trusted here."
    if isinstance(error, NoTls):
        plain = f"http://{address.removeprefix('https://')}"
        flag = "" if is_loopback(address) else " with --insecure-http"
        return f"Check the port; without TLS the address is {plain}{flag}."
    return "Check the address and its port, and that the server runs."


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

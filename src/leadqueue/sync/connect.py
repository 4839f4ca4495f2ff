"""From an account to a connection with its server."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from leadqueue.cache.home import Account, Home
from leadqueue.crm.gateway import Unauthorised
from leadqueue.crm.native import NativeGateway, is_loopback
from leadqueue.domain.moments import NowFn
from leadqueue.sync.credentials import BadToken, Credentials, Place, checked


class BadAddress(Exception):
    """The text is no server's address, or one over which no token may travel."""


def server_address(text: str, *, insecure_http: bool = False) -> str:
    """The server's address in its one form. Raises `BadAddress`.

    Plain HTTP shows the token to everybody on the way, so it is taken for this machine only.
    """
    text = text.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(f"This is no address of a server: {text}") from error
    if parts.scheme not in ("https", "http") or not host:
        if meant := _with_scheme(text):
            raise BadAddress(f"The scheme is missing; did you mean '{meant}'?")
        raise BadAddress(
            f"This is no address of a server: {text or '(empty)'}. Give it like https://crm.example"
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise BadAddress("Give the address alone: no user, no password, nothing after ? or #.")
    if parts.scheme == "http" and not is_loopback(text) and not insecure_http:
        raise BadAddress(
            "Over http:// anybody on the way can read your token. Use https://, or --insecure-http."
        )
    return f"{parts.scheme}://{parts.netloc.casefold()}{parts.path}"


def _with_scheme(text: str) -> str:
    """The address that lacks only its scheme, with the one that is right for it; '' where it is none."""
    if "://" in text or text.endswith(":") or any(sign.isspace() for sign in text):
        return ""
    meant = f"{'http' if is_loopback(f'//{text}') else 'https'}://{text}"
    try:
        return server_address(meant)
    except BadAddress:
        return ""


def open_gateway(home: Home, account: Account, now: NowFn, credentials: Credentials) -> NativeGateway:
    """A connection with the account's token as it stands now. Raises `Unauthorised` where there is none.

    Whoever holds the account's sync lock may renew the token over it.
    """
    found = credentials.load(account)
    if found is None:
        raise Unauthorised("There is no token for this account. Log in again: leadqueue login.")
    try:
        token = checked(found.token)
    except BadToken as error:
        raise Unauthorised(f"{error} Log in again: leadqueue login.") from error
    flag = home.offline_flag(account)
    if found.place is Place.ENVIRONMENT:  # a successor could not be kept there
        return NativeGateway(account.url, token, now, is_cut=flag.exists)

    def keep(before: str, successor: str) -> bool:
        return credentials.replace(account, before, successor)

    def stored() -> str | None:
        found = credentials.load(account)
        with suppress(BadToken):
            return checked(found.token) if found else None
        return None

    return NativeGateway(account.url, token, now, is_cut=flag.exists, keep=keep, stored=stored)

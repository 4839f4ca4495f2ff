"""The token: in the system's keyring, else in a file that only its owner can read, and said so.

A keyring can hang (a locked one waits for a prompt that nobody sees), so it is asked in a thread of its own
with a time limit. `LEADQUEUE_TOKEN` in the environment wins over both and is never stored.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from leadqueue.cache.home import Account, AccountFolder, Home, write_private

SERVICE = "leadqueue"
TOKEN_VARIABLE = "LEADQUEUE_TOKEN"  # noqa: S105 - a variable's name, not a token
KEYRING_LIMIT_S = 3.0

_log = logging.getLogger(__name__)


class Place(StrEnum):
    """Where a token is."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a token was stored; `said` is the sentence for the user."""

    place: Place
    said: str


@dataclass(frozen=True, slots=True)
class Found:
    token: str
    place: Place


class Keyring(Protocol):
    """What is used of the `keyring` library."""

    def get_password(self, service: str, name: str) -> str | None: ...

    def set_password(self, service: str, name: str, secret: str) -> None: ...

    def delete_password(self, service: str, name: str) -> None: ...


class BadToken(Exception):
    """The text cannot be a token."""


class Credentials:
    """The tokens of the accounts on this machine. `keyring` None asks for the system's own."""

    def __init__(
        self,
        home: Home,
        *,
        env: Mapping[str, str] | None = None,
        keyring: Keyring | None = None,
        limit_s: float = KEYRING_LIMIT_S,
    ) -> None:
        self._home = home
        self._env = os.environ if env is None else env
        self._keyring = keyring
        self._limit_s = limit_s

    def load(self, account: Account) -> Found | None:
        """The account's token: from the environment, else the token file, else the keyring.

        The file comes before the keyring: it exists only where the keyring failed, and asking a keyring
        that hangs would cost its time limit at each start.
        """
        given = self._env.get(TOKEN_VARIABLE, "").strip()
        if given:
            return Found(given, Place.ENVIRONMENT)
        try:
            text = self._file(account).read_text("utf-8").strip()
        except (FileNotFoundError, UnicodeDecodeError):
            text = ""
        if text:
            return Found(text, Place.FILE)
        secret = self._ask(lambda ring: ring.get_password(SERVICE, _name(account)))
        return Found(secret, Place.KEYRING) if secret else None

    def store(self, account: Account, token: str) -> Kept:
        """Keep the token. Raises `BadToken` for a text that no HTTP header can carry."""
        token = checked(token)

        def keep(ring: Keyring) -> bool:
            ring.set_password(SERVICE, _name(account), token)
            return ring.get_password(SERVICE, _name(account)) == token

        path = self._file(account)
        if self._ask(keep):
            path.unlink(missing_ok=True)
            return Kept(Place.KEYRING, "The token is in your system's keyring.")
        write_private(path, token + "\n")
        return Kept(
            Place.FILE,
            f"No keyring could be used: the token is in {path}, readable by you only and not encrypted.",
        )

    def replace(self, account: Account, before: str, successor: str) -> bool:
        """Store the successor of the token `before`; true once it is durably there.

        Where another token is stored meanwhile, by a new login say, that one stays.
        """
        found = self.load(account)
        if found is None or found.place is Place.ENVIRONMENT or found.token != before:
            return False
        try:
            if found.place is Place.FILE:
                write_private(self._file(account), checked(successor) + "\n")
            else:
                self.store(account, successor)
        except (OSError, BadToken) as error:
            _log.warning("the renewed token could not be stored: %s", type(error).__name__)
            return False
        return True

    def erase(self, account: Account) -> None:
        """Forget the token everywhere it can be."""
        self._file(account).unlink(missing_ok=True)

        def forget(ring: Keyring) -> bool:
            if ring.get_password(SERVICE, _name(account)) is not None:
                ring.delete_password(SERVICE, _name(account))
            return True

        self._ask(forget)

    def erase_folder(self, folder: AccountFolder) -> None:
        """Forget the token of a folder's account; where it is not known whose it is, that in the file."""
        folder.token_file.unlink(missing_ok=True)
        if folder.account is not None:
            self.erase(folder.account)

    def _file(self, account: Account) -> Path:
        return self._home.folder(account).token_file

    def _ask(self, question: Callable[[Keyring], object]) -> str | None:
        """The keyring's answer as text; None where it fails, hangs or is not there."""
        answers: list[object] = []

        def run() -> None:
            try:
                answers.append(question(self._keyring or _system_keyring()))
            except Exception as error:  # noqa: BLE001 - back ends raise whatever they like
                _log.info("keyring: %s", type(error).__name__)

        thread = threading.Thread(target=run, name="keyring", daemon=True)
        thread.start()
        thread.join(self._limit_s)
        if not answers or not answers[0]:
            return None
        return str(answers[0])


def checked(token: str) -> str:
    """The token without white space around it. Raises `BadToken`."""
    token = token.strip()
    if not token:
        raise BadToken("The token is empty.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise BadToken("This is no token: it holds spaces or characters that a token never has.")
    return token


def _name(account: Account) -> str:
    return f"{account.user_id}@{account.url}"


def _system_keyring() -> Keyring:
    import keyring  # noqa: PLC0415 - costs a tenth of a second, and is not always asked

    return keyring.get_keyring()

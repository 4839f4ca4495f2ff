"""Where the user's files live, and whose they are.

On the start-up path: the standard library only; platformdirs is imported where it is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path

PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the user is logged in to. `role` is a value of `definitions.model.Role`.

    A plain dataclass: the queue's first frame needs the account, and no pydantic.
    """

    url: str
    user_id: str
    name: str
    email: str
    role: str
    organisation_id: str
    organisation_name: str
    team_id: str | None
    zone: str
    demo: bool = False


class BrokenAccountFile(Exception):
    """account.json cannot be read; logging in again writes it anew."""


def private_dir(path: Path) -> Path:
    """`path` as a folder that only its owner can enter, made where it is missing."""
    path.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE_DIR)
    return path


def private_file(path: Path) -> Path:
    """`path` as a file that only its owner can read, made where it is missing."""
    # One that is there is not opened: closing it again would drop every lock that this process has on it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
    if path.is_file() and path.stat().st_mode & 0o077:
        path.chmod(PRIVATE_FILE)
    return path


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, readable by its owner only, so that a crash leaves the old or the new."""
    private_dir(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new name in the folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@dataclass(frozen=True, slots=True)
class AccountFolder:
    """An account's own folder. `account` None says that it is not known whose it is."""

    path: Path
    account: Account | None

    @property
    def outbox_file(self) -> Path:
        return self.path / "outbox.db"

    @property
    def cache_file(self) -> Path:
        return self.path / "cache.db"

    @property
    def sync_lock(self) -> Path:
        """Whoever holds this lock is the one process that syncs the account."""
        return self.path / "sync.lock"

    @property
    def token_file(self) -> Path:
        return self.path / "token"

    @property
    def offline_flag(self) -> Path:
        """While this file exists the demo's network is cut."""
        return self.path / "offline"

    @property
    def account_file(self) -> Path:
        """Whose folder it is: the folder's name does not tell."""
        return self.path / "account.json"


@dataclass(frozen=True, slots=True)
class Home:
    """The three folders of the program, and the files in them."""

    config_dir: Path
    data_dir: Path
    log_dir: Path

    @classmethod
    def locate(cls, env: Mapping[str, str] | None = None) -> Home:
        """The folders that LEADQUEUE_HOME names, or those that the operating system has for it."""
        chosen = (os.environ if env is None else env).get("LEADQUEUE_HOME")
        if chosen:
            root = Path(chosen).expanduser().absolute()
            return cls(config_dir=root / "config", data_dir=root / "data", log_dir=root / "log")
        import platformdirs  # noqa: PLC0415 - not needed where LEADQUEUE_HOME is set

        folders = platformdirs.PlatformDirs("leadqueue", appauthor=False)
        return cls(
            config_dir=folders.user_config_path,
            data_dir=folders.user_data_path,
            log_dir=folders.user_log_path,
        )

    @property
    def config_file(self) -> Path:
        return self.config_dir / "config.toml"

    @property
    def views_file(self) -> Path:
        return self.config_dir / "views.toml"

    @property
    def log_file(self) -> Path:
        return self.log_dir / "leadqueue.log"

    @property
    def account_file(self) -> Path:
        return self.data_dir / "account.json"

    def account_dir(self, account: Account) -> Path:
        """The account's own folder, made private. Two accounts never share one."""
        url = account.url.rstrip("/")
        host = re.sub(r"[^a-z0-9.]+", "-", url.split("://")[-1].split("/")[0].casefold())[:40].strip("-.")
        digest = hashlib.sha256(f"{url}\n{account.user_id}".encode()).hexdigest()[:12]
        private_dir(self.data_dir)
        private_dir(self.data_dir / "accounts")
        return private_dir(self.data_dir / "accounts" / f"{host or 'local'}-{digest}")

    def folder(self, account: Account) -> AccountFolder:
        return AccountFolder(self.account_dir(account), account)

    def account_folders(self) -> list[AccountFolder]:
        """The folders of all accounts that were logged in on this machine."""
        top = self.data_dir / "accounts"
        paths = sorted(path for path in top.iterdir() if path.is_dir()) if top.is_dir() else []
        found = {path: _account_of(AccountFolder(path, None).account_file) for path in paths}
        current = _account_of(self.account_file)
        if current is not None:
            found[self.account_dir(current)] = current
        return [AccountFolder(path, account) for path, account in found.items()]

    def outbox_file(self, account: Account) -> Path:
        return self.folder(account).outbox_file

    def cache_file(self, account: Account) -> Path:
        return self.folder(account).cache_file

    def sync_lock(self, account: Account) -> Path:
        return self.folder(account).sync_lock

    def offline_flag(self, account: Account) -> Path:
        return self.folder(account).offline_flag

    def load_account(self) -> Account | None:
        """The account in use, None before the first login. Raises `BrokenAccountFile`."""
        return _read_account(self.account_file)

    def save_account(self, account: Account) -> None:
        """Log the account in. Its own folder tells from then on whose it is."""
        text = json.dumps(asdict(account), indent=2) + "\n"
        write_private(self.folder(account).account_file, text)
        write_private(self.account_file, text)

    def is_logged_in(self, account: Account) -> bool:
        """Whether this is the account in use. A file that cannot be read says nothing against it."""
        try:
            current = self.load_account()
        except (BrokenAccountFile, OSError):
            return True
        return current is not None and (current.url, current.user_id) == (account.url, account.user_id)

    def clear_account(self) -> None:
        """Forget who is logged in. The account's folder stays: unsent decisions may be in it."""
        self.account_file.unlink(missing_ok=True)


def _read_account(path: Path) -> Account | None:
    """The account in a file, None where there is none. Raises `BrokenAccountFile`."""
    try:
        return _account(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BrokenAccountFile(f"{path} cannot be read: {error}; log in again") from error


def _account_of(path: Path) -> Account | None:
    """The account in a file; None also where it cannot be read."""
    with suppress(BrokenAccountFile):
        return _read_account(path)
    return None


def _account(data: object) -> Account:
    if not isinstance(data, dict):
        raise TypeError("not an object")
    values: dict[str, object] = {
        field.name: data[field.name] for field in fields(Account) if field.name in data
    }
    for name, value in values.items():
        if name == "demo":
            fits = isinstance(value, bool)
        else:
            fits = isinstance(value, str) or (name == "team_id" and value is None)
        if not fits:
            raise TypeError(f"{name} has the wrong type")
    missing = [field.name for field in fields(Account) if field.name not in values and field.name != "demo"]
    if missing:
        raise TypeError(f"{', '.join(missing)} missing")
    return Account(**values)  # type: ignore[arg-type]  # every value's type was checked above

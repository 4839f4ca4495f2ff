"""Who only ever asks the server keeps a token that has to be renewed, also beside another leadqueue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from filelock import FileLock, Timeout
from tests.cli.conftest import NATIVE, Shell

from leadqueue.cli.exits import Exit
from leadqueue.crm.gateway import Gateway
from leadqueue.sync import connect, credentials, renewal
from leadqueue.sync.credentials import Credentials

DAY = timedelta(days=1)
FILE = "mql_id\nabc\n"
MAPPING = 'source = "Olist"\nsource_id = "{mql_id}"\n[fields]\nlanding_page = "{mql_id}"\n'


class Olga(httpx.AsyncBaseTransport):
    """Marketing operations at a shell, whose token holds for ten days unless it is renewed."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.world = shell.world
        self.requests: list[str] = []
        self.before: Callable[[str], None] = lambda _path: None
        self._app = httpx.ASGITransport(shell.world.app)
        olga, organisation = self.world.olga, self.world.organisation
        self.account = replace(
            shell.account, user_id=olga.id, name=olga.name, email=olga.email, role="marketing_ops"
        )
        shell.home.save_account(self.account)
        self.first, self.line = self.world.admin.create_token(organisation.id, olga.id, lifetime=10 * DAY)
        Credentials(shell.home).store(self.account, self.first)
        shell.patch.setattr(connect, "NativeGateway", partial(NATIVE, transport=self))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        self.before(request.url.path)
        return await self._app.handle_async_request(request)

    @property
    def stored(self) -> str:
        found = Credentials(self.shell.home).load(self.account)
        assert found is not None
        return found.token

    @property
    def refreshes(self) -> int:
        return self.requests.count("/v1/session/refresh")

    def lock(self) -> FileLock:
        return FileLock(self.shell.home.sync_lock(self.account))

    def renewed_elsewhere(self) -> str:
        """Another process renews the token and uses its successor, five minutes before now."""
        made = self.world.client.post("/v1/session/refresh", headers=_bearer(self.stored)).json()["token"]
        assert self.world.client.get("/v1/session", headers=_bearer(made)).status_code == 200
        self.world.clock.moment += timedelta(minutes=6)
        assert Credentials(self.shell.home).replace(self.account, self.stored, made)
        return str(made)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture
def olga(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Olga:
    def no_keyring() -> credentials.Keyring:
        raise RuntimeError("none here")

    monkeypatch.delenv(credentials.TOKEN_VARIABLE)
    monkeypatch.setattr(credentials, "_system_keyring", no_keyring)
    monkeypatch.setattr(renewal, "LOCK_S", 0.0)
    return Olga(shell)


def test_it_goes_on_for_as_long_as_it_is_used(olga: Olga) -> None:
    for _ in range(6):
        olga.world.clock.moment += 6 * DAY
        assert olga.shell("quarantine").code == Exit.DONE
    assert olga.refreshes == 6
    assert olga.shell("quarantine").code == Exit.DONE
    assert olga.refreshes == 6, "nothing is due"


def test_an_import_every_now_and_then_keeps_it(olga: Olga, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE)
    (tmp_path / "m.toml").write_text(MAPPING)
    words = ("import", "leads", str(tmp_path / "a.csv"), "--mapping", str(tmp_path / "m.toml"))
    for _ in range(3):
        olga.world.clock.moment += 12 * DAY
        told = olga.shell(*words)
        assert told.code == Exit.DONE, told.stderr
    assert olga.refreshes == 3


def test_it_is_renewed_and_stored_under_the_lock(olga: Olga) -> None:
    olga.world.clock.moment += 6 * DAY
    locked: list[bool] = []
    seen: list[bool] = []

    def watch(path: str) -> None:
        if path == "/v1/session/refresh":
            try:
                olga.lock().acquire(timeout=0)
            except Timeout:
                locked.append(True)
        elif locked:
            seen.append(olga.stored != olga.first)

    olga.before = watch
    assert olga.shell("quarantine").code == Exit.DONE
    assert locked == [True]
    assert seen
    assert all(seen)
    with olga.lock().acquire(timeout=0):
        assert olga.stored != olga.first


def test_what_is_only_due_is_left_to_the_one_that_syncs(olga: Olga) -> None:
    olga.world.clock.moment += 6 * DAY
    with olga.lock():
        assert olga.shell("quarantine").code == Exit.DONE
    assert (olga.refreshes, olga.stored) == (0, olga.first)


def test_the_one_that_syncs_renewed_it_at_the_same_moment(olga: Olga) -> None:
    """The token was read before, and is refused; the stored one is its successor."""
    other: list[str] = []

    def renew(_path: str) -> None:
        if not other:
            other.append(olga.renewed_elsewhere())

    olga.before = renew
    with olga.lock():
        assert olga.shell("quarantine").code == Exit.DONE
    assert (olga.refreshes, [olga.stored]) == (0, other)


def test_two_that_are_due_renew_it_once(olga: Olga) -> None:
    """The other one has it renewed while this one waits for the lock."""
    olga.world.clock.moment += 6 * DAY
    other: list[str] = []
    real = renewal.renewed

    async def late(gateway: Gateway) -> bool:
        other.append(olga.renewed_elsewhere())
        return await real(gateway)

    olga.shell.patch.setattr(renewal, "renewed", late)
    assert olga.shell("quarantine").code == Exit.DONE
    assert (olga.refreshes, [olga.stored]) == (0, other)


def test_a_long_import_goes_on_when_another_one_renews(olga: Olga, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(FILE)
    (tmp_path / "m.toml").write_text(MAPPING)
    other: list[str] = []

    def renew(path: str) -> None:
        if path == "/v1/intake/leads" and not other:
            other.append(olga.renewed_elsewhere())

    olga.before = renew
    told = olga.shell("import", "leads", str(tmp_path / "a.csv"), "--mapping", str(tmp_path / "m.toml"))
    assert told.code == Exit.DONE, told.stderr
    assert other == [olga.stored]


def test_one_whose_line_has_ended_says_so(olga: Olga) -> None:
    olga.world.clock.moment += 21 * DAY
    told = olga.shell("quarantine")
    assert told.code == Exit.NOT_LOGGED_IN
    assert "leadqueue login" in told.stderr
    olga.world.admin.revoke_token(olga.world.organisation.id, olga.line.id)
    told = olga.shell("quarantine")
    assert told.code == Exit.NOT_LOGGED_IN
    assert "logout --erase" in told.stderr
    assert olga.refreshes == 1, "a revoked one is not renewed"


def test_a_token_from_the_environment_stays_as_it_is(olga: Olga, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(credentials.TOKEN_VARIABLE, olga.first)
    olga.world.clock.moment += 6 * DAY
    assert olga.shell("quarantine").code == Exit.DONE
    olga.world.clock.moment += 6 * DAY
    assert olga.shell("quarantine").code == Exit.NOT_LOGGED_IN
    assert olga.refreshes == 0

"""The client's side of renewed tokens, over the real server: stored before use, and nobody locked out."""

from __future__ import annotations

import asyncio
import os
import random
import stat
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.server.world import World, open_world
from tests.sync.test_small_parts import BrokenKeyring, FakeKeyring

from leadqueue.cache.home import Account, Home, write_private
from leadqueue.cache.opening import open_store
from leadqueue.crm.gateway import GatewayError, Revoked, Unauthorised, Unreachable
from leadqueue.crm.native import NativeGateway
from leadqueue.sync.connect import open_gateway
from leadqueue.sync.credentials import TOKEN_VARIABLE, Credentials
from leadqueue.sync.engine import CycleReport, SyncEngine
from leadqueue.sync.loop import SyncLoop
from leadqueue.sync.state import Phase, SyncState
from leadqueue.wire.api import Session

DAY = timedelta(days=1)


class Killed(BaseException):
    """The client's process ends here."""


class Laptop(httpx.AsyncBaseTransport):
    """Rita's machine. Its token holds ten days unless it is renewed."""

    def __init__(
        self, world: World, folder: Path, patch: pytest.MonkeyPatch, ring: FakeKeyring, env: dict[str, str]
    ) -> None:
        self.world = world
        self.app = httpx.ASGITransport(world.app)
        self.requests: list[str] = []
        self.lose: Callable[[httpx.Request], BaseException | None] = lambda _request: None
        self.home = Home.locate({"LEADQUEUE_HOME": str(folder)})
        rita, organisation = world.rita, world.organisation
        self.account = Account(
            "http://crm.test", rita.id, "rita", rita.email, "rep", organisation.id, "Example Ltd", "t", "UTC"
        )
        self.credentials = Credentials(self.home, env=env, keyring=ring)
        self.first, made = world.admin.create_token(organisation.id, rita.id, lifetime=10 * DAY)
        self.line = made.id
        self.credentials.store(self.account, self.first)
        patch.setattr(
            "leadqueue.sync.connect.NativeGateway",
            lambda *values, **named: NativeGateway(*values, transport=self, **named),
        )
        self.store = open_store(self.home, self.account, self.now)
        self.start()

    def now(self) -> datetime:
        return self.world.clock.moment

    def start(self) -> None:
        """As a newly started process."""
        self.gateway = open_gateway(self.home, self.account, self.now, self.credentials)
        self.engine = SyncEngine(
            self.store, self.gateway, self.now, user_id=self.account.user_id, rng=random.Random(5)
        )

    @property
    def stored(self) -> str:
        found = self.credentials.load(self.account)
        assert found is not None
        return found.token

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url.path)
        response = await self.app.handle_async_request(request)
        error = self.lose(request)
        if error is not None:
            raise error
        return response

    async def cycle(self) -> CycleReport:
        return await self.engine.cycle()

    @property
    def refreshes(self) -> int:
        return self.requests.count("/v1/session/refresh")


def losing(error: BaseException) -> Callable[[httpx.Request], BaseException | None]:
    return lambda request: error if request.url.path == "/v1/session/refresh" else None


Make = Callable[..., Laptop]


@pytest.fixture
async def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    world = open_world(tmp_path)
    made: list[Laptop] = []

    def laptop(ring: FakeKeyring | None = None, env: dict[str, str] | None = None) -> Laptop:
        used = BrokenKeyring() if ring is None else ring
        made.append(Laptop(world, tmp_path / "home", monkeypatch, used, {} if env is None else env))
        return made[-1]

    yield laptop
    for each in made:
        await each.gateway.aclose()
        each.store.close()
    world.client.close()
    world.database.close()


@pytest.mark.parametrize("ring", [FakeKeyring(), BrokenKeyring()])
async def test_the_token_is_renewed_at_half_of_its_life(make: Make, ring: FakeKeyring) -> None:
    laptop = make(ring)
    assert (await laptop.cycle()).ok
    assert (laptop.refreshes, laptop.stored) == (0, laptop.first)
    laptop.world.clock.moment += 6 * DAY
    assert (await laptop.cycle()).ok
    assert laptop.refreshes == 1
    assert laptop.stored != laptop.first
    assert (await laptop.cycle()).ok
    assert laptop.refreshes == 1


async def test_it_goes_on_for_as_long_as_it_is_used(make: Make) -> None:
    laptop = make()
    for _ in range(12):
        laptop.world.clock.moment += 6 * DAY
        assert (await laptop.cycle()).ok
    assert laptop.refreshes == 12


async def test_a_lost_answer_is_made_good(make: Make) -> None:
    laptop = make()
    laptop.world.clock.moment += 6 * DAY
    laptop.lose = losing(httpx.ReadError("lost"))
    report = await laptop.cycle()
    assert isinstance(report.error, Unreachable)
    assert laptop.stored == laptop.first
    laptop.lose = lambda _request: None
    assert (await laptop.cycle()).ok  # the old one is still good
    laptop.world.clock.moment += DAY
    assert (await laptop.cycle()).ok
    assert laptop.stored != laptop.first


@pytest.mark.parametrize("ring", [FakeKeyring(), BrokenKeyring()])
@pytest.mark.parametrize("when", ["before it is stored", "after it is stored"])
async def test_a_crash_around_the_storing_locks_nobody_out(
    make: Make, monkeypatch: pytest.MonkeyPatch, when: str, ring: FakeKeyring
) -> None:
    laptop = make(ring)
    laptop.world.clock.moment += 6 * DAY
    real = Credentials.replace

    def crashing(self: Credentials, account: Account, before: str, successor: str) -> bool:
        if when == "after it is stored":
            real(self, account, before, successor)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Credentials, "replace", crashing)
        with pytest.raises(Killed):
            await laptop.cycle()
    assert (laptop.stored != laptop.first) is (when == "after it is stored")
    laptop.world.clock.moment += 3 * DAY  # the laptop stays shut for a while
    laptop.start()
    assert (await laptop.cycle()).ok
    assert laptop.stored != laptop.first


async def test_a_token_of_fixed_life_stays_what_it_is(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal out of nowhere does not replace it: another machine may use it too."""
    laptop = make()
    fixed, _ = laptop.world.admin.create_token(laptop.world.organisation.id, laptop.world.rita.id)
    laptop.credentials.store(laptop.account, fixed)
    laptop.start()

    async def refused(_gateway: NativeGateway) -> Session:
        raise Unauthorised

    with monkeypatch.context() as patched:
        patched.setattr(NativeGateway, "session", refused)
        assert isinstance((await laptop.cycle()).error, Unauthorised)
    assert (laptop.refreshes, laptop.stored) == (1, fixed)
    assert (await laptop.cycle()).ok


async def test_it_is_stored_before_it_is_used(make: Make) -> None:
    laptop = make()
    laptop.world.clock.moment += 6 * DAY
    used: list[tuple[str, str]] = []

    def watch(request: httpx.Request) -> None:
        used.append((request.headers["authorization"].removeprefix("Bearer "), laptop.stored))

    laptop.lose = watch
    assert (await laptop.cycle()).ok
    assert all(token == stored for token, stored in used)
    assert len({token for token, _ in used}) == 2


async def test_what_cannot_be_stored_is_not_used(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    laptop = make()
    laptop.world.clock.moment += 6 * DAY

    def full(*_values: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("leadqueue.sync.credentials.write_private", full)
        assert (await laptop.cycle()).ok
        assert (await laptop.cycle()).ok
    assert laptop.refreshes == 1  # the next try is later
    assert laptop.stored == laptop.first
    laptop.world.clock.moment += timedelta(minutes=11)
    assert (await laptop.cycle()).ok
    assert laptop.stored != laptop.first


async def test_a_new_login_meanwhile_wins(make: Make) -> None:
    laptop = make()
    laptop.world.clock.moment += 6 * DAY
    world = laptop.world
    fresh, _ = world.admin.create_token(world.organisation.id, world.rita.id)

    def log_in(request: httpx.Request) -> None:
        if request.url.path == "/v1/session/refresh":
            laptop.credentials.store(laptop.account, fresh)

    laptop.lose = log_in
    assert (await laptop.cycle()).ok
    assert laptop.stored == fresh


async def test_a_token_from_the_environment_stays_as_it_is(make: Make) -> None:
    env: dict[str, str] = {}
    laptop = make(env=env)
    env[TOKEN_VARIABLE] = laptop.first
    laptop.start()
    laptop.world.clock.moment += 6 * DAY
    assert (await laptop.cycle()).ok
    assert laptop.refreshes == 0


async def test_one_that_expired_meanwhile_is_renewed_once(make: Make) -> None:
    laptop = make()
    laptop.world.clock.moment += 12 * DAY
    assert (await laptop.cycle()).ok
    assert laptop.refreshes == 1
    laptop.world.clock.moment += 40 * DAY
    report = await laptop.cycle()
    assert isinstance(report.error, Unauthorised)
    assert laptop.refreshes == 2  # one try for all, then the rest waits


async def test_a_revoked_one_is_not_renewed_and_is_told_apart(make: Make) -> None:
    laptop = make()
    laptop.world.clock.moment += 6 * DAY
    laptop.world.admin.revoke_token(laptop.world.organisation.id, laptop.line)
    report = await laptop.cycle()
    assert isinstance(report.error, Revoked)
    assert laptop.refreshes == 0


async def test_the_loop_tells_an_ended_login_from_one_that_ran_out(make: Make) -> None:
    laptop = make()
    laptop.world.admin.revoke_token(laptop.world.organisation.id, laptop.line)
    states: list[SyncState] = []

    def publish(state: SyncState) -> None:
        states.append(state)
        if state.phase in (Phase.REVOKED, Phase.UNAUTHORISED):
            asyncio.get_running_loop().call_soon(loop.stop)

    loop = SyncLoop(
        lambda: open_store(laptop.home, laptop.account, laptop.now),
        lambda: open_gateway(laptop.home, laptop.account, laptop.now, laptop.credentials),
        laptop.now,
        lambda: 0.0,
        user_id=laptop.account.user_id,
        publish=publish,
        is_cut=lambda: False,
        is_logged_in=lambda: True,
        rng=random.Random(5),
    )
    await loop.run()
    assert states[-1].phase is Phase.REVOKED
    assert "leadqueue logout --erase" in states[-1].message


async def test_another_process_renewed_it(make: Make) -> None:
    """The loop reads the token once more before it holds everything."""
    laptop = make()
    world = laptop.world
    other = world.client.post(
        "/v1/session/refresh", headers={"Authorization": f"Bearer {laptop.first}"}
    ).json()
    used = {"Authorization": f"Bearer {other['token']}"}
    assert world.client.get("/v1/session", headers=used).status_code == 200
    world.clock.moment += timedelta(minutes=6)
    states: list[SyncState] = []
    stored: list[bool] = []

    def connect() -> NativeGateway:
        made = open_gateway(laptop.home, laptop.account, laptop.now, laptop.credentials)
        if not stored:  # the other process stores it just after this one has read the old one
            stored.append(laptop.credentials.replace(laptop.account, laptop.first, other["token"]))
        return made

    def publish(state: SyncState) -> None:
        states.append(state)
        if state.phase in (Phase.POLLING, Phase.UNAUTHORISED):
            asyncio.get_running_loop().call_soon(loop.stop)

    loop = SyncLoop(
        lambda: open_store(laptop.home, laptop.account, laptop.now),
        connect,
        laptop.now,
        lambda: 0.0,
        user_id=laptop.account.user_id,
        publish=publish,
        is_cut=lambda: False,
        is_logged_in=lambda: True,
        rng=random.Random(5),
    )
    await loop.run()
    assert stored == [True]
    assert states[-1].phase is Phase.POLLING


def test_a_replaced_file_is_forced_to_the_disk_with_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the new name could be gone after a power cut, while the server has ended the old token."""
    forced: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        forced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_private(tmp_path / "token", "lq_1\n")
    assert forced == [False, True]


def test_revoked_is_a_kind_of_unauthorised() -> None:
    assert issubclass(Revoked, Unauthorised)
    assert issubclass(Revoked, GatewayError)

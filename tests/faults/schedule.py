"""One seed, one schedule: a few reps, a server, and a run of bad luck; then calm, and the reckoning."""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from unittest.mock import patch

import httpx
from alembic.config import Config
from alembic.script import ScriptDirectory
from tests.faults.device import OTHERS, Device, Run, World
from tests.faults.disk import Disk, Fate
from tests.faults.network import DEVIOUS, FAULTS, LATE, LOST, PORTAL, REFUSING, Network, Weather
from tests.faults.site import VARIANTS, Machine, ServerFate, ServerKilled, Site, loop_time
from tests.faults.virtual import NothingLeftToDo, run
from tests.faults.witness import Witness

from leadqueue.cache.desk import Desk
from leadqueue.cache.views import OutboxItem
from leadqueue.definitions import loader
from leadqueue.server.tokens import Refused
from leadqueue.sync import pages
from leadqueue.sync.state import Phase

CALM_LIMIT_S = 1200.0
"""All has to be sent and read within this time after the last obstacle is gone."""

_SWEEP_S = 7.0
_SMALL_PAGE = 2
"""Leads of a page, so that a few of them make several."""

_SHM = Path("/dev/shm")  # noqa: S108 - a folder in memory, where a forced write costs nothing
_FAMILIES = (FAULTS, LOST, LATE, REFUSING, PORTAL, DEVIOUS, LOST + LATE, DEVIOUS + LOST)


@dataclass
class Result:
    """What came of a schedule. `wrongs` is empty where every invariant held."""

    seed: int
    wrongs: list[str] = field(default_factory=list)
    trace: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    """What came to pass, by name: faults of the network, bad luck, deaths, answers."""


@dataclass
class Cast:
    """The machines and their users; `second_user` is who else logs in on the first machine."""

    users: tuple[str, ...]
    second_user: str | None


class Schedule:
    """Plays one seed. `folder` is its own; `template` holds a company with leads, and synced homes."""

    makes: type[Device] = Device

    def __init__(self, seed: int, folder: Path, template: Template) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.short = self.rng.random() < 0.8
        self.page = _SMALL_PAGE if seed % 3 == 0 else pages.PAGE
        self.folder = folder
        self.template = template
        self.trace: list[str] = []
        self.met: Counter[str] = Counter()
        self.disk = Disk()
        self._numbers = itertools.count(1)

    def play(self) -> Result:
        with self.disk.watched(), remembered(), patch.object(pages, "PAGE", self.page):
            try:
                run(self._play)
            except NothingLeftToDo:
                self.witness.wrong("I1", "everybody waits, and nothing will ever happen")
        return Result(self.seed, self.witness.wrongs, self.trace, self.met)

    @property
    def wrongs(self) -> list[str]:
        return self.witness.wrongs

    def say(self, what: str) -> None:
        self.trace.append(f"{loop_time():9.3f} {what}")

    def _new_id(self) -> str:
        return f"01950000-0000-7000-8000-{next(self._numbers):012x}"

    # ------------------------------------------------------------ the play

    def set_the_scene(self) -> None:
        rng = self.rng
        self.site = self.template.open(self.folder, loop_time)
        self.witness = Witness(self.site, self.say, met=self.met)
        self.network = Network(self.site, random.Random(rng.random()), self.say, self.met)
        self.world = World(self.site, self.network, self.disk, self.witness, self._new_id)
        cast = self._cast()
        self.devices = [
            self._device(number, user, used=rng.random() < 0.85) for number, user in enumerate(cast.users)
        ]
        self.second_user = cast.second_user

    async def _play(self) -> None:
        self.set_the_scene()
        rng = self.rng
        self.network.weather = Weather(rng.choice((0.0, 0.1, 0.3, 0.6)), rng.choice(_FAMILIES))
        length = rng.uniform(3.0, 12.0) if self.short else rng.uniform(5.0, 40.0)
        tasks = [asyncio.create_task(self._rep(device, length)) for device in self.devices]
        tasks.append(asyncio.create_task(self._bad_luck(length)))
        tasks.append(asyncio.create_task(self._sweeps(length)))
        await asyncio.gather(*tasks)
        await self.end()

    async def end(self) -> None:
        """Let everything come to rest, and hold it against what was promised."""
        self.say("calm")
        try:
            await self._calm()
        finally:
            self.site.database.close()

    def _cast(self) -> Cast:
        users = self.rng.choice(
            (("rita",), ("rita",), ("rita",), ("rita", "rita"), ("rita", "maya"))
            if self.short
            else (("rita", "rita"), ("rita", "maya"), ("rita", "raul"), ("rita", "raul", "maya"))
        )
        second = self.rng.choice((None, None, None, "raul"))
        return Cast(users, second)

    def _device(self, number: int, user: str, *, used: bool) -> Device:
        home = self.folder / f"home-{number}"
        if used:
            shutil.copytree(self.template.homes / user, home)
        name = f"{user}-{number}"
        rng = random.Random(self.rng.random())
        return self.makes(name, user, home, self.world, rng)

    async def _rep(self, device: Device, length: float) -> None:
        """The rep works, and starts the program again whenever it has ended."""
        acts = sorted(
            self.rng.uniform(0.0, length) for _ in range(self.rng.randint(1, 3 if self.short else 7))
        )
        for at in acts:
            await asyncio.sleep(max(at - loop_time(), 0.0))
            device.act()
        await asyncio.sleep(max(length - loop_time(), 0.0))

    async def _bad_luck(self, length: float) -> None:
        events = sorted(
            (self.rng.uniform(0.0, length), self.rng.choice(EVENTS))
            for _ in range(self.rng.randint(0, 3 if self.short else 6))
        )
        for at, event in events:
            await asyncio.sleep(max(at - loop_time(), 0.0))
            self.met[f"event: {event.__name__.replace('_', ' ')}"] += 1
            await event(self)

    async def _sweeps(self, length: float) -> None:
        while loop_time() < length:
            await asyncio.sleep(_SWEEP_S)
            if not self.site.down:
                self.site.sweep()

    async def _calm(self) -> None:
        """Take every obstacle away, let everybody sync, and check."""
        self.network.weather = Weather(poison=self.network.weather.poison)
        self.network.ahead_of_push = None
        self.site.fate = ServerFate()
        if self.site.down:
            self.site.start()
        for device in self.devices:
            self._let_in(device)
            if device.run is not None:
                device.run.process.fate = Fate()
        await asyncio.gather(*self.network.in_flight, return_exceptions=True)
        self.site.sweep()
        desks: dict[tuple[str, str], Desk] = {}
        everybody = sum(len(self._users_of(device)) for device in self.devices)
        for _ in range(1 if everybody == 1 else 2):  # the first round may change what the others have to read
            await self._everybody_syncs()
        if self.site.sweep():  # leads have come back whose recycling was among what was sent
            await self._everybody_syncs()
        for device in self.devices:
            for user in self._users_of(device):
                await device.quit()
                device.user = user
                desks[(user, device.name)] = Desk.open(
                    device.home, device.account(user), device.now, self._new_id
                )
        self.site.sweep()
        self.witness.reckon(desks, set(self.network.weather.poison))
        for desk in desks.values():
            desk.close()

    def _let_in(self, device: Device) -> None:
        """New tokens for those who had to lose theirs; everybody else gets in with the one they have."""
        for user in self._users_of(device):
            token = device.tokens.get(user)
            why = Refused.REVOKED if token is None else self.site.refuses(token)
            if why is None:
                continue
            forgotten = why is Refused.UNKNOWN and self.site.restored
            if why not in (Refused.REVOKED, Refused.EXPIRED) and not forgotten:
                self.witness.wrong("I1", f"{device.name} is locked out, the token of {user} is {why.value}")
            device.tokens[user] = self.site.new_token(user)

    def _users_of(self, device: Device) -> list[str]:
        """Everybody who has an outbox on this machine."""
        return sorted(device.has_served)

    async def _everybody_syncs(self) -> None:
        for device in self.devices:
            for user in self._users_of(device):
                await self._sync_fully(device, user)

    async def _sync_fully(self, device: Device, user: str) -> None:
        if device.run is None or device.run.user != user:
            await device.quit()
            device.user = user
        run_ = device.start()
        self.witness.glanced(device, run_.open_desk())  # before the sync mends anything
        deadline = loop_time() + CALM_LIMIT_S
        run_.forced = True
        run_.loop.try_now()
        began = self.site.now() + device.skew
        while True:
            await asyncio.sleep(0.5)
            if device.run is not run_:
                self.witness.wrong("I1", f"the program of {device.name} ended in calm")
                return
            done = run_.state.last_success_at is not None and run_.state.last_success_at >= began
            settled = run_.state.phase in (Phase.LIVE, Phase.POLLING)
            if done and settled and not self._open(run_):
                self.witness.glanced(device, run_.open_desk())
                return
            if run_.state.phase is Phase.UNAUTHORISED:  # a token may run out in calm too
                self._let_in(device)
            if loop_time() > deadline:
                waiting = [(item.state.value, item.trouble) for item in self._open(run_)]
                self.witness.wrong("I1", f"{device.name} is not done in calm: {run_.state}, {waiting}")
                return

    def _open(self, run_: Run) -> list[OutboxItem]:
        """What still has to be sent, without what a filter on the way holds up."""
        items = run_.open_desk().unsent()
        held_up = {item.decision.lead_id for item in items if item.decision.id in self.network.weather.poison}
        return [item for item in items if item.decision.lead_id not in held_up]

    # ------------------------------------------------------------ bad luck

    def _some_device(self) -> Device:
        return self.rng.choice(self.devices)

    async def kill_client(self) -> None:
        self._some_device().kill()

    async def kill_client_at_a_write(self) -> None:
        run_ = self._some_device().start()
        run_.process.fate = Fate(kill_before_write=self.rng.randint(1, 20))

    async def kill_client_at_an_await(self) -> None:
        run_ = self._some_device().start()
        run_.process.fate = Fate(kill_at_step=self.rng.randint(1, 15))

    async def kill_client_at_a_commit(self) -> None:
        run_ = self._some_device().start()
        run_.process.fate = Fate(kill_after_commit=self.rng.randint(1, 8))

    async def lose_power(self) -> None:
        device = self._some_device()
        await device.quit()
        device.keep_cache()
        device.start()
        await asyncio.sleep(self.rng.uniform(0.1, 8.0))
        device.lose_power()

    async def damage_the_cache(self) -> None:
        self._some_device().damage_cache()

    async def fill_the_disk(self) -> None:
        run_ = self._some_device().start()
        code = self.rng.choice(
            (sqlite3.SQLITE_FULL, sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR)
        )
        run_.process.fate = Fate(
            full_at=self.rng.randint(1, 20), full_for=self.rng.choice((1, 1, 3, 20)), full_code=code
        )

    async def end_the_program(self) -> None:
        await self._some_device().quit()

    async def kill_server(self) -> None:
        self.say("the server is killed")
        if not self.site.down:
            self.site.stop()
        await self._bring_server_back()

    async def kill_server_at_a_commit(self) -> None:
        number = self.rng.randint(1, 6)
        if self.rng.random() < 0.5:
            self.site.fate = ServerFate(kill_before_commit=number)
        else:
            self.site.fate = ServerFate(kill_after_commit=number)
        await self._bring_server_back()

    async def kill_server_at_an_await(self) -> None:
        self.site.fate = ServerFate(kill_at_step=self.rng.randint(1, 25))
        await self._bring_server_back()

    async def _bring_server_back(self) -> None:
        await asyncio.sleep(self.rng.uniform(0.5, 15.0))
        if self.site.down:
            self.say("the server is back")
            self.site.start()

    async def server_is_busy(self) -> None:
        self.site.fate = ServerFate(busy_at=self.rng.randint(1, 8))

    async def server_disk_is_full(self) -> None:
        self.site.fate = ServerFate(full_at=self.rng.randint(1, 6))

    async def cut_the_network(self) -> None:
        self.say("the network is cut")
        self.network.weather.cut = True
        await asyncio.sleep(self.rng.uniform(0.5, 15.0))
        self.network.weather.cut = False

    async def change_definitions(self) -> None:
        await self._on_server(
            lambda: self.site.admin.publish_definitions(
                self.site.organisation_id, self.rng.choice(VARIANTS)()
            )
        )

    async def revoke_token(self) -> None:
        device = self._some_device()
        self.say(f"the tokens of {device.user} are revoked")
        await self._on_server(lambda: self.site.revoke_tokens(device.user))
        await asyncio.sleep(self.rng.uniform(0.5, 10.0))
        if self.rng.random() < 0.5:
            device.tokens.pop(device.user, None)
            await asyncio.sleep(self.rng.uniform(0.5, 10.0))
        await self._on_server(lambda: self._renew(device))

    def _renew(self, device: Device) -> None:
        device.tokens[device.user] = self.site.new_token(device.user)
        if device.run is not None:
            device.run.loop.try_now()
            device.run.forced = True

    async def poison_a_decision(self) -> None:
        """Something on the way does not like one of the decisions, whatever batch it comes in."""
        known = sorted(self.witness.promises)
        if known:
            chosen = self.rng.choice(known[-3:])
            self.network.weather.poison[chosen] = self.rng.choice((400, 413, 422))
            self.say(f"{chosen[-4:]} is not let through")

    async def mix_tokens_up(self) -> None:
        """The keyring holds another user's token for a while."""
        device = self._some_device()
        right, other = device.tokens.get(device.user), OTHERS[device.user]
        if right is None:
            return
        await device.quit()
        user = device.user
        self.say(f"{device.name} has the token of {other}")
        device.tokens[user] = self.site.tokens[other]
        device.start()
        await asyncio.sleep(self.rng.uniform(1.0, 8.0))
        await device.quit()
        device.tokens[user] = right

    async def rotate_token(self) -> None:
        device = self._some_device()
        await self._on_server(
            lambda: device.tokens.__setitem__(device.user, self.site.new_token(device.user))
        )

    async def token_runs_out(self) -> None:
        """A token that has to be renewed, in time or for a while after its end."""
        device = self._some_device()
        user = device.user

        def give() -> None:
            device.tokens[user] = self.site.new_token(user, timedelta(minutes=1))

        await device.quit()
        await self._on_server(give)
        device.start()
        for _ in range(self.rng.randint(1, 3)):
            await asyncio.sleep(self.rng.uniform(0.5, 4.0))
            self.site.offset += timedelta(seconds=self.rng.choice((20, 35, 35, 50, 90)))
            self.say("time passes, the token grows old")
            self.witness.clock_moved()

    async def switch_user(self) -> None:
        """Somebody else logs in on the first machine; later the first one is back."""
        device = self.devices[0]
        if self.second_user is None or device.user == self.second_user:
            return
        await device.quit()
        self.say(f"{self.second_user} logs in on {device.name}")
        device.user = self.second_user
        device.start()
        await asyncio.sleep(self.rng.uniform(1.0, 12.0))
        await device.quit()
        device.user = "rita"
        self.say(f"rita logs in on {device.name}")

    async def set_a_clock(self) -> None:
        device = self._some_device()
        step = self.rng.choice((timedelta(hours=1), timedelta(days=365), timedelta(seconds=90)))
        device.skew += step * self.rng.choice((1, -1))
        self.say(f"the clock of {device.name} is set to {device.skew}")
        self.witness.clock_moved()

    async def suspend(self) -> None:
        """Everybody sleeps for a while: the clocks go on, the programs do not."""
        self.site.offset += timedelta(hours=self.rng.choice((1, 14, 24 * 40, 24 * 70)))
        self.say("time passes")
        self.witness.clock_moved()

    async def back_up(self) -> None:
        if not self.site.down:
            self.say("a backup is taken")
            self.site.back_up()

    async def restore(self) -> None:
        self._restore()

    async def restore_before_a_push(self) -> None:
        """Between a client's greeting and what it sends, when something else has been decided since."""
        if not self.site.backups:
            await self.back_up()
        self.network.pushes_until = self.rng.randint(1, 2)
        self.network.ahead_of_push = self._restore

    def _restore(self) -> None:
        if self.site.backups:
            self.say("the server is restored from a backup")
            self.site.restore()
            self.witness.restored()

    async def marketing(self) -> None:
        """A lead comes in, or one changes; pushed until it is answered."""
        source = self.rng.choice(("new", *self.template.sources))
        source_id = self._new_id() if source == "new" else source
        owner, size = self.rng.choice(("rita", "raul")), self.rng.randint(1, 999)
        for _ in range(3):
            try:
                answered = await self.site.push({source_id: owner}, company_size=size)
            except httpx.HTTPError:
                await asyncio.sleep(2.0)
                continue
            self.say(f"marketing pushes {source_id[-4:]}: {answered.status}")
            return

    async def _on_server(self, work: Callable[[], None]) -> None:
        """Something that an admin does on the server's machine."""
        if self.site.down:
            return
        try:
            work()
        except ServerKilled:
            self.site.stop()
        except Exception as error:  # noqa: BLE001 - refused, or the disk was full: the admin tries another day
            self.say(f"the admin is told {type(error).__name__}: {error}")


Event = Callable[[Schedule], Awaitable[None]]
EVENTS: tuple[Event, ...] = (
    Schedule.kill_client,
    Schedule.kill_client_at_a_write,
    Schedule.kill_client_at_a_write,
    Schedule.kill_client_at_a_commit,
    Schedule.kill_client_at_a_commit,
    Schedule.kill_client_at_an_await,
    Schedule.lose_power,
    Schedule.damage_the_cache,
    Schedule.fill_the_disk,
    Schedule.fill_the_disk,
    Schedule.end_the_program,
    Schedule.kill_server,
    Schedule.kill_server_at_a_commit,
    Schedule.kill_server_at_a_commit,
    Schedule.kill_server_at_an_await,
    Schedule.server_is_busy,
    Schedule.server_disk_is_full,
    Schedule.cut_the_network,
    Schedule.change_definitions,
    Schedule.revoke_token,
    Schedule.rotate_token,
    Schedule.mix_tokens_up,
    Schedule.poison_a_decision,
    Schedule.poison_a_decision,
    Schedule.token_runs_out,
    Schedule.token_runs_out,
    Schedule.switch_user,
    Schedule.set_a_clock,
    Schedule.suspend,
    Schedule.back_up,
    Schedule.back_up,
    Schedule.restore,
    Schedule.restore,
    Schedule.restore_before_a_push,
    Schedule.marketing,
)


@dataclass
class Template:
    """A company as each schedule finds it, made once and copied."""

    folder: Path
    sources: list[str] = field(default_factory=list)
    machine: Machine = field(default_factory=Machine)

    @property
    def homes(self) -> Path:
        return self.folder / "homes"

    @property
    def crm(self) -> Path:
        return self.folder / "crm-0.db"

    def open(self, folder: Path, steady: Callable[[], float]) -> Site:
        site = Site(folder, steady, self.machine)
        shutil.copy(self.crm, folder / "crm-0.db")
        site._numbers = itertools.count(self.next_number)
        site.start()
        site.organisation_id = self.organisation_id
        site.users = self.users
        site.tokens = dict(self.tokens)
        return site

    def make(self) -> Template:
        with remembered():
            run(self._make)
        return self

    async def _make(self) -> None:
        site = Site(self.folder, loop_time, self.machine)
        site.start()
        site.found()
        for number, owner in enumerate(("rita", "rita", "rita", "rita", "raul", "raul", "otto")):
            source = f"source-{number}"
            answered = await site.push({source: owner})
            assert answered.status == httpx.codes.OK, answered
            self.sources.append(source)
        witness = Witness(site, lambda _what: None)
        network = Network(site, random.Random(1), lambda _what: None)
        world = World(site, network, Disk(), witness, site.new_id)
        for user in ("rita", "raul", "maya"):
            device = Device(user, user, self.homes / user, world, random.Random(1))
            device.skew = timedelta()
            run_ = device.start()
            while run_.state.phase is not Phase.POLLING:  # noqa: ASYNC110 - virtual time costs nothing
                await asyncio.sleep(0.5)
            await device.quit()
        self.organisation_id = site.organisation_id
        self.users = site.users
        self.tokens = site.tokens
        self.next_number = next(site._numbers)
        site.stop()


@lru_cache
def _read_once(text: str) -> loader.Published:
    return _PARSE(text)


_PARSE = loader.parse


@contextmanager
def remembered() -> Iterator[None]:
    """Definitions and migrations are read once for each text: thousands of schedules use the same few."""
    with ExitStack() as stack:
        for module in ("leadqueue.server.store", "leadqueue.cache.facts", "leadqueue.sync.engine"):
            stack.enter_context(patch(f"{module}.parse", _read_once))
        stack.enter_context(patch.object(ScriptDirectory, "from_config", _scripts))
        yield


@lru_cache
def _scripts_at(location: str) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    return _FROM_CONFIG(config)


def _scripts(config: Config) -> ScriptDirectory:
    return _scripts_at(config.get_main_option("script_location") or "")


_FROM_CONFIG = ScriptDirectory.from_config


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for the files of schedules, in memory where the system has one."""
    return tempfile.TemporaryDirectory(prefix="faults-", dir=_SHM if _SHM.is_dir() else None)


class Stage:
    """Where schedules are played one after the other: one template, a fresh folder for each."""

    keep: object = None
    """What has to live as long as the stage does."""

    def __init__(self, root: Path) -> None:
        self._root = root
        (root / "template").mkdir()
        self.template = Template(root / "template").make()

    def fresh_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._root))

    def play(self, seed: int) -> Result:
        folder = self.fresh_folder()
        try:
            return Schedule(seed, folder, self.template).play()
        finally:
            shutil.rmtree(folder)

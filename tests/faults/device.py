"""A rep's machine: the real desk and the real sync loop over real files, in runs that may end any time."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tests.builders import EXAMPLE_VALUES
from tests.faults.disk import Disk, Killed, Process
from tests.faults.network import Network
from tests.faults.site import ADDRESS, Site
from tests.faults.steps import stepped
from tests.faults.witness import Witness

from leadqueue.cache.desk import Desk
from leadqueue.cache.errors import StoreError, UnknownLead
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import LocalStore, open_store
from leadqueue.cache.views import BulkResult, NotStored, OutboxItem, Stored
from leadqueue.crm.gateway import Unauthorised
from leadqueue.crm.native import NativeGateway
from leadqueue.definitions.model import DecisionKind
from leadqueue.domain.lead import FieldValues
from leadqueue.sync.loop import SyncLoop
from leadqueue.sync.state import Phase, SyncState

OTHERS = {"rita": "raul", "raul": "rita", "maya": "rita"}


async def _whole(steps: Awaitable[None]) -> None:
    await steps


class Run:
    """One run of the program, from its start to its end or its kill."""

    def __init__(self, device: Device, user: str) -> None:
        self.device = device
        self.user = user
        self.forced = False
        self.account = device.account(user)
        self.process = Process(device.name, device.home.account_dir(self.account), device.on_kill)
        self.process.on_forced = device._forced
        self.state = SyncState(Phase.STARTING)
        self.desk: Desk | None = None
        self.loop = SyncLoop(
            self._open_store,
            self._connect,
            device.now,
            device.site.steady,
            user_id=self.account.user_id,
            publish=self._publish,
            is_cut=lambda: False,
            is_logged_in=lambda: True,
            rng=random.Random(device.rng.random()),
        )
        self.task = asyncio.get_running_loop().create_task(
            _whole(stepped(self.loop.run(), self.process.step))
        )
        self.task.add_done_callback(self._ended)

    def _open_store(self) -> LocalStore:
        with self.device.disk.of(self.process):
            return open_store(self.device.home, self.account, self.device.now)

    def _connect(self) -> NativeGateway:
        token = self.device.tokens.get(self.user)
        if token is None:
            raise Unauthorised
        transport = self.device.network.transport(self)
        return NativeGateway(
            ADDRESS,
            token,
            self.device.now,
            transport=transport,
            steady=self.device.site.steady,
            keep=self._keep_token,
        )

    def _keep_token(self, before: str, successor: str) -> bool:
        """As the keyring does it: durable when it returns, and the process may end on either side of that."""
        self.process.before("UPDATE token")
        kept = self.device.tokens.get(self.user) == before
        if kept:
            self.device.tokens[self.user] = successor
            self.device.say("keeps a renewed token")
        self.process.after("COMMIT")
        return kept

    def _publish(self, state: SyncState) -> None:
        self.state = state

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and isinstance(task.exception(), BaseException) and not self.process.dead:
            self.device.witness.wrong("I1", f"the sync of {self.device.name} ended: {task.exception()!r}")

    def open_desk(self) -> Desk:
        if self.desk is None:
            with self.device.disk.of(self.process):
                device = self.device
                self.desk = Desk.open(
                    device.home, self.account, device.now, device.new_id, undo_for=device.undo_for
                )
        self.desk.changed()
        return self.desk


@dataclass(frozen=True, slots=True)
class World:
    """What the machines of a schedule share."""

    site: Site
    network: Network
    disk: Disk
    witness: Witness
    new_id: Callable[[], str]


class Device:
    """A machine with a home folder, a wall clock of its own, and at most one run at a time."""

    def __init__(
        self,
        name: str,
        user: str,
        home: Path,
        world: World,
        rng: random.Random,
    ) -> None:
        self.name = name
        self.user = user
        self.home = Home.locate({"LEADQUEUE_HOME": str(home)})
        self.site = world.site
        self.network = world.network
        self.disk = world.disk
        self.witness = world.witness
        self.rng = rng
        self.skew = timedelta(milliseconds=rng.randint(-2000, 2000))
        self.tokens = dict(world.site.tokens)
        """Its keyring, by user."""
        self.undo_for = timedelta(seconds=rng.choice((0, 0, 2)))
        self.run: Run | None = None
        self.has_served = {user}
        self._new_id = world.new_id
        self._drawn: list[str] = []
        self._on_disk: tuple[Path, Path] | None = None
        """The cache's folder and a copy of what a power cut would leave there; None while none is coming."""

    def new_id(self) -> str:
        made = self._new_id()
        self._drawn.append(made)
        return made

    def now(self) -> datetime:
        return self.site.now() + self.skew

    def account(self, user: str) -> Account:
        who = self.site.users[user]
        return Account(
            ADDRESS,
            who.id,
            who.name,
            who.email,
            who.role.value,
            self.site.organisation_id,
            "Example Ltd",
            who.team_id,
            who.zone,
        )

    def say(self, what: str) -> None:
        self.network.trace(f"{self.name} {what}")

    # ------------------------------------------------------------ runs

    def start(self) -> Run:
        if self.run is None:
            self.say("starts")
            self.has_served.add(self.user)
            self.run = Run(self, self.user)
        return self.run

    def on_kill(self, why: str) -> None:
        self.say(f"killed {why}")
        self.witness.met[f"client killed {why}"] += 1
        run, self.run = self.run, None
        if run is not None:
            run.task.cancel()
            # The statement that was the last one is still on the stack; its connection closes behind it.
            asyncio.get_running_loop().call_soon(run.process.close_files)

    def kill(self) -> None:
        if self.run is not None:
            self.run.process.die("from outside")

    async def quit(self) -> None:
        """End the program as a rep does."""
        run = self.run
        if run is None:
            return
        self.say("quits")
        run.loop.stop()
        await asyncio.gather(run.task, return_exceptions=True)
        if run.desk is not None and not run.process.dead:
            run.desk.close()
        if self.run is run:
            self.run = None
            self._forced()

    # ------------------------------------------------------------ power and damage, while nothing runs

    def keep_cache(self) -> None:
        """Remember the cache as the disk has it for sure; a power cut brings it back to that, since not
        every commit is forced to the disk."""
        folder = self.home.account_dir(self.account(self.user))
        kept = folder.with_name(f"{folder.name}-kept")
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir()
        for file in folder.glob("cache.db*"):
            shutil.copy(file, kept / file.name)
        self._on_disk = (folder, kept)

    def lose_power(self) -> None:
        self.kill()
        if self._on_disk is None:
            return
        self.say("loses power, and the cache's last commits with it")
        (folder, kept), self._on_disk = self._on_disk, None
        for file in folder.glob("cache.db*"):
            file.unlink()
        for file in kept.glob("cache.db*"):
            shutil.copy(file, folder / file.name)

    def _forced(self) -> None:
        """All that was committed until now is on the disk."""
        if self._on_disk is not None:
            self.keep_cache()

    def damage_cache(self) -> None:
        self.kill()
        file = self.home.cache_file(self.account(self.user))
        for beside in file.parent.glob("cache.db-*"):
            beside.unlink()
        if file.exists():
            self.say("finds its cache damaged")
            file.write_bytes(b"nonsense " * 500)

    # ------------------------------------------------------------ the rep

    def act(self) -> None:
        """Something that a rep does. Whatever the program says about it goes to the witness."""
        self._drawn.clear()
        run = self.start()
        try:
            desk = run.open_desk()
            self.witness.glanced(self, desk)
            self._something(run, desk)
        except Killed:
            return
        except StoreError as error:
            self.say(f"is told: {type(error).__name__}")
            self.witness.not_stored(self, list(self._drawn))
            if run.desk is None:
                return
            if not run.process.dead:
                run.desk.close()
            run.desk = None
        except UnknownLead:
            self.say("does not find the lead any more")

    def _something(self, run: Run, desk: Desk) -> None:
        roll = self.rng.random()
        if roll < 0.10:
            self._undo(desk)
        elif roll < 0.22:
            self._look_into_inbox(desk)
        elif roll < 0.27:
            run.forced = True
            run.loop.try_now()
        elif roll < 0.37:
            self._decide_many(desk)
        else:
            self._decide(desk)
        if self.rng.random() < 0.7:
            run.loop.wake()

    def _choices(self, desk: Desk) -> list[str]:
        return sorted(lead.id for lead in desk._store.cache.leads())

    def _decide(self, desk: Desk) -> None:
        leads = self._choices(desk)
        if not leads:
            return
        lead_id = self.rng.choice(leads)
        kinds = [kind for kind in desk.available(lead_id) if kind in EXAMPLE_VALUES]
        if not kinds:
            return
        kind = self.rng.choice(kinds)
        if self.user == "maya" and DecisionKind.REASSIGN in kinds and self.rng.random() < 0.6:
            kind = DecisionKind.REASSIGN
        values = self._values(desk, lead_id, kind)
        if values.get("assignee") == self.site.users["otto"].id:
            self.say(f"has an administrator give {lead_id[-4:]} to another team")
            self.site.give(lead_id, "otto")
            return
        self.remember(desk.decide(lead_id, kind, values))

    def _values(self, desk: Desk, lead_id: str, kind: DecisionKind) -> FieldValues:
        if kind is DecisionKind.REASSIGN:
            view = desk.lead(lead_id)
            owner = view.lead.owner_id if view else None
            free = [name for name in ("rita", "raul", "otto") if self.site.users[name].id != owner]
            return {"assignee": self.site.users[self.rng.choice(free)].id, "why": "Better hands."}
        if kind is DecisionKind.NOTE:
            return {"note": f"Note {self.rng.randint(1, 9)} [bold]x[/bold]"}
        return EXAMPLE_VALUES[kind]

    def _decide_many(self, desk: Desk) -> None:
        leads = self._choices(desk)
        chosen = self.rng.sample(leads, min(len(leads), self.rng.randint(1, 4)))
        kind = self.rng.choice((DecisionKind.ACCEPT, DecisionKind.REJECT, DecisionKind.NOTE))
        result: BulkResult = desk.decide_many(chosen, kind, EXAMPLE_VALUES[kind])
        for item in result.stored:
            self._stored(item)

    def remember(self, outcome: Stored | NotStored) -> None:
        """Tell the witness of a decision that the program said is stored."""
        if isinstance(outcome, Stored):
            self._stored(outcome.item)

    def _stored(self, item: OutboxItem) -> None:
        self.say(
            f"decides {item.decision.kind.value} on {item.decision.lead_id[-4:]}: {item.decision.id[-4:]}"
        )
        self.witness.stored(self, item)

    def _undo(self, desk: Desk) -> None:
        before = [item.decision.id for item in desk.unsent()]
        try:
            gone = desk.undo_last()
        except Killed:
            self.witness.perhaps_undone(self, before)
            raise
        for item in gone:
            self.say(f"undoes {item.decision.id[-4:]}")
            self.witness.undone(self, item)

    def _look_into_inbox(self, desk: Desk) -> None:
        items = desk.attention()
        if not items:
            return
        item = self.rng.choice(items)
        if self.rng.random() < 0.5:
            try:
                desk.drop(item.id)
            except Killed:
                self.witness.perhaps_dropped(self, item.id)
                raise
            self.say(f"drops {item.id[-4:]}")
            self.witness.dropped(self, item.id)
            return
        try:
            self.remember(desk.resend(item.id))
        except Killed:
            for drawn in self._drawn[:1]:
                self.witness.perhaps_replaced(self, item, drawn)
            raise

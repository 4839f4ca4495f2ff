"""A new release changes both local files while 500 decisions wait, and dies in the middle of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from tests.faults.disk import Fate
from tests.faults.schedule import Cast, Schedule, Stage

from leadqueue.cache import migrating, opening
from leadqueue.definitions.model import DecisionKind
from leadqueue.sync.state import Phase

LEADS = 100
WAITING = 500
_NEXT = '''
"""The next release: every table is built anew, with one more column."""

import sqlalchemy as sa
from alembic import op

revision = "next"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in {tables!r}:
        with op.batch_alter_table(table, recreate="always") as batch:
            batch.add_column(sa.Column("of_the_next_release", sa.Text(), server_default="new"))


def downgrade() -> None:
    raise NotImplementedError
'''
_TABLES = {"outbox": ("decision", "attention", "fact"), "cache": ("cursor", "meta", "queue_row")}


@contextmanager
def the_next_release(folder: Path) -> Iterator[None]:
    """The program as it would be with one more migration of each file."""
    for kind, tables in _TABLES.items():
        shutil.copytree(Path(migrating.__file__).with_name("migrations") / kind, folder / kind)
        step = _NEXT.format(down=opening.HEADS[kind], tables=tables)
        (folder / kind / "versions" / "next.py").write_text(step, encoding="utf-8")

    def script_of(kind: str) -> tuple[Config, ScriptDirectory]:
        config = Config()
        config.set_main_option("script_location", str(folder / kind))
        config.set_main_option("path_separator", "os")
        return config, ScriptDirectory.from_config(config)

    with ExitStack() as stack:
        stack.enter_context(patch.object(migrating, "script_of", script_of))
        stack.enter_context(patch.dict(opening.HEADS, outbox="next", cache="next"))
        yield


class Upgrade(Schedule):
    """Decides offline, upgrades with a death at each write of it, and syncs."""

    deaths = 0

    def _cast(self) -> Cast:
        return Cast(("rita",), None)

    async def _play(self) -> None:
        self.set_the_scene()
        (device,) = self.devices
        await self.site.push({f"more-{number}": "rita" for number in range(LEADS)})
        run = device.start()
        while run.state.phase is not Phase.POLLING:  # noqa: ASYNC110 - virtual time costs nothing
            await asyncio.sleep(0.5)
        self.network.weather.cut = True
        desk = run.open_desk()
        leads = sorted(lead.id for lead in desk._store.cache.leads())[:LEADS]
        for number in range(0, WAITING, len(leads)):
            for item in desk.decide_many(leads, DecisionKind.NOTE, {"note": f"Note {number}"}).stored:
                self.witness.stored(device, item)
        await device.quit()
        assert len(self.witness.promises) == WAITING
        with the_next_release(self.folder / "next"):
            self.network.weather.cut = False
            while await self._dies_on_opening(self.deaths + 1):
                self.deaths += 1
            await device.quit()
            await self.end()
            self.kept = len(list(device.home.account_dir(device.account("rita")).glob("*.before-*")))

    async def _dies_on_opening(self, write: int) -> bool:
        """Start the program; whether it ended at that writing statement, counted from its start, before
        it had reached the server."""
        (device,) = self.devices
        run = device.start()
        run.process.fate = Fate(kill_before_write=write)
        self.network.weather.cut = True
        await asyncio.sleep(0.5)
        self.network.weather.cut = False
        return run.process.dead


@pytest.mark.usefixtures("stage")
def test_an_upgrade_that_dies_at_each_write_keeps_what_waits(stage: Stage, tmp_path: Path) -> None:
    upgrade = Upgrade(1, tmp_path, stage.template)
    result = upgrade.play()
    assert result.wrongs == []
    assert upgrade.deaths > 20
    assert result.met["ledger: applied"] == WAITING
    assert upgrade.kept >= 2, "the files as they were are kept"

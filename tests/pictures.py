"""Takes the pictures of the README from the real program on the demo's story, at a moment that stands still.

Run it with `make pictures`. Same seed, same moment, same picture.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tests.tui.doubles import ViewShelf
from textual.widgets import Input, TextArea

from leadqueue.cache.desk import Desk
from leadqueue.cache.home import Account, Home
from leadqueue.cache.opening import open_store
from leadqueue.cache.queue_views import QueueView
from leadqueue.cache.saved_views import SavedView
from leadqueue.crm.native import NativeGateway
from leadqueue.definitions.model import DecisionKind
from leadqueue.demo.player import ORGANISATION, set_the_stage
from leadqueue.domain.lead import FieldValues
from leadqueue.server.database import Database
from leadqueue.server.embedded import EmbeddedServer
from leadqueue.sync.engine import SyncEngine
from leadqueue.sync.state import Phase, SyncState
from leadqueue.tui.app import LeadQueueApp
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.values import Settings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
SEED = 7
LEADS = 120
VIEWS = (
    SavedView("Hot", "score>70", sort="score", key="f6"),
    SavedView("Webinars", "source:webinar", section="review", key="f7"),
    SavedView("Germany", "country:de"),
)
_AFTER_A_CONFLICT = ("inbox", "today")
_FONT_FACE = re.compile(r"@font-face\s*{[^}]*}\s*")


class StandingSync:
    """A sync that is done and stands still, as the moment does."""

    def __init__(self) -> None:
        self.state = SyncState(Phase.LIVE, last_success_at=NOW, offset_error_ms=5)

    def start(self, on_state: Callable[[SyncState], None]) -> None:
        on_state(self.state)

    def wake(self) -> None:
        return

    def try_now(self) -> None:
        return

    def look_up(self, lead_id: str) -> None:
        """Nothing comes in while it stands."""

    def stop(self) -> None:
        return


def now() -> datetime:
    return NOW


@contextmanager
def synced_accounts(folder: Path) -> Iterator[tuple[Home, Home, Account, Account]]:
    """The demo's rep and manager with the leads of the story read from a real server.

    In the second home a decision of the rep's has met an earlier one of the manager's.
    """
    numbers = itertools.count(1)
    database = Database.open(f"sqlite:///{folder / 'crm.db'}")
    stage = set_the_stage(
        database,
        leads=LEADS,
        reps=4,
        seed=SEED,
        now=NOW,
        clock=now,
        new_id=lambda: f"01940000-0000-7000-8000-{next(numbers):012x}",
    )
    home = Home.locate({"LEADQUEUE_HOME": str(folder / "home")})
    with EmbeddedServer(database, now=now) as server:
        account = Account(
            url=server.url,
            user_id=stage.rep.id,
            name=stage.rep.name,
            email=stage.rep.email,
            role="rep",
            organisation_id=stage.organisation_id,
            organisation_name=ORGANISATION,
            team_id=stage.rep.team_id,
            zone=stage.rep.zone,
        )
        boss = replace(
            account,
            user_id=stage.manager.id,
            name=stage.manager.name,
            email=stage.manager.email,
            role="manager",
            zone=stage.manager.zone,
        )
        asyncio.run(_read(home, account, stage.token))
        asyncio.run(_read(home, boss, stage.manager_token))
        second = Home.locate({"LEADQUEUE_HOME": str(folder / "second")})
        for each, token in ((account, stage.token), (boss, stage.manager_token)):
            asyncio.run(_read(second, each, token))
        _decide_both(second, account, boss)
        for each, token in ((boss, stage.manager_token), (account, stage.token)):
            asyncio.run(_read(second, each, token))
    database.close()
    yield home, second, account, boss


def _decide_both(home: Home, rep: Account, boss: Account) -> None:
    """The rep accepts what the manager has recycled; neither knows it of the other."""
    ours, theirs = Desk.open(home, rep, now), Desk.open(home, boss, now)
    try:
        lead_id = ours.queue.window(QueueView(section="review"), 0, 1)[0].id
        later: FieldValues = {
            "reason": "bad_timing",
            "revisit_on": "2027-02-01",
            "note": "Asked me for February",
        }
        mine: FieldValues = {"acceptance_reason": "strong_fit", "note": "Call on Friday"}
        theirs.decide(lead_id, DecisionKind.RECYCLE, later)
        ours.decide(lead_id, DecisionKind.ACCEPT, mine)
    finally:
        ours.close()
        theirs.close()


async def _read(home: Home, account: Account, token: str) -> None:
    gateway = NativeGateway(account.url, token, now)
    store = open_store(home, account, now)
    try:
        report = await SyncEngine(store, gateway, now, user_id=account.user_id).cycle()
        if report.error is not None:
            raise report.error
        for lead in [*store.cache.leads()]:  # as the screen does where the cursor rests
            store.cache.save_company(lead.id, await gateway.company(lead.id))
    finally:
        store.close()
        await gateway.aclose()


async def taken(
    home: Home, account: Account, name: str, keys: tuple[str, ...], *, size: tuple[int, int], theme: str
) -> str:
    """One picture: the program after these keys, as SVG."""
    shelf = ViewShelf(*VIEWS) if name == "views" else None

    def open_desk() -> Desk:
        return Desk.open(home, account, now)

    app = LeadQueueApp(
        open_desk, StandingSync, now, settings=LiveSettings.fixed(Settings(theme=theme)), views=shelf
    )
    async with app.run_test(size=size) as pilot:
        for _ in range(5):
            await app.workers.wait_for_complete()
            await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        for box in [*app.screen.query(Input), *app.screen.query(TextArea)]:
            box.cursor_blink = False
            box._cursor_visible = box.has_focus  # else it is another picture each half second
        await pilot.pause()
        picture = app.export_screenshot(title="leadqueue")
    # The picture names a font on somebody's server; a reader's own monospace font does as well.
    return _FONT_FACE.sub("", picture)


def all_taken() -> Iterator[tuple[str, str]]:
    """Every picture's name, with the SVG as the program looks now."""
    with tempfile.TemporaryDirectory() as folder, synced_accounts(Path(folder)) as (home, second, rep, boss):
        shots = (
            ("queue", rep, (), (132, 36), "textual-dark"),
            ("queue-light", rep, (), (132, 36), "textual-light"),
            ("recycle", rep, ("1", "r", "b", "a", "d", "enter"), (132, 36), "textual-dark"),
            ("help", rep, ("question_mark",), (132, 36), "textual-dark"),
            ("small", rep, ("1",), (80, 24), "textual-dark"),
            ("filter", rep, ("slash", *"score>70 due<2d sorce:web"), (132, 36), "textual-dark"),
            ("one-lead", rep, ("f",), (132, 36), "textual-dark"),
            ("settings", rep, ("comma",), (132, 36), "textual-dark"),
            ("colour-blind", rep, (), (132, 36), "colour-blind-light"),
            ("team", boss, ("m",), (132, 36), "textual-dark"),
            ("reps-queue", boss, ("m", "enter"), (132, 36), "textual-dark"),
            ("views", rep, ("v",), (132, 36), "textual-dark"),
            ("columns", rep, ("w",), (132, 36), "textual-dark"),
            ("inbox", rep, ("i",), (132, 36), "textual-dark"),
            ("today", rep, ("l",), (132, 36), "textual-dark"),
        )
        for name, account, keys, size, theme in shots:
            at = second if name in _AFTER_A_CONFLICT else home
            yield name, asyncio.run(taken(at, account, name, keys, size=size, theme=theme))


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in all_taken():
        (FOLDER / f"{name}.svg").write_text(picture, "utf-8")


if __name__ == "__main__":
    main()

"""`leadqueue demo`: made-up leads on an embedded server, in a folder of its own."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadqueue.cache.home import Account, Home, write_private
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import fail, flush_data, print_json, say

if TYPE_CHECKING:
    from leadqueue.server.database import Database
    from leadqueue.server.embedded import EmbeddedServer

app = typer.Typer(add_completion=False, rich_markup_mode=None)
LEADS, REPS, SEED = 500, 4, 7
"""The demo as it comes."""
MOST_LEADS = 200_000
MOST_REPS = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """What the demo on disk was made from; another wish makes it anew.

    `format` is that of the facts kept beside it: 2 knows the manager.
    """

    leads: int
    reps: int
    seed: int
    program: str
    format: int = 2


@app.callback(invoke_without_command=True)
def demo(
    ctx: typer.Context,
    leads: Annotated[int, typer.Option(min=1, max=MOST_LEADS, help="Leads in your queue.")] = LEADS,
    reps: Annotated[int, typer.Option(min=1, max=MOST_REPS, help="Reps in the team.")] = REPS,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = SEED,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew, and forget what was decided.")] = False,
    role: Annotated[
        str,
        typer.Option("--as", metavar="rep|manager", help="Whose screen: a rep's, or their manager's."),
    ] = "rep",
    headless: Annotated[
        bool, typer.Option("--headless", help="No screen: print one line of JSON and serve until Ctrl-C.")
    ] = False,
) -> None:
    """Open a queue of made-up leads, with a server of its own on this machine."""
    if ctx.invoked_subcommand is not None:
        return
    if role not in ("rep", "manager"):
        fail(Exit.USAGE, f"--as wants 'rep' or 'manager', not '{role[:20]}'")
    if not headless:  # before anything is made up, or an old demo given up for it
        from leadqueue.cli.tui import ask_for_a_terminal

        ask_for_a_terminal("leadqueue demo --headless")
    home = demo_home()
    with _playing(home, leads, reps, seed, role, reset=reset) as (account, line):
        if headless:
            _serve_until_told(line)
            return
        from leadqueue.cli.tui import open_queue

        open_queue(home, account)


def open_demo() -> None:
    """The demo as it comes, for somebody who just wants to look."""
    home = demo_home()
    with _playing(home, LEADS, REPS, SEED, "rep", reset=False) as (account, _):
        from leadqueue.cli.tui import open_queue

        open_queue(home, account)


@app.command()
def offline(state: Annotated[str, typer.Argument(help="on cuts the demo's network, off joins it.")]) -> None:
    """Cut the demo's network, or join it again, from another terminal."""
    if state not in ("on", "off"):
        fail(Exit.USAGE, f"'{state[:20]}' is neither 'on' nor 'off'")
    home = demo_home()
    account = home.load_account()
    if account is None:
        fail(Exit.NOT_FOUND, "there is no demo yet", "Start it in another terminal: leadqueue demo")
    flag = home.offline_flag(account)
    if state == "on":
        flag.touch(mode=0o600)
        say("The demo's network is cut. Go on deciding; `leadqueue demo offline off` joins it again.")
    else:
        flag.unlink(missing_ok=True)
        say("The demo's network is joined.")


def demo_home() -> Home:
    """The demo's own folders, beside the user's and never mixed with them."""
    root = Home.locate().data_dir / "demo"
    return Home(config_dir=root / "config", data_dir=root / "data", log_dir=root / "log")


@contextmanager
def _playing(
    home: Home, leads: int, reps: int, seed: int, role: str, *, reset: bool
) -> Iterator[tuple[Account, dict[str, str]]]:
    """The demo, served; the account of its rep, and what a script needs to know."""
    from filelock import FileLock, Timeout

    import leadqueue
    from leadqueue.cache.home import private_dir
    from leadqueue.server.database import Database
    from leadqueue.server.trouble import DatabaseError

    root = private_dir(home.data_dir.parent)
    lock = FileLock(root / "demo.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        fail(
            Exit.LOCAL_FILES,
            "the demo is open already in another terminal",
            "Close it first, or set LEADQUEUE_HOME to another folder for a second one.",
        )
    try:
        wanted = Settings(leads, reps, seed, leadqueue.__version__)
        facts = None if reset else _kept(root, wanted)
        if facts is None:
            facts = _make(home, root, wanted)
        try:
            database = Database.open(f"sqlite:///{root / 'server' / 'crm.db'}")
        except DatabaseError as error:
            fail(Exit.LOCAL_FILES, str(error), "Begin anew: leadqueue demo --reset")
        try:
            server = _started(database, int(facts["port"]))
            try:
                account = _signed_in(home, root, server.url, facts, role)
                line = {
                    "url": server.url,
                    "token": facts["token"],
                    "manager_token": facts["manager_token"],
                    "marketing_token": facts["marketing_token"],
                    "rep": facts["name"],
                    "home": str(root),
                }
                yield account, line
            finally:
                server.stop()
        finally:
            database.close()
    finally:
        lock.release()


def _started(database: Database, port: int) -> EmbeddedServer:
    """The server, on the port that it had before where that is free, so that the account stays."""
    from leadqueue.server.embedded import EmbeddedServer

    try:
        server = EmbeddedServer(database, port=port)
    except OSError:
        server = EmbeddedServer(database)
    server.start()
    return server


def _kept(root: Path, wanted: Settings) -> dict[str, str] | None:
    """What is to be known of the demo on disk, None where there is none like the wanted one."""
    try:
        facts = json.loads((root / "demo.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(facts, dict) or facts.get("settings") != asdict(wanted):
        return None
    return {str(key): str(value) for key, value in facts.items() if key != "settings"}


def _make(home: Home, root: Path, wanted: Settings) -> dict[str, str]:
    """Tell the story anew. What an earlier demo left is removed: it held made-up leads only."""
    from leadqueue.cache.home import private_dir
    from leadqueue.demo.player import set_the_stage
    from leadqueue.domain.moments import system_now
    from leadqueue.server.app import new_uuid
    from leadqueue.server.database import Database

    say(f"Making up {wanted.leads} leads …")
    (root / "demo.json").unlink(missing_ok=True)
    for folder in (root / "server", home.data_dir):
        shutil.rmtree(folder, ignore_errors=True)
    database = Database.open(f"sqlite:///{private_dir(root / 'server') / 'crm.db'}")
    try:
        stage = set_the_stage(
            database,
            leads=wanted.leads,
            reps=wanted.reps,
            seed=wanted.seed,
            now=system_now(),
            clock=system_now,
            new_id=new_uuid,
        )
    finally:
        database.close()
    facts = {
        "port": "0",
        "token": stage.token,
        "manager_token": stage.manager_token,
        "marketing_token": stage.marketing_token,
        "user_id": stage.rep.id,
        "name": stage.rep.name,
        "email": stage.rep.email,
        "team_id": stage.rep.team_id or "",
        "zone": stage.rep.zone,
        "manager_id": stage.manager.id,
        "manager_name": stage.manager.name,
        "manager_email": stage.manager.email,
        "manager_zone": stage.manager.zone,
        "organisation_id": stage.organisation_id,
    }
    write_private(root / "demo.json", json.dumps({"settings": asdict(wanted), **facts}))
    return facts


def _signed_in(home: Home, root: Path, url: str, facts: dict[str, str], role: str) -> Account:
    """Their account at this server; the demo's token is in a file, never in the user's keyring."""
    from leadqueue.demo.player import ORGANISATION

    leads = role == "manager"
    account = Account(
        url=url,
        user_id=facts["manager_id" if leads else "user_id"],
        name=facts["manager_name" if leads else "name"],
        email=facts["manager_email" if leads else "email"],
        role=role,
        organisation_id=facts["organisation_id"],
        organisation_name=ORGANISATION,
        team_id=facts["team_id"],
        zone=facts["manager_zone" if leads else "zone"],
        demo=True,
    )
    before = home.load_account()
    moved = before is not None and before.url != url and before.user_id == account.user_id
    if before is not None and moved:  # another port: the same person, the same files
        old, new = home.account_dir(before), home.account_dir(account)
        shutil.rmtree(new, ignore_errors=True)
        old.rename(new)
    write_private(home.account_dir(account) / "token", facts["manager_token" if leads else "token"] + "\n")
    home.offline_flag(account).unlink(missing_ok=True)
    home.save_account(account)
    settings = json.loads((root / "demo.json").read_text("utf-8"))
    write_private(root / "demo.json", json.dumps({**settings, "port": url.rpartition(":")[2]}))
    return account


def _serve_until_told(line: dict[str, str]) -> None:
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    print_json(line)
    flush_data()
    say(f"Serving {line['url']}; Ctrl-C ends it. Commands use it with LEADQUEUE_HOME={line['home']}")
    told.wait()
    say("Ended.")

"""The terminal UI over an account's files and its sync."""

from __future__ import annotations

import gc
import os
import sys
from datetime import timedelta
from shutil import get_terminal_size
from typing import TYPE_CHECKING

from leadqueue.cache.glance import GlanceAhead
from leadqueue.cache.home import Account, Home

if TYPE_CHECKING:
    from leadqueue.cache.saved_views import Views
    from leadqueue.tui.app import LeadQueueApp
    from leadqueue.tui.ports import Eraser, GlanceFn, NetworkSwitch, RepDesk, SyncControl
    from leadqueue.tui.settings.effect import SettingsInForce
    from leadqueue.tui.settings.live import LiveSettings

SWITCH_S = 0.0005
"""How long a thread may go on while another one waits: the sync's shall not hold a key up."""
UNDO_FOR = timedelta(seconds=4)
"""How long a new decision stays on this machine while online, so that a slip can be taken back."""


def run_tui() -> None:
    """Open the queue of the account that is logged in."""
    from leadqueue.cli.account import logged_in

    home = Home.locate()
    if not home.account_file.exists() and _at_a_terminal():
        from leadqueue.cli.welcome import welcome

        welcome(home)
        return
    open_queue(home, logged_in(home))


def _at_a_terminal() -> bool:
    """Whether somebody sits there, at a terminal or at the page of `leadqueue web`."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())


def ask_for_a_terminal(instead: str = "leadqueue queue --json") -> None:
    """End the program where nobody could see the queue; `instead` is the command for scripts."""
    from leadqueue.cli.exits import Exit
    from leadqueue.cli.output import fail

    if not _at_a_terminal():
        fail(Exit.USAGE, "the queue needs a terminal", f"In scripts: {instead}")


def open_queue(home: Home, account: Account) -> None:
    """Run the terminal UI until the rep leaves it."""
    ask_for_a_terminal()
    ahead = GlanceAhead(home.cache_file(account), get_terminal_size().lines, views_file=home.views_file)
    gc.disable()  # nothing that the start loads is garbage; the app enables it behind the first frame
    from leadqueue.tui.settings.live import LiveSettings

    sys.setswitchinterval(SWITCH_S)
    run_to_its_end(queue_app(home, account, LiveSettings.of(Home.locate().config_file), ahead))


def run_to_its_end(app: SettingsInForce) -> None:
    """Run an app until its user leaves it. Raises the fault that ended it, once the terminal is as it was."""
    app.run()
    if app.fault is not None:
        raise app.fault


def queue_app(
    home: Home, account: Account, settings: LiveSettings, glance: GlanceFn | None = None
) -> LeadQueueApp:
    """The terminal UI over the account's own files and its sync."""

    def open_desk() -> RepDesk:
        from leadqueue.cache.desk import Desk
        from leadqueue.domain.moments import system_now

        return Desk.open(home, account, system_now, undo_for=UNDO_FOR)

    def open_sync() -> SyncControl:
        from leadqueue.domain.moments import system_now
        from leadqueue.sync.runner import SyncRunner

        return SyncRunner(home, account, system_now)

    from leadqueue.tui.app import LeadQueueApp
    from leadqueue.tui.themes import sixteen_colours

    return LeadQueueApp(
        open_desk,
        open_sync,
        settings=settings,
        network=network_switch(home, account),
        erase=eraser(home, account),
        glance=glance,
        views=_Views(home),
        sixteen=sixteen_colours(os.environ),
    )


class _Views:
    """The views in their file. What reads them waits until the queue is on the screen."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def load(self) -> Views:
        from leadqueue.cache.saved_views import ViewsFile

        return ViewsFile(self._home.views_file).load()

    def save(self, views: Views) -> None:
        from leadqueue.cache.saved_views import ViewsFile

        ViewsFile(self._home.views_file).save(views)


def eraser(home: Home, account: Account) -> Eraser | None:
    """Logs out and erases what the account, and any before it, left on this machine; None in a demo."""
    if account.demo:
        return None

    def erase(unsent: bool) -> str:
        from leadqueue.cache.erasing import erase_copy, erase_unsent
        from leadqueue.cli.logout import erase_others
        from leadqueue.sync.credentials import Credentials

        own = home.folder(account)
        Credentials(home).erase_folder(own)
        erase_copy(own)
        if unsent:
            erase_unsent(own)
        home.clear_account()
        return " ".join(erase_others(home, account))

    return erase


def network_switch(home: Home, account: Account) -> NetworkSwitch | None:
    """Cuts and joins the demo's network; None where there is no demo."""
    if not account.demo:
        return None
    flag = home.offline_flag(account)

    def switch() -> bool:
        if flag.exists():
            flag.unlink(missing_ok=True)
            return False
        flag.touch(mode=0o600)
        return True

    return switch

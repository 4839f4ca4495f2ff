"""The first run: nobody is logged in yet, so the program asks what to do instead of ending."""

from __future__ import annotations

import os

from leadqueue.cache.home import Home
from leadqueue.cli.tui import open_queue, run_to_its_end
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.themes import sixteen_colours
from leadqueue.tui.welcome import Trouble, Way, WelcomeApp


def welcome(home: Home) -> None:
    """Ask "demo or connect?", and open the queue that was chosen."""

    def connect(url: str, token: str) -> Trouble | None:
        from leadqueue.cli.login import SignInFailed, sign_in

        try:
            sign_in(home, url, token)
        except SignInFailed as error:
            words = f"{error.message} {error.fix}".strip()
            return Trouble(words.replace("--insecure-http", "leadqueue login --insecure-http"), error.field)
        except OSError as error:
            return Trouble(f"The account cannot be kept on this machine: {error.strerror or error}")
        return None

    app = WelcomeApp(connect, LiveSettings.of(home.config_file), sixteen=sixteen_colours(os.environ))
    run_to_its_end(app)
    if app.way is Way.DEMO:
        from leadqueue.cli.demo import open_demo

        open_demo()
    elif app.way is Way.CONNECTED:
        from leadqueue.cli.account import logged_in

        open_queue(home, logged_in(home))

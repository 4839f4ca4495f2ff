"""`config`: the user's settings, where they are, what holds, and what is wrong with them."""

from __future__ import annotations

from typing import Annotated

import typer

from leadqueue.cache.errors import StoreError
from leadqueue.cache.home import BrokenAccountFile, Home
from leadqueue.cache.saved_views import ViewsFile
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import print_json, print_line, say
from leadqueue.tui.actions import ACTIONS
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.model import SETTINGS
from leadqueue.tui.settings.reading import unknown_names
from leadqueue.tui.settings.values import Value

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the settings that hold, those of the file over the defaults, as a config.toml."""
    live = LiveSettings.of(Home.locate().config_file)
    values = {setting.name: live.now.value(setting.name) for setting in SETTINGS}
    own = {id_: keys for id_, keys in live.now.keys.items() if live.keymap.get(id_) == keys}
    if as_json:
        print_json({**values, "keys": own})
    else:
        for setting in SETTINGS:
            print_line(f"{setting.name} = {_toml(values[setting.name])}  # {setting.about}")
        if own:
            print_line("")
            print_line("[keys]")
            for id_, keys in own.items():
                print_line(f"{_toml(id_) if '.' in id_ else id_} = {_toml(keys)}")
    _complain(live)


@app.command()
def path() -> None:
    """Print where the file is. It need not exist."""
    print_line(str(Home.locate().config_file))


@app.command()
def keys(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List every action with its id, the keys that run it now, and what it does."""
    live = LiveSettings.of(Home.locate().config_file)
    held = [(action, live.keymap.get(action.id, action.keys)) for action in ACTIONS]
    if as_json:
        print_json({action.id: keys for action, keys in held})
    else:
        wide = max(len(action.id) for action, _ in held)
        for action, keys in held:
            print_line(f"{action.id:<{wide}} {keys:<22} {action.help}")
    _complain(live)


@app.command()
def check() -> None:
    """Look for mistakes in the file; ends with 2 where there are some."""
    home = Home.locate()
    found = problems(home)
    for problem in found:
        say(f"leadqueue: {home.config_file}: {problem}")
    if found:
        raise SystemExit(int(Exit.USAGE))
    say("The settings are in order.")


def problems(home: Home) -> tuple[str, ...]:
    """What is wrong with the settings, one line each: the names too, as far as this machine knows them."""
    live = LiveSettings.of(home.config_file)
    told = list(live.problems)
    names = None
    if live.now.start_view:
        views = ViewsFile(home.views_file).load()
        names = None if views.trouble else [view.name for view in views.views]
        told += [f"start_view: {views.trouble}"] if views.trouble else []
    sections = _sections(home) if live.now.start_section else None
    return (*told, *unknown_names(live.now, sections, names))


def _sections(home: Home) -> list[str] | None:
    """The sections in the definitions of the account that is logged in; None where they are not known."""
    from leadqueue.cache.desk import Desk
    from leadqueue.domain.moments import system_now

    try:
        account = home.load_account()
        if account is None:
            return None
        desk = Desk.open(home, account, system_now)
    except (BrokenAccountFile, StoreError):  # `doctor` tells these
        return None
    try:
        return [section.key for section in desk.definitions.sections] if desk.ready else None
    finally:
        desk.close()


def _complain(live: LiveSettings) -> None:
    for problem in live.problems:
        say(f"leadqueue: {live.path}: {problem}")


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    from json import dumps

    return dumps(value, ensure_ascii=False)  # a basic string of TOML reads as one of JSON

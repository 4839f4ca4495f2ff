"""`config`: the user's settings, where they are, what holds, and what is wrong with them."""

from __future__ import annotations

from typing import Annotated

import typer

from leadqueue.cache.home import Home
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import print_json, print_line, say
from leadqueue.tui.actions import ACTIONS
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.model import SETTINGS
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
    live = LiveSettings.of(Home.locate().config_file)
    _complain(live)
    if live.problems:
        raise SystemExit(int(Exit.USAGE))
    say("The settings are in order.")


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

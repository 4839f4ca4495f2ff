"""`config`: the user's settings, where they are, what holds, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from leadqueue.cache.errors import StoreError
from leadqueue.cache.home import BrokenAccountFile, Home
from leadqueue.cache.saved_views import UnreadableView, Views, ViewsFile, view_of
from leadqueue.cli.exits import Exit
from leadqueue.cli.output import print_json, print_line, say
from leadqueue.tui.actions import ACTIONS
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.settings.model import SETTINGS
from leadqueue.tui.settings.reading import unknown_columns, unknown_names
from leadqueue.tui.settings.values import Value

if TYPE_CHECKING:
    from leadqueue.definitions.model import Definitions

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
    """Look for mistakes in the settings and the saved views; ends with 2 where there are some."""
    found = problems(Home.locate())
    for problem in found:
        say(f"leadqueue: {problem.file}: {problem.told}")
    if found:
        raise SystemExit(int(Exit.USAGE))
    say("The settings are in order.")


class Problem(NamedTuple):
    """What is wrong in a file of the user's, in one line without the file's name."""

    file: Path
    told: str


def problems(home: Home) -> tuple[Problem, ...]:
    """What is wrong with the settings and the saved views: names too, as far as this machine knows them."""
    live = LiveSettings.of(home.config_file)
    views = ViewsFile(home.views_file).load()
    judged = any(view.section or view.filter for view in views.views)
    known = _definitions(home) if live.now.start_section or judged else None
    sections = [section.key for section in known[0].sections] if known else None
    names = None if views.trouble else [view.name for view in views.views]
    settings = (*live.problems, *unknown_names(live.now, sections, names))
    return (
        *(Problem(home.config_file, told) for told in settings),
        *(Problem(home.views_file, told) for told in _wrong_views(home, views, known)),
    )


def _wrong_views(home: Home, views: Views, known: tuple[Definitions, str] | None) -> Iterator[str]:
    """What is wrong with the views, in the words of the screen and of `queue --view`."""
    from leadqueue.tui.widgets.queue_row import COLUMNS

    if views.trouble:
        yield views.trouble.removeprefix(f"{home.views_file.name}: ")
    yield from unknown_columns(views, COLUMNS)
    if known is None:
        return
    from leadqueue.domain.filters.language import Language

    definitions, me = known
    sections = [section.key for section in definitions.sections]
    language = Language.of(definitions, me)
    for view in views.views:
        try:
            view_of(view, sections, language, None)
        except UnreadableView as error:
            yield f"the view {view.name} cannot be read: {error}"


def _definitions(home: Home) -> tuple[Definitions, str] | None:
    """The definitions of the account that is logged in, and its id; None where they are not known."""
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
        return (desk.definitions, desk.actor.id) if desk.ready else None
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

"""`where`: the program's files."""

from __future__ import annotations

from typing import Annotated

import typer

from leadqueue.cache.home import BrokenAccountFile, Home
from leadqueue.cli.output import print_json, print_line


def where(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say where the program's files are. LEADQUEUE_HOME moves them all under one folder."""
    home = Home.locate()
    places = {
        "config": home.config_file,
        "views": home.views_file,
        "data": home.data_dir,
        "logs": home.log_dir,
        "account": home.account_file,
    }
    try:
        account = home.load_account()
    except BrokenAccountFile:
        account = None
    if account is not None:
        places |= {"outbox": home.outbox_file(account), "cache": home.cache_file(account)}
    if as_json:
        print_json({name: str(path) for name, path in places.items()})
        return
    for name, path in places.items():
        print_line(f"{name + ':':<9}{path}")

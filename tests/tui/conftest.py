"""A Pilot that goes on as soon as the program has come to rest, over style sheets that are parsed once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from tests.tui import parsed_once
from tests.tui.rest import at_rest, get_time, time_of
from textual.css.stylesheet import Stylesheet


@pytest.fixture(scope="module", autouse=True)
def _no_time_is_lost() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("textual.app.wait_for_idle", at_rest)
        patch.setattr("textual.pilot.wait_for_idle", at_rest)
        patch.setattr("textual._time.get_time", get_time)
        patch.setattr(asyncio.BaseEventLoop, "time", time_of)
        patch.setattr(Stylesheet, "_parse_rules", parsed_once.parse_rules)
        yield

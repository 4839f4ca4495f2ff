"""One server process for all end-to-end tests, and a firm of its own on it for each."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from tests.e2e.firm import Firm
from tests.e2e.serving import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Ends with the tests, also when these are terminated."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    serving = Server(tmp_path_factory.mktemp("server"))
    yield serving
    serving.close()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def firm(server: Server, tmp_path: Path) -> Firm:
    return Firm(server, tmp_path)

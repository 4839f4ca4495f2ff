"""The page in a real browser: what is typed there is decided."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyte
import pytest
from playwright.sync_api import Page, WebSocket, sync_playwright
from playwright.sync_api import TimeoutError as NoFrame
from tests.e2e.firm import clean_env, run_program
from tests.e2e.serving import PROGRAM
from tests.e2e.terminal import PATIENCE, ScreenNeverCame

CHROMIUM = os.environ.get("LEADQUEUE_TEST_CHROMIUM") or shutil.which("chromium")
MISSING = "Chromium is not installed"
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


class Tab:
    """A browser's tab, and the screen that the program sends to it."""

    def __init__(self, page: Page, columns: int, rows: int) -> None:
        self.page = page
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._socket: WebSocket | None = None
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        self._socket = socket
        socket.on("framereceived", self._received)

    def _received(self, payload: str | bytes) -> None:
        if isinstance(payload, bytes):
            self._stream.feed(payload)

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)

    def wait_for(self, *texts: str) -> None:
        while self._socket is None:
            self.page.wait_for_event("websocket", timeout=PATIENCE * 1000)
        give_up = time.monotonic() + PATIENCE
        while not all(text in self.text for text in texts):
            if time.monotonic() > give_up:
                raise ScreenNeverCame(f"{texts!r} never came; the screen shows:\n{self.text}")
            with suppress(NoFrame):  # a moment without a frame
                self._socket.wait_for_event("framereceived", timeout=1000)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [*PROGRAM, "web", "--demo", "--no-browser"]
    env = clean_env(tmp_path)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address, process.stderr.read() if process.stderr else ""
    yield process, address
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_a_note_written_in_the_browser_is_decided(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    process, address = served
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        tab = Tab(page, 142, 38)
        page.goto(address)
        tab.wait_for("Awaiting review", "Live")
        page.keyboard.press("n")
        tab.wait_for("Note required")
        page.keyboard.type("Written in a browser")
        page.keyboard.press("Control+s")
        tab.wait_for("all sent")
        picture = page.screenshot()
        assert address not in page.url
        assert all(url.startswith((address.split("/?")[0], "data:")) for url in loaded)
        process.send_signal(signal.SIGINT)
        tab_end = process.wait(timeout=60)
        browser.close()
    assert tab_end == 0
    assert len(picture) > 20_000  # an empty page packs into far less
    found = run_program(tmp_path / "data" / "demo", "queue", "--search", "written in a browser", "--json")
    assert len(json.loads(found.stdout)) == 1

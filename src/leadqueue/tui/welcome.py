"""The first screen of somebody who has no account on this machine: look around, or connect."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from leadqueue.domain.text import one_line
from leadqueue.tui.faults import OWN_FAULT, WorksBeside
from leadqueue.tui.glyphs import ASCII, glyphs_for
from leadqueue.tui.settings.effect import SettingsInForce
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.styles import sheet


class Way(StrEnum):
    """How somebody goes on from here."""

    NOWHERE = "nowhere"
    DEMO = "demo"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the server was not reached, in words; `field` is what is to be changed."""

    message: str
    field: str = ""


Connect = Callable[[str, str], Trouble | None]
"""Logs in at an address with a token; answers what went wrong, None where nothing did. It may take long."""


class WelcomeApp(WorksBeside, SettingsInForce):
    """Asks "demo or connect?" and guides. `way` is what came of it."""

    TITLE = "leadqueue"
    CSS_PATH: ClassVar[list[str | PurePath]] = [sheet("app"), sheet("covers"), sheet("welcome")]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "demo", "Demo"),
        Binding("c", "ask", "Connect"),
        Binding("q", "leave", "Quit"),
        Binding("ctrl+q", "quit", "Quit"),
        Binding("escape", "step_back", "Back", priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(
        self, connect: Connect, settings: LiveSettings | None = None, *, sixteen: bool = False
    ) -> None:
        super().__init__(settings or LiveSettings(), sixteen=sixteen)
        self.way = Way.NOWHERE
        self._connect = connect
        self._asking = False
        self._wrong = ""
        if glyphs_for(os.environ, None) is ASCII:
            self.add_class("-ascii")

    def compose(self) -> ComposeResult:
        with Vertical(id="welcome"):
            yield Static("leadqueue", id="welcome-title", markup=False)
            yield Static(
                "The leads that wait for you, most urgent first. Nobody is logged in on this machine yet.",
                markup=False,
            )
            with Vertical(id="welcome-ways"):
                yield Button(
                    "Look around: made-up leads, nothing to set up (d)", variant="primary", id="demo"
                )
                yield Button("Connect to your team's server (c)", id="connect")
                yield Button("Quit (q)", id="leave")
            with Vertical(id="welcome-form"):
                yield Label("Server", markup=False)
                yield Input(placeholder="https://crm.example", id="url", compact=True)
                yield Label("Token", markup=False)
                yield Input(placeholder="lq_…", password=True, id="token", compact=True)
                yield Static(
                    "Whoever runs the server gives you both. The token is kept in this system's keyring, "
                    "or in a file that only you can read.",
                    classes="welcome-hint",
                    markup=False,
                )
                yield Static("", id="welcome-trouble", markup=False)
                with Horizontal(id="welcome-buttons"):
                    yield Button("Connect (Enter)", variant="primary", id="send", compact=True)
                    yield Button("Back (Esc)", id="back", compact=True)

    def on_mount(self) -> None:
        self.query_one("#demo").focus()

    # What the user chooses

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The letters answer the first question alone: beside the fields they may be those of a token."""
        if action in ("demo", "ask", "leave") and self.has_class("-connecting"):
            return False
        return super().check_action(action, parameters)

    @on(Button.Pressed, "#demo")
    def action_demo(self) -> None:
        self.way = Way.DEMO
        self.exit()

    @on(Button.Pressed, "#connect")
    def action_ask(self) -> None:
        """Show the two fields."""
        self.add_class("-connecting")
        self.query_one("#url").focus()

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        self.exit()

    @on(Button.Pressed, "#back")
    def action_step_back(self) -> None:
        """Back to the choice; from there out of the program."""
        if not self.has_class("-connecting"):
            self.exit()
        elif not self._asking:
            self.remove_class("-connecting")
            self._say("")
            self.query_one("#connect").focus()

    # Connecting

    @on(Input.Submitted, "#url")
    def _address_given(self) -> None:
        self.query_one("#token").focus()

    @on(Input.Changed, "#url")
    @on(Input.Changed, "#token")
    def _changed(self, event: Input.Changed) -> None:
        """What was wrong with a field says nothing of what stands there now."""
        if not self._asking and self._wrong in ("", event.input.id):
            self._say("")

    @on(Input.Submitted, "#token")
    @on(Button.Pressed, "#send")
    def _send(self) -> None:
        """Ask the server, on another thread."""
        if self._asking:
            return
        url, token = (self.query_one(field, Input).value for field in ("#url", "#token"))
        self._asking = True
        self._say(f"{one_line(url, 80)} is being asked …", trouble=False)
        self.run_worker(partial(self._ask, url, token), thread=True, group="connect", exit_on_error=False)

    def _ask(self, url: str, token: str) -> None:
        trouble = self._connect(url, token)
        self.call_from_thread(self._answered, trouble)

    def _answered(self, trouble: Trouble | None) -> None:
        self._asking = False
        if trouble is None:
            self.way = Way.CONNECTED
            self.exit()
            return
        self._wrong = trouble.field
        self._say(trouble.message)
        self.query_one(f"#{trouble.field or 'url'}").focus()

    def work_failed(self) -> None:
        self._answered(Trouble(OWN_FAULT))

    def _say(self, message: str, *, trouble: bool = True) -> None:
        line = self.query_one("#welcome-trouble", Static)
        line.set_class(trouble, "-trouble")
        line.update(one_line(message, 400))

"""The terminal program. Whatever is slow to import or to open waits until the first frame is shown."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.command import Provider
from textual.events import Event, InputEvent, Paste, Resize
from textual.filter import LineFilter
from textual.screen import ModalScreen, Screen, SystemModalScreen

from leadqueue.tui.actions import Place, bindings
from leadqueue.tui.collecting import REST_S, RestCollector
from leadqueue.tui.glyphs import ASCII, Glyphs, glyphs_for
from leadqueue.tui.plain import PlainSigns
from leadqueue.tui.ports import DeskFactory, Eraser, GlanceFn, NetworkSwitch, SyncFactory, ViewStore
from leadqueue.tui.screens.front import FirstScreen
from leadqueue.tui.screens.parts import FollowsSettings, Parts, too_small
from leadqueue.tui.settings.effect import SettingsInForce
from leadqueue.tui.settings.live import LiveSettings
from leadqueue.tui.styles import first_sheets, home_sheets

if TYPE_CHECKING:
    from leadqueue.domain.moments import NowFn
    from leadqueue.tui.screens.triage import TriageScreen


_HOME = "home"
"""The mode that follows the first frame: Textual has no other way to leave a default screen."""


def _system_now() -> datetime:
    from leadqueue.domain.moments import system_now

    return system_now()


def _commands() -> type[Provider]:
    from leadqueue.tui.palette import QueueCommands

    return QueueCommands


def _lead_commands() -> type[Provider]:
    from leadqueue.tui.palette_leads import LeadCommands

    return LeadCommands


def _setting_commands() -> type[Provider]:
    from leadqueue.tui.palette_settings import SettingCommands

    return SettingCommands


def _view_commands() -> type[Provider]:
    from leadqueue.tui.palette_views import ViewCommands

    return ViewCommands


class LeadQueueApp(SettingsInForce):
    """The rep's program.

    `desk_factory` opens the local files; it is called once the first frame stands, and again after a
    `StoreError` when the rep asks for it. `sync_factory` makes the sync, which the app starts and stops;
    None works on the local files alone. `now` is this computer's clock. `network` is the demo's switch,
    `erase` what a rep is offered whose login was ended, `glance` the queue for the first frame, `views`
    where saved views are kept. `sixteen` keeps to the 16 colours that the terminal has.
    """

    TITLE = "leadqueue"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {
        _commands,
        _lead_commands,
        _setting_commands,
        _view_commands,
    }
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(Place.APP)]

    def __init__(
        self,
        desk_factory: DeskFactory,
        sync_factory: SyncFactory | None = None,
        now: NowFn | None = None,
        *,
        settings: LiveSettings | None = None,
        glyphs: Glyphs | None = None,
        network: NetworkSwitch | None = None,
        erase: Eraser | None = None,
        glance: GlanceFn | None = None,
        views: ViewStore | None = None,
        sixteen: bool = False,
    ) -> None:
        live = settings or LiveSettings()
        if network is not None:
            live.keep_out("start_view", "the demo has views of its own")
        elsewhere = live.now.start_view or live.now.start_section
        found = glance() if glance is not None and not elsewhere else None
        self._glance = found if found is not None and found.total else None
        sheets = home_sheets() if self._glance is None else first_sheets()
        super().__init__(live, sheets, sixteen=sixteen)
        encoding = getattr(sys.__stdout__, "encoding", None)
        signs = glyphs or glyphs_for(os.environ, encoding)
        self._collector = RestCollector()
        self._parts = Parts(
            desk_factory,
            now or _system_now,
            sync_factory,
            self.live,
            signs,
            network,
            erase,
            views,
            painted=self._glance is not None,
            resting=self._collector.resting,
        )
        self._home: TriageScreen | None = None
        self.add_mode(_HOME, lambda: self.home)
        self._held: list[Event] | None = None if self._glance is None else []
        self.farewell = ""
        self._plain: PlainSigns | None = None
        if signs is ASCII:
            self.add_class("-ascii")
            less = encoding is not None and not encoding.casefold().startswith("utf")
            self._plain = PlainSigns(encoding if less else None)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and last the one that keeps to the signs that the terminal has."""
        filters = super().get_line_filters()
        return filters if self._plain is None else [*filters, self._plain]

    @property
    def home(self) -> TriageScreen:
        """The home screen, made when it is first asked for."""
        if self._home is None:
            from leadqueue.tui.screens.triage import TriageScreen

            self._home = TriageScreen(self._parts)
        return self._home

    def get_default_screen(self) -> Screen[None]:
        """The home screen; before it, where the queue can be had without it, that alone."""
        return self.home if self._glance is None else FirstScreen(self._parts, self._glance)

    def on_first_screen_painted(self) -> None:
        """Load what the first frame did without, and go on where it stands."""
        self.switch_mode(_HOME)
        if too_small(self.size):
            self._cover()

    def _cover(self) -> None:
        from leadqueue.tui.screens.too_small import TooSmallScreen

        self.push_screen(TooSmallScreen())

    async def on_event(self, event: Event) -> None:
        """What is pressed before the home screen has taken over waits for it, in its order."""
        if isinstance(event, InputEvent):
            self._collector.pressed()
        if self._held is not None and isinstance(event, InputEvent | Paste):
            self._held.append(event)
        else:
            await super().on_event(event)

    async def on_queue_screen_opened(self) -> None:
        """Let the keys go that have waited. What is loaded by now stays: the collector passes it over."""
        if not gc.isenabled():
            self._collector.take_over()
            self.set_interval(REST_S, self._collector.look)
        held, self._held = self._held or (), None
        for event in held:
            await self.on_event(event)

    def not_heard(self, key: str) -> None:
        """Say why the key of an action does nothing here. Over a dialog the help is opened as well."""
        from leadqueue.tui.refusals import place_of, tell_in_dialog, tell_refused
        from leadqueue.tui.screens.help import HelpScreen

        screen, situation = self.screen, self.home.situation()
        if not isinstance(screen, ModalScreen) or isinstance(screen, SystemModalScreen):
            tell_refused(screen, key)
        elif tell_in_dialog(screen, key, self._parts.keymap, situation) and not isinstance(
            screen, HelpScreen
        ):
            views = self.home.views_help()
            self.push_screen(HelpScreen(self._parts.keymap, situation, place_of(screen), views=views))

    def settings_changed(self) -> None:
        """Every screen follows, also where another one lies over it."""
        for screen in dict.fromkeys([self.home, *self.screen_stack]):
            if isinstance(screen, FollowsSettings):
                screen.settings_changed()

    def on_resize(self, event: Resize) -> None:
        """Cover everything while there is no room for it, and nothing is lost by that."""
        if not too_small(event.size):
            if self.screen.has_class("-too-small"):
                self.pop_screen()
        elif not any(screen.has_class("-too-small") for screen in self.screen_stack):
            self._cover()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """The palette shows the registry's commands alone; these would repeat some of them."""
        yield from ()

    async def action_quit(self) -> None:
        self.home.action_leave()

    def on_triage_screen_erased(self, event: TriageScreen.Erased) -> None:
        """Close everything, erase, and leave."""
        from leadqueue.tui.erasing import erased

        self.home.close_parts()
        self.farewell = erased(self.home.parts.erase, unsent=event.unsent, kept=event.kept)
        self.exit(message=self.farewell)

    def on_triage_screen_left(self, event: TriageScreen.Left) -> None:
        """Leave at once; what is to be said stands on the terminal afterwards."""
        self.farewell = event.farewell
        self.exit(message=event.farewell or None)

    def on_unmount(self) -> None:
        if self._home is not None:
            self._home.close_parts()

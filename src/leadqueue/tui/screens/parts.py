"""What the screens are made of, and what is told between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from leadqueue.sync.state import SyncState
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.ports import (
    DeskFactory,
    Eraser,
    GlanceFn,
    Keymap,
    NetworkSwitch,
    SyncFactory,
    ViewStore,
)
from leadqueue.tui.settings.live import LiveSettings

if TYPE_CHECKING:
    from leadqueue.domain.moments import NowFn

NARROW = 100
"""Cells up to which the context lies under the queue."""
LARGE = 10_000
"""Leads from which on what takes longer with more of them is done less often."""
COUNT_EVERY = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """What the screens are made of. `network` is there only in a demo, `erase` only outside of one."""

    open_desk: DeskFactory
    now: NowFn
    open_sync: SyncFactory | None = None
    settings: LiveSettings = field(default_factory=LiveSettings)
    glyphs: Glyphs = UNICODE
    network: NetworkSwitch | None = None
    erase: Eraser | None = None
    glance: GlanceFn | None = None
    views: ViewStore | None = None

    @property
    def keymap(self) -> Keymap:
        """The keys of now, also after the settings have changed."""
        return self.settings.keymap


class SyncChanged(Message):
    """How the sync stands; posted from its thread, of several the last one counts."""

    def __init__(self, state: SyncState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SyncChanged)


class CoveringScreen:
    """A screen that takes the whole terminal over the home screen, which does nothing meanwhile."""

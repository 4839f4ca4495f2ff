"""What the screens are made of, and what is told between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from textual.geometry import Size
from textual.message import Message

from leadqueue.sync.state import SyncState
from leadqueue.tui.glyphs import UNICODE, Glyphs
from leadqueue.tui.ports import (
    DeskFactory,
    Eraser,
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
LOW = 20
"""Rows up to which a form or a dialog has the whole room."""
LEAST = Size(60, 16)
"""The least terminal in which there is room for the queue."""
LARGE = 10_000
"""Leads from which on what takes longer with more of them is done less often."""
COUNT_EVERY = 5
REST_S = 0.5
"""Seconds without a key after which the cursor rests on its lead."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the screens are made of. `network` is there only in a demo, `erase` only outside of one.

    `painted` says that the first frame shows the queue already, `resting` whether nobody has been at the
    keys for so many seconds.
    """

    open_desk: DeskFactory
    now: NowFn
    open_sync: SyncFactory | None = None
    settings: LiveSettings = field(default_factory=LiveSettings)
    glyphs: Glyphs = UNICODE
    network: NetworkSwitch | None = None
    erase: Eraser | None = None
    views: ViewStore | None = None
    painted: bool = False
    resting: Callable[[float], bool] = lambda _seconds: True

    @property
    def keymap(self) -> Keymap:
        """The keys of now, also after the settings have changed."""
        return self.settings.keymap


def too_small(size: Size) -> bool:
    return size.width < LEAST.width or size.height < LEAST.height


class SyncChanged(Message):
    """How the sync stands; posted from its thread, of several the last one counts."""

    def __init__(self, state: SyncState) -> None:
        super().__init__()
        self.state = state

    def can_replace(self, message: Message) -> bool:
        return isinstance(message, SyncChanged)


@runtime_checkable
class FollowsSettings(Protocol):
    """A screen that shows what the settings say."""

    def settings_changed(self) -> None: ...


class CoveringScreen:
    """A screen that takes the whole terminal over the home screen, which does nothing meanwhile."""
